"""The full-text index of messages and titles: two FTS5 tables, kept up to date by triggers.

Both are contentless: they hold positions of words, and the text itself stays in the rows. Their `rowid` is
the `number` of the message or the conversation, an integer that stays the same when SQLite rebuilds the file.
A contentless table forgets a row only if it is given the same text again, so each trigger that removes one
reads the old values of the row.

An answer is indexed when it has ended and its checkpoints are in its row. Deleted messages are not indexed.
Messages of deleted conversations are, until they are purged; queries leave them out.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

TOKENIZER = "unicode61 remove_diacritics 2"
_OPTIONS = f"content='', columnsize=0, tokenize='{TOKENIZER}'"

TABLES = {
    "message_search": f"fts5(text, facets, {_OPTIONS})",
    "title_search": f"fts5(text, facets, {_OPTIONS})",
}
"""The FTS5 tables by name."""


def _indexed(row: str) -> str:
    """Whether a row of `message` belongs into the index."""
    return (
        f"{row}.status <> 'streaming' AND {row}.deleted_at IS NULL AND {row}.content <> ''"
        f" AND NOT EXISTS (SELECT 1 FROM checkpoint WHERE message_id = {row}.id)"
    )


INDEXED = 1_000_000
"""Characters of a message that are indexed; further words are not found."""


def _message(row: str) -> str:
    """The rowid and columns of a message in the index."""
    return (
        f"{row}.number, search_text(substr({row}.content, 1, {INDEXED})),"
        f" search_facets({row}.owner_id, {row}.role, {row}.model, {row}.created_at)"
    )


def _title(row: str) -> str:
    return f"{row}.number, search_text({row}.title), search_owner({row}.owner_id)"


_INTO_MESSAGES = "INSERT INTO message_search (rowid, text, facets)"
_OUT_OF_MESSAGES = "INSERT INTO message_search (message_search, rowid, text, facets) SELECT 'delete',"
_INTO_TITLES = "INSERT INTO title_search (rowid, text, facets)"
_OUT_OF_TITLES = "INSERT INTO title_search (title_search, rowid, text, facets) SELECT 'delete',"

TRIGGERS = {
    "message_search_added": f"""AFTER INSERT ON message WHEN {_indexed("NEW")} BEGIN
    {_INTO_MESSAGES} VALUES ({_message("NEW")});
    END""",
    "message_search_removed": f"""AFTER DELETE ON message WHEN {_indexed("OLD")} BEGIN
    {_OUT_OF_MESSAGES} {_message("OLD")};
    END""",
    "message_search_changed": f"""
    AFTER UPDATE OF number, owner_id, role, content, model, status, created_at, deleted_at ON message BEGIN
    {_OUT_OF_MESSAGES} {_message("OLD")} WHERE {_indexed("OLD")};
    {_INTO_MESSAGES} SELECT {_message("NEW")} WHERE {_indexed("NEW")};
    END""",
    # Checkpoints are moved into the row without an UPDATE that a trigger would see; see `folding`.
    "message_search_folded": f"""AFTER DELETE ON checkpoint
    WHEN NOT EXISTS (SELECT 1 FROM checkpoint WHERE message_id = OLD.message_id) BEGIN
    {_INTO_MESSAGES} SELECT {_message("m")} FROM message AS m
    WHERE m.id = OLD.message_id AND {_indexed("m")};
    END""",
    "title_search_added": f"""AFTER INSERT ON conversation BEGIN
    {_INTO_TITLES} VALUES ({_title("NEW")});
    END""",
    "title_search_removed": f"""AFTER DELETE ON conversation BEGIN
    {_OUT_OF_TITLES} {_title("OLD")};
    END""",
    "title_search_changed": f"""AFTER UPDATE OF number, owner_id, title ON conversation
    WHEN OLD.title <> NEW.title OR OLD.owner_id <> NEW.owner_id OR OLD.number <> NEW.number BEGIN
    {_OUT_OF_TITLES} {_title("OLD")};
    {_INTO_TITLES} VALUES ({_title("NEW")});
    END""",
}
"""The triggers by name."""


def create(connection: Connection) -> None:
    """Create the tables and index what exists. A million messages take about half a minute."""
    for name, how in TABLES.items():
        connection.exec_driver_sql(f"CREATE VIRTUAL TABLE {name} USING {how}")
    connection.execute(
        text(
            f"{_INTO_MESSAGES} SELECT {_message('m')} FROM message AS m WHERE {_indexed('m')} ORDER BY number"
        )
    )
    connection.execute(text(f"{_INTO_TITLES} SELECT {_title('c')} FROM conversation AS c ORDER BY number"))
    for name in TABLES:
        connection.execute(text(f"INSERT INTO {name} ({name}) VALUES ('optimize')"))


def drop(connection: Connection) -> None:
    """Remove the tables."""
    for name in TABLES:
        connection.exec_driver_sql(f"DROP TABLE {name}")
