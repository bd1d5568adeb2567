"""Checks before webchat starts: the address, the port and the data folder."""

from __future__ import annotations

import errno
import socket
import tempfile
from pathlib import Path

from webchat.hosting.errors import AddressUnusable, DataFolderUnusable, PortTaken
from webchat.settings import Settings

_BACKLOG = 2048
_MILLISECONDS_UNREAD = 60_000


def open_socket(settings: Settings) -> socket.socket:
    """Return a socket that listens on the settings' host and port.

    Raises:
        PortTaken: another program is listening there.
        AddressUnusable: the address does not belong to this machine, or permission for the port is missing.
    """
    host, port = settings.host, settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family)
    except OSError as error:
        raise AddressUnusable(host=host, detail=error.strerror or str(error)) from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Connections inherit it, so that one closed while its client is not reading also ends.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _MILLISECONDS_UNREAD)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host=host, port=port, free=_next(port)) from error
        raise AddressUnusable("port", host=host, port=port, detail=str(error.strerror)) from error
    listening.set_inheritable(False)
    return listening


def _next(port: int) -> int:
    return port + 1 if port < 65535 else 3000


def prepare_data_folder(folder: Path) -> None:
    """Create the data folder, only accessible to its owner, and check that it is writable.

    Raises:
        DataFolderUnusable: it cannot be created or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DataFolderUnusable(folder=str(folder), detail=str(error.strerror)) from error
