"""The process that reads a file starts for each import, so it loads only what it needs."""

from __future__ import annotations

import subprocess
import sys


def test_it_loads_no_database_and_no_http_client() -> None:
    script = """
import sys
import webchat.services.transfer.parsers.worker
heavy = {"sqlalchemy", "sqlmodel", "pydantic", "httpx", "PIL"} & sys.modules.keys()
sys.exit(f"imported {heavy}" if heavy else 0)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
