"""Assistants, and the links by which they are shared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0020 to 0021."""
    op.create_table(
        "assistant",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("colour", sa.String(16), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("has_picture", sa.Boolean(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("system_prompt", sa.Text(), nullable=False),
        sa.Column("temperature", sa.Float(), nullable=True),
        sa.Column("parameters", sa.Text(), nullable=True),
        sa.Column("starters", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_assistant_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_assistant"),
    )
    op.create_index("ix_assistant_owner_id_position", "assistant", ["owner_id", "position"])
    op.create_index(
        "ix_assistant_deleted_at",
        "assistant",
        ["deleted_at"],
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_table(
        "assistant_link",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("assistant_id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("sealed_token", sa.Text(), nullable=False),
        sa.Column("copy_json", sa.Text(), nullable=False),
        sa.Column("with_prompt", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_assistant_link_owner_id"),
        sa.ForeignKeyConstraint(
            ["assistant_id"], ["assistant.id"], name="fk_assistant_link_assistant_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_assistant_link"),
        sa.UniqueConstraint("token_hash", name="uq_assistant_link_token_hash"),
    )
    op.create_index("ix_assistant_link_owner_id_id", "assistant_link", ["owner_id", "id"])
    op.create_index("ix_assistant_link_assistant_id", "assistant_link", ["assistant_id"])
    op.create_index("ix_assistant_link_expires_at", "assistant_link", ["expires_at"])
    op.add_column("conversation", sa.Column("assistant_id", sa.String(32), nullable=True))


def downgrade() -> None:
    """From 0021 to 0020."""
    op.drop_column("conversation", "assistant_id")
    op.drop_table("assistant_link")
    op.drop_table("assistant")
