"""Conversations keep which models answer side by side, and which answers do until one is chosen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0019 to 0020."""
    op.add_column("conversation", sa.Column("compared_models", sa.Text(), nullable=True))
    op.add_column("conversation", sa.Column("compared_ids", sa.Text(), nullable=True))
    op.add_column("conversation", sa.Column("repeats_id", sa.String(32), nullable=True))


def downgrade() -> None:
    """From 0020 to 0019."""
    op.drop_column("conversation", "repeats_id")
    op.drop_column("conversation", "compared_ids")
    op.drop_column("conversation", "compared_models")
