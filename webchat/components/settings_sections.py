"""The sections of Settings."""

from __future__ import annotations

SECTIONS = (
    ("/settings", "General", "sliders-horizontal"),
    ("/settings/models", "Models and providers", "cpu"),
    ("/settings/prompts", "Prompts", "text-quote"),
    ("/settings/sharing", "Sharing", "share-2"),
    ("/settings/data", "Data", "database"),
    ("/settings/keyboard", "Keyboard", "keyboard"),
    ("/settings/account", "Account", "circle-user"),
    ("/settings/people", "People", "users"),
    ("/settings/about", "About", "info"),
)
"""The address, title and icon of each section."""
