from __future__ import annotations

import logging
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


def test_secrets_are_hidden(capsys: pytest.CaptureFixture[str]) -> None:
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
