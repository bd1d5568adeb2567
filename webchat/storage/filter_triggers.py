"""Triggers that keep `conversation_filter` in sync with conversations, their tags and their models.

They are created and removed with those of `webchat.storage.triggers`.
"""

from __future__ import annotations

NOT_LISTED = "{0}.deleted_at IS NOT NULL OR {0}.temporary"
"""Whether the conversation `{0}` is in no list."""


def _combinations(only: str = "", which: str = "") -> str:
    """A statement that adds the combinations of conversations.

    Args:
        only: an expression of the id of a single conversation; empty for all.
        which: a condition that the combinations meet.
    """
    of = f"conversation_id = {only}" if only else "1"
    own = f"id = {only}" if only else "1"
    return f"""
    INSERT OR IGNORE INTO conversation_filter
        (conversation_id, folder_id, tag, model, owner_id, archived, listed_at)
    SELECT c.id, f.folder_id, t.tag, m.model, c.owner_id, c.archived_at IS NOT NULL, c.updated_at
    FROM (
        SELECT id, owner_id, updated_at, archived_at FROM conversation AS d
        WHERE {own} AND NOT ({NOT_LISTED.format("d")}) AND (folder_id IS NOT NULL OR archived_at IS NOT NULL
            OR EXISTS (SELECT 1 FROM conversation_tag WHERE conversation_id = d.id))
    ) AS c
    JOIN (
        SELECT id, '' AS folder_id FROM conversation WHERE {own}
        UNION ALL SELECT id, folder_id FROM conversation WHERE {own} AND folder_id IS NOT NULL
    ) AS f ON f.id = c.id
    JOIN (
        SELECT id, '' AS tag FROM conversation WHERE {own}
        UNION ALL SELECT conversation_id, tag FROM conversation_tag WHERE {of}
    ) AS t ON t.id = c.id
    JOIN (
        SELECT id, '' AS model FROM conversation WHERE {own}
        UNION ALL SELECT conversation_id, model FROM conversation_model WHERE {of}
    ) AS m ON m.id = c.id
    WHERE (f.folder_id <> '' OR t.tag <> '' OR c.archived_at IS NOT NULL) {which and "AND " + which};"""


def _without(conversation_id: str, more: str = "") -> str:
    return f"DELETE FROM conversation_filter WHERE conversation_id = {conversation_id} {more};"


FILTER_TRIGGERS = {
    "filter_conversation_added": f"""AFTER INSERT ON conversation
    WHEN NEW.folder_id IS NOT NULL OR NEW.archived_at IS NOT NULL BEGIN
    {_combinations("NEW.id")}
    END""",
    "filter_conversation_changed": f"""AFTER UPDATE OF
        owner_id, folder_id, archived_at, deleted_at, temporary ON conversation
    WHEN OLD.owner_id <> NEW.owner_id OR OLD.folder_id IS NOT NEW.folder_id
        OR OLD.archived_at IS NOT NEW.archived_at OR OLD.deleted_at IS NOT NEW.deleted_at
        OR OLD.temporary <> NEW.temporary BEGIN
    {_without("NEW.id")}
    {_combinations("NEW.id")}
    END""",
    "filter_conversation_used": """AFTER UPDATE OF updated_at ON conversation
    WHEN OLD.updated_at <> NEW.updated_at BEGIN
    UPDATE conversation_filter SET listed_at = NEW.updated_at WHERE conversation_id = NEW.id;
    END""",
    "filter_tag_added": f"""AFTER INSERT ON conversation_tag BEGIN
    {_combinations("NEW.conversation_id", "t.tag = NEW.tag")}
    END""",
    "filter_tag_removed": f"""AFTER DELETE ON conversation_tag BEGIN
    {_without("OLD.conversation_id", "AND tag = OLD.tag")}
    END""",
    "filter_model_added": f"""AFTER INSERT ON conversation_model BEGIN
    {_combinations("NEW.conversation_id", "m.model = NEW.model")}
    END""",
    "filter_model_removed": f"""AFTER DELETE ON conversation_model BEGIN
    {_without("OLD.conversation_id", "AND model = OLD.model")}
    END""",
}
"""The triggers by name."""

FILL_FILTERS = _combinations()
"""Adds the combinations of all conversations."""
