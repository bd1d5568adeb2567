"""Accounts: passwords and roles, sessions, invitations, the audit log and preferences of the server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_NEW_COLUMNS = (
    ("username_folded", sa.Text(), True, None),
    ("password_hash", sa.Text(), True, None),
    ("role", sa.String(16), False, "member"),
    ("disabled_at", sa.DateTime(timezone=True), True, None),
    ("deleted_at", sa.DateTime(timezone=True), True, None),
    ("last_seen_at", sa.DateTime(timezone=True), True, None),
)


def upgrade() -> None:
    """From 0014 to 0015."""
    for name, kind, nullable, default in _NEW_COLUMNS:
        op.add_column("user", sa.Column(name, kind, nullable=nullable, server_default=default))
    op.create_index("ix_user_username_folded", "user", ["username_folded"], unique=True)
    op.create_index(
        "ix_user_deleted_at", "user", ["deleted_at"], sqlite_where=sa.text("deleted_at IS NOT NULL")
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_session_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("token_hash", name="uq_session_token_hash"),
    )
    op.create_index("ix_session_user_id", "session", ["user_id"])
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_invitation_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_invitation_token_hash"),
    )
    op.create_index("ix_invitation_user_id", "invitation", ["user_id"])
    op.create_table(
        "audit_event",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_what", "audit_event", ["what"])
    op.create_table(
        "server_setting",
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_server_setting"),
    )


def downgrade() -> None:
    """From 0015 to 0014."""
    for table in ("server_setting", "audit_event", "invitation", "session"):
        op.drop_table(table)
    op.drop_index("ix_user_deleted_at", "user")
    op.drop_index("ix_user_username_folded", "user")
    for name, *_ in reversed(_NEW_COLUMNS):
        op.drop_column("user", name)
