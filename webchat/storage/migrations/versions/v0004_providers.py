"""Renamed and removed providers, and details and settings of their models."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NAME = ("owner_id", "name")


def upgrade() -> None:
    """From 0003 to 0004."""
    with op.batch_alter_table("provider_setting") as batch:
        batch.drop_constraint("uq_provider_setting_owner_id_name", type_="unique")
        batch.add_column(sa.Column("former_names", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("model_facts", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("model_choice", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    # The defaults were only for existing rows.
    with op.batch_alter_table("provider_setting") as batch:
        for column in ("former_names", "model_facts", "model_choice"):
            batch.alter_column(column, existing_type=sa.JSON(), server_default=None)
    op.create_index(
        "ix_provider_setting_owner_id_name",
        "provider_setting",
        _NAME,
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
    )


def downgrade() -> None:
    """From 0004 to 0003; removed providers are deleted permanently."""
    op.execute("DELETE FROM provider_setting WHERE deleted_at IS NOT NULL")
    op.drop_index("ix_provider_setting_owner_id_name", "provider_setting")
    with op.batch_alter_table("provider_setting") as batch:
        for column in ("deleted_at", "model_choice", "model_facts", "former_names"):
            batch.drop_column(column)
        batch.create_unique_constraint("uq_provider_setting_owner_id_name", list(_NAME))
