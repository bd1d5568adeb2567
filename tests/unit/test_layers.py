"""The architecture as a test: imports go downward only, and only settings.py reads the environment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "webchat"

MAY_IMPORT: dict[str, set[str]] = {
    "messages": set(),
    "snapshot": {"messages"},
    "settings": {"storage"},
    "rendering": {"messages", "snapshot"},
    "providers": {"messages"},
    "storage": {"messages"},
    "services": {"providers", "rendering", "storage", "messages", "snapshot"},
    "http": {"services", "rendering", "messages"},
    "state": {"services", "messages"},
    "components": {"state", "services", "messages"},
    "pages": {"components", "state", "services", "messages"},
    # The top, each with what it puts together.
    "hosting": {"http", "services", "providers", "storage", "settings", "webchat", "messages"},
    "cli": {"hosting", "settings"},
    "webchat": {
        "pages",
        "components",
        "state",
        "http",
        "services",
        "rendering",
        "providers",
        "storage",
        "settings",
        "hosting",
        "messages",
    },
}
"""For every part of the package, the parts it may import besides itself."""

READS_THE_ENVIRONMENT = {"settings.py"}
HANDS_THE_ENVIRONMENT_ON = {"hosting/build.py", "hosting/server.py"}
"""They set variables for npm and for Reflex, which can be told no other way."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    inner = path.relative_to(PACKAGE)
    return inner.parts[0] if len(inner.parts) > 1 else inner.stem


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file, with `from a import b` as `a.b`."""
    package = ["webchat", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


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


@pytest.mark.parametrize("path", modules(), ids=identify)
def test_imports_go_downward_only(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        assert not [name for name in imported(path) if name.startswith("webchat")]
        return
    assert part in MAY_IMPORT, f"say in MAY_IMPORT what webchat.{part} may import"
    parts = {name.split(".")[1] for name in imported(path) if name.startswith("webchat.")}

    assert parts - MAY_IMPORT[part] - {part} == set()


@pytest.mark.parametrize("path", modules(), ids=identify)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    if identify(path) in READS_THE_ENVIRONMENT | HANDS_THE_ENVIRONMENT_ON:
        return

    assert list(uses_of_the_environment(path)) == []


@pytest.mark.parametrize("part", ["providers", "rendering", "storage", "services", "messages"])
def test_what_has_no_page_knows_no_reflex(part: str) -> None:
    of_reflex = {
        f"{identify(path)}: {name}"
        for path in modules()
        if part_of(path) == part
        for name in imported(path)
        if name.split(".")[0] in {"reflex", "reflex_base"}
    }

    assert of_reflex == set()


def test_providers_know_no_database() -> None:
    of_databases = {
        f"{identify(path)}: {name}"
        for path in modules()
        if part_of(path) == "providers"
        for name in imported(path)
        if name.split(".")[0] in {"sqlmodel", "sqlalchemy", "alembic", "aiosqlite", "sqlite3"}
    }

    assert of_databases == set()


def test_the_readers_above_see_every_kind_of_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "state").mkdir()
    module = tmp_path / "state" / "chat.py"
    module.write_text(
        "import webchat.pages.chat\n"
        "from webchat import pages\n"
        "from ..pages import history\n"
        "from . import sidebar\n"
        "def late():\n    from webchat.storage.engine import Database\n"
        "import os\nfrom os import getenv\nos.environ['A']\n"
    )
    monkeypatch.setattr("tests.unit.test_layers.PACKAGE", tmp_path)

    assert set(imported(module)) >= {
        "webchat.pages.chat",
        "webchat.pages",
        "webchat.pages.history",
        "webchat.state.sidebar",
        "webchat.storage.engine.Database",
    }
    assert set(uses_of_the_environment(module)) == {"os.getenv", "os.environ"}
