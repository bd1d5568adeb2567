"""Texts that run a script wherever they are taken for HTML."""

from __future__ import annotations

import json
from pathlib import Path

_FILE = Path(__file__).parent / "fixtures" / "xss_payloads.json"


def xss_payloads() -> list[str]:
    return list(json.loads(_FILE.read_text(encoding="utf-8")))
