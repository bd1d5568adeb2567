"""How Reflex compiles the app; what a host may change is in webchat/settings.py."""

import reflex as rx

# Every colour is a design token of assets/styles.css, so both themes share one set of classes.
TOKENS = (
    "background foreground surface card muted muted-foreground border input primary primary-foreground "
    "accent bubble danger danger-surface success warning sidebar ring"
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
                    "./public/chat/*.{js,jsx}",
                    "./node_modules/streamdown/dist/*.js",
                    "./node_modules/@streamdown/code/dist/*.js",
                ],
                "theme": {"extend": {"colors": {token: f"var(--{token})" for token in TOKENS.split()}}},
                "plugins": [],
            }
        )
    ],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
