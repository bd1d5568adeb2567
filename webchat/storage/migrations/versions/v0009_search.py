"""The search index, numbers for the rows it knows, and smaller indexes to make room for it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from webchat.storage import search_index
from webchat.storage.types import fold

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_CONVERSATION = (
    "id, owner_id, title, title_is_manual, model, system_prompt, temperature, current_leaf_id, queued_text,"
    " queued_client_id, created_at, updated_at, deleted_at"
)
_MESSAGE = (
    "id, conversation_id, owner_id, parent_id, depth, role, content, reasoning, model, status, created_at,"
    " deleted_at, erased_at"
)
_GENERATION = (
    "id, message_id, conversation_id, owner_id, status, provider, model, system_prompt, temperature,"
    " started_at, first_text_at, finished_at, finish_reason, raw_finish_reason, input_tokens,"
    " output_tokens, left_out, error_code, error_arguments"
)


def upgrade() -> None:
    """From 0008 to 0009. The runner fills `conversation_model` afterwards."""
    op.drop_table("conversation_model")
    _create_conversation_model(with_title=False)
    # In the order of creation, which is that of the ids.
    _rewrite("conversation", _conversation(numbered=True), _CONVERSATION)
    _rewrite("message", _message(numbered=True), _MESSAGE)
    _rewrite("generation", _generation(), _GENERATION)
    _create_indexes()
    search_index.create(op.get_bind())


def downgrade() -> None:
    """From 0009 to 0008."""
    search_index.drop(op.get_bind())
    _rewrite("generation", _generation(cascade=True), _GENERATION)
    _rewrite("message", _message(numbered=False), _MESSAGE)
    op.get_bind().connection.create_function("fold", 1, fold)
    _rewrite(
        "conversation",
        _conversation(numbered=False),
        f"{_CONVERSATION}, title_folded",
        f"{_CONVERSATION}, fold(title)",
    )
    op.drop_table("conversation_model")
    _create_conversation_model(with_title=True)
    _create_former_indexes()


def _rewrite(table: str, parts: list[Any], columns: str, values: str | None = None) -> None:
    op.create_table(f"{table}_new", *parts)
    op.execute(f"INSERT INTO {table}_new ({columns}) SELECT {values or columns} FROM {table} ORDER BY id")
    op.drop_table(table)
    op.rename_table(f"{table}_new", table)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(32), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _keys(table: str, *, numbered: bool) -> list[Any]:
    if not numbered:
        return [_id("id"), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")]
    return [
        sa.Column("number", sa.Integer(), nullable=False),
        _id("id"),
        sa.PrimaryKeyConstraint("number", name=f"pk_{table}"),
        sa.UniqueConstraint("id", name=f"uq_{table}_id"),
    ]


def _refers(table: str, column: str, target: str, *, cascade: bool = False) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [target], name=name, ondelete="CASCADE" if cascade else None)


def _conversation(*, numbered: bool) -> list[Any]:
    return [
        *_keys("conversation", numbered=numbered),
        _id("owner_id"),
        _text("title"),
        *([] if numbered else [_text("title_folded")]),
        sa.Column("title_is_manual", sa.Boolean(), nullable=False),
        _text("model", nullable=True),
        _text("system_prompt"),
        sa.Column("temperature", sa.Float(), nullable=True),
        _id("current_leaf_id", nullable=True),
        _text("queued_text", nullable=True),
        _text("queued_client_id", nullable=True),
        _moment("created_at"),
        _moment("updated_at"),
        _moment("deleted_at", nullable=True),
        _refers("conversation", "owner_id", "user.id"),
    ]


def _message(*, numbered: bool) -> list[Any]:
    return [
        *_keys("message", numbered=numbered),
        _id("conversation_id"),
        _id("owner_id"),
        _id("parent_id", nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        _text("content"),
        _text("reasoning"),
        _text("model", nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        _moment("created_at"),
        _moment("deleted_at", nullable=True),
        _moment("erased_at", nullable=True),
        _refers("message", "conversation_id", "conversation.id", cascade=True),
        _refers("message", "owner_id", "user.id"),
        _refers("message", "parent_id", "message.id"),
    ]


def _generation(*, cascade: bool = False) -> list[Any]:
    of_conversation = _refers("generation", "conversation_id", "conversation.id", cascade=True)
    return [
        _id("id"),
        _id("message_id"),
        _id("conversation_id"),
        _id("owner_id"),
        sa.Column("status", sa.String(16), nullable=False),
        _text("provider"),
        _text("model"),
        _text("system_prompt"),
        sa.Column("temperature", sa.Float(), nullable=True),
        _moment("started_at"),
        _moment("first_text_at", nullable=True),
        _moment("finished_at", nullable=True),
        sa.Column("finish_reason", sa.String(16), nullable=True),
        _text("raw_finish_reason", nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=True),
        sa.Column("output_tokens", sa.Integer(), nullable=True),
        sa.Column("left_out", sa.Integer(), nullable=False),
        _text("error_code", nullable=True),
        _text("error_arguments", nullable=True),
        _refers("generation", "message_id", "message.id", cascade=True),
        *([of_conversation] if cascade else []),
        _refers("generation", "owner_id", "user.id"),
        sa.PrimaryKeyConstraint("id", name="pk_generation"),
        sa.UniqueConstraint("message_id", name="uq_generation_message_id"),
    ]


def _create_conversation_model(*, with_title: bool) -> None:
    op.create_table(
        "conversation_model",
        _id("conversation_id"),
        _text("model"),
        _id("owner_id"),
        sa.Column("uses", sa.Integer(), nullable=False),
        _moment("listed_at", nullable=True),
        *([_text("title_folded")] if with_title else []),
        _refers("conversation_model", "conversation_id", "conversation.id", cascade=True),
        _refers("conversation_model", "owner_id", "user.id"),
        sa.PrimaryKeyConstraint("conversation_id", "model", name="pk_conversation_model"),
        sqlite_with_rowid=False,
    )
    columns = ["owner_id", "model", "listed_at", "conversation_id", *(["title_folded"] if with_title else [])]
    _index("conversation_model", columns, where="listed_at IS NOT NULL")


def _index(table: str, columns: list[str], *, where: str | None = None, name: str = "") -> None:
    name = name or f"ix_{table}_{'_'.join(columns)}"
    op.create_index(name, table, columns, sqlite_where=sa.text(where) if where else None)


def _create_indexes() -> None:
    _index("conversation", ["owner_id", "updated_at", "id"], where="deleted_at IS NULL")
    _index("conversation", ["deleted_at"], where="deleted_at IS NOT NULL")
    _index("message", ["conversation_id"])
    _index(
        "message",
        ["conversation_id", "owner_id", "id"],
        where="parent_id IS NULL AND deleted_at IS NULL",
        name="ix_message_roots",
    )
    _index("message", ["parent_id"], where="parent_id IS NOT NULL")
    _index("message", ["deleted_at"], where="deleted_at IS NOT NULL AND erased_at IS NULL")
    _index("generation", ["status"], where="status = 'running'")


def _create_former_indexes() -> None:
    _index("conversation", ["owner_id", "updated_at", "id", "title_folded"], where="deleted_at IS NULL")
    _index("conversation", ["deleted_at"], where="deleted_at IS NOT NULL")
    _index("message", ["conversation_id", "owner_id", "parent_id"])
    _index("message", ["parent_id"])
    _index("message", ["deleted_at"], where="deleted_at IS NOT NULL AND erased_at IS NULL")
    _index("generation", ["conversation_id"])
    _index("generation", ["status"])
