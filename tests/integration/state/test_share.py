"""The Share dialog's handlers: what is chosen is what is published, and nothing else."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from reflex.istate.manager.token import BaseStateToken
from reflex.state import State

from tests.integration.services.world import World
from tests.integration.state.page import Page
from tests.integration.state.sharing import (
    KEY,
    PASSPHRASE,
    copy_behind,
    form,
    ids,
    links,
    opened,
    planted,
    published,
    share,
)
from webchat.services.accounts import Person
from webchat.state.links import LinksState
from webchat.state.notice import NoticeState
from webchat.state.share import ShareState


async def test_the_dialog_shows_what_there_is_and_what_looks_secret(world: World, page: Page) -> None:
    await opened(world, page)

    assert (share(page, "opened"), share(page, "loading")) == (True, False)
    assert [row["role"] for row in share(page, "messages")] == ["user", "assistant"] * 2
    assert [row["kind"] for row in share(page, "secrets")] == ["key", "e-mail address"]
    assert (share(page, "found"), share(page, "readable"), share(page, "end_at")) == (2, 2, 3)
    assert KEY not in share(page, "title")
    await page.do(ShareState.close)
    assert share(page, "opened") is False
    assert page.failures == []


async def test_what_is_not_in_the_copy_is_not_counted_as_readable(world: World, page: Page) -> None:
    await opened(world, page)
    first, _, third, last = ids(page)

    await page.do(ShareState.toggle_redacted, message_id=first)
    assert (share(page, "found"), share(page, "readable")) == (1, 1)
    await page.do(ShareState.share_up_to, message_id=third)
    assert (share(page, "found"), share(page, "wordless")) == (0, [first, last])
    await page.do(ShareState.share_up_to, message_id=last)
    await page.do(ShareState.toggle_redacted, message_id=first)
    await page.do(ShareState.toggle_secret, key=share(page, "secrets")[0]["key"])
    assert (share(page, "found"), share(page, "readable")) == (2, 1)
    await page.do(ShareState.hide_all_secrets)
    assert (share(page, "found"), share(page, "readable")) == (2, 0)
    assert len(share(page, "hidden")) == 2


async def test_a_link_leads_to_what_was_chosen_and_to_nothing_else(world: World, page: Page) -> None:
    await opened(world, page)
    _, second, third, _ = ids(page)
    await page.do(ShareState.hide_all_secrets)
    await page.do(ShareState.toggle_left_out, message_id=second)
    await page.do(ShareState.share_up_to, message_id=third)
    await page.do(ShareState.publish, form=form(title="  The   title ", may_continue="on"))

    address = share(page, "made_address")
    assert address.startswith("http://webchat/share/")
    assert (share(page, "made_local"), share(page, "updated"), share(page, "problem")) == (False, False, "")
    assert share(page, "made_qr").startswith("data:image/svg+xml")
    copy = await copy_behind(world, address)
    assert (copy.title, [each.text for each in copy.messages]) == (
        "The title",
        ["My key is [redacted]", "And now?"],
    )
    await page.do(ShareState.publish, form=form())
    (link,) = await world.services.sharing.links(world.owner)
    assert link.may_continue is True, "a form that is sent twice makes one link"
    assert page.failures == []


async def test_message_added_after_opening_the_dialog_is_not_shared(world: World, page: Page) -> None:
    conversation_id = await opened(world, page)
    await world.asked("Not looked at", conversation_id=conversation_id)
    await page.do(ShareState.publish, form=form())

    assert len((await copy_behind(world, share(page, "made_address"))).messages) == 4


async def test_another_time_the_dialog_begins_with_what_was_left_out(world: World, page: Page) -> None:
    conversation_id = await opened(world, page)
    first, second, third, last = ids(page)
    await page.do(ShareState.hide_all_secrets)
    await page.do(ShareState.toggle_left_out, message_id=second)
    await page.do(ShareState.toggle_redacted, message_id=first)
    await page.do(ShareState.share_up_to, message_id=third)
    await page.do(ShareState.publish, form=form(expiry="never"))
    address = share(page, "made_address")

    await page.do(ShareState.open_dialog, conversation_id=conversation_id)

    assert (share(page, "left_out"), share(page, "redacted"), share(page, "readable")) == (
        [second],
        [first],
        0,
    )
    assert (share(page, "up_to"), share(page, "end_at"), share(page, "made_address")) == ("", 3, "")
    (there,) = share(page, "links")
    assert (there["address"], there["expiry"]) == (address, "never expires")
    await page.do(ShareState.toggle_redacted, message_id=first)
    await page.do(ShareState.keep_title, text="Another title")
    await page.do(ShareState.update_link, link_id=there["id"])

    assert (share(page, "made_address"), share(page, "updated")) == (address, True)
    copy = await copy_behind(world, address)
    assert (copy.title, [each.text for each in copy.messages]) == (
        "Another title",
        ["My key is [redacted]", "And now?", "Write to [redacted]"],
    )
    assert [row["id"] for row in share(page, "messages")][-1] == last


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": " "}, "title must have 1 to 200"),
        ({"title": ["x"]}, "title must have 1 to 200"),
        ({"title": "x" * 201}, "title must have 1 to 200"),
        ({"expiry": "century"}, "from the list"),
        ({"expiry": ["week"]}, "from the list"),
        ({"passphrase": "short"}, "6 to 200"),
        ({"passphrase": 7}, "not text"),
    ],
)
async def test_what_cannot_be_is_said_in_the_dialog(
    wrong: dict[str, Any], words: str, world: World, page: Page
) -> None:
    await opened(world, page)
    await page.do(ShareState.publish, form=form(**wrong))

    assert words in share(page, "problem")
    assert (share(page, "opened"), share(page, "made_address")) == (True, "")
    assert await world.services.sharing.links(world.owner) == []
    await page.do(ShareState.publish, form=form())
    assert share(page, "problem") == ""


async def test_nothing_left_to_share_is_said(world: World, page: Page) -> None:
    await opened(world, page)
    for message_id in ids(page):
        await page.do(ShareState.toggle_left_out, message_id=message_id)
    await page.do(ShareState.publish, form=form())

    assert "nothing left to share" in share(page, "problem")


async def test_a_choice_takes_only_what_is_there(world: World, page: Page) -> None:
    await opened(world, page)
    wrong: object
    for wrong in (None, 7, ["x"], {}, "", "nothing", "x" * 5000, "\ud800"):
        for handler in (ShareState.share_up_to, ShareState.toggle_left_out, ShareState.toggle_redacted):
            await page.do(handler, message_id=wrong)
        await page.do(ShareState.toggle_secret, key=wrong)
        await page.do(ShareState.update_link, link_id=wrong)
        assert "no longer exists" in share(page, "problem")

    assert [share(page, name) for name in ("up_to", "left_out", "redacted", "hidden")] == ["", [], [], []]
    assert page.failures == []


async def test_an_odd_passphrase_is_one(world: World, page: Page) -> None:
    await opened(world, page)
    await page.do(ShareState.publish, form=form(title="\ud800 a\0b", passphrase="\ud800" * 7))

    assert share(page, "made_address") != ""
    assert page.failures == []


async def test_a_passphrase_reaches_neither_the_browser_nor_the_state(world: World, page: Page) -> None:
    await opened(world, page)
    await page.do(ShareState.publish, form=form(title="", passphrase=PASSPHRASE))
    await page.do(ShareState.publish, form=form(passphrase=PASSPHRASE))
    await page.do(LinksState.load)
    await page.do(LinksState.set_passphrase, form={"link_id": links(page)[0]["id"], "passphrase": PASSPHRASE})
    manager = page._processor._root_context.state_manager  # type: ignore[union-attr]
    states = [await manager.get_state(BaseStateToken(ident=page.token, cls=State))]
    for state in states:
        states += state.substates.values()

    assert not [text for text in page.sent if PASSPHRASE in text]
    assert PASSPHRASE.encode() not in b"".join(pickle.dumps(state) for state in states)
    assert links(page)[0]["has_passphrase"] is True


async def test_a_conversation_that_is_gone_or_a_strangers_is_not_shown(world: World, page: Page) -> None:
    conversation_id = await planted(world)
    await world.services.conversations.delete(world.owner, conversation_id)
    theirs = await world.asked("Theirs")
    link = await published(world, theirs.conversation_id)
    page.person = Person(world.stranger)  # it is a stranger's from now on
    for wanted in (conversation_id, theirs.conversation_id, "nothing", None, ["x"]):
        await page.do(ShareState.open_dialog, conversation_id=wanted)
        assert "no longer exists" in share(page, "problem")
        assert (share(page, "messages"), share(page, "links")) == ([], [])
        await page.do(ShareState.publish, form=form())
        assert share(page, "made_address") == ""

    await page.do(LinksState.load)
    assert links(page) == []
    for handler, payload in (
        (LinksState.revoke, {"link_id": link.id}),
        (LinksState.change_expiry, {"link_id": link.id, "expiry": "never"}),
        (LinksState.set_passphrase, {"form": {"link_id": link.id, "passphrase": ""}}),
    ):
        await page.do(NoticeState.dismiss)
        await page.do(handler, **payload)
        assert "no longer exists" in page.var(NoticeState, "text")
    assert len(await world.services.sharing.links(world.owner)) == 1
    assert page.failures == []
