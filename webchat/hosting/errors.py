"""Errors that keep webchat from starting or stop a command. Their messages are in
`webchat.words.hosting_errors`.

HostingError
├── PortTaken           another program is listening there
├── AddressUnusable     this machine does not have that address, or may not use that port
├── DataFolderUnusable  the data folder cannot be created or written to
├── DataFolderInUse     another webchat is using the data folder
├── NodeMissing         Node, which builds the pages, is not installed
├── BuildFailed         the pages could not be built
├── DatabaseFault       the database is missing, or newer than this webchat
├── BackupFailed        the database could not be copied
├── RestoreFailed       a backup could not be restored
├── ExportFailed        the export could not be written
└── ImportFailed        the file could not be read or its conversations not saved
"""

from __future__ import annotations

from webchat.errors import WebchatError


class HostingError(WebchatError):
    """Base class of errors that keep webchat from starting or stop a command."""


class PortTaken(HostingError):
    """Another program is listening on the port."""

    code = "port_taken"


class AddressUnusable(HostingError):
    """The address does not belong to this machine, or permission for the port is missing."""

    code = "address_unusable"


class DataFolderUnusable(HostingError):
    """The data folder cannot be created or written to."""

    code = "data_folder_unusable"


class DataFolderInUse(HostingError):
    """Another webchat is using the data folder; two would interrupt each other's answers."""

    code = "data_folder_in_use"


class NodeMissing(HostingError):
    """Node, which builds the pages, is not installed or does not run."""

    code = "node_missing"


class BuildFailed(HostingError):
    """The pages could not be built."""

    code = "build_failed"


class DatabaseFault(HostingError):
    """The database cannot be used, or belongs to a newer webchat."""

    code = "database_fault"


class BackupFailed(HostingError):
    """`webchat backup` made no copy."""

    code = "backup_failed"


class RestoreFailed(HostingError):
    """`webchat restore` could not use the backup."""

    code = "restore_failed"


class ExportFailed(HostingError):
    """`webchat export` wrote no file."""

    code = "export_failed"


class ImportFailed(HostingError):
    """`webchat import` could not read the file or write the database."""

    code = "import_failed"
