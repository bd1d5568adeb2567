"""The first tables: users, providers, conversations with their tree of messages, generations, settings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _id(name: str = "id", *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(32), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _word(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(16), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _refers(table: str, column: str, target: str, *, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}", ondelete=ondelete)


def upgrade() -> None:
    """From nothing to 0001."""
    op.create_table(
        "user",
        _id(),
        _text("name"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
    )
    op.create_table(
        "provider_setting",
        _id(),
        _id("owner_id"),
        sa.Column("kind", sa.String(64), nullable=False),
        _text("name"),
        _text("base_url"),
        _text("secret", nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        _moment("models_refreshed_at", nullable=True),
        _word("origin"),
        sa.Column("options", sa.JSON(), nullable=False),
        _refers("provider_setting", "owner_id", "user.id"),
        sa.PrimaryKeyConstraint("id", name="pk_provider_setting"),
        sa.UniqueConstraint("owner_id", "name", name="uq_provider_setting_owner_id_name"),
    )
    op.create_table(
        "setting",
        _id("owner_id"),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        _refers("setting", "owner_id", "user.id"),
        sa.PrimaryKeyConstraint("owner_id", "key", name="pk_setting"),
    )
    op.create_table(
        "conversation",
        _id(),
        _id("owner_id"),
        _text("title"),
        _text("title_folded"),
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
        sa.PrimaryKeyConstraint("id", name="pk_conversation"),
    )
    op.create_index(
        "ix_conversation_owner_id_updated_at_id", "conversation", ["owner_id", "updated_at", "id"]
    )
    _create_message()
    _create_generation()
    _create_attempt()


def _create_message() -> None:
    op.create_table(
        "message",
        _id(),
        _id("conversation_id"),
        _id("owner_id"),
        _id("parent_id", nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        _word("role"),
        _text("content"),
        _text("reasoning"),
        _text("model", nullable=True),
        _word("status"),
        _text("client_id", nullable=True),
        _moment("created_at"),
        _moment("deleted_at", nullable=True),
        _refers("message", "conversation_id", "conversation.id", ondelete="CASCADE"),
        _refers("message", "owner_id", "user.id"),
        _refers("message", "parent_id", "message.id"),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("owner_id", "client_id", name="uq_message_owner_id_client_id"),
    )
    op.create_index(
        "ix_message_conversation_id_owner_id_parent_id",
        "message",
        ["conversation_id", "owner_id", "parent_id"],
    )
    op.create_index("ix_message_parent_id", "message", ["parent_id"])
    op.create_index("ix_message_owner_id_model", "message", ["owner_id", "model"])


def _create_generation() -> None:
    op.create_table(
        "generation",
        _id(),
        _id("message_id"),
        _id("conversation_id"),
        _id("owner_id"),
        _word("status"),
        _text("provider"),
        _text("model"),
        _text("system_prompt"),
        sa.Column("temperature", sa.Float(), nullable=True),
        _moment("started_at"),
        _moment("first_text_at", nullable=True),
        _moment("finished_at", nullable=True),
        _word("finish_reason", nullable=True),
        _text("raw_finish_reason", nullable=True),
        sa.Column("input_tokens", sa.Integer(), nullable=True),
        sa.Column("output_tokens", sa.Integer(), nullable=True),
        sa.Column("left_out", sa.Integer(), nullable=False),
        _text("error_code", nullable=True),
        _text("error_message", nullable=True),
        _refers("generation", "message_id", "message.id", ondelete="CASCADE"),
        _refers("generation", "conversation_id", "conversation.id", ondelete="CASCADE"),
        _refers("generation", "owner_id", "user.id"),
        sa.PrimaryKeyConstraint("id", name="pk_generation"),
        sa.UniqueConstraint("message_id", name="uq_generation_message_id"),
    )
    op.create_index("ix_generation_conversation_id", "generation", ["conversation_id"])
    op.create_index("ix_generation_status", "generation", ["status"])


def _create_attempt() -> None:
    op.create_table(
        "attempt",
        _id(),
        _id("generation_id"),
        _id("owner_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        _text("provider"),
        _text("model"),
        _moment("started_at"),
        _moment("first_text_at", nullable=True),
        _moment("ended_at", nullable=True),
        _text("error_code", nullable=True),
        _text("error_message", nullable=True),
        _text("service_words", nullable=True),
        _refers("attempt", "generation_id", "generation.id", ondelete="CASCADE"),
        _refers("attempt", "owner_id", "user.id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.UniqueConstraint("generation_id", "number", name="uq_attempt_generation_id_number"),
    )
    op.create_index("ix_attempt_owner_id_provider_id", "attempt", ["owner_id", "provider", "id"])


def downgrade() -> None:
    """From 0001 back to nothing; the indexes are dropped with their tables."""
    for table in ("attempt", "generation", "message", "conversation", "setting", "provider_setting", "user"):
        op.drop_table(table)
