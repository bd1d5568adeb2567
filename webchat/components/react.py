"""The React components of assets/chat/ and assets/ui/, as Reflex components."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_base.components.component import field


def _message_id(message_id: rx.Var[str]) -> list[rx.Var[str]]:
    return [message_id]


def _sent(
    text: rx.Var[str],
    client_id: rx.Var[str],
    conversation_id: rx.Var[str],
    model: rx.Var[str],
    models: rx.Var[list[str]],
    files: rx.Var[list[str]],
) -> list[rx.Var[Any]]:
    return [text, client_id, conversation_id, model, models, files]


def _edited(
    message_id: rx.Var[str], text: rx.Var[str], client_id: rx.Var[str], files: rx.Var[list[str]]
) -> list[rx.Var[Any]]:
    return [message_id, text, client_id, files]


def _ids(ids: rx.Var[list[str]]) -> list[rx.Var[list[str]]]:
    return [ids]


def _nothing() -> list[rx.Var[Any]]:
    return []


class _ReactComponent(rx.Component):
    """The npm packages that every component of assets/chat/ needs."""

    lib_dependencies: list[str] = field(default=["lucide-react@1.26.0"])


class MessageText(_ReactComponent):
    """The text of one message; follows the answer while `streaming` and fires `on_end` when it ends."""

    library = "$/public/chat/message_text"
    tag = "MessageText"
    lib_dependencies: list[str] = field(
        default=[
            "lucide-react@1.26.0",
            "mdast-util-from-markdown@2.1.0",
            "micromark-extension-gfm@3.0.0",
            "mdast-util-gfm@3.1.0",
            "mdast-util-to-hast@13.2.2",
            "hast-util-sanitize@5.0.2",
            "hast-util-to-jsx-runtime@2.3.7",
            "remend@1.4.0",
            "shiki@4.6.0",
            "temml@0.13.5",
            "mermaid@12.3.0",
        ]
    )

    message_id: rx.Var[str]
    sent_as: rx.Var[str]
    role: rx.Var[str]
    streaming: rx.Var[bool]
    version: rx.Var[str]
    thought: rx.Var[int]
    began: rx.Var[float]
    on_end: rx.EventHandler[_message_id]


class Transcript(_ReactComponent):
    """The scrolling column of messages; fires `on_older` when the reader nears its top.

    It opens at its end, or at the message `found_id`. While newer messages are not loaded, it fires
    `on_newer` near its bottom and `on_latest` for the button that leads to the end. `compared` are the rows
    of the answers side by side, which screen readers are told by name.
    """

    library = "$/public/chat/transcript"
    tag = "Transcript"

    conversation_id: rx.Var[str]
    answering: rx.Var[bool]
    compared: rx.Var[list[Any]]
    first_message_id: rx.Var[str]
    last_message_id: rx.Var[str]
    found_id: rx.Var[str]
    has_older: rx.Var[bool]
    has_newer: rx.Var[bool]
    on_older: rx.EventHandler[_nothing]
    on_newer: rx.EventHandler[_nothing]
    on_latest: rx.EventHandler[_nothing]


class Comparison(_ReactComponent):
    """Answers side by side, its children; on a phone one at a time, by swipe or with the tabs.

    `columns` are their rows, of which it needs the id, the status and the name of the model.
    """

    library = "$/public/chat/comparison"
    tag = "Comparison"

    columns: rx.Var[list[Any]]


class Composer(_ReactComponent):
    """The message box, which keeps each message until its id is in `accepted_ids`.

    `begun` has the conversations that some of those messages started, by message id.

    Fires `on_send` with the text, a message id generated in the browser, the conversation, the model and the
    models to compare it was written for, and the ids of its files; `on_stop`; for the queued message
    `on_withdraw` and `on_send_queued`; and `on_pick_model` with one of `choices` that sees its pictures.
    """

    library = "$/public/chat/composer"
    tag = "Composer"

    conversation_id: rx.Var[str]
    model: rx.Var[str]
    models: rx.Var[list[str]]
    ready: rx.Var[bool]
    answering: rx.Var[bool]
    max_bytes: rx.Var[int]
    accepted_ids: rx.Var[list[str]]
    begun: rx.Var[dict[str, str]]
    refused_id: rx.Var[str]
    refusal: rx.Var[str]
    queued: rx.Var[str]
    queued_files: rx.Var[list[Any]]
    choices: rx.Var[list[Any]]
    model_sees: rx.Var[bool]
    takes_pictures: rx.Var[bool]
    on_send: rx.EventHandler[_sent]
    on_stop: rx.EventHandler[_nothing]
    on_withdraw: rx.EventHandler[_nothing]
    on_send_queued: rx.EventHandler[_nothing]
    on_pick_model: rx.EventHandler[_message_id]


class MessageEditor(_ReactComponent):
    """Edits a user message; fires `on_save` with its id, the text, a client id and the ids of its files.

    An edit saved while `offline` waits for the connection. What concerns its models and their pictures is as
    of `Composer`.
    """

    library = "$/public/chat/message_editor"
    tag = "MessageEditor"

    message_id: rx.Var[str]
    offline: rx.Var[bool]
    model: rx.Var[str]
    models: rx.Var[list[str]]
    choices: rx.Var[list[Any]]
    model_sees: rx.Var[bool]
    takes_pictures: rx.Var[bool]
    on_save: rx.EventHandler[_edited]
    on_cancel: rx.EventHandler[_nothing]
    on_pick_model: rx.EventHandler[_message_id]


class ChangeFeed(_ReactComponent):
    """Fires `on_change` with the id of a conversation that changed elsewhere; empty for the whole list."""

    library = "$/public/ui/change_feed"
    tag = "ChangeFeed"

    on_change: rx.EventHandler[_message_id]


class ConnectionBanner(_ReactComponent):
    """Says that the connection is lost, or that somebody has to sign in again."""

    library = "$/public/ui/connection_banner"
    tag = "ConnectionBanner"


class ModelPicker(_ReactComponent):
    """A searchable list of models; fires `on_pick` with the chosen model's id, and `on_star` with that of
    one to add to the favourites or remove. `disabled` while offline. A `joined` one is an arrow at the end of
    the button before it, and says its label only in words that are spoken or pointed at.

    With `most_compared`, several can be chosen: it fires `on_compare` with up to that many, or with none for
    one model again. `compared` are those chosen.
    """

    library = "$/public/ui/model_picker"
    tag = "ModelPicker"

    models: rx.Var[list[Any]]
    favourites: rx.Var[list[str]]
    recent: rx.Var[list[str]]
    paused: rx.Var[dict[str, int]]
    value: rx.Var[str]
    label: rx.Var[str]
    align: rx.Var[str]
    small: rx.Var[bool]
    joined: rx.Var[bool]
    disabled: rx.Var[bool]
    testid: rx.Var[str]
    compared: rx.Var[list[str]]
    most_compared: rx.Var[int]
    on_pick: rx.EventHandler[_message_id]
    on_star: rx.EventHandler[_message_id]
    on_compare: rx.EventHandler[_ids]


def _keys(shortcut: rx.Var[str], keys: rx.Var[str]) -> list[rx.Var[str]]:
    return [shortcut, keys]


class Commands(_ReactComponent):
    """The keyboard shortcuts, the palette and the list of keys, on every page.

    `changed` has the shortcuts that differ from the defaults, and `sections` the addresses and titles of
    Settings. Fires `on_delete` and `on_share` with the id of the conversation on screen, `on_pick` with a
    model's id and `on_system_prompt` with a text.
    """

    library = "$/public/ui/commands"
    tag = "Commands"

    changed: rx.Var[dict[str, str]]
    sections: rx.Var[list[list[str]]]
    conversations: rx.Var[list[Any]]
    assistants: rx.Var[list[Any]]
    models: rx.Var[list[Any]]
    has_messages: rx.Var[bool]
    is_temporary: rx.Var[bool]
    on_delete: rx.EventHandler[_message_id]
    on_share: rx.EventHandler[_message_id]
    on_pick: rx.EventHandler[_message_id]
    on_system_prompt: rx.EventHandler[_message_id]


class ShortcutSettings(_ReactComponent):
    """The shortcuts in Settings; fires `on_change` with a shortcut and its new keys, and `on_reset`."""

    library = "$/public/ui/shortcut_settings"
    tag = "ShortcutSettings"

    changed: rx.Var[dict[str, str]]
    on_change: rx.EventHandler[_keys]
    on_reset: rx.EventHandler[_nothing]


class Shell(_ReactComponent):
    """The frame of every page; its two children are the sidebar and the page.

    While `offline`, it shows a notice when a control that needs the server is used.
    """

    library = "$/public/ui/shell"
    tag = "Shell"

    offline: rx.Var[bool]


class Sortable(_ReactComponent):
    """A list that users can reorder; fires `on_reorder` with the `data-id`s of its rows."""

    library = "$/public/ui/sortable"
    tag = "Sortable"

    label: rx.Var[str]
    on_reorder: rx.EventHandler[_ids]


class CopyButton(_ReactComponent):
    """Copies the text of a message to the clipboard."""

    library = "$/public/chat/copy_button"
    tag = "CopyButton"

    message_id: rx.Var[str]


class MessageMenu(_ReactComponent):
    """The menu below an answer: copies it in other formats and reads it aloud."""

    library = "$/public/chat/message_menu"
    tag = "MessageMenu"

    message_id: rx.Var[str]


class QuestionMenu(_ReactComponent):
    """The menu of a question on a phone: copies, edits and deletes it; the last two unless `disabled`."""

    library = "$/public/chat/message_menu"
    tag = "QuestionMenu"

    message_id: rx.Var[str]
    disabled: rx.Var[bool]
    on_edit: rx.EventHandler[_nothing]
    on_delete: rx.EventHandler[_nothing]


class Notice(_ReactComponent):
    """A notice at the top of the page; fires `on_dismiss` after some `seconds`, unless it tells of a failure.

    `about` says what it is about: another subject starts the time anew.
    """

    library = "$/public/ui/notice"
    tag = "Notice"

    testid: rx.Var[str]
    failed: rx.Var[bool]
    seconds: rx.Var[int]
    about: rx.Var[str]
    on_dismiss: rx.EventHandler[_nothing]


class TabStatus(_ReactComponent):
    """Says in the browser's tab, whose page has this `title`, whether an answer runs or has come."""

    library = "$/public/ui/tab_status"
    tag = "TabStatus"

    answering: rx.Var[bool]
    title: rx.Var[str]


class TextSize(_ReactComponent):
    """The size of all text, which the browser keeps."""

    library = "$/public/ui/text_size"
    tag = "TextSize"


class LanguageChoice(_ReactComponent):
    """The language of the interface: `languages` are tags and names, and `value` is the tag that was chosen.

    Fires `on_refused` with the reason if it could not be saved.
    """

    library = "$/public/ui/language_choice"
    tag = "LanguageChoice"

    languages: rx.Var[list[list[str]]]
    value: rx.Var[str]
    on_refused: rx.EventHandler[_message_id]


class AnswerNotifications(_ReactComponent):
    """Whether this browser notifies its user of long answers."""

    library = "$/public/ui/answer_notifications"
    tag = "AnswerNotifications"


class CopyText(_ReactComponent):
    """Copies a text to the clipboard; with `auto`, as soon as it appears."""

    library = "$/public/ui/copy_text"
    tag = "CopyText"

    text: rx.Var[str]
    auto: rx.Var[bool]
    testid: rx.Var[str]


class ModalDialog(_ReactComponent):
    """A modal dialog while `open`; fires `on_close` however it is closed."""

    library = "$/public/ui/dialog"
    tag = "ModalDialog"

    open: rx.Var[bool]
    label: rx.Var[str]
    testid: rx.Var[str]
    on_close: rx.EventHandler[_nothing]


class ImportFile(_ReactComponent):
    """Uploads a file to `address`; fires `on_received` with the field `answer` of the answer, or
    `on_refused` with the reason."""

    library = "$/public/ui/import_file"
    tag = "ImportFile"

    label: rx.Var[str]
    address: rx.Var[str]
    answer: rx.Var[str]
    on_received: rx.EventHandler[_message_id]
    on_refused: rx.EventHandler[_message_id]


class FaceField(_ReactComponent):
    """The fields `symbol`, `colour` and `picture` of a form; `picture` is the address of the one there is."""

    library = "$/public/ui/face_field"
    tag = "FaceField"

    symbol: rx.Var[str]
    colour: rx.Var[str]
    colours: rx.Var[list[str]]
    picture: rx.Var[str]


class FileField(_ReactComponent):
    """The field `files` of a form, with the ids of files separated by spaces; `files` are those there are, as
    `GET /api/files/{id}` gives them, and `most_bytes` what all may have together.

    Fires `on_pick_model` with one of `choices` that sees its pictures, if `model` is not known to."""

    library = "$/public/chat/file_field"
    tag = "FileField"

    files: rx.Var[list[Any]]
    most_bytes: rx.Var[int]
    offline: rx.Var[bool]
    choices: rx.Var[list[Any]]
    model: rx.Var[str]
    on_pick_model: rx.EventHandler[_message_id]


class AddPasskey(_ReactComponent):
    """Makes a passkey with this name; fires `on_added` with its id, or `on_refused` with the reason."""

    library = "$/public/ui/add_passkey"
    tag = "AddPasskey"

    name: rx.Var[str]
    on_added: rx.EventHandler[_message_id]
    on_refused: rx.EventHandler[_message_id]


class BranchTree(_ReactComponent):
    """A button that opens the tree of all versions of a conversation, in which the user can jump."""

    library = "$/public/chat/branch_tree"
    tag = "BranchTree"

    conversation_id: rx.Var[str]


class ActionMenu(_ReactComponent):
    """A button named `label` that opens a menu; the children are its items, with the role `menuitem`."""

    library = "$/public/ui/action_menu"
    tag = "ActionMenu"

    label: rx.Var[str]
    testid: rx.Var[str]


class EndOfList(_ReactComponent):
    """Fires `on_reach` when the end of a list is scrolled to, once for each number of `rows`."""

    library = "$/public/ui/end_of_list"
    tag = "EndOfList"

    rows: rx.Var[int]
    on_reach: rx.EventHandler[_nothing]


message_text = MessageText.create
branch_tree = BranchTree.create
transcript = Transcript.create
comparison = Comparison.create
composer = Composer.create
message_editor = MessageEditor.create
change_feed = ChangeFeed.create
connection_banner = ConnectionBanner.create
model_picker = ModelPicker.create
commands = Commands.create
shortcut_settings = ShortcutSettings.create
shell = Shell.create
sortable = Sortable.create
copy_button = CopyButton.create
message_menu = MessageMenu.create
question_menu = QuestionMenu.create
notice = Notice.create
tab_status = TabStatus.create
text_size = TextSize.create
language_choice = LanguageChoice.create
answer_notifications = AnswerNotifications.create
copy_text = CopyText.create
modal_dialog = ModalDialog.create
import_file = ImportFile.create
face_field = FaceField.create
file_field = FileField.create
add_passkey = AddPasskey.create
action_menu = ActionMenu.create
end_of_list = EndOfList.create
