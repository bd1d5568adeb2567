"""What the chat page shows of a conversation, and how it is loaded from the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import reflex as rx

from webchat.services.catalogue.catalogue import abilities_of
from webchat.services.change_feed import MODELS
from webchat.services.chat.conversations import OpenConversation
from webchat.services.chat.window import OPENING, WINDOW, Window
from webchat.services.errors import ModelNotAllowed
from webchat.services.files.views import FileView, file_json
from webchat.services.parameters import shown_parameters
from webchat.services.runtime import services
from webchat.state.assistant_rows import AssistantRow, assistant_row
from webchat.state.events import identifier, update
from webchat.state.message_rows import message_row
from webchat.state.notice import warn
from webchat.state.owner import owner_of
from webchat.state.rows import FileRow, MessageRow
from webchat.storage.errors import NotFound
from webchat.storage.types import MessageStatus
from webchat.words.errors import shown
from webchat.words.text import ngettext

MAX_HREF = 300
"""Characters of an address that are read; longer ones are no link to a conversation."""


class ChatView(rx.State, mixin=True):
    """One conversation, existing or new, as the page shows it. The database is the source of truth."""

    conversation_id: str = ""
    title: str = ""
    messages: list[MessageRow] = []
    has_older: bool = False
    has_newer: bool = False
    """Whether newer messages are not loaded, because the page shows one found by a search."""
    found_id: str = ""
    """The message that was found; it is marked."""
    missing: bool = False
    ready: bool = False
    temporary: bool = False
    """Whether this chat is kept only while its tab is open."""

    assistant: AssistantRow = AssistantRow()
    """The assistant it was or will be begun with; without an id if there is none."""
    starters: list[str] = []
    """Those of the assistant."""
    begun_with: list[FileRow] = []
    """The files it was or will be begun with."""
    model: str = ""
    system_prompt: str = ""
    temperature: str = ""
    parameters: dict[str, str] = shown_parameters(None)
    """The advanced parameters as their fields show them."""
    temperature_problem: str = ""
    parameters_problem: str = ""
    parameters_field: str = ""
    """Why the temperature and the advanced parameters were not saved, and which field of those is wrong."""
    parameters_offered: list[str] = []
    """The names of the parameters that the model's provider sends."""
    model_refused: str = ""
    """Why the model cannot be used, if it was taken away."""
    queued: str = ""
    """The message queued behind the running answer."""
    queued_files: list[dict[str, Any]] = []
    """Its files, as `GET /api/files/{id}` gives them."""
    model_sees: bool = False
    """Whether the model is known to see pictures."""
    takes_pictures: bool = True
    """Whether its provider takes pictures at all; if it does not, a message with pictures is refused."""

    editing: str = ""
    """The id of the message being edited."""
    refused_edit: str = ""
    """The client id of the last edit that was refused."""

    _parameters: dict[str, Any] = {}
    """The advanced parameters as they are stored."""
    _start_id: str = ""
    _end_id: str = ""
    _begun_unloaded: str = ""
    """The conversation that a message started before the page for a new chat was loaded."""
    _clicked: tuple[str, str] = ("", "")
    """The conversation, and the message found in it, that a click has loaded before its page opened."""

    @rx.var
    def answering(self) -> bool:
        """Whether an answer on this branch is being written."""
        return any(row.status == MessageStatus.STREAMING for row in [*self.messages[-1:], *self.compared])

    @rx.var
    def first_message_id(self) -> str:
        """The oldest loaded message."""
        return self.messages[0].id if self.messages else ""

    @rx.var
    def last_message_id(self) -> str:
        """The newest message, which can be regenerated; of answers side by side, the first."""
        last = [*self.messages[-1:], *self.compared[:1]]
        return last[-1].id if last else ""

    @rx.var
    def model_label(self) -> str:
        """The model's name without its provider, or how many models are compared."""
        if self.comparing:
            return ngettext("{count} model", "{count} models", len(self.comparing))
        return self.model.partition(":")[2] or self.model

    @rx.var
    def page_title(self) -> str:
        """The title of the browser tab."""
        return f"{self.title} · webchat" if self.title else "webchat"

    @rx.event
    async def open_new(self) -> AsyncIterator[Any]:
        """Show a new conversation with the user's defaults or an assistant, or the one just started."""
        begun = self._begun_unloaded
        self._clear()
        if begun:
            await self._load(begun)
            return
        try:
            beginning = await services().assistants.beginning(owner_of(self), self._assistant_asked_for())
        except NotFound as problem:
            yield warn(problem)
            beginning = await services().assistants.beginning(owner_of(self), "")
        self.temporary = self._asks_for_temporary()
        self.model, self.system_prompt = beginning.model, beginning.system_prompt
        self.temperature = shown_temperature(beginning.temperature)
        self._set_parameters(beginning.parameters)
        if beginning.assistant:
            self.assistant, self.starters = assistant_row(beginning.assistant), list(beginning.starters)
            self.begun_with = file_rows(beginning.files)
        await self._look_at_model()
        self.ready = True

    def _assistant_asked_for(self) -> str:
        """The assistant that the address of a new chat names; empty if none."""
        url = self.router.url
        return identifier(url.query_parameters.get("assistant", "")) if url.path == "/" else ""

    def _asks_for_temporary(self) -> bool:
        """Whether the address is that of a new temporary chat. A tab that reconnects still has it."""
        url = self.router.url
        return bool(url.path == "/" and url.query_parameters.get("temporary") == "true")

    @rx.event
    async def open_clicked(self, href: str, elsewhere: bool) -> None:
        """Load a conversation when its link is clicked, while the browser still changes the page.

        `elsewhere` is for a link that opens in another tab or window.
        """
        path, _, query = (href if isinstance(href, str) else "")[:MAX_HREF].partition("?")
        wanted = identifier(path.rpartition("/")[2])
        found = identifier(parse_qs(query).get("message", [""])[0])
        if not elsewhere and (wanted, found) != (self.conversation_id, self.found_id):
            await self._open(wanted, found)
            self._clicked = (self.conversation_id, self.found_id)

    @rx.event
    async def open_conversation(self) -> None:
        """Load the conversation named in the address, with as many messages as were shown before."""
        wanted = identifier(self.router.url.path.rpartition("/")[2])
        found = identifier(self.router.url.query_parameters.get("message", ""))
        clicked, self._clicked = self._clicked, ("", "")
        if not clicked == (wanted, found) == (self.conversation_id, self.found_id):
            await self._open(wanted, found)

    async def _open(self, wanted: str, found: str) -> None:
        if wanted != self.conversation_id or found != self.found_id:
            self._clear()
        if found:
            with suppress(NotFound):  # it opens at its end
                await services().conversations.show(owner_of(self), found)
                self.found_id = found
        await self._load(wanted)

    @rx.event
    async def open_latest(self) -> None:
        """Show the end of the conversation."""
        self.found_id, self.has_newer = "", False
        if self.conversation_id:
            await self._load(self.conversation_id)

    @rx.event
    async def on_remote_change(self, conversation_id: str) -> None:
        """Reload this conversation if another tab or the server has changed it.

        The empty id stands for all. A conversation missing here may have been restored.
        """
        here = self.conversation_id or identifier(self.router.url.path.rpartition("/")[2])
        if here and conversation_id in {"", here}:
            await self._load(here)
        elif self.model and conversation_id in ("", MODELS):
            await self._look_at_model()

    async def _load(self, conversation_id: str) -> None:
        here = len([*self.messages, *self.compared[:1]]) if conversation_id == self.conversation_id else 0
        try:
            around = self.found_id if self.has_newer or not self.messages else ""
            found = await services().conversations.open(
                owner_of(self), conversation_id, max(OPENING, here), around
            )
        except NotFound:
            self._clear()
            self.missing = True
        else:
            self._show(found)
            await self._show_comparison(found)
            self._show_repeated(found.repeated)
            await self._find_assistant(found.assistant_id)
            await self._look_at_model()

    async def _find_assistant(self, assistant_id: str) -> None:
        found = AssistantRow()
        if assistant_id:
            with suppress(NotFound):  # it was deleted
                found = assistant_row(await services().assistants.listed(owner_of(self), assistant_id))
        update(self, assistant=found)

    def _set_parameters(self, stored: dict[str, Any]) -> None:
        self._parameters = stored
        update(self, parameters=shown_parameters(stored))

    async def _look_at_model(self) -> None:
        provider, _, model = self.model.partition(":")
        found, refused = await services().catalogue.usable(owner_of(self)), ""
        try:
            if model:  # an imported conversation may have the bare name of one
                found.check_allowed(provider, model)
        except ModelNotAllowed as refusal:
            refused = shown(refusal)
        abilities = abilities_of(found, provider, model)
        update(
            self,
            parameters_offered=sorted(abilities.parameters),
            model_refused=refused,
            model_sees=abilities.sees,
            takes_pictures=abilities.takes_pictures,
        )

    def _clear(self) -> None:
        self.conversation_id = self.title = self.queued = self._begun_unloaded = self.found_id = ""
        self.editing = ""
        self.messages, self.starters, self.assistant = [], [], AssistantRow()
        self.begun_with = []
        update(self, attempts_of="", compared=[], comparing=[], repeat_total=0)
        update(self, temperature_problem="", parameters_problem="", parameters_field="")
        self.queued_files = []
        self.has_older = self.has_newer = self.missing = self.ready = self.temporary = False

    def _show(self, found: OpenConversation) -> None:
        self._set_parameters(found.parameters)
        self._start_id, self._end_id = found.window.start_id, found.window.end_id
        update(
            self,
            conversation_id=found.id,
            title=found.title,
            model=found.model,
            system_prompt=found.system_prompt,
            temperature=shown_temperature(found.temperature),
            queued=found.queued,
            queued_files=[file_json(each) for each in found.queued_files],
            temporary=found.temporary,
            begun_with=file_rows(found.files),
            # The last one is among those that stand side by side.
            messages=rows_of(found.window)[: -1 if found.compared else None],
            has_older=found.window.has_older,
            has_newer=found.window.has_newer,
            missing=False,
            ready=True,
        )

    @rx.event
    async def load_older(self) -> None:
        """Load the messages before the oldest one shown."""
        if not (self.has_older and self._start_id):
            return
        try:
            window = await services().conversations.older(
                owner_of(self), self.conversation_id, self._start_id, WINDOW
            )
        except NotFound:
            self._clear()
            self.missing = True
            return
        self.messages = [*rows_of(window), *self.messages]
        self._start_id = window.start_id
        self.has_older = window.has_older

    @rx.event
    async def load_newer(self) -> None:
        """Load the messages after the newest one shown."""
        if not (self.has_newer and self._end_id):
            return
        try:
            window = await services().conversations.newer(
                owner_of(self), self.conversation_id, self._end_id, WINDOW
            )
        except NotFound:
            await self.open_latest()
            return
        self.messages = [*self.messages, *rows_of(window)]
        self._end_id = window.end_id
        self.has_newer = window.has_newer
        if not self.has_newer and self.messages[-1].places > 1:
            await self._load(self.conversation_id)  # the last one may stand beside others

    @rx.event
    async def refresh_message(self, message_id: str) -> None:
        """Reload one message's row after its answer has ended."""
        self._begun_unloaded = ""  # the page was loaded long ago
        try:
            found = await services().conversations.message(owner_of(self), identifier(message_id))
        except NotFound:
            return
        self._replace(message_row(found))
        await self._refresh_compared(found.message.id)
        await self._refresh_details(found.message.id)

    def _replace(self, row: MessageRow) -> None:
        for index, before in enumerate(self.messages):
            if before.id == row.id:
                row.place, row.places = before.place, before.places
                row.previous, row.next = before.previous, before.next
                self.messages[index] = row


def file_rows(files: Iterable[FileView]) -> list[FileRow]:
    """The rows of files."""
    return [FileRow(each.id, each.name) for each in files]


def rows_of(window: Window) -> list[MessageRow]:
    """The rows of a window, each with its position among its versions."""
    rows = []
    for item in window.items:
        row = message_row(item)
        if place := window.places.get(row.id):
            at = place.index(row.id)
            row.place, row.places = at + 1, len(place)
            row.previous = place[at - 1] if at else ""
            row.next = place[at + 1] if at + 1 < len(place) else ""
        rows.append(row)
    return rows


def shown_temperature(temperature: float | None) -> str:
    """The temperature as its field shows it; empty for the provider's default."""
    return "" if temperature is None else f"{temperature:g}"
