from __future__ import annotations

import logging
import time
from collections.abc import Iterator

import pytest
import structlog

from webchat.hosting import logs


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_lines_go_to_standard_error_at_the_level(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    structlog.get_logger("webchat.test").debug("too_quiet")
    structlog.get_logger("webchat.test").info("answer_done", characters=12)
    logging.getLogger("some.library").warning("a %s word", "library's")
    written = capsys.readouterr()

    assert written.out == ""
    assert "too_quiet" not in written.err
    assert "level=info event=answer_done logger=webchat.test characters=12" in written.err
    assert """event="a library's word" logger=some.library""" in written.err


def test_s6_secrets_are_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug")
    log = structlog.get_logger("webchat.test")
    log.warning("asked", api_key="canary1", headers_cookie="canary2", url="http://me:canary3@proxy.example/x")
    log.warning("Authorization: Bearer canary4444", text="sk-canary55555")
    try:
        raise RuntimeError("failed with Bearer canary66666")
    except RuntimeError:
        log.exception("broke")
    logging.getLogger("httpx").warning("GET http://me:canary7@host/")

    written = capsys.readouterr().err
    assert "RuntimeError" in written
    assert "canary" not in written


def test_chatty_libraries_speak_only_when_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    logging.getLogger("httpx").info("HTTP Request: GET /")

    assert capsys.readouterr().err == ""


def test_s6_an_exception_is_its_type_and_where_it_was_raised(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning")
    for log in (structlog.get_logger("webchat.test"), logging.getLogger("some.library")):
        try:
            raise KeyError("canary: what somebody wrote")
        except KeyError as error:
            log.error("failed", exc_info=error)
            log.exception("failed")

    written = capsys.readouterr().err
    assert "canary" not in written
    assert written.count('exception="KeyError at unit/hosting/test_logs.py:') == 4
    assert written.count("\n") == 4


def test_the_whole_traceback_is_written_when_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug")
    try:
        raise RuntimeError("all of it")
    except RuntimeError:
        structlog.get_logger("webchat.test").exception("failed")

    assert "RuntimeError: all of it" in capsys.readouterr().err


def test_a_long_value_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("warning")
    logging.getLogger("some.library").warning("Event data: %s", "x" * 1_000_000)

    assert len(capsys.readouterr().err) < logs.MAX_VALUE + 200


def test_a_flood_of_warnings_is_counted_and_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    logs.configure("info")
    library, other = logging.getLogger("flooding.library"), logging.getLogger("other.library")
    for _ in range(logs.MAX_LINES + 500):
        library.error("again")
    other.error("heard")
    library.info("not a warning")

    written = capsys.readouterr().err
    assert written.count("again") == logs.MAX_LINES
    assert "heard" in written
    assert "not a warning" in written

    now = 61.0
    library.error("again")

    written = capsys.readouterr().err
    assert "500 more lines of flooding.library left out" in written
    assert "event=again" in written
