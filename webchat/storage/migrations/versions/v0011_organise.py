"""Pinned, archived, temporary and tagged conversations, folders, and the table that filters are read from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_conversation_listed": (
        ["owner_id", "updated_at", "id"],
        "deleted_at IS NULL AND archived_at IS NULL AND temporary IS 0",
    ),
    "ix_conversation_pinned": (["owner_id", "id"], "pinned_at IS NOT NULL"),
    "ix_conversation_folder": (["folder_id"], "folder_id IS NOT NULL"),
    "ix_conversation_trash": (
        ["owner_id", "deleted_at", "id"],
        "deleted_at IS NOT NULL AND current_leaf_id IS NOT NULL",
    ),
    "ix_conversation_temporary": (["temporary"], "temporary IS NOT 0"),
}


def upgrade() -> None:
    """From 0010 to 0011."""
    for column in (
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("folder_id", sa.String(32), nullable=True),
        sa.Column("temporary", sa.Boolean(), nullable=False, server_default="0"),
    ):
        op.add_column("conversation", column)
    for name, (columns, where) in _INDEXES.items():
        op.create_index(name, "conversation", columns, sqlite_where=sa.text(where))
    op.create_table(
        "folder",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_folder_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_folder"),
    )
    op.create_index("ix_folder_owner_id_name_folded", "folder", ["owner_id", "name_folded"], unique=True)
    _create_labels("conversation_tag", [sa.Column("tag", sa.Text(), nullable=False)], [])
    _create_labels(
        "conversation_filter",
        [
            sa.Column("folder_id", sa.String(32), nullable=False),
            sa.Column("tag", sa.Text(), nullable=False),
            sa.Column("model", sa.Text(), nullable=False),
        ],
        [
            sa.Column("archived", sa.Boolean(), nullable=False),
            sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        ],
    )
    op.create_index(
        "ix_conversation_filter_listed",
        "conversation_filter",
        ["owner_id", "archived", "model", "folder_id", "tag", "listed_at", "conversation_id"],
    )


def _create_labels(name: str, keys: list[sa.Column[str]], values: list[sa.Column[object]]) -> None:
    """A table of what a conversation has, with a key of `keys` for each."""
    op.create_table(
        name,
        sa.Column("conversation_id", sa.String(32), nullable=False),
        *keys,
        sa.Column("owner_id", sa.String(32), nullable=False),
        *values,
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=f"fk_{name}_conversation_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=f"fk_{name}_owner_id"),
        sa.PrimaryKeyConstraint("conversation_id", *[key.name for key in keys], name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """From 0011 to 0010. Conversations stay, archived ones are listed again, temporary ones are deleted."""
    op.execute("UPDATE conversation SET deleted_at = '1970-01-01 00:00:00.000000' WHERE temporary")
    for name in ("conversation_filter", "conversation_tag", "folder"):
        op.drop_table(name)
    for name in _INDEXES:
        op.drop_index(name, "conversation")
    for column in ("pinned_at", "archived_at", "folder_id", "temporary"):
        op.drop_column("conversation", column)
