"""Files of assistants, of the copies behind links to them, and of the conversations begun with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLES = {
    "assistant_file": ("assistant_id", "assistant"),
    "assistant_link_file": ("link_id", "assistant_link"),
    "conversation_file": ("conversation_id", "conversation"),
}
"""Each with the column of what has the files, and its table."""


def upgrade() -> None:
    """From 0021 to 0022."""
    for table, (column, of) in _TABLES.items():
        op.create_table(
            table,
            sa.Column(column, sa.String(32), nullable=False),
            sa.Column("position", sa.Integer(), nullable=False),
            sa.Column("file_id", sa.String(32), nullable=False),
            sa.Column("owner_id", sa.String(32), nullable=False),
            sa.ForeignKeyConstraint([column], [f"{of}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE"),
            sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=f"fk_{table}_file_id"),
            sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=f"fk_{table}_owner_id"),
            sa.PrimaryKeyConstraint(column, "position", name=f"pk_{table}"),
            sqlite_with_rowid=False,
        )
        op.create_index(f"ix_{table}_file_id", table, ["file_id"])


def downgrade() -> None:
    """From 0022 to 0021."""
    for table in _TABLES:
        op.drop_table(table)
