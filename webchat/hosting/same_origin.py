"""A Reflex plugin that changes two things in the script of every page.

The page talks to the server it came from, whatever its port and whether behind https: Reflex compiles the
backend's port into the page and guesses 443 behind https, but one build has to serve every port.

A redirect that replaces the address only replaces the address. Reflex would go to the page of the new address
and take everything on screen down for it, the composer with what is being typed among it; when a new
conversation gets its address, all of it is already there. So that a later reconnect loads that conversation,
the server is told the address the browser shows, not the one the page was loaded for.
"""

from __future__ import annotations

from typing import Any

from reflex_base import constants
from reflex_base.plugins import Plugin

STATE_SCRIPT = "utils/state.js"

_CHANGES = (
    ('endpoint.port = ""; // Assume websocket is on https port via load balancer.', ""),
    (
        "endpoint.hostname = frontend_hostname;",
        "endpoint.hostname = frontend_hostname;\n    endpoint.port = window.location.port;",
    ),
    (
        "navigate(pathname, { replace: true });",
        'window.history.replaceState(window.history.state, "", pathname);',
    ),
    ("pathname: loc.pathname,", "pathname: window.location.pathname,"),
    ("asPath: loc.pathname + search + hash,", "asPath: window.location.pathname + search + hash,"),
)


class UnknownReflex(Exception):
    """Reflex's script does not look as it did in 0.10.1; this plugin has to be looked at again."""


def use_page_address(script: str) -> str:
    """Return Reflex's `utils/state.js` with the page's own address in the places above.

    Raises:
        UnknownReflex: the script is not the one this was written for.
    """
    for before, after in _CHANGES:
        if script.count(before) != 1:
            raise UnknownReflex(f"{STATE_SCRIPT} has changed ({before}); see webchat/hosting/same_origin.py")
        script = script.replace(before, after)
    return script


def changed_script(_in_the_workshop: str) -> str:
    """Return the changed script, made from Reflex's own: that of an earlier build is changed already."""
    return use_page_address((constants.Templates.Dirs.WEB_TEMPLATE / STATE_SCRIPT).read_text())


class SameOriginPlugin(Plugin):
    """Makes the compiled page use its own origin, and stay as it is when its address changes."""

    def pre_compile(self, **context: Any) -> None:
        """Register the change with Reflex's compiler."""
        context["add_modify_task"](STATE_SCRIPT, changed_script)
