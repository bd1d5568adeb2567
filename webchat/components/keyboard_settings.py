"""The keyboard section of Settings: the keys that exist."""

from __future__ import annotations

import reflex as rx

from webchat.components.settings_frame import settings_block

_KEYS = (
    (
        "Everywhere",
        (
            ("Ctrl+Shift+O", "New chat (⌘+Shift+O on a Mac)"),
            ("/", "Go to the message box, or to the search field in History"),
            ("Esc", "Close a menu or dialog"),
        ),
    ),
    (
        "Message box",
        (
            ("Enter", "Send. With an on-screen keyboard: a new line"),
            ("Shift+Enter", "A new line"),
            ("Esc", "Stop the answer"),
        ),
    ),
    ("Lists that can be reordered", (("↑ ↓", "Move the row whose handle has the focus"),)),
)


def keyboard_settings() -> rx.Component:
    """A list of keys for each place."""
    return rx.fragment(
        *[
            settings_block(
                place,
                rx.el.dl(
                    *[_key(keys, what) for keys, what in rows],
                    class_name="divide-y divide-border rounded-2xl border border-border bg-card px-4",
                ),
            )
            for place, rows in _KEYS
        ]
    )


def _key(keys: str, what: str) -> rx.Component:
    return rx.el.div(
        rx.el.dt(
            rx.el.kbd(keys, class_name="rounded-md border border-border bg-muted px-1.5 py-0.5 font-sans"),
            class_name="w-32 shrink-0 text-sm",
        ),
        rx.el.dd(what, class_name="min-w-0 text-sm"),
        class_name="flex items-center gap-3 py-2.5",
    )
