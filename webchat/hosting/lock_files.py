"""The npm lock files in `reflex.lock/`, which every build updates.

To add an npm package, declare it in a component (`library`, `lib_dependencies`) or in rxconfig.py
(`frontend_packages`), start webchat once, and commit the changes in `reflex.lock/`.
"""

from __future__ import annotations

import json
from pathlib import Path

from webchat.hosting import paths


def write_plainly(folder: Path = paths.LOCK_FILES) -> None:
    """Rewrite the lock files with indentation and sorted dependencies, so that equal locks are equal
    files."""
    for path in folder.glob("*.json"):
        plain = json.dumps(_with_sorted_dependencies(json.loads(path.read_text())), indent=2) + "\n"
        if path.read_text() != plain:
            path.write_text(plain)


def _with_sorted_dependencies(content: dict[str, object]) -> dict[str, object]:
    sections = ("dependencies", "devDependencies", "overrides", "scripts")
    ordered = {key: content[key] for key in sorted(content, key=lambda key: (key in sections, key))}
    for section in sections:
        if isinstance(found := ordered.get(section), dict):
            ordered[section] = dict(sorted(found.items()))
    return ordered
