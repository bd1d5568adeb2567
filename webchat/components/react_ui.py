"""The React components of assets/ui/, as Reflex components."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.react_base import ReactComponent, gives_nothing, gives_text


def _ids(ids: rx.Var[list[str]]) -> list[rx.Var[list[str]]]:
    return [ids]


class ChangeFeed(ReactComponent):
    """Fires `on_change` with the id of a conversation that changed elsewhere; empty for the whole list."""

    library = "$/public/ui/change_feed"
    tag = "ChangeFeed"

    on_change: rx.EventHandler[gives_text]


class ConnectionBanner(ReactComponent):
    """Says that the connection is lost, or that somebody has to sign in again."""

    library = "$/public/ui/connection_banner"
    tag = "ConnectionBanner"


class ModelPicker(ReactComponent):
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
    on_pick: rx.EventHandler[gives_text]
    on_star: rx.EventHandler[gives_text]
    on_compare: rx.EventHandler[_ids]


def _keys(shortcut: rx.Var[str], keys: rx.Var[str]) -> list[rx.Var[str]]:
    return [shortcut, keys]


class Commands(ReactComponent):
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
    on_delete: rx.EventHandler[gives_text]
    on_share: rx.EventHandler[gives_text]
    on_pick: rx.EventHandler[gives_text]
    on_system_prompt: rx.EventHandler[gives_text]


class ShortcutSettings(ReactComponent):
    """The shortcuts in Settings; fires `on_change` with a shortcut and its new keys, and `on_reset`."""

    library = "$/public/ui/shortcut_settings"
    tag = "ShortcutSettings"

    changed: rx.Var[dict[str, str]]
    on_change: rx.EventHandler[_keys]
    on_reset: rx.EventHandler[gives_nothing]


class Shell(ReactComponent):
    """The frame of every page; its two children are the sidebar and the page.

    While `offline`, it shows a notice when a control that needs the server is used.
    """

    library = "$/public/ui/shell"
    tag = "Shell"

    offline: rx.Var[bool]


class Sortable(ReactComponent):
    """A list that users can reorder; fires `on_reorder` with the `data-id`s of its rows."""

    library = "$/public/ui/sortable"
    tag = "Sortable"

    label: rx.Var[str]
    on_reorder: rx.EventHandler[_ids]


class Notice(ReactComponent):
    """A notice at the top of the page; fires `on_dismiss` after some `seconds`, unless it tells of a failure.

    `about` says what it is about: another subject starts the time anew.
    """

    library = "$/public/ui/notice"
    tag = "Notice"

    testid: rx.Var[str]
    failed: rx.Var[bool]
    seconds: rx.Var[int]
    about: rx.Var[str]
    on_dismiss: rx.EventHandler[gives_nothing]


class TabStatus(ReactComponent):
    """Says in the browser's tab, whose page has this `title`, whether an answer runs or has come."""

    library = "$/public/ui/tab_status"
    tag = "TabStatus"

    answering: rx.Var[bool]
    title: rx.Var[str]


class TextSize(ReactComponent):
    """The size of all text, which the browser keeps."""

    library = "$/public/ui/text_size"
    tag = "TextSize"


class LanguageChoice(ReactComponent):
    """The language of the interface: `languages` are tags and names, and `value` is the tag that was chosen.

    Fires `on_refused` with the reason if it could not be saved.
    """

    library = "$/public/ui/language_choice"
    tag = "LanguageChoice"

    languages: rx.Var[list[list[str]]]
    value: rx.Var[str]
    on_refused: rx.EventHandler[gives_text]


class AnswerNotifications(ReactComponent):
    """Whether this browser notifies its user of long answers."""

    library = "$/public/ui/answer_notifications"
    tag = "AnswerNotifications"


class CopyText(ReactComponent):
    """Copies a text to the clipboard; with `auto`, as soon as it appears."""

    library = "$/public/ui/copy_text"
    tag = "CopyText"

    text: rx.Var[str]
    auto: rx.Var[bool]
    testid: rx.Var[str]


class ModalDialog(ReactComponent):
    """A modal dialog while `open`; fires `on_close` however it is closed."""

    library = "$/public/ui/dialog"
    tag = "ModalDialog"

    open: rx.Var[bool]
    label: rx.Var[str]
    testid: rx.Var[str]
    on_close: rx.EventHandler[gives_nothing]


class ImportFile(ReactComponent):
    """Uploads a file to `address`; fires `on_received` with the field `answer` of the answer, or
    `on_refused` with the reason."""

    library = "$/public/ui/import_file"
    tag = "ImportFile"

    label: rx.Var[str]
    address: rx.Var[str]
    answer: rx.Var[str]
    on_received: rx.EventHandler[gives_text]
    on_refused: rx.EventHandler[gives_text]


class FaceField(ReactComponent):
    """The fields `symbol`, `colour` and `picture` of a form; `picture` is the address of the one there is."""

    library = "$/public/ui/face_field"
    tag = "FaceField"

    symbol: rx.Var[str]
    colour: rx.Var[str]
    colours: rx.Var[list[str]]
    picture: rx.Var[str]


class AddPasskey(ReactComponent):
    """Makes a passkey with this name; fires `on_added` with its id, or `on_refused` with the reason."""

    library = "$/public/ui/add_passkey"
    tag = "AddPasskey"

    name: rx.Var[str]
    on_added: rx.EventHandler[gives_text]
    on_refused: rx.EventHandler[gives_text]


class ActionMenu(ReactComponent):
    """A button named `label` that opens a menu; the children are its items, with the role `menuitem`."""

    library = "$/public/ui/action_menu"
    tag = "ActionMenu"

    label: rx.Var[str]
    testid: rx.Var[str]


class EndOfList(ReactComponent):
    """Fires `on_reach` when the end of a list is scrolled to, once for each number of `rows`."""

    library = "$/public/ui/end_of_list"
    tag = "EndOfList"

    rows: rx.Var[int]
    on_reach: rx.EventHandler[gives_nothing]


change_feed = ChangeFeed.create
connection_banner = ConnectionBanner.create
model_picker = ModelPicker.create
commands = Commands.create
shortcut_settings = ShortcutSettings.create
shell = Shell.create
sortable = Sortable.create
notice = Notice.create
tab_status = TabStatus.create
text_size = TextSize.create
language_choice = LanguageChoice.create
answer_notifications = AnswerNotifications.create
copy_text = CopyText.create
modal_dialog = ModalDialog.create
import_file = ImportFile.create
face_field = FaceField.create
add_passkey = AddPasskey.create
action_menu = ActionMenu.create
end_of_list = EndOfList.create
