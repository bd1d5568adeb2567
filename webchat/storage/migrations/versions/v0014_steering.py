"""Conversations have further parameters of requests, and the time that reasoning took is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0013 to 0014."""
    op.add_column("conversation", sa.Column("parameters", sa.Text(), nullable=True))
    op.add_column("generation", sa.Column("thought_ms", sa.Integer(), nullable=True))


def downgrade() -> None:
    """From 0014 to 0013."""
    op.drop_column("generation", "thought_ms")
    op.drop_column("conversation", "parameters")
