"""Share links as their owner makes them and as others read them (S3, S11)."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.services.scripted import DONE, Hold, Scripted, saying
from tests.integration.services.steering import shown, talk
from tests.integration.services.world import World, answer_id
from webchat.messages import TextDelta
from webchat.services.errors import PassphraseWrong, ServiceError, ShareInvalid, TooManyPassphraseAttempts
from webchat.services.sharing import choice as share_choice
from webchat.services.sharing import tokens as sharing_module
from webchat.services.sharing.choice import Choice
from webchat.services.sharing.copies import Published
from webchat.services.sharing.links import Link, Sharing, Terms
from webchat.services.sharing.passphrase_attempts import GUESSES
from webchat.services.sharing.secret_scan import Finding, find_secrets
from webchat.snapshot import Snapshot
from webchat.storage.errors import ConversationNotFound, NotFound, ShareNotFound
from webchat.storage.queries import shares
from webchat.storage.types import utc_now

GUESSED = int(os.environ.get("WEBCHAT_GUESSED_TOKENS", "300"))
"""Tokens nobody made; issue 5 wants 1,000,000, which take some minutes."""
TERMS = Terms("A title", "week")
READER = "192.0.2.1"
HELLO = "Hello there."


class Sharer:
    """The owner of a conversation with two questions, and whoever has a link to it."""

    def __init__(self, world: World, conversation_id: str, ids: list[str]) -> None:
        self.world, self.id, self.ids = world, conversation_id, ids

    @property
    def sharing(self) -> Sharing:
        return self.world.services.sharing

    async def publish(self, choice: Choice | None = None, **terms: Any) -> Link:
        values = {"title": "A title", "expiry": "week"} | terms
        return await self.sharing.publish(self.world.owner, self.id, choice or Choice(), Terms(**values))

    async def found(self, link: Link) -> Published | None:
        return await self.world.services.shared_copies.find(token_of(link))

    async def read(self, link: Link) -> Snapshot:
        copy = await self.found(link)
        assert copy is not None
        snapshot = await self.world.services.shared_copies.snapshot(copy)
        assert snapshot is not None
        return snapshot

    async def texts(self, link: Link) -> list[str]:
        return [message.text for message in (await self.read(link)).messages]


def token_of(link: Link) -> str:
    return link.path.removeprefix("/share/")


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("webchat.db*"))


@pytest_asyncio.fixture
async def sharer(world: World) -> Sharer:
    return Sharer(world, *await talk(world, "one", "two"))


async def test_s11_a_copy_does_not_change_when_the_conversation_does(sharer: Sharer) -> None:
    link = await sharer.publish()
    await sharer.world.asked("three", conversation_id=sharer.id)
    await sharer.world.services.conversations.rename(sharer.world.owner, sharer.id, "Renamed")
    await sharer.world.services.branches.delete_pair(sharer.world.owner, sharer.ids[0])

    assert await sharer.texts(link) == ["one", HELLO, "two", HELLO]
    assert (await sharer.read(link)).title == "A title"
    assert link.messages == 4


async def test_s11_nothing_but_words_and_model_is_in_it(world: World) -> None:
    await world.services.preferences.set_defaults(world.owner, "Canary of the system prompt", "0.123")
    world.scripts["Fake"] = Scripted(TextDelta("Hi"), DONE)
    sent = await world.send("one", model="Fake:/home/ann/models/llama.gguf", system_prompt="Canary of it")
    await world.ended(answer_id(sent))
    sharer = Sharer(world, sent.conversation_id, [])
    link = await sharer.publish()

    async with world.database.read() as session:
        stored = (await shares.require(session, world.owner, link.id)).snapshot
    assert [message.model for message in (await sharer.read(link)).messages] == ["", "llama.gguf"]
    for secret in ("Canary", "Fake", "/home", "0.123", world.owner, sharer.id, link.id):
        assert secret not in stored


@pytest.mark.parametrize("number", range(4))
async def test_it_ends_where_it_was_told(sharer: Sharer, number: int) -> None:
    link = await sharer.publish(Choice(up_to=sharer.ids[number]))

    assert await sharer.texts(link) == ["one", HELLO, "two", HELLO][: number + 1]


async def test_messages_are_left_out_and_redacted(sharer: Sharer) -> None:
    link = await sharer.publish(Choice(left_out=[sharer.ids[1]], redacted=[sharer.ids[2]]))

    copy = await sharer.read(link)
    assert [(message.text, message.redacted) for message in copy.messages] == [
        ("one", False),
        ("", True),
        (HELLO, False),
    ]
    with pytest.raises(ShareInvalid, match="nothing left"):
        await sharer.publish(Choice(left_out=sharer.ids))


async def test_what_looks_secret_is_shown_and_taken_out(world: World) -> None:
    sharer = Sharer(world, *await talk(world, "Write to ann@example.org, my key is sk-0123456789abcdefghij"))
    found = await sharer.sharing.shareable(world.owner, sharer.id)
    mail, key = found.messages[0].secrets

    assert [each.kind for each in (mail, key)] == ["e-mail address", "key"]
    assert "ann@example.org" not in found.title  # the title was made from the message
    assert "sk-" not in found.title
    link = await sharer.publish(Choice(hidden=[key.key]))
    assert await sharer.texts(link) == ["Write to ann@example.org, my key is [redacted]", HELLO]


async def test_publishing_does_not_search_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sharer = Sharer(world, *await talk(world, "Write to ann@example.org"))
    found = await sharer.sharing.shareable(world.owner, sharer.id)
    monkeypatch.setattr(share_choice, "find_secrets", None)

    link = await sharer.publish(Choice(hidden=[each.key for each in found.messages[0].secrets]))
    assert await sharer.texts(link) == ["Write to [redacted]", HELLO]


async def test_the_search_for_secrets_leaves_the_loop_free(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    searching: list[threading.Thread] = []

    def noted(text: str) -> list[Finding]:
        searching.append(threading.current_thread())
        return find_secrets(text)

    sharer = Sharer(world, *await talk(world, "Write to ann@example.org"))
    monkeypatch.setattr(share_choice, "find_secrets", noted)
    found = await sharer.sharing.shareable(world.owner, sharer.id)

    assert [each.kind for each in found.messages[0].secrets] == ["e-mail address"]
    assert len(searching) == len(found.messages)
    assert threading.current_thread() not in searching


async def test_many_secrets_of_a_message_are_listed_together(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(share_choice, "MAX_SECRETS", 3)
    sharer = Sharer(world, *await talk(world, " ".join(f"a{n}@example.org" for n in range(9))))
    found = (await sharer.sharing.shareable(world.owner, sharer.id)).messages[0].secrets

    assert [each.kind for each in found] == ["e-mail address"] * 2 + ["section with 7 more"]
    link = await sharer.publish(Choice(hidden=[each.key for each in found]))
    assert await sharer.texts(link) == ["[redacted] [redacted] [redacted]", HELLO]


@pytest.mark.parametrize("limit", ["MAX_SEARCHED_BYTES", "MAX_LISTED"])
async def test_a_message_that_is_not_searched_counts_as_a_secret(
    world: World, sharer: Sharer, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(share_choice, limit, 0)
    found = (await sharer.sharing.shareable(world.owner, sharer.id)).messages

    assert [[each.kind for each in message.secrets] for message in found] == [["message, not searched"]] * 4
    link = await sharer.publish(Choice(hidden=[found[1].secrets[0].key]))
    assert await sharer.texts(link) == ["one", "[redacted]", "two", HELLO]


async def test_too_many_messages_are_refused(sharer: Sharer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share_choice, "MAX_SNAPSHOT_MESSAGES", 3)

    with pytest.raises(ShareInvalid, match="At most 3 messages"):
        await sharer.publish()
    await sharer.publish(Choice(left_out=sharer.ids[:1]))


async def test_an_answer_that_is_being_written_is_not_in_it(world: World, sharer: Sharer) -> None:
    hold = Hold()
    world.scripts["Fake"] = Scripted(TextDelta("Half"), hold, DONE)
    sent = await world.send("three", conversation_id=sharer.id)
    await hold.reached.wait()
    link = await sharer.publish()
    hold.go.set()
    await world.ended(answer_id(sent))

    assert await sharer.texts(link) == ["one", HELLO, "two", HELLO, "three"]


async def test_a_link_is_brought_up_to_date_knowingly(world: World, sharer: Sharer) -> None:
    link = await sharer.publish(Choice(redacted=[sharer.ids[0]]))
    await world.asked("three", conversation_id=sharer.id)
    (before,) = (await sharer.sharing.shareable(world.owner, sharer.id)).links
    assert before.choice.redacted == [sharer.ids[0]]

    after = await sharer.sharing.update(world.owner, link.id, before.choice, "Another title")

    assert after.path == link.path
    assert await sharer.texts(link) == ["", HELLO, "two", HELLO, "three", HELLO]
    assert (await sharer.read(link)).title == "Another title"
    assert after.expires_at == link.expires_at


async def test_s11_tokens_are_long_random_and_not_in_the_database(world: World, sharer: Sharer) -> None:
    links = [await sharer.publish() for _ in range(20)]
    tokens = {token_of(link) for link in links}

    assert len(tokens) == 20
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)  # 256 bits
    files = everything_in(world.folder)
    assert not [token for token in tokens if token.encode() in files]
    assert [link.path for link in await sharer.sharing.links(world.owner)] == [
        link.path for link in reversed(links)
    ]


async def test_s11_a_revoked_expired_or_deleted_link_is_gone_at_once(
    world: World, sharer: Sharer, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await sharer.publish()
    await sharer.sharing.revoke(world.owner, link.id)
    assert await sharer.found(link) is None
    with pytest.raises(ShareNotFound):
        await sharer.sharing.revoke(world.owner, link.id)

    link = await sharer.publish(expiry="hour")
    monkeypatch.setattr("webchat.services.sharing.copies.utc_now", lambda: utc_now() + timedelta(minutes=59))
    assert await sharer.found(link) is not None
    monkeypatch.setattr("webchat.services.sharing.copies.utc_now", lambda: utc_now() + timedelta(minutes=61))
    assert await sharer.found(link) is None
    monkeypatch.setattr("webchat.services.sharing.copies.utc_now", utc_now)

    await world.services.conversations.delete(world.owner, sharer.id)
    assert await sharer.found(link) is None
    assert await sharer.sharing.links(world.owner) == []
    assert await sharer.sharing.count(world.owner, sharer.id) == 1
    await world.services.conversations.restore(world.owner, sharer.id)
    assert await sharer.found(link) is not None


async def test_an_expired_link_is_listed_and_can_live_again(
    world: World, sharer: Sharer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sharing_module.EXPIRY, "hour", timedelta(seconds=-1))
    link = await sharer.publish(expiry="hour")

    assert [each.expired for each in await sharer.sharing.links(world.owner)] == [True]
    assert await sharer.found(link) is None
    assert (await sharer.sharing.change_expiry(world.owner, link.id, "never")).expires_at is None
    assert await sharer.found(link) is not None


async def test_a_passphrase_is_asked_for_until_it_is_changed(world: World, sharer: Sharer) -> None:
    link = await sharer.publish(passphrase="correct horse")
    copies = world.services.shared_copies
    copy = await sharer.found(link)
    assert copy is not None
    assert (copy.passphrase_hash or "").startswith("$argon2id$")
    assert not copies.is_open(copy, "")
    for wrong in ("Correct horse", "", "correct horse battery", "\ud800", "x" * 100_000):
        with pytest.raises(PassphraseWrong):
            await copies.unlock(copy, wrong, READER)

    ticket = await copies.unlock(copy, " correct horse ", READER)
    assert copies.is_open(copy, ticket)
    assert not copies.is_open(copy, ticket[:-1])
    other = await sharer.publish(passphrase="correct horse")
    other_copy = await sharer.found(other)
    assert other_copy is not None
    assert not copies.is_open(other_copy, ticket)

    await sharer.sharing.change_passphrase(world.owner, link.id, "another horse")
    copy = await sharer.found(link)
    assert copy is not None
    assert not copies.is_open(copy, ticket)
    await sharer.sharing.change_passphrase(world.owner, link.id, "")
    copy = await sharer.found(link)
    assert copy is not None
    assert copies.is_open(copy, "")


async def test_a_passphrase_is_guessed_a_few_times_only(world: World, sharer: Sharer) -> None:
    copy = await sharer.found(await sharer.publish(passphrase="correct horse"))
    other = await sharer.found(await sharer.publish(passphrase="another horse"))
    assert copy is not None
    assert other is not None
    unlock = world.services.shared_copies.unlock
    ticket = await unlock(copy, "correct horse", READER)

    outcomes: list[type] = []
    for _ in range(GUESSES):
        guesses = (unlock(copy, f"guess {n}", READER) for n in range(4))
        outcomes += map(type, await asyncio.gather(*guesses, return_exceptions=True))

    assert (outcomes.count(PassphraseWrong), set(outcomes)) == (
        GUESSES,
        {PassphraseWrong, TooManyPassphraseAttempts},
    )
    with pytest.raises(TooManyPassphraseAttempts, match="Try again in 10 minutes"):
        await unlock(copy, "correct horse", READER)
    assert world.services.shared_copies.is_open(copy, ticket)  # who knew it before reads on
    await unlock(other, "another horse", READER)


async def test_views_are_counted(world: World, sharer: Sharer) -> None:
    link = await sharer.publish()
    copy = await sharer.found(link)
    assert copy is not None
    for _ in range(3):
        world.services.shared_copies.count_view(copy)
    await world.services.shared_copies.close()

    assert [each.views for each in await sharer.sharing.links(world.owner)] == [3]
    # Counting does not make it another copy, which would have to be rendered again.
    assert (await sharer.found(link)) == copy


async def test_a_reader_goes_on_in_a_conversation_of_their_own(world: World, sharer: Sharer) -> None:
    link = await sharer.publish(Choice(redacted=[sharer.ids[0]]), may_continue=True)
    copy = await sharer.found(link)
    assert copy is not None

    begun = await world.services.shared_copies.continue_in(world.owner, copy, READER)

    assert await shown(world, begun) == ["*Redacted*", HELLO, "two", HELLO]
    world.scripts["Fake"] = saying("Going on.")
    await world.asked("three", conversation_id=begun)
    assert (await shown(world, begun))[-2:] == ["three", "Going on."]
    assert await shown(world, sharer.id) == ["one", HELLO, "two", HELLO]
    assert await sharer.texts(link) == ["", HELLO, "two", HELLO]


async def test_what_may_not_be_continued_is_not(world: World, sharer: Sharer) -> None:
    copy = await sharer.found(await sharer.publish())
    assert copy is not None

    with pytest.raises(ShareNotFound):
        await world.services.shared_copies.continue_in(world.owner, copy, READER)


async def test_a_stranger_shares_and_changes_nothing_of_the_owners(world: World, sharer: Sharer) -> None:
    link = await sharer.publish()
    sharing, stranger = sharer.sharing, world.stranger
    for attempt in (
        sharing.shareable(stranger, sharer.id),
        sharing.publish(stranger, sharer.id, Choice(), TERMS),
        sharing.update(stranger, link.id, Choice(), "Mine"),
        sharing.change_expiry(stranger, link.id, "never"),
        sharing.change_passphrase(stranger, link.id, "my passphrase"),
        sharing.revoke(stranger, link.id),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert await sharing.links(stranger) == []
    assert await sharing.count(stranger, sharer.id) == 0
    assert await sharing.links(world.owner) == [link]


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"title": " "}, ShareInvalid),
        ({"title": "x" * 201}, ShareInvalid),
        ({"expiry": "year"}, ShareInvalid),
        ({"expiry": ["week"]}, ShareInvalid),
        ({"passphrase": "short"}, ShareInvalid),
        ({"passphrase": "x" * 201}, ShareInvalid),
        ({"passphrase": 123456}, ShareInvalid),
    ],
)
async def test_terms_that_cannot_be_are_refused(
    sharer: Sharer, terms: dict[str, Any], refusal: type[ServiceError]
) -> None:
    with pytest.raises(refusal):
        await sharer.publish(**terms)

    assert await sharer.sharing.links(sharer.world.owner) == []


async def test_what_is_too_large_is_refused(sharer: Sharer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share_choice, "MAX_SNAPSHOT_BYTES", 20)

    with pytest.raises(ShareInvalid, match="Leave some messages out"):
        await sharer.publish()
    with pytest.raises(ShareInvalid, match="no longer shown"):
        await sharer.publish(Choice(up_to="nothing"))
    with pytest.raises(ConversationNotFound):
        await sharer.sharing.publish(sharer.world.owner, "nothing", Choice(), TERMS)


async def test_a_link_outlives_the_key_it_was_sealed_with(world: World, sharer: Sharer) -> None:
    link = await sharer.publish()
    (world.folder / "secret.key").unlink()
    again = World(world.folder)
    await again.open_again()

    (listed,) = await again.services.sharing.links(world.owner)
    assert (listed.id, listed.path) == (link.id, "")
    assert await again.services.shared_copies.find(token_of(link)) is not None
    await again.close()


async def test_s11_guessed_tokens_find_nothing(world: World, sharer: Sharer) -> None:
    token = token_of(await sharer.publish())
    find = world.services.shared_copies.find
    for near in (
        token[:-1],
        token + "A",
        token.swapcase(),
        token[::-1],
        "",
        "%",
        "*",
        "' OR 1=1 --",
        "\ud800",
    ):
        assert await find(near) is None

    for _ in range(GUESSED):
        assert await find(secrets.token_urlsafe(32)) is None
    assert await find(token) is not None
