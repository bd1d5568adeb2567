"""A message can hold what an import found in it and webchat cannot show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0009 to 0010."""
    op.add_column("message", sa.Column("raw", sa.Text(), nullable=True))


def downgrade() -> None:
    """From 0010 to 0009: imported content that cannot be shown is lost."""
    op.drop_column("message", "raw")
