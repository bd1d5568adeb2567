"""The names of files, which come from browsers and other apps."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200
"""Maximum characters of a name."""
UNNAMED = "file"
_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that turn the direction of a line, so that `gpj.exe` looks like `exe.jpg`."""


def clean_name(name: str) -> str:
    """The name without folders, control characters and characters that change how it reads.

    >>> clean_name("../../etc/passwd"), clean_name("C:\\\\Temp\\\\a.pdf"), clean_name("\\n")
    ('passwd', 'a.pdf', 'file')
    """
    last = re.split(r"[/\\]", _TURNS.sub("", name[:10_000]))[-1]
    plain = "".join(" " if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} else each for each in last)
    plain = " ".join(plain.split()).strip(". ")
    if len(plain) > LONGEST:
        stem, dot, end = plain.rpartition(".")
        keep = dot + end if dot and len(end) <= 10 else ""
        plain = (stem if keep else plain)[: LONGEST - len(keep)] + keep
    return plain or UNNAMED
