import threading
import time

import pytest

from webchat.storage.ids import new_id


def test_ids_sort_in_the_order_they_were_made() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_ids_have_the_shape_of_uuid_version_7() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    assert len(made) == 32
    assert made == made.lower()
    # Earlier tests may have run the clock of the ids ahead by a few milliseconds.
    assert before <= int(made[:12], 16) <= before + 60_000
    assert made[12] == "7"
    assert made[16] in "89ab"


def test_ids_go_on_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    made = [new_id() for _ in range(5_000)]
    assert [first, *made] == sorted({first, *made})


def test_threads_never_get_the_same_id() -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.extend([new_id() for _ in range(2_000)])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8_000
