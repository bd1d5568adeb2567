from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest

from webchat.hosting import checks
from webchat.hosting.errors import AddressUnusable, DataFolderUnusable, PortTaken
from webchat.settings import load_settings


@pytest.mark.network
def test_a_taken_port_is_said() -> None:
    other = socket.create_server(("127.0.0.1", 0))
    with other, pytest.raises(PortTaken, match="another program"):
        checks.open_socket(load_settings(port=other.getsockname()[1]))


@pytest.mark.network
def test_an_address_of_another_machine_is_told_from_a_taken_port(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_ours(*_: object) -> None:
        raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")

    monkeypatch.setattr(socket.socket, "bind", not_ours)

    with pytest.raises(AddressUnusable, match="Cannot assign"):
        checks.open_socket(load_settings())


def test_the_data_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    checks.prepare_data_folder(folder)

    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.iterdir()) == []


def test_a_data_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DataFolderUnusable, match="--data-dir"):
        checks.prepare_data_folder(tmp_path / "file" / "data")
