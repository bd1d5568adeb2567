"""The ids that browsers send messages under, in a table of their own instead of a column of `message`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SINGLE = """
INSERT INTO client_id (owner_id, id, message_id, position)
SELECT owner_id, client_id, id, 0 FROM message
WHERE client_id IS NOT NULL AND instr(client_id, ' ') = 0 ORDER BY owner_id, client_id"""

# An id that is also that of a whole message stays with that message, as the search always found it first.
_JOINED = """
INSERT OR IGNORE INTO client_id (owner_id, id, message_id, position)
SELECT message.owner_id, part.value, message.id, part.key
FROM message, json_each('[' || replace(json_quote(message.client_id), ' ', '","') || ']') AS part
WHERE instr(message.client_id, ' ') > 0 AND part.value <> '' ORDER BY message.id, part.key"""

_JOIN = """
UPDATE message SET client_id = (
    SELECT group_concat(id, ' ')
    FROM (SELECT id FROM client_id WHERE message_id = message.id ORDER BY position)
) WHERE id IN (SELECT message_id FROM client_id)"""


def upgrade() -> None:
    """From 0006 to 0007."""
    op.create_table(
        "client_id",
        sa.Column("owner_id", sa.String(32), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_client_id_owner_id"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_client_id_message_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("owner_id", "id", name="pk_client_id"),
        sqlite_with_rowid=False,
    )
    op.execute(_SINGLE)
    op.execute(_JOINED)
    op.create_index("ix_client_id_message_id", "client_id", ["message_id"])
    # SQLite drops a column with a unique constraint only by writing the table again.
    with op.batch_alter_table("message") as batch:
        batch.drop_constraint("uq_message_owner_id_client_id", type_="unique")
        batch.drop_column("client_id")


def downgrade() -> None:
    """From 0007 to 0006."""
    op.add_column("message", sa.Column("client_id", sa.Text(), nullable=True))
    op.execute(_JOIN)
    with op.batch_alter_table("message") as batch:
        batch.create_unique_constraint("uq_message_owner_id_client_id", ["owner_id", "client_id"])
    op.drop_table("client_id")
