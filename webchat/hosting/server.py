"""The server process: Reflex's app and its built pages on one port, behind the origin guard."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from webchat.hosting import paths
from webchat.hosting.base_path import CLIENT, placed
from webchat.hosting.connections import limits_of_this_process, protocols
from webchat.hosting.typefaces import built_typefaces
from webchat.http.base_path import BasePath
from webchat.http.early_messages import EarlyMessages
from webchat.http.gate import SignInGate
from webchat.http.headers import SecurityHeaders, content_security_policy, inline_script_hashes
from webchat.http.languages import Languages
from webchat.http.origin import OriginGuard, OriginPolicy
from webchat.http.probes import Probes
from webchat.http.request_ids import RequestIds
from webchat.rendering import typefaces
from webchat.services.shutdown import announce_stop
from webchat.settings import Settings, comma_separated

SECONDS_TO_STOP = 10
PAGES = "pages"
"""Folder in the data folder for the pages as they are served under a path."""
_LONGEST_WEBSOCKET_MESSAGE = 1_000_000
_log = structlog.get_logger(__name__)


def load_app(release: Path, settings: Settings) -> ASGIApp:
    """Return webchat's app with the pages of `release` and all guards; changes the working directory.

    Reflex finds its configuration in the working directory and the rest in environment variables.
    """
    if settings.base_path:
        release = placed(release, settings.base_path, settings.data_dir / PAGES)
    typefaces.install(built_typefaces(release / CLIENT, settings.base_path))
    os.chdir(paths.PROJECT)
    os.environ["REFLEX_WEB_WORKDIR"] = str(release)
    os.environ["REFLEX_ENV_MODE"] = "prod"

    from reflex_base.environment import environment

    environment.REFLEX_SKIP_COMPILE.set(True)
    environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP.set(False)  # below, in every language

    # The database threads need the GIL for microseconds at a time. With the default of 5 ms, each statement
    # would wait that long whenever answers keep the event loop busy.
    sys.setswitchinterval(0.0005)

    from webchat.hosting.pages import with_pages
    from webchat.webchat import app

    if app.sio is not None:
        # An empty list disables engine.io's own check, which only knows the configured port. The guard below
        # has already compared every Origin with the served host.
        app.sio.eio.cors_allowed_origins = []
    routes: Any = app.api_transformer
    app.api_transformer = [partial(with_pages, release / CLIENT, app.router), routes]
    spoken = Languages(EarlyMessages(SignInGate(app())))
    secured = SecurityHeaders(spoken, content_security_policy(inline_script_hashes(release / CLIENT)))
    guarded = OriginGuard(secured, OriginPolicy.of(settings.host, settings.public_origins))
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    watched = RequestIds(Probes(guarded, token))
    below = BasePath(watched, settings.base_path) if settings.base_path else watched
    return behind_proxies(below, settings)


def behind_proxies(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Return `app` with the client and scheme that trusted proxies name, if there are proxies."""
    if not settings.public_urls:
        return app
    trusted = list(comma_separated(settings.trusted_proxies))
    return cast(ASGIApp, ProxyHeadersMiddleware(cast(Any, app), trusted_hosts=trusted))


def serve(app: ASGIApp, settings: Settings, listening: socket.socket, on_started: Callable[[], None]) -> int:
    """Serve `app` on the socket until SIGTERM or Ctrl-C; return the process's exit code.

    `on_started` is called once the server accepts requests. 0 means a graceful exit, 3 that the app did not
    start.
    """
    proxies = tuple(map(ip_network, comma_separated(settings.trusted_proxies)))
    limits = replace(limits_of_this_process(), proxies=proxies, base_path=settings.base_path)
    http, websocket = protocols(limits)
    server = _Server(
        uvicorn.Config(
            app,
            loop="uvloop",
            http=http,
            ws=websocket,
            ws_max_size=_LONGEST_WEBSOCKET_MESSAGE,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=SECONDS_TO_STOP,
        ),
        on_started,
    )
    server.run(sockets=[listening])
    return 0 if server.started else 3


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            # Everything loaded so far stays in memory, so the garbage collector can ignore it.
            gc.collect()
            gc.freeze()
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await announce_stop()
        await super().shutdown(sockets=sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        # Uvicorn raises the signal again afterwards, which would end the process with an error.
        handled = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in handled}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
