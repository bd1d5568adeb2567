"""Wrong passphrases of share links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From 0004 to 0005."""
    op.create_table(
        "wrong_passphrase",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("share_id", sa.String(32), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["share_id"], ["share.id"], name="fk_wrong_passphrase_share_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_wrong_passphrase"),
    )
    op.create_index("ix_wrong_passphrase_share_id_at", "wrong_passphrase", ["share_id", "at"])
    op.create_index("ix_wrong_passphrase_at", "wrong_passphrase", ["at"])


def downgrade() -> None:
    """From 0005 to 0004."""
    op.drop_table("wrong_passphrase")
