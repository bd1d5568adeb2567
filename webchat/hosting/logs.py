"""Logging: structured, to standard error, at the configured level, limited, and without secrets.

Strangers cannot flood the log: a value has at most `MAX_VALUE` characters, and a logger writes at most
`MAX_LINES` warnings and errors a minute. An exception is logged as its type and where it was raised. Its
message may contain what users wrote, so it is only logged, with the full traceback, at the level `debug`.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

from webchat.storage.location import LOGGERS

_SECRET_NAMES = re.compile(r"key|token|secret|password|cookie|authorization|database_url", re.IGNORECASE)
_BEARER = re.compile(r"(?i)\b(bearer\s+|sk-)[\w.~+/=-]{6,}")
_URL_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):[^/\s@]+@")
_HIDDEN = "[hidden]"
MAX_VALUE = 2_000
MAX_LINES = 60
_SECONDS = 60.0
_FRAMES = 6
_NOISY = (
    "uvicorn.error",
    "uvicorn.access",
    "engineio.server",  # each of them writes its own lines unless it has a level
    "socketio.server",
    "httpx",
    "httpcore",
    *LOGGERS,
)


def configure(level: str) -> None:
    """Log messages of webchat and all libraries, from `level` up, to standard error."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info if threshold <= logging.DEBUG else name_exception,
        hide_secrets,
        shorten,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(LogRateLimit(MAX_LINES, _SECONDS))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event", "logger"]),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(threshold)
    for name in _NOISY:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(threshold if level == "debug" else max(threshold, logging.WARNING))


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: redact values by their name, and keys and passwords inside text."""
    for name, value in event.items():
        if _SECRET_NAMES.search(name):
            event[name] = _HIDDEN
        elif isinstance(value, str):
            event[name] = _URL_PASSWORD.sub(rf"\1:{_HIDDEN}@", _BEARER.sub(rf"\1{_HIDDEN}", value))
    return event


def name_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: replace an exception with its type and the last places it passed through."""
    found = event.pop("exc_info", None)
    error = found if isinstance(found, BaseException) else sys.exc_info()[1] if found is True else None
    if isinstance(found, tuple):
        error = found[1]
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        places = " > ".join(f"{_short(each.filename)}:{each.lineno} {each.name}" for each in frames)
        event["exception"] = f"{type(error).__name__} at {places}"
    return event


def _short(filename: str) -> str:
    """The last folders of a path, which hides the location of the project."""
    return "/".join(filename.split("/")[-3:])


def shorten(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: truncate long values."""
    for name, value in event.items():
        if isinstance(value, str) and len(value) > MAX_VALUE:
            event[name] = f"{value[:MAX_VALUE]}… ({len(value)} characters)"
    return event


class LogRateLimit(logging.Filter):
    """Limits the warnings and errors of each logger per time window, and counts the dropped ones.

    Args:
        lines: maximum lines of one logger per window.
        seconds: length of a window; dropped lines are reported with the first line of the next one.
    """

    def __init__(self, lines: int, seconds: float) -> None:
        super().__init__()
        self._lines, self._seconds = lines, seconds
        self._windows: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write the line."""
        if record.levelno < logging.WARNING:
            return True
        now = time.monotonic()
        began, count = self._windows.get(record.name, (now, 0))
        if now - began >= self._seconds:
            left_out, began, count = count - self._lines, now, 0
            if left_out > 0:
                logging.getLogger(__name__).warning("%d more lines of %s left out", left_out, record.name)
        self._windows[record.name] = (began, count + 1)
        return count < self._lines
