"""Waiting in a page for what no attribute or text shows."""

from __future__ import annotations

import json

TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Until the page has been laid out and drawn anew."""

_SECONDS = 30


def until(condition: str) -> str:
    """A script for `evaluate` that waits until an expression is true, which may use `element`.

    It fails after half a minute. The policy of the pages refuses `wait_for_function`, which evaluates text.
    """
    return f"""async (element) => {{
        const end = performance.now() + {_SECONDS * 1000};
        while (!({condition})) {{
            if (performance.now() > end) throw new Error("not true in time: " + {json.dumps(condition)});
            await new Promise(requestAnimationFrame);
        }}
    }}"""
