"""The React components of assets/chat/, as Reflex components."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_base.components.component import field


def _message_id(message_id: rx.Var[str]) -> list[rx.Var[str]]:
    return [message_id]


def _sent(text: rx.Var[str], client_id: rx.Var[str], conversation_id: rx.Var[str]) -> list[rx.Var[str]]:
    return [text, client_id, conversation_id]


def _nothing() -> list[rx.Var[Any]]:
    return []


class _ChatComponent(rx.Component):
    """Shares what every component of assets/chat/ needs from npm."""

    lib_dependencies: list[str] = field(default=["lucide-react@1.26.0"])


class MessageText(_ChatComponent):
    """The words of one message; follows the answer while `streaming` and fires `on_end` when it ended."""

    library = "$/public/chat/message_text"
    tag = "MessageText"
    lib_dependencies: list[str] = field(
        default=["lucide-react@1.26.0", "streamdown@2.7.1", "@streamdown/code@2.0.0"]
    )

    message_id: rx.Var[str]
    sent_as: rx.Var[str]
    role: rx.Var[str]
    streaming: rx.Var[bool]
    on_end: rx.EventHandler[_message_id]


class Transcript(_ChatComponent):
    """The scrolling column of messages; fires `on_older` when the reader nears its top."""

    library = "$/public/chat/transcript"
    tag = "Transcript"

    conversation_id: rx.Var[str]
    first_message_id: rx.Var[str]
    has_older: rx.Var[bool]
    on_older: rx.EventHandler[_nothing]


class Composer(_ChatComponent):
    """The text field; fires `on_stop`, and `on_send` with the text, a message id made in the browser and the
    id of the conversation it was written in. `accepted_id` is the last message id the server has.
    """

    library = "$/public/chat/composer"
    tag = "Composer"

    conversation_id: rx.Var[str]
    ready: rx.Var[bool]
    answering: rx.Var[bool]
    max_bytes: rx.Var[int]
    accepted_id: rx.Var[str]
    refused_id: rx.Var[str]
    refusal: rx.Var[str]
    on_send: rx.EventHandler[_sent]
    on_stop: rx.EventHandler[_nothing]


class ModelPicker(_ChatComponent):
    """A searchable list of models; fires `on_pick` with the chosen model's id."""

    library = "$/public/chat/model_picker"
    tag = "ModelPicker"

    models: rx.Var[list[Any]]
    value: rx.Var[str]
    label: rx.Var[str]
    align: rx.Var[str]
    on_pick: rx.EventHandler[_message_id]


class Shell(_ChatComponent):
    """The frame of every page; its two children are the sidebar and the page."""

    library = "$/public/chat/shell"
    tag = "Shell"


def _ids(ids: rx.Var[list[str]]) -> list[rx.Var[list[str]]]:
    return [ids]


class Sortable(_ChatComponent):
    """A list its reader puts in order; fires `on_reorder` with the `data-id`s of its rows."""

    library = "$/public/chat/sortable"
    tag = "Sortable"

    label: rx.Var[str]
    on_reorder: rx.EventHandler[_ids]


class CopyButton(_ChatComponent):
    """Copies the words of a message to the clipboard."""

    library = "$/public/chat/copy_button"
    tag = "CopyButton"

    message_id: rx.Var[str]


message_text = MessageText.create
transcript = Transcript.create
composer = Composer.create
model_picker = ModelPicker.create
shell = Shell.create
sortable = Sortable.create
copy_button = CopyButton.create
