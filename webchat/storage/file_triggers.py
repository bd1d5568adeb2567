"""Triggers that note since when a file is used by nothing, so that it can be found and removed.

They are created and removed with those of `webchat.storage.triggers`.
"""

from __future__ import annotations

_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'"
_USED = "UPDATE file SET unused_since = NULL WHERE id = NEW.file_id;"
_UNUSED = f"""UPDATE file SET unused_since = {_NOW} WHERE id = OLD.file_id
    AND NOT EXISTS (SELECT 1 FROM attachment WHERE file_id = OLD.file_id)
    AND NOT EXISTS (SELECT 1 FROM shared_file WHERE file_id = OLD.file_id);"""

FILE_TRIGGERS = {
    "file_attached": f"AFTER INSERT ON attachment BEGIN {_USED} END",
    "file_detached": f"AFTER DELETE ON attachment BEGIN {_UNUSED} END",
    "file_shared": f"AFTER INSERT ON shared_file BEGIN {_USED} END",
    "file_unshared": f"AFTER DELETE ON shared_file BEGIN {_UNUSED} END",
}
