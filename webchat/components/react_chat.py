"""The React components of assets/chat/, as Reflex components."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_base.components.component import field

from webchat.components.react_base import ReactComponent, gives_nothing, gives_text


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


class MessageText(ReactComponent):
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
    on_end: rx.EventHandler[gives_text]


class Transcript(ReactComponent):
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
    on_older: rx.EventHandler[gives_nothing]
    on_newer: rx.EventHandler[gives_nothing]
    on_latest: rx.EventHandler[gives_nothing]


class Comparison(ReactComponent):
    """Answers side by side, its children; on a phone one at a time, by swipe or with the tabs.

    `columns` are their rows, of which it needs the id, the status and the name of the model.
    """

    library = "$/public/chat/comparison"
    tag = "Comparison"

    columns: rx.Var[list[Any]]


class Composer(ReactComponent):
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
    on_stop: rx.EventHandler[gives_nothing]
    on_withdraw: rx.EventHandler[gives_nothing]
    on_send_queued: rx.EventHandler[gives_nothing]
    on_pick_model: rx.EventHandler[gives_text]


class MessageEditor(ReactComponent):
    """Edits a user message; fires `on_save` with its id, the text, a client id and the ids of its files.

    An edit saved while `offline` waits for the connection. `refused_id` is the client id of
    the last edit that was refused. What concerns its models and their pictures is as of `Composer`.
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
    refused_id: rx.Var[str]
    on_save: rx.EventHandler[_edited]
    on_cancel: rx.EventHandler[gives_nothing]
    on_pick_model: rx.EventHandler[gives_text]


class CopyButton(ReactComponent):
    """Copies the text of a message to the clipboard."""

    library = "$/public/chat/copy_button"
    tag = "CopyButton"

    message_id: rx.Var[str]


class MessageMenu(ReactComponent):
    """The menu below an answer: copies it in other formats and reads it aloud."""

    library = "$/public/chat/message_menu"
    tag = "MessageMenu"

    message_id: rx.Var[str]


class QuestionMenu(ReactComponent):
    """The menu of a question on a phone: copies, edits and deletes it; the last two unless `disabled`."""

    library = "$/public/chat/message_menu"
    tag = "QuestionMenu"

    message_id: rx.Var[str]
    disabled: rx.Var[bool]
    on_edit: rx.EventHandler[gives_nothing]
    on_delete: rx.EventHandler[gives_nothing]


class FileField(ReactComponent):
    """The field `files` of a form, with the ids of files separated by spaces, each with `:` and its tokens if
    it is cut; `files` are those there are, as `GET /api/files/{id}` gives them, and `most_bytes` what all may
    have together.

    Fires `on_pick_model` with one of `choices` that sees its pictures, if `model` is not known to."""

    library = "$/public/chat/file_field"
    tag = "FileField"

    files: rx.Var[list[Any]]
    most_bytes: rx.Var[int]
    offline: rx.Var[bool]
    choices: rx.Var[list[Any]]
    model: rx.Var[str]
    on_pick_model: rx.EventHandler[gives_text]


class BranchTree(ReactComponent):
    """A button that opens the tree of all versions of a conversation, in which the user can jump."""

    library = "$/public/chat/branch_tree"
    tag = "BranchTree"

    conversation_id: rx.Var[str]


message_text = MessageText.create
branch_tree = BranchTree.create
transcript = Transcript.create
comparison = Comparison.create
composer = Composer.create
message_editor = MessageEditor.create
copy_button = CopyButton.create
message_menu = MessageMenu.create
question_menu = QuestionMenu.create
file_field = FileField.create
