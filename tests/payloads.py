"""Texts that run a script wherever they are taken for HTML."""

from __future__ import annotations

import json
from pathlib import Path

NOTE_WHAT_RUNS = """
    window.ran = [];
    for (const name of ["alert", "prompt", "confirm", "print", "open"]) {
        window[name] = (...words) => void window.ran.push([name, ...words]);
    }
"""
"""A script for a page that notes in `window.ran` what a payload would call."""

_FILE = Path(__file__).parent / "fixtures" / "xss_payloads.json"


def xss_payloads() -> list[str]:
    return list(json.loads(_FILE.read_text(encoding="utf-8")))
