"""A Reflex plugin that makes two changes to the script of every page.

The page connects to the server it came from, whatever its port, scheme and path. Reflex compiles the port of
the backend into the page and assumes 443 for https, but one build has to work on every port.

A redirect that replaces the address only replaces the address. Reflex would load the page of the new address
and unmount everything on screen, including the message box and what is being typed; but when a new
conversation gets its address, everything is already there. The page reports the address shown in the browser,
not the one it was loaded with, so that a later reconnect loads that conversation.
"""

from __future__ import annotations

from typing import Any

from reflex_base import constants
from reflex_base.plugins import Plugin

STATE_SCRIPT = "utils/state.js"

# As in assets/ui/base.js.
_BASE = '(window.__reactRouterContext?.basename ?? "").replace(/\\/$/, "")'
_PATH = f"window.location.pathname.slice({_BASE}.length)"
_CHANGES = (
    ('endpoint.port = ""; // Assume websocket is on https port via load balancer.', ""),
    (
        "endpoint.hostname = frontend_hostname;",
        "endpoint.hostname = frontend_hostname;\n    endpoint.port = window.location.port;",
    ),
    (
        "navigate(pathname, { replace: true });",
        f'window.history.replaceState(window.history.state, "", {_BASE} + pathname);',
    ),
    ("path: endpoint.pathname,", f"path: {_BASE} + endpoint.pathname,"),
    ("pathname: loc.pathname,", f"pathname: {_PATH},"),
    ("asPath: loc.pathname + search + hash,", f"asPath: {_PATH} + search + hash,"),
)


class UnknownReflex(Exception):
    """Reflex's script differs from 0.10.1, so this plugin has to be reviewed."""


def use_page_address(script: str) -> str:
    """Return Reflex's `utils/state.js` with both changes.

    Raises:
        UnknownReflex: the script is not the one this was written for.
    """
    for before, after in _CHANGES:
        if script.count(before) != 1:
            raise UnknownReflex(f"{STATE_SCRIPT} has changed ({before}); see webchat/hosting/same_origin.py")
        script = script.replace(before, after)
    return script


def changed_script(_in_the_workshop: str) -> str:
    """Return the changed script, based on Reflex's original, because that of an earlier build is already
    changed."""
    return use_page_address((constants.Templates.Dirs.WEB_TEMPLATE / STATE_SCRIPT).read_text())


class SameOriginPlugin(Plugin):
    """Makes the compiled page use its own origin, and stay unchanged when its address is replaced."""

    def pre_compile(self, **context: Any) -> None:
        """Register the change with Reflex's compiler."""
        context["add_modify_task"](STATE_SCRIPT, changed_script)
