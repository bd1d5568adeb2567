import os
from pathlib import Path

import pytest

from webchat.storage import secrets
from webchat.storage.errors import KeyFileBroken, SecretUnreadable
from webchat.storage.secrets import add_key, drop_old_keys, open_secrets

_KEY = b"Frv00cgliMJi3dxk9uvdas7xhd6YfsaJdPedmORz4Zg="


def test_s14_a_secret_comes_back_and_its_token_does_not_show_it(tmp_path: Path) -> None:
    box = open_secrets(tmp_path)
    token = box.encrypt("sk-clé-123")
    assert "sk-cl" not in token
    assert token.isascii()
    assert box.encrypt("sk-clé-123") != token
    assert open_secrets(tmp_path).decrypt(token, provider="Mine") == "sk-clé-123"


def test_s14_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    open_secrets(tmp_path / "data")
    path = tmp_path / "data" / "secret.key"
    assert path.stat().st_mode & 0o777 == 0o600
    first = path.read_bytes()
    path.chmod(0o644)
    open_secrets(tmp_path / "data")
    assert path.read_bytes() == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path / "data") == ["secret.key"]


def test_s14_of_two_processes_that_make_the_file_one_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = secrets._write_beside
    others: list[str] = []

    def slower(path: Path, keys: list[str]) -> Path:
        monkeypatch.setattr(secrets, "_write_beside", write)
        others.append(open_secrets(tmp_path).encrypt("theirs"))
        return write(path, keys)

    monkeypatch.setattr(secrets, "_write_beside", slower)
    box = open_secrets(tmp_path)
    assert box.decrypt(others[0], provider="Mine") == "theirs"
    assert os.listdir(tmp_path) == ["secret.key"]


def test_s14_keys_are_changed_in_three_steps(tmp_path: Path) -> None:
    token = open_secrets(tmp_path).encrypt("sk-1")
    box = add_key(tmp_path)
    assert box.decrypt(token, provider="Mine") == "sk-1"
    renewed = box.rotate(token, provider="Mine")
    last = drop_old_keys(tmp_path)
    assert last.decrypt(renewed, provider="Mine") == "sk-1"
    with pytest.raises(SecretUnreadable):
        last.decrypt(token, provider="Mine")
    path = tmp_path / "secret.key"
    assert len(path.read_text().splitlines()) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["secret.key"]


def test_s14_a_lost_key_file_names_the_provider(tmp_path: Path) -> None:
    token = open_secrets(tmp_path).encrypt("sk-1")
    (tmp_path / "secret.key").unlink()
    with pytest.raises(SecretUnreadable, match=r"API key of My Ollama .* Settings") as caught:
        open_secrets(tmp_path).decrypt(token, provider="My Ollama")
    assert caught.value.provider == "My Ollama"
    assert token not in str(caught.value)


@pytest.mark.parametrize("token", ["", "nonsense", "é", "gAAAAA=="])
def test_s14_a_token_that_is_none_names_the_provider(tmp_path: Path, token: str) -> None:
    with pytest.raises(SecretUnreadable):
        open_secrets(tmp_path).decrypt(token, provider="Mine")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"short", "line 1"),
        (_KEY + b"\nnot a key", "line 2"),
        (_KEY[:-2], "line 1"),
        (b"\xff" * 44, "line 1"),
    ],
)
def test_s14_a_broken_key_file_is_named_and_left_alone(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    for call in (open_secrets, add_key, drop_old_keys):
        with pytest.raises(KeyFileBroken, match=words) as caught:
            call(tmp_path)
        assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_s14_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KeyFileBroken):
        open_secrets(tmp_path / "file" / "data")
    with pytest.raises(KeyFileBroken):
        add_key(tmp_path / "nowhere")


def test_s14_a_box_does_not_print_its_keys(tmp_path: Path) -> None:
    assert repr(open_secrets(tmp_path)) == "<Secrets of 1 keys>"
