"""The path under which webchat is served, which a build does not know.

Pages are built for the path `PLACEHOLDER`. `take_out` removes it from a new build, which is then one for the
root, and keeps the unchanged files. From them `placed` makes a copy of the build for another path when the
server starts, so that the pages need not be built again.
"""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

PLACEHOLDER = "/__webchat_base__"
CLIENT = Path("build", "client")
TEMPLATES = Path("build", "templates")
"""The files of a build that name a path, as they were built."""
_TEXT = {".html", ".js", ".css", ".json", ".txt", ".xml", ".data"}


def take_out(folder: Path) -> None:
    """Remove the placeholder from the files that Reflex has built in `folder`."""
    client, templates = folder / CLIENT, folder / TEMPLATES
    shutil.rmtree(templates, ignore_errors=True)
    templates.mkdir()
    built = client / PLACEHOLDER.strip("/")
    for child in list(built.iterdir()):
        child.rename(client / child.name)
    built.rmdir()
    (client / f"{built.name}.html").unlink(missing_ok=True)  # the same as index.html
    for file in client.rglob("*"):
        if file.suffix not in _TEXT or PLACEHOLDER not in (text := file.read_text(encoding="utf-8")):
            continue
        kept = templates / file.relative_to(client)
        kept.parent.mkdir(parents=True, exist_ok=True)
        file.rename(kept)
        file.write_text(text.replace(PLACEHOLDER, ""), encoding="utf-8")


def placed(release: Path, base: str, folder: Path) -> Path:
    """Return a copy of a release for the path `base`, such as `/chat`, in `folder`, which is replaced."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(release, folder)
    for kept in (release / TEMPLATES).rglob("*"):
        if kept.is_dir():
            continue
        file = folder / CLIENT / kept.relative_to(release / TEMPLATES)
        content = kept.read_text(encoding="utf-8").replace(PLACEHOLDER, base).encode()
        file.write_bytes(content)
        # Brotli needs Node, which is not there when the server starts.
        file.with_name(file.name + ".br").unlink(missing_ok=True)
        compressed = file.with_name(file.name + ".gz")
        if compressed.exists():
            compressed.write_bytes(gzip.compress(content, mtime=0))
    return folder
