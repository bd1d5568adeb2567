"""The picture of an assistant, or its symbol on its colour."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.base_path import served


def assistant_face(row: Any, size: str) -> rx.Component:
    """The face of an assistant.

    Args:
        row: an `AssistantRow`.
        size: the classes for its size and that of its symbol.
    """
    return rx.cond(
        row.picture != "",
        rx.el.img(
            src=served("/api/assistants/") + row.picture, alt="", class_name=f"face {size}", loading="lazy"
        ),
        rx.el.span(
            row.symbol,
            aria_hidden=True,
            custom_attrs={"data-colour": row.colour},
            class_name=f"face {size}",
        ),
    )
