"""The conversation on screen, and sending to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import reflex as rx
from reflex.event import Event

from webchat.errors import WebchatError
from webchat.services.chat.recording import Sent
from webchat.services.chat.sending import Draft
from webchat.services.limits import read_temperature
from webchat.services.runtime import services
from webchat.state.chat_comparison import ChatComparison
from webchat.state.chat_control import REFUSED, ChatControl
from webchat.state.chat_details import ChatDetails
from webchat.state.chat_parameters import ChatParameters
from webchat.state.chat_repeat import ChatRepeat
from webchat.state.chat_view import WINDOW, ChatView
from webchat.state.events import event
from webchat.state.message_rows import message_row
from webchat.state.owner import address_of, owner_of, tab_of
from webchat.state.sidebar import SidebarState
from webchat.storage.errors import StillAnswering
from webchat.storage.ids import new_id
from webchat.words.errors import shown

MOST_LOADED = 3 * WINDOW
"""Maximum messages kept in a tab, because each change sends all of them to the browser."""
NONE: list[str] = []
"""No files."""
FIRST_TEXT_WAIT = 0.3
"""Seconds that the sidebar waits for an answer's first text."""


class ChatState(ChatView, ChatDetails, ChatComparison, ChatRepeat, ChatParameters, ChatControl, rx.State):
    """The chat page of one tab.

    A message is accepted once it is in the database. Until then the composer keeps it and sends it again.
    """

    accepted_ids: list[str] = []
    """The browser's ids of the messages accepted most recently."""
    begun: dict[str, str] = {}
    """The conversations that those messages started, by message id."""
    refused_id: str = ""
    refusal: str = ""

    @rx.event(background=True)
    async def send_message(
        self,
        text: str,
        client_id: str,
        conversation_id: str | None = None,
        model: str = "",
        models: list[str] | None = None,
        files: list[str] = NONE,
    ) -> AsyncIterator[Any]:
        """Save the message and start the answer. A rejected message goes back to the composer.

        `files` are the ids of its files.

        `conversation_id`, `model` and the `models` to compare are those the message was written for, because
        after a lost connection the tab may show another conversation, or none. They default to what the tab
        shows.
        """
        async with self:
            owner_id, tab, address = owner_of(self), tab_of(self), address_of(self)
            conversation_id = self.conversation_id if conversation_id is None else conversation_id
            here = self.ready and conversation_id == self.conversation_id
            draft = Draft(
                *(text, client_id, conversation_id or None, self.model if here else model),
                models=list(self.comparing) if here else models or (),
                address=address,
                files=files,
            )
            if not conversation_id and self._asks_for_temporary():
                draft = replace(draft, temporary=True)
            if here and not conversation_id:
                temperature = read_temperature(self.temperature)
                draft = replace(
                    draft,
                    system_prompt=self.system_prompt,
                    temperature=temperature,
                    parameters=self._parameters,
                    assistant_id=self.assistant.id or None,
                )
            assistant_id = "" if here or conversation_id else self._assistant_asked_for()
        try:
            if assistant_id:  # a tab that reconnects sends before its page is loaded again
                beginning = await services().assistants.beginning(owner_id, assistant_id)
                draft = replace(
                    draft,
                    model=draft.model or beginning.model,
                    system_prompt=beginning.system_prompt,
                    temperature=beginning.temperature,
                    parameters=beginning.parameters,
                    assistant_id=assistant_id,
                )
            sent = await services().sending.send(owner_id, draft)
        except StillAnswering:
            async for event in self._queue(owner_id, draft):
                yield event
            return
        except REFUSED as refusal:
            async with self:
                self._refuse(client_id, refusal)
            return
        if draft.temporary:
            services().temporary_chats.keep(owner_id, sent.conversation_id, tab)
        async with self:
            self._accept(client_id, "" if conversation_id else sent.conversation_id)
            shown = self.conversation_id or sent.conversation_id
            begun_here = self.router.url.path == "/" and not conversation_id and shown == sent.conversation_id
            if begun_here and not here:
                # A tab that reconnects after a restart sends before its page is loaded again.
                self._begun_unloaded = sent.conversation_id
            # The conversation may have been loaded while the message was being saved.
            still_here = self.conversation_id == conversation_id and bool(here or conversation_id)
            if still_here or (begun_here and self.ready):
                if self.has_newer:
                    await self.open_latest()
                elif self.queued or self.queued_files or self.compared or draft.models:
                    # A queued message was sent together with this one, or answers stand side by side.
                    await self._load(sent.conversation_id)
                else:
                    self._append(sent)
        services().changes.publish(owner_id, sent.conversation_id, tab)
        if begun_here:
            # Changes the address only; see webchat/hosting/same_origin.py.
            yield rx.redirect(f"/c/{sent.conversation_id}", replace=True)
        # The first text takes priority over the sidebar.
        await services().answers.wait_for_first_text(owner_id, sent.messages[-1].message.id, FIRST_TEXT_WAIT)
        yield SidebarState.load_conversations

    async def _queue(self, owner_id: str, draft: Draft) -> AsyncIterator[Any]:
        """Queue the message until the running answer has ended."""
        try:
            waiting = await services().queued_messages.add(
                owner_id,
                draft.conversation_id or "",
                draft.text,
                draft.client_id,
                draft.address,
                draft.files or (),
            )
        except REFUSED as refusal:
            async with self:
                self._refuse(draft.client_id, refusal)
            return
        async with self:
            self._accept(draft.client_id)
            if self.conversation_id == draft.conversation_id:
                if waiting and not draft.files:
                    self.queued = waiting
                else:  # it was sent at once, or has files
                    await self._load(self.conversation_id)
            services().changes.publish(owner_id, draft.conversation_id or "", tab_of(self))
        yield SidebarState.load_conversations

    def _refuse(self, client_id: object, refusal: WebchatError) -> None:
        self.refused_id = client_id if isinstance(client_id, str) else ""
        self.refusal = shown(refusal)

    def _accept(self, client_id: str, begun: str = "") -> None:
        self.accepted_ids = [*self.accepted_ids[-9:], client_id]
        known = {each: self.begun[each] for each in self.accepted_ids if each in self.begun}
        self.begun = known | ({client_id: begun} if begun else {})

    def _append(self, sent: Sent) -> None:
        self.conversation_id = sent.conversation_id
        self.title = sent.title
        known = {row.id for row in self.messages}
        new = [message_row(item) for item in sent.messages if item.message.id not in known]
        messages = [*self.messages, *new]
        if len(messages) > MOST_LOADED:
            messages = messages[-WINDOW:]
            self._start_id, self.has_older = messages[0].id, True
        self.messages = messages

    @rx.event
    def ask_starter(self, text: str) -> Event:
        """Send one of the suggested questions."""
        return event(
            ChatState.send_message,
            text=text,
            client_id=new_id(),
            conversation_id=self.conversation_id,
            model=self.model,
        )
