"""The search field of the history page and what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import reflex as rx

from webchat.messages import Role
from webchat.services.errors import ServiceError
from webchat.services.runtime import services
from webchat.services.search.excerpts import Segment
from webchat.services.search.search import FoundConversation, Hit
from webchat.services.search.syntax import MAX_QUERY
from webchat.state.days import day_heading
from webchat.state.events import update
from webchat.state.owner import owner_of
from webchat.words.errors import shown
from webchat.words.text import ngettext, t


@dataclass
class SegmentRow:
    """A piece of text; `marked` if it matches."""

    text: str
    marked: bool = False


@dataclass
class HitRow:
    """A message that was found, with the address that opens it."""

    href: str
    who: str
    when: str
    best: bool
    segments: list[SegmentRow] = field(default_factory=list)


@dataclass
class FoundRow:
    """A conversation that was found, by its title if it has no `hits`."""

    href: str
    when: str
    more: str = ""
    """How many further messages match, as text."""
    title: list[SegmentRow] = field(default_factory=list)
    hits: list[HitRow] = field(default_factory=list)


class SearchState(rx.State):
    """What is searched for in this tab, and the results so far."""

    text: str = ""
    found: list[FoundRow] = []
    problem: str = ""
    has_more: bool = False
    searched: bool = False
    """Whether the results are those of `text`."""
    time_zone: str = rx.LocalStorage("", name="webchat.time_zone")

    _cursor: str = ""

    @rx.var
    def searching(self) -> bool:
        """Whether there is something to search for."""
        return self.text.strip() != ""

    @rx.event
    async def search(self, text: str) -> None:
        """Search as the text is typed."""
        if isinstance(text, str):
            self.text = text[: MAX_QUERY + 1]
            await self._first_page()

    @rx.event
    async def open(self) -> None:
        """Search again when the page is opened, because messages may have changed."""
        if self.searching:
            await self._first_page()

    @rx.event
    async def load_more(self) -> None:
        """Append the next page of results."""
        if not self.has_more:
            return
        try:
            page = await services().search.find(owner_of(self), self.text, self._cursor)
        except ServiceError as problem:
            self.problem = shown(problem)
            return
        self.found = [*self.found, *map(self._row, page.conversations)]
        self._cursor, self.has_more = page.cursor, bool(page.cursor)

    async def _first_page(self) -> None:
        found: list[FoundRow] = []
        problem = self._cursor = ""
        try:
            page = await services().search.find(owner_of(self), self.text)
        except ServiceError as refused:
            problem = shown(refused)
        else:
            found, self._cursor = [self._row(each) for each in page.conversations], page.cursor
        update(self, found=found, problem=problem, has_more=bool(self._cursor), searched=True)

    def _row(self, conversation: FoundConversation) -> FoundRow:
        href = f"/c/{conversation.id}"
        return FoundRow(
            href,
            self._day(conversation.updated_at) if conversation.updated_at else "",
            ngettext(
                "{count} more message in this conversation",
                "{count} more messages in this conversation",
                conversation.more,
            )
            if conversation.more
            else "",
            _segments(conversation.title),
            [self._hit(href, hit) for hit in conversation.hits],
        )

    def _hit(self, href: str, hit: Hit) -> HitRow:
        who = t("You") if hit.role is Role.USER else t("Answer")
        return HitRow(
            f"{href}?message={hit.message_id}",
            who,
            self._day(hit.created_at),
            hit.best,
            _segments(hit.excerpt),
        )

    def _day(self, moment: datetime) -> str:
        return day_heading(moment, self.time_zone)


def _segments(segments: tuple[Segment, ...]) -> list[SegmentRow]:
    return [SegmentRow(segment.text, segment.marked) for segment in segments]
