"""Serves the files of a build: the pages in the language of the request, everything else as it is."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from reflex.utils.exec import _match_routable_page
from reflex.utils.precompressed_staticfiles import PrecompressedStaticFiles
from reflex_base.config import get_config
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from webchat.hosting.page_languages import FOLDER
from webchat.words.language import ENGLISH, LANGUAGES, current


def with_pages(client: Path, router: Any, app: Starlette) -> Starlette:
    """Add the files of a build to Reflex's app, as it would do itself, in every language."""
    app.mount("/", _Pages(client, router), name="frontend")
    return app


class _Pages:
    def __init__(self, client: Path, router: Any) -> None:
        folders = {
            language: client if language == ENGLISH else client / FOLDER / language for language in LANGUAGES
        }
        self._files: dict[str, ASGIApp] = {
            language: PrecompressedStaticFiles(
                directory=folder.resolve(),
                html=True,
                encodings=get_config().frontend_compression_formats,
                router=partial(_match_routable_page, router),
            )
            for language, folder in folders.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "." in scope["path"].rpartition("/")[2]:  # a script, a style or a picture
            await self._files[ENGLISH](scope, receive, send)
            return

        # Those of all languages were written at the same time: only their ETags differ.
        headers = [each for each in scope["headers"] if each[0] != b"if-modified-since"]
        scope = {**scope, "headers": headers}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).add_vary_header("Accept-Language, Cookie")
            await send(message)

        await self._files[current()](scope, receive, answer)
