"""The app that Reflex serves: its look, its routes, its pages, and the services that it opens."""

from __future__ import annotations

import reflex as rx
from reflex.state import FrontendEventExceptionState
from starlette.applications import Starlette

from webchat.components.base_path import served
from webchat.components.error_page import error_boundary
from webchat.components.first_script import first_script
from webchat.components.skeleton import page_skeleton
from webchat.components.typeface import typeface
from webchat.components.words import words_script
from webchat.http import failures
from webchat.http.routes import all_routes
from webchat.pages.routes import add_pages
from webchat.services.opening import services_lifespan
from webchat.settings import get_settings
from webchat.state.connection import guard
from webchat.state.failure import on_backend_exception

# Reflex would reload the page on some errors by evaluating a string, which the CSP forbids.
FrontendEventExceptionState.auto_reload_on_errors = []

app = rx.App(
    stylesheets=["/tokens.css", "/fonts.css", "/styles.css", "/markdown/answer.css"],
    head_components=[
        words_script(),
        first_script(),
        rx.el.script(src=served("/early_text.js"), type="module", custom_attrs={"async": True}),
        typeface(),
        rx.el.link(rel="icon", href=served("/favicon.svg"), type="image/svg+xml"),
        rx.el.link(rel="apple-touch-icon", href=served("/icons/apple-180.png")),
        rx.el.link(rel="manifest", href=served("/manifest.json")),
    ],
    html_lang="en",
    hydrate_fallback=page_skeleton,
    toaster=None,
    app_wraps={(55, "ErrorBoundary"): lambda stateful: error_boundary()},
    backend_exception_handler=on_backend_exception,
    api_transformer=Starlette(
        routes=all_routes(get_settings()),
        exception_handlers={Exception: failures.failed},
    ),
)
guard(app)
app.register_lifespan_task(services_lifespan)
add_pages(app)
