"""A Reflex plugin: the page talks to the server it came from, whatever its port and whether behind https.

Reflex compiles the backend's port into the page and guesses 443 behind https. One build has to serve every
port, so the two assignments in its `getBackendURL` are replaced by the page's own address.
"""

from __future__ import annotations

from typing import Any

from reflex_base.plugins import Plugin

STATE_SCRIPT = "utils/state.js"
_GUESSED_PORT = 'endpoint.port = ""; // Assume websocket is on https port via load balancer.'
_HOSTNAME = "endpoint.hostname = frontend_hostname;"
_HOSTNAME_AND_PORT = f"{_HOSTNAME}\n    endpoint.port = window.location.port;"


class UnknownReflex(Exception):
    """Reflex's script does not look as it did in 0.10.1; this plugin has to be looked at again."""


def use_page_address(script: str) -> str:
    """Return Reflex's `utils/state.js` with the backend's address taken from the page's.

    Applying it twice changes nothing more.

    Raises:
        UnknownReflex: the script is not the one this was written for.
    """
    if _HOSTNAME_AND_PORT in script:
        return script
    if script.count(_GUESSED_PORT) != 1 or script.count(_HOSTNAME) != 1:
        raise UnknownReflex(f"{STATE_SCRIPT} has changed; see webchat/hosting/same_origin.py")
    return script.replace(_HOSTNAME, _HOSTNAME_AND_PORT).replace(_GUESSED_PORT, "")


class SameOriginPlugin(Plugin):
    """Makes the compiled page use its own origin for the websocket and every other request."""

    def pre_compile(self, **context: Any) -> None:
        """Register the change with Reflex's compiler."""
        context["add_modify_task"](STATE_SCRIPT, use_page_address)
