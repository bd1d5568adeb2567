"""Selecting conversations in the history, and what is done with all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import reflex as rx

from webchat.services.chat.batches import MAX_AT_ONCE
from webchat.services.errors import CollectionInvalid
from webchat.services.runtime import services
from webchat.state.chat_control import REFUSED
from webchat.state.events import entry, identifier
from webchat.state.notice import tell, warn
from webchat.state.owner import owner_of, tab_of
from webchat.state.sidebar import SidebarState
from webchat.words.text import ngettext


class HistorySelection(rx.State, mixin=True):
    """The select mode. Only conversations that are listed can be selected."""

    selecting: bool = False
    selected: list[str] = []

    _picked_last: str = ""

    @rx.event
    def start_selecting(self) -> None:
        """Show a checkbox in each row."""
        self.selecting = True

    @rx.event
    def stop_selecting(self) -> None:
        """Hide the checkboxes and forget what was selected."""
        self._end_selection()

    def _end_selection(self) -> None:
        self.selecting, self.selected, self._picked_last = False, [], ""

    @rx.event
    def pick(self, conversation_id: str, pointer: dict[str, Any]) -> Any:
        """Select a conversation, or no longer; with Shift, all between it and the one picked before too."""
        ids = [row.id for row in self.rows]
        if conversation_id not in ids:
            return None
        at = ids.index(conversation_id)
        with_shift = entry(pointer, "shift_key") is True and self._picked_last in ids
        start = ids.index(self._picked_last) if with_shift else at
        touched = ids[min(start, at) : max(start, at) + 1]
        self._picked_last = conversation_id
        if conversation_id in self.selected:
            self.selected = [each for each in self.selected if each not in touched]
            return None
        return self._select([*self.selected, *touched])

    @rx.event
    def select_all(self) -> Any:
        """Select everything that is listed, or nothing if all of it is selected."""
        listed = [row.id for row in self.rows]
        if len(self.selected) >= min(len(listed), MAX_AT_ONCE):
            self.selected = []
            return None
        return self._select(listed)

    def _select(self, ids: list[str]) -> Any:
        """Select as many of these as are allowed, and say so if that is not all."""
        wanted = list(dict.fromkeys(ids))
        self.selected = wanted[:MAX_AT_ONCE]
        if len(wanted) > MAX_AT_ONCE:
            return warn(CollectionInvalid("too_many_selected", limit=MAX_AT_ONCE))
        return None

    @rx.event
    async def move_selected(self, folder_id: str) -> AsyncIterator[Any]:
        """Move the selected conversations into a folder; `none` takes them out of theirs."""
        chosen = identifier(folder_id)
        if not chosen:
            return
        wanted = "" if chosen == "none" else chosen
        moving = services().collections.move(owner_of(self), self.selected, wanted)
        async for each in self._change(moving, _moved):
            yield each

    @rx.event
    async def tag_selected(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Add a tag to the selected conversations."""
        tagging = services().collections.add_tag(owner_of(self), self.selected, entry(form, "tag"))
        async for each in self._change(tagging, _tagged):
            yield each

    @rx.event
    async def archive_selected(self) -> AsyncIterator[Any]:
        """Archive the selected conversations, or in the archive list them again."""
        archiving = services().collections.archive(owner_of(self), self.selected, not self.archived)
        async for each in self._change(archiving, _listed_again if self.archived else _archived):
            yield each

    async def _change(self, change: Awaitable[Any], done: Callable[[int], str]) -> AsyncIterator[Any]:
        number = len(self.selected)
        try:
            await change
        except REFUSED as problem:
            yield warn(problem)
            return
        self._end_selection()
        services().changes.publish(owner_of(self), "", tab_of(self))
        await self._list_again()
        yield tell(done(number))
        yield SidebarState.load

    def _forget_unlisted(self) -> None:
        """Called after the list was loaded again."""
        listed = {row.id for row in self.rows}
        if not listed.issuperset(self.selected):
            self.selected = [each for each in self.selected if each in listed]


def _moved(number: int) -> str:
    return ngettext("{count} conversation was moved.", "{count} conversations were moved.", number)


def _tagged(number: int) -> str:
    return ngettext("{count} conversation was tagged.", "{count} conversations were tagged.", number)


def _archived(number: int) -> str:
    return ngettext("{count} conversation was archived.", "{count} conversations were archived.", number)


def _listed_again(number: int) -> str:
    return ngettext(
        "{count} conversation was listed again.", "{count} conversations were listed again.", number
    )
