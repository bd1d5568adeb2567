"""The architecture as a test: the contracts on imports in pyproject.toml, and who reads the environment."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "webchat"

READS_THE_ENVIRONMENT = {"settings.py"}
HANDS_THE_ENVIRONMENT_ON = {"hosting/build.py", "hosting/server.py"}
"""They set variables for npm and for Reflex, which can be told no other way."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def uses_of_the_environment(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            if node.attr in {"environ", "environb", "getenv", "getenvb", "putenv"}:
                yield f"os.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (
                f"os.{alias.name}" for alias in node.names if "env" in alias.name or alias.name == "*"
            )


def identify(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def test_imports_keep_the_contracts() -> None:
    """Which layer may import which, and which may know Reflex, the database and httpx."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_only_the_settings_read_the_environment() -> None:
    uses = {identify(path): list(uses_of_the_environment(path)) for path in modules()}

    assert len(uses) > 300
    may = READS_THE_ENVIRONMENT | HANDS_THE_ENVIRONMENT_ON
    assert {name: used for name, used in uses.items() if used and name not in may} == {}


def test_every_way_to_read_the_environment_is_seen(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("import os\nfrom os import getenv\nos.environ['A']\n")

    assert set(uses_of_the_environment(module)) == {"os.getenv", "os.environ"}
