"""How Reflex compiles and connects the app; everything a host may change is in webchat/settings.py."""

import reflex as rx
from reflex_base.constants import StateManagerMode

from webchat.hosting.same_origin import SameOriginPlugin

# Every colour is a design token of assets/tokens.css, so both themes share one set of classes.
TOKENS = (
    "background foreground surface card muted muted-foreground border input primary primary-foreground "
    "accent bubble danger danger-surface success warning ring"
)

config = rx.Config(
    app_name="webchat",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[
        rx.plugins.TailwindV4Plugin(
            config={
                "darkMode": "class",
                "content": [
                    "./app/**/*.{js,jsx}",
                    "./utils/**/*.{js,jsx}",
                    "./components/**/*.{js,jsx}",
                    "./app_components/**/*.{js,jsx}",
                    "./public/{chat,markdown,ui}/*.{js,jsx}",
                ],
                "theme": {
                    "extend": {
                        "colors": {token: f"var(--{token})" for token in TOKENS.split()},
                        "fontFamily": {"sans": "var(--font-text)", "mono": "var(--font-code)"},
                        "maxWidth": {"column": "var(--column)"},
                        "spacing": {"gutter": "var(--gutter)"},
                    }
                },
                "plugins": [],
            }
        ),
        SameOriginPlugin(),
    ],
    # The typefaces of assets/fonts.css.
    frontend_packages=["@fontsource-variable/onest@5.3.1", "@fontsource-variable/jetbrains-mono@5.3.0"],
    disable_plugins=[rx.plugins.SitemapPlugin],
    frontend_compression_formats=["brotli", "gzip"],
    # State is a cache of what a page shows, so nothing of it is written to disk.
    state_manager_mode=StateManagerMode.MEMORY,
    # Only for `reflex run` while developing. `webchat` itself compares every Origin (webchat/http/origin.py).
    backend_host="127.0.0.1",
    cors_allowed_origins=["http://localhost:3000", "http://127.0.0.1:3000"],
)
