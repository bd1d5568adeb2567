"""The messages of errors that keep webchat from starting or stop a command, by code or `code.reason`."""

_OTHER_FOLDER = "Choose another folder with --data-dir (or WEBCHAT_DATA_DIR)."
_DEPENDENCY = "It is one of webchat's dependencies. Run `uv sync`, then start webchat again."
_IN_USE = (
    "Two would interrupt each other's answers, so this one did not start. Nothing was changed. Use the one "
    "that is running, stop it first, or give this one its own folder with --data-dir (or WEBCHAT_DATA_DIR)."
)

HOSTING_ERRORS = {
    "settings_invalid": "Invalid settings:\n{lines}",
    "port_taken": "Port {port} on {host} is already in use by another program, perhaps a webchat with "
    "another data folder. Stop it, or choose another port: webchat --port {free}",
    "address_unusable": "webchat cannot listen on {host}: {detail}.",
    "address_unusable.port": "webchat cannot listen on {host} port {port}: {detail}.",
    "data_folder_unusable": "webchat cannot write to the data folder {folder}: {detail}. " + _OTHER_FOLDER,
    "data_folder_unusable.lock": "The data folder {folder} cannot be locked: {detail}. " + _OTHER_FOLDER,
    "data_folder_in_use": "Another webchat is using the data folder {folder}. " + _IN_USE,
    "data_folder_in_use.holder": "Another webchat is using the data folder {folder} ({holder}). " + _IN_USE,
    "node_missing": "Node is missing: there is no {command} in {folder}. " + _DEPENDENCY,
    "node_missing.does_not_run": "Node is installed, but {command} does not run ({detail}). " + _DEPENDENCY,
    "build_failed": "The pages could not be built. The next start tries again.\nThe end of {log}:\n{lines}",
    "build_failed.network": "The pages could not be built. npm could not reach its registry, which the first "
    "build needs. Check the network and start again.\nThe end of {log}:\n{lines}",
    "build_failed.disk": "The pages could not be built: {detail}. webchat writes its build to {releases} and "
    "{build}; check that they are writable and that the disk has free space.",
    "database_fault": "{cause:message}",
    "database_fault.other_version": "The database belongs to another version of webchat. Nothing was "
    "changed. Start webchat once, then try again.",
    "database_fault.old_key_in_use": "{cause:message} The old key is still in use.",
    "backup_failed": "{detail}",
    "backup_failed.database": "{cause:message}",
    "backup_failed.no_database": "There is no database at {path} yet, so no backup was made.",
    "backup_failed.itself": "{target} is the database itself or the key file. Nothing was changed. Choose "
    "another file.",
    "restore_failed": "{file} could not be restored: {detail}. If data was already moved, it is in the "
    "folder `before-restore-…` beside the database.",
    "restore_failed.database": "{cause:message} Nothing was restored.",
    "restore_failed.foreign": "{file} is a database, but not one of webchat. Nothing was changed.",
    "import_failed": "{file} cannot be read: {detail}. Nothing was imported.",
    "import_failed.database": "{cause:message} What was imported so far stays. Import the file "
    "again to continue.",
    "export_failed": "The export could not be written: {detail}. An existing file was kept.",
    "export_failed.database": "{cause:message}",
}
