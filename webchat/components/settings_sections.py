"""The sections of Settings."""

from __future__ import annotations

PEOPLE = "/settings/people"
"""For administrators alone. It is the last one, so that nothing moves where it is hidden."""
SECTIONS = (
    ("/settings", "General", "sliders-horizontal"),
    ("/settings/models", "Models and providers", "cpu"),
    ("/settings/prompts", "Prompts", "text-quote"),
    ("/settings/sharing", "Sharing", "share-2"),
    ("/settings/data", "Data", "database"),
    ("/settings/keyboard", "Keyboard", "keyboard"),
    ("/settings/account", "Account", "circle-user"),
    ("/settings/about", "About", "info"),
    (PEOPLE, "People", "users"),
)
"""The address, title and icon of each section."""
