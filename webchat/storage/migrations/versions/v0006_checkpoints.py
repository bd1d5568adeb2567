"""Checkpoints of running answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0005 to 0006."""
    op.create_table(
        "checkpoint",
        sa.Column("message_id", sa.String(32), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reasoning", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_checkpoint_message_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_checkpoint_owner_id"),
        sa.PrimaryKeyConstraint("message_id", "start", name="pk_checkpoint"),
    )


def downgrade() -> None:
    """From 0006 to 0005: the progress of running answers is moved into their messages."""
    for column in ("content", "reasoning"):
        op.execute(
            f"UPDATE message SET {column} = {column} || (SELECT group_concat({column}, '') FROM"
            f" (SELECT {column} FROM checkpoint WHERE message_id = message.id ORDER BY start))"
            " WHERE id IN (SELECT message_id FROM checkpoint)"
        )
    op.drop_table("checkpoint")
