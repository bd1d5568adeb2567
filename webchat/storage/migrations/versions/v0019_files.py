"""Files and pictures of messages and links, and of a queued message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0018 to 0019."""
    op.create_table(
        "stored_file",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_stored_file"),
    )
    op.create_index(
        "ix_stored_file_state", "stored_file", ["state"], sqlite_where=sa.text("state = 'reading'")
    )
    op.create_table(
        "file",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("sealed_name", sa.Text(), nullable=False),
        sa.Column("kept_tokens", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unused_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_file_owner_id"),
        sa.ForeignKeyConstraint(["hash"], ["stored_file.hash"], name="fk_file_hash"),
        sa.PrimaryKeyConstraint("id", name="pk_file"),
    )
    op.create_index("ix_file_owner_id_hash", "file", ["owner_id", "hash"])
    op.create_index("ix_file_hash", "file", ["hash"])
    op.create_index(
        "ix_file_unused", "file", ["unused_since"], sqlite_where=sa.text("unused_since IS NOT NULL")
    )
    op.create_table(
        "attachment",
        sa.Column("message_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.String(32), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_attachment_message_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name="fk_attachment_file_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_attachment_owner_id"),
        sa.PrimaryKeyConstraint("message_id", "position", name="pk_attachment"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_attachment_file_id", "attachment", ["file_id"])
    op.create_table(
        "shared_file",
        sa.Column("share_id", sa.String(32), nullable=False),
        sa.Column("file_id", sa.String(32), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["share_id"], ["share.id"], name="fk_shared_file_share_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name="fk_shared_file_file_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_shared_file_owner_id"),
        sa.PrimaryKeyConstraint("share_id", "file_id", name="pk_shared_file"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_shared_file_file_id", "shared_file", ["file_id"])
    op.add_column("conversation", sa.Column("queued_files", sa.Text(), nullable=True))
    op.create_index(
        "ix_conversation_queued_files",
        "conversation",
        ["id"],
        sqlite_where=sa.text("queued_files IS NOT NULL"),
    )
    op.add_column(
        "generation", sa.Column("files_shortened", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    """From 0019 to 0018. The contents of the files stay beside the database."""
    op.drop_column("generation", "files_shortened")
    op.drop_index("ix_conversation_queued_files", "conversation")
    op.drop_column("conversation", "queued_files")
    for table in ("shared_file", "attachment", "file", "stored_file"):
        op.drop_table(table)
