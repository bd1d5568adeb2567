"""An index that no query uses any more is dropped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_INDEX = "ix_conversation_owner_id_updated_at_id"


def upgrade() -> None:
    """From 0011 to 0012."""
    op.drop_index(_INDEX, "conversation")


def downgrade() -> None:
    """From 0012 to 0011."""
    op.create_index(
        _INDEX,
        "conversation",
        ["owner_id", "updated_at", "id"],
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
