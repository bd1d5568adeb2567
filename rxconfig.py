"""How Reflex compiles and connects the app; everything a host may change is in webchat/settings.py."""

import reflex as rx

config = rx.Config(
    app_name="webchat",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[rx.plugins.TailwindV4Plugin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
