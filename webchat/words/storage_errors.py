"""The messages of the storage layer's errors, by code or `code.reason`."""

_DELETED = "It may have been deleted elsewhere."

STORAGE_ERRORS = {
    "database_unavailable": "The database {database} cannot be used: {detail}.",
    "database_unavailable.copy": "The database {database} cannot be used: it could not be copied to {target} "
    "({detail}).",
    "database_unavailable.copy_first": "The database {database} cannot be used: it has to be upgraded, and a "
    "copy could not be made first ({detail}).",
    "database_unavailable.access": "The database {database} cannot be used: it cannot be accessed "
    "({detail}).",
    "database_unavailable.folder": "The database {database} cannot be used: the folder {folder} cannot be "
    "created ({detail}).",
    "database_busy": "The database {database} cannot be used: another program is using it. Nothing was "
    "changed. Try again.",
    "database_full": "The database {database} cannot be used: the disk is full. Nothing was changed. Free "
    "some space and try again.",
    "database_damaged": "The database {database} is damaged or not a database ({detail}). Move it aside and "
    "restore a backup.",
    "database_too_new": "The database {database} was created by a newer version of webchat (its version is "
    "{revision}, this one supports up to {newest_known}). Nothing was changed. Update webchat, or "
    "bring back a backup of this version with `webchat restore FILE`.",
    "database_unsupported": "webchat cannot use the database address {database}. Use the path of a SQLite "
    "file, such as sqlite:////path/to/webchat.db.",
    "migration_failed": "Upgrading the database {database} failed and was rolled back: {detail}.",
    "migration_failed.backup": "Upgrading the database {database} failed and was rolled back: {detail}. A "
    "backup from before the upgrade is at {backup}.",
    "migration_failed.orphans": "Upgrading the database {database} failed and was rolled back: rows would "
    "have lost the rows they belong to.",
    "migration_failed.orphans_backup": "Upgrading the database {database} failed and was rolled back: rows "
    "would have lost the rows they belong to. A backup from before the upgrade is at {backup}.",
    "archive_unusable": "{file} is damaged or not a backup of webchat ({detail}).",
    "archive_unusable.foreign": "{file} is not a backup of webchat.",
    "conversation_not_found": f"This conversation no longer exists. {_DELETED}",
    "message_not_found": f"This message no longer exists. {_DELETED}",
    "share_not_found": f"This link no longer exists. {_DELETED}",
    "generation_not_found": f"This answer no longer exists. {_DELETED}",
    "provider_not_found": f"This provider no longer exists. {_DELETED}",
    "folder_not_found": f"This folder no longer exists. {_DELETED}",
    "saved_prompt_not_found": f"This prompt no longer exists. {_DELETED}",
    "assistant_not_found": f"This assistant no longer exists. {_DELETED}",
    "saved_prompt_name_taken": "There is already a prompt named “{name}”. Choose another name.",
    "folder_name_taken": "There is already a folder named “{name}”. Choose another name.",
    "provider_name_taken": "There is already a provider named “{name}”. Choose another name.",
    "provider_name_taken.renamed": "{now} used to be named “{name}”, and conversations still refer to it by "
    "that name. Choose another name.",
    "file_not_found": f"This file no longer exists. {_DELETED}",
    "passkey_not_found": f"This passkey no longer exists. {_DELETED}",
    "user_not_found": f"This account no longer exists. {_DELETED}",
    "username_taken": "There is already an account with the username “{name}”. Choose another one.",
    "still_answering": "The answer is still being written. Stop it first, or wait until it is complete.",
    "text_not_kept": "The checkpoints of this answer are incomplete. Its full text is still available.",
    "key_file_broken": "The key file {path} cannot be used: {detail}. Restore it from a backup. Without it, "
    "stored API keys cannot be read and must be entered again.",
    "key_file_broken.empty": "The key file {path} cannot be used: it is empty. Restore it from a backup. "
    "Without it, stored API keys cannot be read and must be entered again.",
    "key_file_broken.line": "The key file {path} cannot be used: line {line} is not a key. Restore it from a "
    "backup. Without it, stored API keys cannot be read and must be entered again.",
    "secret_unreadable": "The stored API key of {provider} cannot be read with the key file in the data "
    "folder. Enter it again in Settings.",
    "secret_unreadable.headers": "The stored headers of {provider} cannot be read with the key file in the "
    "data folder. Enter them again.",
    "secret_unreadable.proxy": "The stored proxy of {provider} cannot be read with the key file in the data "
    "folder. Enter it again in Settings.",
}
