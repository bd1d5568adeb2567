"""The models used by each conversation, indexes for the history, and columns for purging deleted rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0002 to 0003. The runner fills `conversation_model` afterwards."""
    op.create_table(
        "conversation_model",
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name="fk_conversation_model_conversation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_conversation_model_owner_id"),
        sa.PrimaryKeyConstraint("conversation_id", "model", name="pk_conversation_model"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_conversation_model_owner_id_model_listed_at_conversation_id_title_folded",
        "conversation_model",
        ["owner_id", "model", "listed_at", "conversation_id", "title_folded"],
        sqlite_where=sa.text("listed_at IS NOT NULL"),
    )
    op.drop_index("ix_message_owner_id_model", "message")
    op.add_column("message", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_message_deleted_at",
        "message",
        ["deleted_at"],
        sqlite_where=sa.text("deleted_at IS NOT NULL AND erased_at IS NULL"),
    )
    op.drop_index("ix_conversation_owner_id_updated_at_id", "conversation")
    op.create_index(
        "ix_conversation_owner_id_updated_at_id_title_folded",
        "conversation",
        ["owner_id", "updated_at", "id", "title_folded"],
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_conversation_deleted_at",
        "conversation",
        ["deleted_at"],
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
    )
    op.create_index("ix_share_expires_at", "share", ["expires_at"])


def downgrade() -> None:
    """From 0003 to 0002."""
    op.drop_index("ix_share_expires_at", "share")
    op.drop_index("ix_conversation_deleted_at", "conversation")
    op.drop_index("ix_conversation_owner_id_updated_at_id_title_folded", "conversation")
    op.create_index(
        "ix_conversation_owner_id_updated_at_id", "conversation", ["owner_id", "updated_at", "id"]
    )
    op.drop_index("ix_message_deleted_at", "message")
    op.drop_column("message", "erased_at")
    op.create_index("ix_message_owner_id_model", "message", ["owner_id", "model"])
    op.drop_table("conversation_model")
