"""The process that turns a document into text, started by `services.files.reading`.

It writes a line of JSON to its output, `{"bytes", "problem"}`, and then as many bytes of UTF-8. A
hostile document can only harm this process.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from webchat.services.files.documents.limits import MOST_SECONDS, MOST_TEXT, Unreadable

MOST_MEMORY = 1024 * 1024 * 1024
"""Maximum bytes of address space."""
_NICENESS = 15
_PDF = "application/pdf"
_EPUB = "application/epub+zip"
_HTML = "text/html"


def main() -> None:
    """Read the document named by the first argument, whose kind is the second."""
    with suppress(ImportError, OSError, ValueError):  # not available on Windows
        import resource

        os.nice(_NICENESS)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    text, problem = read(Path(sys.argv[1]), sys.argv[2])
    with suppress(BrokenPipeError):
        sys.stdout.buffer.write(json.dumps({"bytes": len(text), "problem": problem}).encode() + b"\n" + text)
        sys.stdout.buffer.flush()


def read(path: Path, media_type: str, seconds: float = MOST_SECONDS) -> tuple[bytes, str]:
    """The text of a document as UTF-8, and the reason of a `FileUnread`, which is empty if all was read."""
    deadline = time.monotonic() + seconds
    found = bytearray()
    problem = ""
    try:
        for part in _parts(path, media_type):
            found += part.replace("\0", "").encode("utf-8", "replace")
            if len(found) > MOST_TEXT or time.monotonic() > deadline:
                problem = "cut"
                break
    except Unreadable as error:
        problem = str(error)
    except (MemoryError, RecursionError):
        problem = "too_complex"
    except Exception:  # whatever a library makes of a hostile document
        problem = "damaged"
    if not found.strip():
        if problem == "cut" and len(found) <= MOST_TEXT:  # there was time for empty pages only
            return b"", "too_long"
        return b"", problem if problem not in {"", "cut"} else "no_text"
    text = bytes(found[:MOST_TEXT]).decode("utf-8", "ignore").encode()
    return text, problem if problem in {"", "cut"} else "cut"


def _parts(path: Path, media_type: str) -> Iterator[str]:
    """The text of a document, a part at a time. Each library is imported only where it is needed."""
    if media_type == _PDF:
        from webchat.services.files.documents import pdf

        return pdf.parts(path)
    if media_type == _EPUB:
        from webchat.services.files.documents import book

        return book.parts(path)
    if media_type == _HTML:
        from webchat.services.files.documents import html

        return html.parts(path)
    if media_type.endswith("wordprocessingml.document"):
        from webchat.services.files.documents import word

        return word.parts(path)
    if media_type.endswith("spreadsheetml.sheet"):
        from webchat.services.files.documents import sheets

        return sheets.parts(path)
    if media_type.endswith("presentationml.presentation"):
        from webchat.services.files.documents import slides

        return slides.parts(path)
    from webchat.services.files.documents import plain

    return plain.parts(path)


if __name__ == "__main__":
    main()
