"""The bus that tells tabs what has changed: others, never one's own, never another person's."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from webchat.services.change_feed import MAX_TABS, WAITING, Change, InProcessChangeFeed, TooManyTabs


def taken(queue: asyncio.Queue[Change]) -> list[Change]:
    return [queue.get_nowait() for _ in range(queue.qsize())]


def test_every_other_tab_is_told_and_the_one_it_came_from_is_not() -> None:
    changes = InProcessChangeFeed()
    with changes.listen("me", "one") as one, changes.listen("me", "two") as two:
        changes.publish("me", "talk", "one")

        assert taken(one) == []
        assert taken(two) == [Change("talk", "one")]


def test_what_the_server_does_itself_is_told_to_every_tab() -> None:
    changes = InProcessChangeFeed()
    with changes.listen("me", "one") as one, changes.listen("me", "") as nameless:
        changes.publish("me", "talk")

        assert taken(one) == taken(nameless) == [Change("talk")]


def test_somebody_else_hears_nothing() -> None:
    changes = InProcessChangeFeed()
    with changes.listen("me", "one") as mine, changes.listen("you", "one") as yours:
        changes.publish("me", "talk", "two")

        assert taken(mine) == [Change("talk", "two")]
        assert taken(yours) == []


def test_tab_that_falls_behind_is_told_to_reload_everything() -> None:
    changes = InProcessChangeFeed()
    with changes.listen("me", "one") as one:
        for number in range(WAITING + 1):
            changes.publish("me", f"talk {number}", "two")
        changes.publish("me", "the last", "two")

        assert taken(one) == [Change(), Change("the last", "two")]


def test_a_tab_that_is_gone_leaves_nothing_behind() -> None:
    changes = InProcessChangeFeed()
    with changes.listen("me", "one"), changes.listen("me", "two"):
        pass
    changes.publish("me", "talk")

    assert changes._tabs == {}


def test_one_tab_too_many_is_refused_until_another_goes() -> None:
    changes = InProcessChangeFeed()
    with ExitStack() as tabs:
        heard = [tabs.enter_context(changes.listen("me", str(number))) for number in range(MAX_TABS - 1)]
        with changes.listen("me", "the last"):
            with pytest.raises(TooManyTabs), changes.listen("me", "one too many"):
                pass
            with changes.listen("you", "somebody else's"):
                changes.publish("me", "talk")

        assert all(taken(queue) == [Change("talk")] for queue in heard)
        with changes.listen("me", "in its place") as queue:
            changes.publish("me", "talk")
            assert taken(queue) == [Change("talk")]
    assert changes._tabs == {}
