"""Why webchat could not start or make a backup; each message is what the person at the terminal reads.

HostingError
├── AddressRefused      an address others can reach, without leave to share
├── PortTaken           something else listens there
├── AddressUnusable     this machine does not have that address, or may not use that port
├── DataFolderUnusable  the data folder cannot be made or written
├── DataFolderInUse     another webchat works with the data folder
├── NodeMissing         the Node that builds the pages is not there
├── BuildFailed         the pages could not be built
├── DatabaseFault       the database is not there, or newer than this webchat
└── BackupFailed        the database could not be copied
"""

from __future__ import annotations


class HostingError(Exception):
    """Something that keeps webchat from starting, or stops a command.

    `str(error)` says what happened and what to do.
    """


class AddressRefused(HostingError):
    """The address can be reached by others and sharing was not asked for."""


class PortTaken(HostingError):
    """Another program listens on the port."""


class AddressUnusable(HostingError):
    """The address does not belong to this machine, or the port needs rights that are missing."""


class DataFolderUnusable(HostingError):
    """The data folder cannot be made or written."""


class DataFolderInUse(HostingError):
    """Another webchat works with the data folder; two would interrupt each other's answers."""


class NodeMissing(HostingError):
    """Node, which builds the pages, is not there or does not run."""


class BuildFailed(HostingError):
    """The pages could not be built."""


class DatabaseFault(HostingError):
    """The database cannot be reached, or belongs to a newer webchat."""


class BackupFailed(HostingError):
    """`webchat backup` made no copy."""
