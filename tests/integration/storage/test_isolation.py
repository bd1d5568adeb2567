"""No query reaches another owner's rows: every one is tried with a stranger's id and the owner's row ids."""

import asyncio
import importlib
import inspect
import pkgutil
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from tests.integration.storage.conftest import add_user
from tests.integration.storage.possessions import (
    Possessions,
    assistant_link_to,
    give_possessions,
    link_to,
)
from webchat.messages import Role
from webchat.storage import queries
from webchat.storage.engine import Database
from webchat.storage.errors import NotFound
from webchat.storage.queries import (
    assistant_links,
    assistants,
    attempts,
    branch_tree,
    branches,
    client_ids,
    comparisons,
    conversations,
    copies,
    diagrams,
    exports,
    file_lists,
    files,
    folders,
    generations,
    imports,
    labels,
    listing,
    messages,
    providers,
    repeats,
    saved_prompts,
    search,
    sending,
    settings,
    shares,
    trash,
    usage,
)
from webchat.storage.queries.branches import BranchWindow
from webchat.storage.queries.conversations import ConversationPage
from webchat.storage.queries.generations import Ending
from webchat.storage.queries.listing import Filters
from webchat.storage.queries.search import MessageQuery, Term
from webchat.storage.queries.sending import Regenerate, Send
from webchat.storage.queries.trash import TrashPage
from webchat.storage.sqlite import sqlite_url
from webchat.storage.tables import Conversation, Message, Table
from webchat.storage.types import GenerationStatus, MessageStatus, utc_now

WITHOUT_AN_OWNER = {
    *("audit", "guesses", "identities", "invitations", "maintenance", "passkeys", "published", "purge"),
    *("server_settings", "sessions", "stored_files", "usage_of_everyone", "users"),
}
"""Modules that say in their first line why they take no owner."""

NOTHING: list[Any] = [
    *(None, False, 0, [], {}),
    *(ConversationPage([], None), TrashPage([], None), BranchWindow([], has_more=False)),
]


async def found_messages(session: AsyncSession, owner_id: str) -> list[str]:
    page = await search.find_messages(session, owner_id, MessageQuery((Term("Hello"),)), limit=9)
    return [hit.message_id for hit in page.hits]


Call = Callable[[AsyncSession, str, Possessions], Awaitable[Any]]
CALLS: dict[Callable[..., Any], Call] = {
    conversations.get: lambda s, o, w: conversations.get(s, o, w.conversation),
    conversations.require: lambda s, o, w: conversations.require(s, o, w.conversation),
    search.find_messages: lambda s, o, w: found_messages(s, o),
    search.find_titles: lambda s, o, w: search.find_titles(s, o, MessageQuery((Term("Title"),)), limit=9),
    conversations.models_used: lambda s, o, w: conversations.models_used(s, o),
    conversations.rename: lambda s, o, w: done(conversations.rename(s, o, w.conversation, "x")),
    usage.started_on: lambda s, o, w: usage.started_on(s, o, utc_now()),
    usage.tokens_of_month: lambda s, o, w: usage.tokens_of_month(s, o, utc_now()),
    usage.by_month_and_model: lambda s, o, w: usage.by_month_and_model(s, o, limit=9),
    conversations.set_automatic_title: lambda s, o, w: conversations.set_automatic_title(
        s, o, w.conversation, "x"
    ),
    conversations.set_options: lambda s, o, w: done(
        conversations.set_options(s, o, w.conversation, model="x")
    ),
    conversations.set_queued: lambda s, o, w: done(
        conversations.set_queued(s, o, w.conversation, "x", "c-8")
    ),
    conversations.set_current_leaf: lambda s, o, w: done(
        conversations.set_current_leaf(s, o, w.conversation, w.asked)
    ),
    conversations.touch: lambda s, o, w: conversations.touch(s, o, w.conversation),
    conversations.delete: lambda s, o, w: conversations.delete(s, o, w.conversation),
    conversations.restore: lambda s, o, w: conversations.restore(s, o, w.deleted),
    messages.add: lambda s, o, w: messages.add(
        s, o, w.conversation, parent_id=w.message, role=Role.USER, content="x"
    ),
    messages.get: lambda s, o, w: messages.get(s, o, w.message),
    messages.get_many: lambda s, o, w: messages.get_many(s, o, [w.message, w.asked]),
    messages.sizes: lambda s, o, w: messages.sizes(s, o, [w.message, w.asked]),
    branches.get_with_generation: lambda s, o, w: branches.get_with_generation(s, o, w.message),
    client_ids.find_message: lambda s, o, w: client_ids.find_message(s, o, ["c-1"]),
    client_ids.of_messages: lambda s, o, w: client_ids.of_messages(s, o, [w.asked]),
    client_ids.add: lambda s, o, w: client_ids.add(s, o, w.message, ["c-7"]),
    branches.branch_window: lambda s, o, w: branches.branch_window(
        s, o, w.conversation, None, limit=9, before_message_id=w.message
    ),
    branches.branch_section: lambda s, o, w: branches.branch_section(
        s, o, w.conversation, w.message, first=0, limit=9
    ),
    messages.delete: lambda s, o, w: messages.delete(s, o, [w.message]),
    messages.restore: lambda s, o, w: deleted_and_restored(s, o, w),
    messages.require: lambda s, o, w: messages.require(s, o, w.conversation, w.message),
    branches.branch: lambda s, o, w: branches.branch(s, o, w.conversation, w.message),
    branches.branch_page: lambda s, o, w: told_of(s, o, w),
    branches.count_prompt_messages: lambda s, o, w: branches.count_prompt_messages(
        s, o, w.conversation, w.message
    ),
    messages.children: lambda s, o, w: messages.children(s, o, w.conversation, None),
    branches.sibling_ids: lambda s, o, w: branches.sibling_ids(s, o, w.conversation, [w.asked]),
    branch_tree.tree_messages: lambda s, o, w: branch_tree.tree_messages(
        s, o, w.conversation, before="", limit=9, characters=9
    ),
    branches.newest_leaf: lambda s, o, w: branches.newest_leaf(s, o, w.asked),
    generations.start: lambda s, o, w: started(s, o, w),
    generations.resume: lambda s, o, w: resumed(s, o, w),
    generations.finish: lambda s, o, w: generations.finish(
        s, o, w.generation, Ending(GenerationStatus.STOPPED, "x")
    ),
    generations.keep_longer: lambda s, o, w: generations.keep_longer(s, o, w.generation, "", ""),
    generations.get: lambda s, o, w: generations.get(s, o, w.generation),
    generations.get_by_message: lambda s, o, w: generations.get_by_message(s, o, w.message),
    attempts.list_attempts: lambda s, o, w: attempts.list_attempts(s, o, w.conversation),
    attempts.recent_attempts: lambda s, o, w: attempts.recent_attempts(s, o, "A", limit=9),
    sending.sent_answer: lambda s, o, w: sending.sent_answer(s, o, "c-1"),
    sending.record_send: lambda s, o, w: sending.record_send(
        s, o, Send(("c-9",), "x", "A", "one", w.conversation, w.asked)
    ),
    sending.record_regeneration: lambda s, o, w: sending.record_regeneration(
        s, o, Regenerate("c-9", w.conversation, w.asked, "A", "one")
    ),
    comparisons.compared_answers: lambda s, o, w: comparisons.compared_answers(s, o, comparing(w)),
    comparisons.last_message: lambda s, o, w: comparisons.last_message(s, o, comparing(w)),
    comparisons.is_beside_complete: lambda s, o, w: beside_complete(s, o, w),
    repeats.count_questions: lambda s, o, w: repeats.count_questions(s, o, w.conversation, w.message),
    repeats.question_at: lambda s, o, w: repeats.question_at(s, o, w.conversation, w.message, 0),
    copies.add_messages: lambda s, o, w: copies.add_messages(s, o, w.deleted, [copied_row()]),
    copies.show: lambda s, o, w: copies.show(s, o, w.deleted, None),
    exports.conversation_ids: lambda s, o, w: exports.conversation_ids(s, o),
    exports.get_conversations: lambda s, o, w: exports.get_conversations(s, o, [w.conversation]),
    exports.trees: lambda s, o, w: exports.trees(s, o, [w.conversation]),
    exports.current_branches: lambda s, o, w: exports.current_branches(s, o, [w.conversation]),
    exports.get_messages: lambda s, o, w: exports.get_messages(s, o, [w.message, w.asked]),
    imports.present: lambda s, o, w: imports.present(s, o, [w.conversation]),
    imports.depths: lambda s, o, w: imports.depths(s, o, [w.conversation]),
    imports.add: lambda s, o, w: imports.add(s, o, new_rows(w.conversation)),
    imports.tie_to_assistants: lambda s, o, w: imports.tie_to_assistants(
        s, o, [(w.assistant, w.conversation)]
    ),
    imports.show: lambda s, o, w: imports.show(s, o, w.deleted, None),
    imports.go_on: lambda s, o, w: imports.go_on(s, o, w.conversation, w.asked, utc_now()),
    shares.add: lambda s, o, w: shares.add(s, o, link_to(w.conversation)),
    shares.require: lambda s, o, w: shares.require(s, o, w.share),
    shares.list_all: lambda s, o, w: shares.list_all(s, o, w.conversation),
    shares.count: lambda s, o, w: shares.count(s, o, w.conversation),
    shares.update: lambda s, o, w: shares.update(s, o, w.share, title="x"),
    shares.remove: lambda s, o, w: shares.remove(s, o, w.share),
    providers.get: lambda s, o, w: providers.get(s, o, w.provider),
    providers.get_by_name: lambda s, o, w: providers.get_by_name(s, o, "Mine"),
    providers.list_all: lambda s, o, w: providers.list_all(s, o),
    providers.update: lambda s, o, w: providers.update(s, o, w.provider, enabled=False),
    providers.set_models: lambda s, o, w: done(providers.set_models(s, o, w.provider, ["x"], utc_now())),
    providers.reorder: lambda s, o, w: reordered(s, o, w),
    providers.mark_removed: lambda s, o, w: providers.mark_removed(s, o, w.provider, utc_now()),
    providers.get_removed: lambda s, o, w: providers.get_removed(s, o, w.removed),
    providers.restore: lambda s, o, w: providers.restore(s, o, w.removed, "Back"),
    providers.purge: lambda s, o, w: providers.purge(s, o, utc_now()),
    providers.remove: lambda s, o, w: providers.remove(s, o, w.provider),
    listing.list_page: lambda s, o, w: listing.list_page(s, o, Filters(w.folder, "tag", "A:one"), limit=9),
    listing.count_pinned: lambda s, o, w: listing.count_pinned(s, o),
    folders.list_folders: lambda s, o, w: folders.list_folders(s, o),
    folders.require_folder: lambda s, o, w: folders.require_folder(s, o, w.folder),
    folders.rename_folder: lambda s, o, w: done(folders.rename_folder(s, o, w.folder, "x")),
    folders.reorder_folders: lambda s, o, w: folders_reordered(s, o, w),
    folders.empty_folder: lambda s, o, w: folders.empty_folder(s, o, w.folder, 9),
    folders.remove_folder: lambda s, o, w: done(folders.remove_folder(s, o, w.folder)),
    labels.those_there: lambda s, o, w: labels.those_there(s, o, [w.conversation]),
    trash.those_in_trash: lambda s, o, w: trash.those_in_trash(s, o, [w.binned], utc_now()),
    labels.set_pinned: lambda s, o, w: done(labels.set_pinned(s, o, [w.conversation], utc_now())),
    labels.set_archived: lambda s, o, w: done(labels.set_archived(s, o, [w.conversation], utc_now())),
    labels.set_folder: lambda s, o, w: done(labels.set_folder(s, o, [w.conversation], None)),
    labels.tags_of: lambda s, o, w: labels.tags_of(s, o, [w.conversation]),
    labels.set_tags: lambda s, o, w: done(labels.set_tags(s, o, w.conversation, ["x"])),
    labels.add_tag: lambda s, o, w: done(labels.add_tag(s, o, [w.conversation], "x")),
    labels.remove_tag: lambda s, o, w: done(labels.remove_tag(s, o, [w.conversation], "tag")),
    labels.count_tags: lambda s, o, w: labels.count_tags(s, o),
    trash.list_trash: lambda s, o, w: trash.list_trash(s, o, utc_now(), limit=9),
    trash.delete_several: lambda s, o, w: done(trash.delete_several(s, o, [w.conversation], utc_now())),
    trash.restore_several: lambda s, o, w: done(trash.restore_several(s, o, [w.binned], utc_now())),
    trash.delete_forever: lambda s, o, w: done(trash.delete_forever(s, o, [w.binned], utc_now())),
    trash.delete_unused: lambda s, o, w: unused_deleted(s, o),
    trash.forget_temporary: lambda s, o, w: trash.forget_temporary(s, o, [w.temporary]),
    trash.empty_trash: lambda s, o, w: trash.empty_trash(s, o, utc_now(), 9),
    exports.hashes: lambda s, o, w: exports.hashes(s, o, [w.conversation]),
    files.get: lambda s, o, w: files.get(s, o, w.file),
    files.get_many: lambda s, o, w: files.get_many(s, o, [w.file]),
    files.size_of_all: lambda s, o, w: files.size_of_all(s, o),
    files.has_content: lambda s, o, w: files.has_content(s, o, "0" * 64),
    files.limit: lambda s, o, w: files.limit(s, o, w.file, 9),
    files.remove_unsent: lambda s, o, w: files.remove_unsent(s, o, w.unsent),
    files.attach: lambda s, o, w: files.attach(s, o, w.asked, [w.unsent]),
    files.of_messages: lambda s, o, w: files.of_messages(s, o, [w.asked]),
    files.share: lambda s, o, w: files.share(s, o, w.share, [w.file]),
    diagrams.get: lambda s, o, w: diagrams.get(s, o, w.message, "0" * 64),
    diagrams.count: lambda s, o, w: diagrams.count(s, o, w.message),
    diagrams.forget_oldest: lambda s, o, w: diagrams.forget_oldest(s, o),
    diagrams.of_messages: lambda s, o, w: diagrams.of_messages(s, o, [w.message], 1_000),
    file_lists.get: lambda s, o, w: file_lists.get(s, o, file_lists.ASSISTANT, w.assistant),
    file_lists.of_conversations: lambda s, o, w: file_lists.of_conversations(s, o, [w.conversation]),
    file_lists.put: lambda s, o, w: file_lists.put(s, o, file_lists.CONVERSATION, w.conversation, [w.unsent]),
    file_lists.hand_on: lambda s, o, w: handed_on(s, o, w),
    assistants.list_all: lambda s, o, w: assistants.list_all(s, o),
    assistants.require: lambda s, o, w: assistants.require(s, o, w.assistant),
    assistants.exists: lambda s, o, w: assistants.exists(s, o, w.assistant),
    assistants.change: lambda s, o, w: done(assistants.change(s, o, w.assistant, name="x")),
    assistants.reorder: lambda s, o, w: assistants_reordered(s, o, w),
    assistants.delete: lambda s, o, w: done(assistants.delete(s, o, w.assistant, utc_now())),
    assistants.restore: lambda s, o, w: done(assistants.restore(s, o, w.deleted_assistant)),
    assistant_links.add: lambda s, o, w: assistant_links.add(s, o, assistant_link_to(w.assistant)),
    assistant_links.list_all: lambda s, o, w: assistant_links.list_all(s, o, w.assistant),
    assistant_links.remove: lambda s, o, w: done(assistant_links.remove(s, o, w.assistant_link)),
    saved_prompts.list_all: lambda s, o, w: saved_prompts.list_all(s, o),
    saved_prompts.require: lambda s, o, w: saved_prompts.require(s, o, w.prompt),
    saved_prompts.change: lambda s, o, w: done(saved_prompts.change(s, o, w.prompt, "x", "x")),
    saved_prompts.remove: lambda s, o, w: done(saved_prompts.remove(s, o, w.prompt)),
    settings.get_value: lambda s, o, w: settings.get_value(s, o, "key"),
    settings.get_all: lambda s, o, w: settings.get_all(s, o),
}
MAKES_ITS_OWN = {
    conversations.create,
    copies.begin,
    folders.add_folder,
    imports.begin,
    providers.add,
    files.add,
    assistants.add,
    saved_prompts.add,
    saved_prompts.add_several,
    settings.set_value,
    usage.count_answer,
    usage.count_start,
    usage.count_tokens,
}
"""They take no id of a row but the owner's own."""


def comparing(owned: Possessions) -> Conversation:
    """The conversation as if its messages stood side by side."""
    return Conversation(
        id=owned.conversation,
        owner_id=owned.record.conversation.owner_id,
        current_leaf_id=owned.message,
        compared_ids=f"{owned.message} {owned.asked}",
    )


async def beside_complete(session: AsyncSession, owner_id: str, owned: Possessions) -> bool:
    """Let complete messages stand side by side, as far as the owner has them, and ask about one."""
    conversation = await conversations.get(session, owner_id, owned.conversation)
    answers = await messages.get_many(session, owner_id, [owned.message, owned.asked])
    if conversation is not None and answers:
        comparisons.begin(conversation, answers)
        for each in answers:
            each.status = MessageStatus.COMPLETE
        await session.flush()
    return await comparisons.is_beside_complete(session, owner_id, owned.message)


def copied_row() -> dict[str, Any]:
    row = Message(conversation_id="", owner_id="", role=Role.USER, content="Copied").model_dump()
    return {name: value for name, value in row.items() if name not in ("conversation_id", "owner_id")}


def new_rows(conversation_id: str) -> imports.NewRows:
    return imports.NewRows([copied_row() | {"conversation_id": conversation_id}], [], [])


async def done(call: Awaitable[object]) -> bool:
    """For a call that says nothing of that and raises when there is no such row."""
    await call
    return True


async def started(session: AsyncSession, owner_id: str, owned: Possessions) -> Any:
    message = owned.record.assistant_message
    if owner_id == message.owner_id:
        message = await messages.add(
            session, owner_id, owned.conversation, parent_id=owned.asked, role=Role.ASSISTANT, content=""
        )
    return await generations.start(session, owner_id, message, provider="A", model="one")


async def resumed(session: AsyncSession, owner_id: str, owned: Possessions) -> Any:
    if owner_id == owned.record.generation.owner_id:
        await generations.finish(session, owner_id, owned.generation, Ending(GenerationStatus.STOPPED, ""))
    return await generations.resume(session, owner_id, owned.generation)


async def deleted_and_restored(session: AsyncSession, owner_id: str, owned: Possessions) -> Any:
    await messages.delete(session, owned.record.conversation.owner_id, [owned.asked])
    back = await messages.restore(session, owner_id, [owned.asked])
    await messages.restore(session, owned.record.conversation.owner_id, [owned.asked])
    return back


async def told_of(session: AsyncSession, owner_id: str, owned: Possessions) -> Any:
    page = await branches.branch_page(session, owner_id, owned.conversation, owned.message, limit=9)
    return page.messages


async def reordered(session: AsyncSession, owner_id: str, owned: Possessions) -> Any:
    await providers.reorder(session, owner_id, [owned.provider])
    provider = await providers.get(session, owner_id, owned.provider)
    return provider is not None and provider.position == 0


async def unused_deleted(session: AsyncSession, owner_id: str) -> int:
    later = utc_now() + timedelta(hours=1)
    return await trash.delete_unused(session, owner_id, later, later, 9)


async def handed_on(session: AsyncSession, owner_id: str, owned: Possessions) -> int:
    theirs = await files.get_many(session, owned.record.conversation.owner_id, [owned.file])
    return await file_lists.hand_on(session, owner_id, theirs, file_lists.LINK, owned.assistant_link)


async def assistants_reordered(session: AsyncSession, owner_id: str, owned: Possessions) -> Any:
    await assistants.reorder(session, owner_id, [owned.assistant])
    return [assistant.position for assistant in await assistants.list_all(session, owner_id)]


async def folders_reordered(session: AsyncSession, owner_id: str, owned: Possessions) -> Any:
    await folders.reorder_folders(session, owner_id, [owned.folder])
    return [folder.position for folder in await folders.list_folders(session, owner_id)]


@dataclass
class Filled:
    """A database in which only the owner has anything."""

    path: Path
    owner: str
    stranger: str
    owned: Possessions


@pytest.fixture(scope="module")
def filled(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    path = tmp_path_factory.mktemp("filled") / "webchat.db"
    shutil.copy(empty_database, path)

    async def fill() -> Filled:
        database = Database(sqlite_url(path))
        owner, stranger = await add_user(database, "Ann"), await add_user(database, "Bob")
        owned = await give_possessions(database, owner)
        await database.close()
        return Filled(path, owner, stranger, owned)

    return asyncio.run(fill())


@pytest.fixture
async def db(tmp_path: Path, filled: Filled) -> AsyncIterator[Database]:
    database = Database(sqlite_url(Path(shutil.copy(filled.path, tmp_path))))
    yield database
    await database.close()


@pytest.fixture
def owner(filled: Filled) -> str:
    return filled.owner


@pytest.fixture
def stranger(filled: Filled) -> str:
    return filled.stranger


@pytest.fixture
def owned(filled: Filled) -> Possessions:
    return filled.owned


def query_modules() -> list[ModuleType]:
    names = [module.name for module in pkgutil.iter_modules(queries.__path__)]
    return [
        importlib.import_module(f"{queries.__name__}.{name}")
        for name in names
        if not name.startswith("_") and name not in WITHOUT_AN_OWNER
    ]


def public_queries() -> set[Callable[..., Any]]:
    return {
        function
        for module in query_modules()
        for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def rows_of(db: Database, owner: str) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(db.path)) as connection:
        return {
            name: connection.execute(f"SELECT * FROM {name} WHERE owner_id = ?", [owner]).fetchall()
            for name, table in Table.metadata.tables.items()
            if "owner_id" in table.columns
        }


def test_every_query_is_tried_here() -> None:
    assert public_queries() == set(CALLS) | MAKES_ITS_OWN


def test_every_query_takes_the_session_and_the_owner_first() -> None:
    for function in public_queries():
        assert list(inspect.signature(function).parameters)[:2] == ["session", "owner_id"], function


@pytest.mark.parametrize("call", CALLS.values(), ids=[f"{f.__module__}.{f.__name__}" for f in CALLS])
async def test_a_stranger_gets_nothing_and_changes_nothing(
    db: Database, owner: str, stranger: str, owned: Possessions, call: Call
) -> None:
    before = rows_of(db, owner)
    async with db.write() as session:
        try:
            outcome = await call(session, stranger, owned)
        except NotFound:
            outcome = None
    assert outcome in NOTHING
    assert rows_of(db, owner) == before
    async with db.write() as session:
        assert await call(session, owner, owned) not in NOTHING, "the call shows nothing: not even the owner"
