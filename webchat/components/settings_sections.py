"""The sections of Settings."""

from __future__ import annotations

from webchat.components.words import t

PEOPLE, SERVER = "/settings/people", "/settings/server"
FOR_ADMINISTRATORS = (PEOPLE, SERVER)
"""They are the last ones, so that nothing moves where they are hidden."""
SECTIONS = (
    ("/settings", t("General"), "sliders-horizontal"),
    ("/settings/models", t("Models and providers"), "cpu"),
    ("/settings/assistants", t("Assistants"), "bot"),
    ("/settings/prompts", t("Prompts"), "text-quote"),
    ("/settings/sharing", t("Sharing"), "share-2"),
    ("/settings/data", t("Data"), "database"),
    ("/settings/keyboard", t("Keyboard"), "keyboard"),
    ("/settings/account", t("Account"), "circle-user"),
    ("/settings/about", t("About"), "info"),
    (PEOPLE, t("People"), "users"),
    (SERVER, t("Server"), "server"),
)
"""The address, title and icon of each section."""
