"""The keyboard section of Settings: the keys, and what can be changed of them."""

from __future__ import annotations

import reflex as rx

from webchat.components.react_ui import shortcut_settings
from webchat.components.words import t
from webchat.state.shortcuts import ShortcutsState


def keyboard_settings() -> rx.Component:
    """Every shortcut with its keys; assets/ui/shortcuts.js has the table."""
    return rx.fragment(
        rx.el.p(
            t("Choose the keys of a shortcut to change them, then press the new ones."),
            class_name="mb-4 text-sm text-muted-foreground",
        ),
        shortcut_settings(
            changed=ShortcutsState.changed,
            on_change=ShortcutsState.change,
            on_reset=ShortcutsState.reset_all,
        ),
    )
