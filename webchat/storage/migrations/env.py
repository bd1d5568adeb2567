"""Run by alembic: migrates on the given connection, within its open transaction."""

from __future__ import annotations

from alembic import context

from webchat.storage.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
