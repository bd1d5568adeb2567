"""Errors that keep webchat from starting or stop a command. Their messages are shown in the terminal.

HostingError
├── AddressRefused      an address that others can reach, without permission to share
├── PortTaken           another program is listening there
├── AddressUnusable     this machine does not have that address, or may not use that port
├── DataFolderUnusable  the data folder cannot be created or written to
├── DataFolderInUse     another webchat is using the data folder
├── NodeMissing         Node, which builds the pages, is not installed
├── BuildFailed         the pages could not be built
├── DatabaseFault       the database is missing, or newer than this webchat
└── BackupFailed        the database could not be copied
"""

from __future__ import annotations


class HostingError(Exception):
    """Base class of errors that keep webchat from starting or stop a command.

    `str(error)` says what happened and what to do.
    """


class AddressRefused(HostingError):
    """Others can reach the address and sharing was not allowed."""


class PortTaken(HostingError):
    """Another program is listening on the port."""


class AddressUnusable(HostingError):
    """The address does not belong to this machine, or permission for the port is missing."""


class DataFolderUnusable(HostingError):
    """The data folder cannot be created or written to."""


class DataFolderInUse(HostingError):
    """Another webchat is using the data folder; two would interrupt each other's answers."""


class NodeMissing(HostingError):
    """Node, which builds the pages, is not installed or does not run."""


class BuildFailed(HostingError):
    """The pages could not be built."""


class DatabaseFault(HostingError):
    """The database cannot be used, or belongs to a newer webchat."""


class BackupFailed(HostingError):
    """`webchat backup` made no copy."""
