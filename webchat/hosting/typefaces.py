"""The typefaces of a build, for the pages outside the app."""

from __future__ import annotations

import re
from pathlib import Path

_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_FILE = re.compile(r'url\("[^"]*/([\w-]+)\.woff2"\)')


def built_typefaces(client: Path, base: str) -> str:
    """Return the rules of `fonts.css` with the addresses of the built files.

    A rule whose file is missing is left out, so that readers get the next typeface of the list at once.

    Args:
        client: the folder that is served.
        base: the path under which webchat is served; empty at the root.
    """
    try:
        styles = (client / "fonts.css").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    faces = (_with_address(face, client / "assets", base) for face in _FACE.findall(styles))
    return "\n".join(filter(None, faces))


def _with_address(face: str, assets: Path, base: str) -> str:
    source = _FILE.search(face)
    if source is None:  # an installed typeface
        return face
    found = next(assets.glob(f"{source[1]}-????????.woff2"), None)  # eight characters of its hash
    return face.replace(source[0], f'url("{base}/assets/{found.name}")') if found else ""
