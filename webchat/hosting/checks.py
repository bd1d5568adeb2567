"""Checks before webchat starts: the address, the port and the data folder."""

from __future__ import annotations

import errno
import socket
import tempfile
from pathlib import Path

from webchat import hosts
from webchat.hosting.errors import AddressRefused, AddressUnusable, DataFolderUnusable, PortTaken
from webchat.settings import Settings

_BACKLOG = 2048
_MILLISECONDS_UNREAD = 60_000


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    return host == "localhost" or hosts.is_loopback(host)


def check_address(settings: Settings) -> None:
    """Raise AddressRefused for an address that others can reach, unless sharing is allowed."""
    if is_loopback(settings.host) or settings.shared_by_everyone:
        return
    raise AddressRefused(
        f"webchat does not listen on {settings.host}: others can reach that address, and webchat has no "
        "accounts yet. Anyone who can reach it could read, write and delete every conversation and use "
        "your API keys. If that is what you want, add --shared-by-everyone (or set "
        "WEBCHAT_SHARED_BY_EVERYONE=true). "
        "Otherwise webchat listens on 127.0.0.1, which only this machine can reach."
    )


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
        raise AddressUnusable(f"webchat cannot listen on {host}: {error.strerror or error}.") from error
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
            raise PortTaken(
                f"Port {port} on {host} is already in use by another program, perhaps a webchat with "
                f"another data folder. Stop it, or choose another port: webchat --port {_next(port)}"
            ) from error
        raise AddressUnusable(f"webchat cannot listen on {host} port {port}: {error.strerror}.") from error
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
        raise DataFolderUnusable(
            f"webchat cannot write to the data folder {folder}: {error.strerror}. Choose another folder "
            "with --data-dir (or WEBCHAT_DATA_DIR)."
        ) from error
