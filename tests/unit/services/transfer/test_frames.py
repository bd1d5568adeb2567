"""Frames from the parser's process: limited in size, and together the whole file."""

from __future__ import annotations

import io
import json
import pickle
from pathlib import Path

import pytest

from tests.unit.services.transfer.exports_of_others import chatgpt, node
from webchat.services.transfer.parsers import frames as limits
from webchat.services.transfer.parsers import worker
from webchat.services.transfer.parsers.file_parser import Found, parse_file
from webchat.services.transfer.parsers.files import OpenedFile
from webchat.services.transfer.parsers.frames import Frame, frames
from webchat.services.transfer.parsers.tree import ImportedConversation


def export(tmp_path: Path, *lengths: int, text: str = "word") -> Path:
    """A file of conversations with these numbers of messages."""
    talks = []
    for talk, length in enumerate(lengths):
        nodes = [
            node(f"m{number}", f"m{number - 1}" if number else "root", "user", f"{text} {number}")
            for number in range(length)
        ]
        talks.append(chatgpt(*nodes, id=f"c{talk}", conversation_id=f"c{talk}"))
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps(talks))
    return path


def joined(found: list[Frame]) -> list[Found]:
    """The conversations that the frames hold, as the server puts them together."""
    whole: list[Found] = []
    for frame in found:
        if frame.more:
            last = whole[-1]
            assert isinstance(last, ImportedConversation)
            last.messages += frame.more
        whole += frame.found
    return whole


@pytest.mark.parametrize(
    "lengths", [(), (3, 0, 4), (5, 5, 5), (12,), (4, 23, 1, 1)], ids=lambda lengths: str(sum(lengths))
)
def test_frames_are_limited_and_hold_the_whole_file(
    lengths: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MESSAGES_AT_ONCE", 5)
    path = export(tmp_path, *lengths)

    found = list(frames(OpenedFile(path)))

    for frame in found:
        new = [len(each.messages) for each in frame.found if isinstance(each, ImportedConversation)]
        assert len(frame.more) <= 5
        assert max(new, default=0) <= 5
        # One more conversation at most after the limit is nearly reached.
        assert sum(new) < 2 * 5
    assert [frame.is_last for frame in found] == [*[False] * (len(found) - 1), True]
    assert [frame.position for frame in found] == sorted(frame.position for frame in found)
    assert found[-1].position == found[-1].size == path.stat().st_size
    assert joined(found) == list(parse_file(OpenedFile(path)))


def test_long_texts_make_a_frame_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHARACTERS_AT_ONCE", 100)
    path = export(tmp_path, 4, text="x" * 100)

    found = list(frames(OpenedFile(path)))

    assert [len(frame.more) for frame in found[1:4]] == [1, 1, 1]
    assert joined(found) == list(parse_file(OpenedFile(path)))


def test_output_has_each_frame_with_its_length(tmp_path: Path) -> None:
    path, output = export(tmp_path, 2), io.BytesIO()

    worker._write(OpenedFile(path), output)

    output.seek(0)
    (length,) = worker.LENGTH.unpack(output.read(worker.LENGTH.size))
    frame = pickle.loads(output.read(length))
    assert output.read() == b""
    assert frame == next(frames(OpenedFile(path)))
