"""The process that builds the pages: `python -m webchat.hosting.build_worker`, in the checkout.

It is a separate process so that the compiler's memory is freed before the server starts. Each step is
announced on the file descriptor given as the only argument; everything else goes to standard output.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from reflex.utils import build, frontend_skeleton, prerequisites
from reflex_base.config import get_config

from webchat.hosting.base_path import CLIENT, PLACEHOLDER, take_out
from webchat.hosting.page_languages import add_languages

STEPS = ("Preparing", "Compiling pages, fetching npm packages", "Bundling")


def build_frontend(announce: Callable[[str], None]) -> None:
    """Compile and bundle the pages of the app in the working directory into Reflex's web folder.

    Raises:
        SystemExit: Reflex or npm failed; their output is on standard output.
    """
    announce(STEPS[0])
    prerequisites.initialize_reflex_user_directory()  # type: ignore[no-untyped-call]
    if prerequisites.needs_reinit():
        frontend_skeleton.initialize_web_directory()  # type: ignore[no-untyped-call]
    announce(STEPS[1])
    prerequisites.get_compiled_app(prerender_routes=True, use_rich=False, trigger="initial")
    announce(STEPS[2])
    config = get_config()
    formats = tuple(config.frontend_compression_formats)
    config.frontend_compression_formats = []  # the files still change
    build.setup_frontend_prod(Path.cwd())
    web = prerequisites.get_web_dir()
    add_languages(web / CLIENT / PLACEHOLDER.strip("/"))
    take_out(web)
    build._compress_static_output(web / CLIENT, formats)


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[1]), "w", buffering=1) as steps:
        build_frontend(lambda step: print(step, file=steps))
