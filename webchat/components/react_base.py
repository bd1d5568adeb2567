"""What the React components of assets/ have in common as Reflex components."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_base.components.component import field


def gives_text(text: rx.Var[str]) -> list[rx.Var[str]]:
    """The arguments of an event that has one: an id, a name or other text."""
    return [text]


def gives_nothing() -> list[rx.Var[Any]]:
    """The arguments of an event that has none."""
    return []


class ReactComponent(rx.Component):
    """A component with the npm packages that every one of assets/ needs."""

    lib_dependencies: list[str] = field(default=["lucide-react@1.26.0"])
