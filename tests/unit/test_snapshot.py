from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from webchat.messages import Role
from webchat.snapshot import SharedMessage, Snapshot

SNAPSHOT = Snapshot(
    "Colours",
    date(2026, 11, 21),
    (SharedMessage(Role.USER, "Which?"), SharedMessage(Role.ASSISTANT, "Blue.", "gpt-x")),
)


def stored() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SNAPSHOT.to_json())
    return found


def test_a_snapshot_is_read_as_it_was_written() -> None:
    assert Snapshot.from_json(SNAPSHOT.to_json()) == SNAPSHOT


def test_a_snapshot_from_before_parts_is_still_read() -> None:
    old = stored() | {"version": 1}
    for message in old["messages"]:
        message["text"] = "".join(part["text"] for part in message.pop("parts"))

    assert Snapshot.from_json(json.dumps(old)) == SNAPSHOT


@pytest.mark.parametrize("part", [{"type": "image", "text": "x"}, {"type": "text"}, {"text": "x"}, "x", None])
def test_an_unknown_kind_of_content_is_refused(part: Any) -> None:
    broken = stored()
    broken["messages"][0]["parts"] = [part]

    with pytest.raises(ValueError, match="snapshot"):
        Snapshot.from_json(json.dumps(broken))
