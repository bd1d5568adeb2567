"""The sections of Settings."""

from __future__ import annotations

PEOPLE, SERVER = "/settings/people", "/settings/server"
FOR_ADMINISTRATORS = (PEOPLE, SERVER)
"""They are the last ones, so that nothing moves where they are hidden."""
SECTIONS = (
    ("/settings", "General", "sliders-horizontal"),
    ("/settings/models", "Models and providers", "cpu"),
    ("/settings/assistants", "Assistants", "bot"),
    ("/settings/prompts", "Prompts", "text-quote"),
    ("/settings/sharing", "Sharing", "share-2"),
    ("/settings/data", "Data", "database"),
    ("/settings/keyboard", "Keyboard", "keyboard"),
    ("/settings/account", "Account", "circle-user"),
    ("/settings/about", "About", "info"),
    (PEOPLE, "People", "users"),
    (SERVER, "Server", "server"),
)
"""The address, title and icon of each section."""
