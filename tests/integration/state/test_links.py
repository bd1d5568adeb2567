"""The links on the settings page, and what becomes of them when their conversation is deleted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.services.world import World
from tests.integration.state.page import Page
from tests.integration.state.sharing import PASSPHRASE, links, planted, published
from webchat.state.deletion import DeletionState
from webchat.state.link_rows import expiry_in_words, is_local, qr_code
from webchat.state.links import LinksState
from webchat.state.notice import NoticeState


async def test_the_settings_list_every_link_newest_first(world: World, page: Page) -> None:
    await page.do(LinksState.load)
    assert (links(page), page.var(LinksState, "loaded")) == ([], True)
    conversation_id = await planted(world)
    await published(world, conversation_id, title="First", expiry="never", may_continue=True)
    await published(world, conversation_id, title="Second", passphrase=PASSPHRASE)
    await page.do(LinksState.on_remote_change, _conversation_id="")

    second, first = links(page)
    assert (first["title"], second["title"]) == ("First", "Second")
    assert (first["expiry"], first["messages"], first["views"]) == ("never expires", "4 messages", "0 views")
    assert (first["has_passphrase"], first["may_continue"]) == (False, True)
    assert (second["has_passphrase"], second["may_continue"]) == (True, False)
    assert first["conversation_id"] == conversation_id
    assert first["made"].startswith("created ")
    assert first["address"].startswith("http://webchat/share/")


async def test_a_link_is_changed_and_taken_back(world: World, page: Page) -> None:
    link = await published(world, await planted(world))
    await page.do(LinksState.load)
    await page.do(LinksState.change_expiry, link_id=link.id, expiry="never")
    assert links(page)[0]["expiry"] == "never expires"
    await page.do(LinksState.change_expiry, link_id=link.id, expiry="")
    assert "from the list" in page.var(NoticeState, "text")

    await page.do(LinksState.change, link_id=link.id)
    await page.do(LinksState.set_passphrase, form={"link_id": link.id, "passphrase": "short"})
    assert (page.var(LinksState, "changing"), links(page)[0]["has_passphrase"]) == (link.id, False)
    await page.do(LinksState.set_passphrase, form={"link_id": link.id, "passphrase": PASSPHRASE})
    assert (page.var(LinksState, "changing"), links(page)[0]["has_passphrase"]) == ("", True)
    await page.do(LinksState.set_passphrase, form={"link_id": link.id, "passphrase": ""})
    assert links(page)[0]["has_passphrase"] is False

    await page.do(LinksState.ask, link_id=link.id)
    assert page.var(LinksState, "asking") == link.id
    await page.do(LinksState.revoke, link_id=link.id)
    assert (links(page), page.var(LinksState, "asking")) == ([], "")
    assert await world.services.shared_copies.find(link.path.rpartition("/")[2]) is None
    assert page.failures == []


async def test_links_are_deleted_and_restored_with_their_conversation(world: World, page: Page) -> None:
    conversation_id = await planted(world)
    for _ in range(2):
        link = await published(world, conversation_id)
    await page.do(DeletionState.delete, conversation_id=conversation_id)
    assert page.var(DeletionState, "links") == 2
    await page.do(LinksState.load)
    assert links(page) == []
    await page.do(DeletionState.undo)
    await page.do(LinksState.load)
    assert len(links(page)) == 2
    assert await world.services.shared_copies.find(link.path.rpartition("/")[2]) is not None

    other = await world.asked("Never shared")
    await page.do(DeletionState.delete, conversation_id=other.conversation_id)
    assert page.var(DeletionState, "links") == 0


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (timedelta(minutes=30), "expires today, 23:30"),
        (timedelta(hours=2), "expires tomorrow, 01:00"),
        (timedelta(days=7), "expires 10 November 2026, 23:00"),
        (None, "never expires"),
    ],
)
def test_an_expiry_is_said_by_the_persons_clock(after: timedelta | None, words: str) -> None:
    now = datetime(2026, 11, 3, 20, 0, tzinfo=UTC)  # 23:00 in Moscow

    assert expiry_in_words(now + after if after else None, "Europe/Moscow", now) == words


def test_an_address_of_this_machine_is_known() -> None:
    for local in ("http://127.0.0.1:3000/share/x", "http://localhost/share/x", "http://[::1]:3000/share/x"):
        assert is_local(local)
    for far in ("https://chat.example.org/share/x", "http://192.168.1.7:3000/share/x", "/share/x"):
        assert not is_local(far)


def test_a_qr_code_is_an_image_with_its_quiet_zone() -> None:
    code = qr_code("https://chat.example.org/share/" + "A" * 43)

    assert code.startswith("data:image/svg+xml")
    assert "viewBox='0 0 45 45'" in code  # 37 modules, and four on every side
