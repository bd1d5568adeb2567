"""Errors are stored as a code and arguments, which have the service's own words, instead of a message."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = ("generation", "attempt")


def upgrade() -> None:
    """From 0007 to 0008: an existing message becomes the argument `message`, which is shown unchanged."""
    for table in _TABLES:
        op.add_column(table, sa.Column("error_arguments", sa.Text(), nullable=True))
        op.execute(
            f"UPDATE {table} SET error_arguments = json_object('message', error_message)"
            " WHERE error_message IS NOT NULL"
        )
        op.drop_column(table, "error_message")
    op.drop_column("attempt", "service_words")


def downgrade() -> None:
    """From 0008 to 0007: the messages are made again."""
    for table in _TABLES:
        op.add_column(table, sa.Column("error_message", sa.Text(), nullable=True))
        _write_messages(table)
        op.drop_column(table, "error_arguments")
    op.add_column("attempt", sa.Column("service_words", sa.Text(), nullable=True))


def _write_messages(table: str) -> None:
    from webchat.words.errors import message

    connection = op.get_bind()
    found = sa.text(f"SELECT id, error_code, error_arguments FROM {table} WHERE error_code IS NOT NULL")
    written = sa.text(f"UPDATE {table} SET error_message = :message WHERE id = :id")
    messages = [
        {"id": row.id, "message": message(row.error_code, json.loads(row.error_arguments or "{}"))}
        for row in connection.execute(found).all()
    ]
    if messages:
        connection.execute(written, messages)
