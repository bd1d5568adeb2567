"""Triggers that keep `conversation_model` and the search index in sync with conversations and messages.

With those of `conversation_filter`, which follow from it, and of files.

They are not part of the migrations. SQLite drops a table's triggers when a migration rebuilds it, and refuses
to rename a table while a trigger refers to a missing one. So the runner removes them before it migrates, and
afterwards creates them again and fills their table.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from webchat.storage import search_index
from webchat.storage.file_triggers import FILE_TRIGGERS
from webchat.storage.filter_triggers import FILL_FILTERS, FILTER_TRIGGERS, NOT_LISTED

_LISTED_AT = f"CASE WHEN NOT ({NOT_LISTED} OR {{0}}.archived_at IS NOT NULL) THEN {{0}}.updated_at END"


def _add(conversation_id: str, model: str) -> str:
    return f"""
    INSERT INTO conversation_model (conversation_id, model, owner_id, uses, listed_at)
    SELECT c.id, {model}, c.owner_id, 1, {_LISTED_AT.format("c")}
    FROM conversation AS c WHERE c.id = {conversation_id} AND {model} IS NOT NULL
    ON CONFLICT (conversation_id, model) DO UPDATE SET uses = uses + 1;"""


def _take_away(conversation_id: str, model: str) -> str:
    row = f"conversation_id = {conversation_id} AND model = {model}"
    return f"""
    UPDATE conversation_model SET uses = uses - 1 WHERE {row};
    DELETE FROM conversation_model WHERE {row} AND uses < 1;"""


_OF_NEW = "CASE WHEN NEW.deleted_at IS NULL THEN NEW.model END"
_OF_OLD = "CASE WHEN OLD.deleted_at IS NULL THEN OLD.model END"

TRIGGERS = {
    "message_added": f"""AFTER INSERT ON message WHEN NEW.model IS NOT NULL BEGIN
    {_add("NEW.conversation_id", _OF_NEW)}
    END""",
    "message_removed": f"""AFTER DELETE ON message WHEN OLD.model IS NOT NULL BEGIN
    {_take_away("OLD.conversation_id", _OF_OLD)}
    END""",
    "message_changed": f"""AFTER UPDATE OF model, deleted_at, conversation_id ON message
    WHEN OLD.model IS NOT NEW.model OR OLD.deleted_at IS NOT NEW.deleted_at
        OR OLD.conversation_id <> NEW.conversation_id BEGIN
    {_take_away("OLD.conversation_id", _OF_OLD)}
    {_add("NEW.conversation_id", _OF_NEW)}
    END""",
    "conversation_added": f"""AFTER INSERT ON conversation WHEN NEW.model IS NOT NULL BEGIN
    {_add("NEW.id", "NEW.model")}
    END""",
    "conversation_model_chosen": f"""AFTER UPDATE OF model ON conversation
    WHEN OLD.model IS NOT NEW.model BEGIN
    {_take_away("OLD.id", "OLD.model")}
    {_add("NEW.id", "NEW.model")}
    END""",
    "conversation_changed": f"""AFTER UPDATE OF owner_id, updated_at, deleted_at, archived_at, temporary
    ON conversation
    BEGIN
    UPDATE conversation_model
    SET owner_id = NEW.owner_id, listed_at = {_LISTED_AT.format("NEW")}
    WHERE conversation_id = NEW.id;
    END""",
    **search_index.TRIGGERS,
    **FILTER_TRIGGERS,
    **FILE_TRIGGERS,
}
"""The triggers by name."""

_FILL = f"""
INSERT INTO conversation_model (conversation_id, model, owner_id, uses, listed_at)
SELECT c.id, used.model, c.owner_id, count(*), {_LISTED_AT.format("c")}
FROM (
    SELECT conversation_id, model FROM message WHERE model IS NOT NULL AND deleted_at IS NULL
    UNION ALL SELECT id, model FROM conversation WHERE model IS NOT NULL
) AS used JOIN conversation AS c ON c.id = used.conversation_id
GROUP BY c.id, used.model"""


def remove(connection: Connection) -> None:
    """Remove the existing triggers."""
    for name in TRIGGERS:
        connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))


def set_up(connection: Connection) -> None:
    """Fill `conversation_model` and `conversation_filter` again and create the triggers.

    The tables must match `webchat.storage.tables`.
    """
    connection.execute(text("DELETE FROM conversation_model"))
    connection.execute(text(_FILL))
    connection.execute(text("DELETE FROM conversation_filter"))
    connection.execute(text(FILL_FILTERS))
    for name, what in TRIGGERS.items():
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {what}")
