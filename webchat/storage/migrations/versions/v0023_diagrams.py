"""Diagrams of answers as browsers have drawn them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0022 to 0023."""
    op.create_table(
        "diagram",
        sa.Column("message_id", sa.String(32), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("svg", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_diagram_message_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_diagram_owner_id"),
        sa.PrimaryKeyConstraint("message_id", "hash", name="pk_diagram"),
    )
    op.create_index("ix_diagram_owner_id", "diagram", ["owner_id"])


def downgrade() -> None:
    """From 0023 to 0022."""
    op.drop_table("diagram")
