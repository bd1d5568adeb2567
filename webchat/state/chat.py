"""The conversation on screen: which messages there are and what is being done with them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.conversations import OpenConversation
from webchat.services.errors import ServiceError
from webchat.services.limits import read_temperature
from webchat.services.runtime import services
from webchat.services.sending import Draft, Sent
from webchat.services.shown import MessageStatus, NotFound, StillAnswering, new_id
from webchat.state.message_rows import message_row
from webchat.state.notice import NoticeState
from webchat.state.owner import owner_of
from webchat.state.rows import MessageRow
from webchat.state.sidebar import SidebarState

WINDOW = 40
"""Messages loaded at once; more come when the reader scrolls up."""

PATIENCE = 0.3
"""Seconds the address bar and the sidebar wait for an answer's first words."""

_STILL_LOADING = "The page was still loading, so nothing was sent. Your text is still here: send it again."


class ChatState(rx.State):
    """One conversation, or the one about to begin. The database is the truth; this is what the page shows."""

    conversation_id: str = ""
    title: str = ""
    messages: list[MessageRow] = []
    has_older: bool = False
    missing: bool = False
    ready: bool = False

    model: str = ""
    system_prompt: str = ""
    temperature: str = ""
    refused_parameters: int = 0
    """How many values were refused: a field that showed one goes back to what is kept."""

    refused_id: str = ""
    refusal: str = ""

    @rx.var
    def answering(self) -> bool:
        """Whether an answer of this branch is being written."""
        return bool(self.messages) and self.messages[-1].status == MessageStatus.STREAMING

    @rx.var
    def first_message_id(self) -> str:
        """The oldest loaded message."""
        return self.messages[0].id if self.messages else ""

    @rx.var
    def last_message_id(self) -> str:
        """The newest message, the one that can be answered again."""
        return self.messages[-1].id if self.messages else ""

    @rx.var
    def accepted_id(self) -> str:
        """The id the browser gave the person's last message that the server has."""
        return next((row.sent_as for row in reversed(self.messages) if row.sent_as), "")

    @rx.var
    def model_label(self) -> str:
        """The model in words: its name without the provider's."""
        return self.model.partition(":")[2] or self.model

    @rx.event
    async def open_new(self) -> None:
        """Show an empty conversation that begins with the person's defaults."""
        self._clear()
        preferences = await services().preferences.get(owner_of(self))
        self.model = await services().catalogue.default_model(owner_of(self))
        self.system_prompt = preferences.system_prompt
        self.temperature = _shown(preferences.temperature)
        self.ready = True

    @rx.event
    async def open_conversation(self) -> None:
        """Load the conversation named in the address; as much of it again as was on screen before."""
        wanted = self.router.url.path.rpartition("/")[2]
        again = wanted == self.conversation_id
        if not again:
            self._clear()
        limit = max(WINDOW, len(self.messages)) if again else WINDOW
        try:
            found = await services().conversations.open(owner_of(self), wanted, limit)
        except NotFound:
            self._clear()
            self.missing = True
            return
        self._show(found)

    def _clear(self) -> None:
        self.conversation_id = ""
        self.title = ""
        self.messages = []
        self.has_older = False
        self.missing = False
        self.ready = False
        self.refused_id = ""
        self.refusal = ""

    def _show(self, found: OpenConversation) -> None:
        self.conversation_id = found.id
        self.title = found.title
        self.model = found.model
        self.system_prompt = found.system_prompt
        self.temperature = _shown(found.temperature)
        self.messages = [message_row(item) for item in found.window.items]
        self.has_older = found.window.has_older
        self.missing = False
        self.ready = True

    @rx.event
    async def load_older(self) -> None:
        """Put the messages before the oldest loaded one in front."""
        if not (self.has_older and self.messages):
            return
        window = await services().conversations.older(
            owner_of(self), self.conversation_id, self.messages[0].id, WINDOW
        )
        self.messages = [*(message_row(item) for item in window.items), *self.messages]
        self.has_older = window.has_older

    @rx.event(background=True)
    async def send_message(
        self, text: str, client_id: str, conversation_id: str | None = None
    ) -> AsyncIterator[Any]:
        """Write the message down and start the answer; a refused one goes back to the composer.

        `conversation_id` is where it was written; None trusts the state.
        """
        async with self:
            owner_id = owner_of(self)
            before = self.conversation_id
            if not self.ready or conversation_id not in (None, before):
                # The tab has moved on, or lost its state with the server and is loading it anew.
                self.refused_id, self.refusal = client_id, _STILL_LOADING
                return
            draft = Draft(
                text=text,
                client_id=client_id,
                conversation_id=before or None,
                model=self.model,
                system_prompt=self.system_prompt,
                temperature=read_temperature(self.temperature),
            )
        try:
            sent = await services().sending.send(owner_id, draft)
        except (ServiceError, NotFound, StillAnswering) as refusal:
            async with self:
                self.refused_id, self.refusal = client_id, str(refusal)
            return
        async with self:
            if self.conversation_id != before:
                return  # the person has gone elsewhere; the conversation is in the sidebar
            self._append(sent)
        # The first words come before everything else the page has to do.
        await services().generations.first_words(owner_id, sent.messages[-1].message.id, PATIENCE)
        async with self:
            begun_here = self.router.url.path == "/" and self.conversation_id == sent.conversation_id
        if begun_here:
            yield rx.redirect(f"/c/{sent.conversation_id}", replace=True)
        yield SidebarState.load

    def _append(self, sent: Sent) -> None:
        self.conversation_id = sent.conversation_id
        self.title = sent.title
        known = {row.id for row in self.messages}
        new = [message_row(item) for item in sent.messages if item.message.id not in known]
        self.messages = [*self.messages, *new]

    @rx.event
    def ask_starter(self, text: str) -> rx.event.EventSpec:
        """Send one of the suggested questions."""
        return ChatState.send_message(str(text), new_id())

    @rx.event(background=True)
    async def stop_answer(self) -> AsyncIterator[Any]:
        """End the answer that is being written; what came is kept."""
        async with self:
            owner_id = owner_of(self)
            running = [row.id for row in self.messages if row.status == MessageStatus.STREAMING]
        for message_id in running:
            await services().generations.stop(owner_id, message_id)
            yield ChatState.refresh_message(message_id)

    @rx.event
    async def refresh_message(self, message_id: str) -> None:
        """Read one message's row again, because its answer has ended."""
        for index, row in enumerate(self.messages):
            if row.id == message_id:
                try:
                    found = await services().conversations.message(owner_of(self), row.id)
                except NotFound:
                    return
                self.messages[index] = message_row(found)
                return

    @rx.event(background=True)
    async def retry_answer(self, message_id: str) -> AsyncIterator[Any]:
        """Ask the same question again; the earlier answer stays in the conversation's tree."""
        async with self:
            owner_id = owner_of(self)
            model = self.model
        try:
            found = await services().sending.retry(owner_id, str(message_id), model)
        except (ServiceError, NotFound, StillAnswering) as problem:
            yield NoticeState.warn(str(problem))
            return
        async with self:
            shown = [row.id for row in self.messages]
            if message_id in shown:  # the person may have gone elsewhere
                self.messages = [*self.messages[: shown.index(message_id)], message_row(found)]

    @rx.event
    async def choose_model(self, model: str) -> None:
        """Use another model from the next message on."""
        self.model = await services().conversations.choose_model(
            owner_of(self), self.conversation_id or None, str(model)
        )

    @rx.event
    async def change_system_prompt(self, text: str) -> AsyncIterator[Any]:
        """Tell the model what it is in this conversation."""
        try:
            self.system_prompt = await services().conversations.change_system_prompt(
                owner_of(self), self.conversation_id or None, str(text)
            )
        except ServiceError as problem:
            yield NoticeState.warn(str(problem))

    @rx.event
    async def change_temperature(self, value: str) -> AsyncIterator[Any]:
        """Set how freely the model chooses its words; empty leaves it to the provider."""
        try:
            temperature = await services().conversations.change_temperature(
                owner_of(self), self.conversation_id or None, read_temperature(str(value))
            )
        except ServiceError as problem:
            self.refused_parameters += 1
            yield NoticeState.warn(str(problem))
        else:
            self.temperature = _shown(temperature)


def _shown(temperature: float | None) -> str:
    return "" if temperature is None else f"{temperature:g}"
