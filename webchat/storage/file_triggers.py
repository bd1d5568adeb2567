"""Triggers that record since when a file has been unused, so that it can be found and removed.

They are created and removed with those of `webchat.storage.triggers`.
"""

from __future__ import annotations

_HOLDERS = {
    "attachment": ("file_attached", "file_detached"),
    "shared_file": ("file_shared", "file_unshared"),
    "assistant_file": ("assistant_file_added", "assistant_file_removed"),
    "assistant_link_file": ("assistant_link_file_added", "assistant_link_file_removed"),
    "conversation_file": ("conversation_file_added", "conversation_file_removed"),
}
"""The tables that say what has a file, each with the names of its triggers."""
_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'"
_USED = "UPDATE file SET unused_since = NULL WHERE id = NEW.file_id;"
_UNUSED = f"""UPDATE file SET unused_since = {_NOW} WHERE id = OLD.file_id
    {" ".join(f"AND NOT EXISTS (SELECT 1 FROM {each} WHERE file_id = OLD.file_id)" for each in _HOLDERS)};"""

FILE_TRIGGERS = {
    name: text
    for table, (added, removed) in _HOLDERS.items()
    for name, text in (
        (added, f"AFTER INSERT ON {table} BEGIN {_USED} END"),
        (removed, f"AFTER DELETE ON {table} BEGIN {_UNUSED} END"),
    )
}
