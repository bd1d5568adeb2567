"""The search index: what it finds, in which order, and that it always agrees with the rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event

from tests.search_rows import check_search_rows, entries, snapshot
from webchat.messages import Role
from webchat.storage.engine import Database
from webchat.storage.folding import FoldingConnection
from webchat.storage.queries import conversations, generations, messages, search, sending
from webchat.storage.queries.generations import Ending
from webchat.storage.queries.maintenance import Snapshot, checkpoint, interrupt_running
from webchat.storage.queries.search import MessageQuery, Term
from webchat.storage.queries.sending import Send
from webchat.storage.types import GenerationStatus


async def write(
    db: Database, owner: str, *texts: str, title: str = "", role: Role = Role.USER, **more: Any
) -> str:
    """A conversation with these messages; returns its id."""
    async with db.write() as session:
        conversation = await conversations.create(session, owner, title=title)
        parent = None
        for text in texts:
            message = await messages.add(
                session, owner, conversation.id, parent_id=parent, role=role, content=text, **more
            )
            parent = message.id
    return conversation.id


async def found(db: Database, owner: str, *terms: str | Term, **more: Any) -> list[str]:
    """The texts of the messages that match."""
    wanted = tuple(Term(term) if isinstance(term, str) else term for term in terms)
    async with db.read() as session:
        page = await search.find_messages(session, owner, MessageQuery(wanted, **more), limit=50)
    return [hit.text for hit in page.hits]


async def titles(db: Database, owner: str, *terms: str) -> list[str]:
    async with db.read() as session:
        rows = await search.find_titles(session, owner, MessageQuery(tuple(map(Term, terms))), limit=50)
    return [row.title for row in rows]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The Café on the corner", "cafe"),
        ("L'ÉTÉ en Provence", "été"),
        ("E\u0301te\u0301", "ete"),
        ("Straße", "STRASSE"),
        ("Моя Ёлка зелёная", "елка"),
        ("Моя ЁЛКА", "ёлка"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("私は東京に住んでいます", "東京"),
        ("私は東京に住んでいます", "京"),
        ("我在北京大学学习", "大学"),
        ("주간회의 일정", "회의"),
        ("สวัสดีครับ", "ครับ"),
        ("ＦＵＬＬ width", "full"),
        ("snake_case and a/b", "case"),
        ("e-mail me at ann@example.org", "ann@example.org"),
        ("🎉 party", "party"),
    ],
)
async def test_a_word_is_found_in_any_script(db: Database, owner: str, text: str, wanted: str) -> None:
    await write(db, owner, text, "something else")
    assert await found(db, owner, wanted) == [text]
    await write(db, owner, title=text)
    assert await titles(db, owner, wanted) == [text]


@pytest.mark.parametrize("text", ["京東", "大北", "ete de", "corner the"])
async def test_words_in_another_order_are_no_phrase(db: Database, owner: str, text: str) -> None:
    await write(db, owner, "The corner of été", "東京 北京大学")
    assert await found(db, owner, text) == []


async def test_words_prefixes_phrases_and_exclusions(db: Database, owner: str) -> None:
    await write(db, owner, "red apples and green pears", "green apples", "a pear")
    assert await found(db, owner, "green", "apples") == ["green apples", "red apples and green pears"]
    assert await found(db, owner, "green apples") == ["green apples"]
    assert await found(db, owner, Term("pea", prefix=True)) == ["a pear", "red apples and green pears"]
    assert await found(db, owner, "pea") == []
    assert await found(db, owner, "green", without=(Term("pears"),)) == ["green apples"]
    assert await found(db, owner, without=(Term("green"),)) == ["a pear"]


@pytest.mark.parametrize(
    "text",
    [
        '"',
        '""',
        "'",
        "*",
        "a*b",
        "NOT",
        "AND OR",
        "NEAR(a b)",
        "text:",
        "facets : o",
        "(",
        "^a",
        "-",
        "{a b}",
        "+",
    ],
)
async def test_operators_of_the_index_are_searched_as_text(db: Database, owner: str, text: str) -> None:
    await write(db, owner, f"before {text} after")
    for term in (Term(text), Term(text, prefix=True)):
        await found(db, owner, term)
        await found(db, owner, "before", without=(term,))
    assert await found(db, owner, f"before {text} after") == [f"before {text} after"]


async def test_facets_are_no_words(db: Database, owner: str) -> None:
    await write(db, owner, "hello")
    for word in ("ruser", "y2026", "o"):
        assert await found(db, owner, Term(word, prefix=True)) == []


async def test_messages_are_found_by_role_model_and_time(db: Database, owner: str) -> None:
    june, may = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 5, 31, 23, 59, tzinfo=UTC)
    await write(db, owner, "word asked", now=may)
    await write(db, owner, "word answered", role=Role.ASSISTANT, model="A:one", now=june)
    assert await found(db, owner, "word", roles=(Role.USER,)) == ["word asked"]
    assert await found(db, owner, roles=(Role.ASSISTANT,)) == ["word answered"]
    assert await found(db, owner, models=("A:one", "A:two")) == ["word answered"]
    assert await found(db, owner, models=("A:two",)) == []
    assert await found(db, owner, models=()) == []
    assert await found(db, owner, "word", after=date(2025, 6, 1)) == ["word answered"]
    assert await found(db, owner, "word", before=date(2025, 6, 1)) == ["word asked"]
    assert await found(db, owner, after=date(2025, 5, 31), before=date(2025, 6, 1)) == ["word asked"]
    assert await found(db, owner, after=date(2024, 1, 1), before=date(2026, 1, 1)) == [
        "word answered",
        "word asked",
    ]
    assert await found(db, owner, after=date(2025, 7, 1), before=date(2025, 6, 1)) == []
    assert await found(db, owner, after=date(9999, 1, 1)) == []


async def test_nobody_finds_the_words_of_others(db: Database, owner: str, stranger: str) -> None:
    await write(db, owner, "secret", title="secret")
    assert await found(db, stranger, "secret") == []
    assert await titles(db, stranger, "secret") == []


async def test_deleted_messages_and_conversations_are_not_found(db: Database, owner: str) -> None:
    conversation = await write(db, owner, "one word", "another word", title="word")
    async with db.read() as session:
        page = await search.find_messages(session, owner, MessageQuery((Term("one"),)), limit=9)
    async with db.write() as session:
        await messages.delete(session, owner, [page.hits[0].message_id])
    assert await found(db, owner, "word") == ["another word"]
    async with db.write() as session:
        await messages.restore(session, owner, [page.hits[0].message_id])
        await conversations.delete(session, owner, conversation)
    assert await found(db, owner, "word") == await titles(db, owner, "word") == []
    async with db.write() as session:
        await conversations.restore(session, owner, conversation)
    assert await found(db, owner, "word") == ["another word", "one word"]
    assert await titles(db, owner, "word") == ["word"]


async def test_a_running_answer_is_found_when_it_has_ended(db: Database, owner: str) -> None:
    async with db.write() as session:
        record = await sending.record_send(session, owner, Send(("client-1",), "question", "A", "one"))
        message = record.assistant_message.id
        await checkpoint(session, [Snapshot(owner, message, "half of it ", "", 0)])
    assert await found(db, owner, "half") == []
    async with db.write() as session:
        ending = Ending(GenerationStatus.COMPLETE, "and the rest", kept=len("half of it "))
        await generations.finish(session, owner, record.generation.id, ending)
    assert await found(db, owner, "half", "rest") == ["half of it and the rest"]
    check_search_rows(db.path)
    async with db.write() as session:
        await generations.resume(session, owner, record.generation.id)
    assert await found(db, owner, "half") == []
    async with db.write() as session:
        await checkpoint(session, [Snapshot(owner, message, ", and more", "", 23)])
        await interrupt_running(session)
    assert await found(db, owner, "half", "more") == ["half of it and the rest, and more"]
    check_search_rows(db.path)


async def test_pages_follow_one_another_newest_first(db: Database, owner: str) -> None:
    await write(db, owner, *[f"word {number}" for number in range(11)])
    seen: list[str] = []
    before: int | None = None
    while True:
        async with db.read() as session:
            page = await search.find_messages(
                session, owner, MessageQuery((Term("word"),)), limit=4, before=before
            )
        seen += [hit.text for hit in page.hits]
        before = page.next
        if before is None:
            break
    assert seen == [f"word {number}" for number in reversed(range(11))]


async def test_a_page_looks_at_a_bounded_number_of_entries(
    db: Database, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CHUNKS", (2, 2))
    await write(db, owner, "word first")
    deleted = await write(db, owner, *["word"] * 6)
    async with db.write() as session:
        await conversations.delete(session, owner, deleted)
    async with db.read() as session:
        query = MessageQuery((Term("word"),))
        page = await search.find_messages(session, owner, query, limit=9)
        assert page.hits == []
        assert page.next is not None
        rest = await search.find_messages(session, owner, query, limit=9, before=page.next)
    assert [hit.text for hit in rest.hits] == ["word first"]
    assert rest.next is None


async def test_the_match_in_a_long_message_is_in_its_excerpt(db: Database, owner: str) -> None:
    await write(db, owner, f"{'filler ' * 20_000}needle {'filler ' * 20_000}")
    (text,) = await found(db, owner, "needle")
    assert len(text) == search.EXCERPT
    assert "needle" in text


async def test_index_and_numbers_survive_a_vacuum(db: Database, owner: str) -> None:
    conversation = await write(db, owner, "one", "two", "three", title="title")
    await write(db, owner, "four")
    async with db.write() as session:
        await conversations.delete(session, owner, conversation)
    with snapshot(db.path) as connection:
        before = entries(connection)
    with closing(sqlite3.connect(db.path, factory=FoldingConnection)) as connection:
        connection.execute("DELETE FROM message WHERE content = 'two'")
        connection.commit()
        connection.execute("VACUUM")
    check_search_rows(db.path)
    with snapshot(db.path) as connection:
        assert entries(connection) != before
    assert await found(db, owner, "four") == ["four"]


async def test_a_search_that_finds_nothing_reads_no_rows(db: Database, owner: str) -> None:
    await write(db, owner, "a word", title="a title")
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    engine = db._readers.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    assert await found(db, owner, "nothing") == await titles(db, owner, "nothing") == []
    event.remove(engine, "before_cursor_execute", note)

    selects = [statement for statement in statements if "SELECT" in statement]
    assert len(selects) == 2
    assert all("_search MATCH" in statement for statement in selects)
