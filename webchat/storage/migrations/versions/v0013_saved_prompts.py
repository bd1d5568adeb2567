"""Saved prompts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0012 to 0013."""
    op.create_table(
        "saved_prompt",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_saved_prompt_owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_prompt"),
    )
    op.create_index(
        "ix_saved_prompt_owner_id_name_folded", "saved_prompt", ["owner_id", "name_folded"], unique=True
    )


def downgrade() -> None:
    """From 0013 to 0012."""
    op.drop_table("saved_prompt")
