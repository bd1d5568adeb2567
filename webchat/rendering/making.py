"""Renders everything a share link offers from the stored copy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from webchat.rendering.markdown_export import to_markdown
from webchat.rendering.page import articles, download_page, share_rest
from webchat.rendering.preview_image import preview_png
from webchat.snapshot import Snapshot
from webchat.words.language import current, speaking


@dataclass(frozen=True, slots=True)
class Order:
    """What to render.

    `articles` are the messages of an exported conversation. `path` is that of the link. `title` (None for a
    protected copy) and `messages` are for the image, which needs no copy. `plain` shows every answer as plain
    text. `language` is that of the request that orders it.
    """

    kind: Literal["page", "html", "articles", "md", "png"]
    path: str = ""
    may_continue: bool = False
    title: str | None = None
    messages: int = 0
    plain: bool = False
    language: str = field(default_factory=current)


def make(order: Order, snapshot: str) -> bytes:
    """Render the order; of a page, only the part after its opening.

    Raises:
        ValueError: the snapshot is invalid.
    """
    with speaking(order.language):
        return _made(order, snapshot)


def _made(order: Order, snapshot: str) -> bytes:
    if order.kind == "png":
        return preview_png(order.title, order.messages)
    copy = Snapshot.from_json(snapshot)
    if order.kind == "md":
        text = to_markdown(copy)
    elif order.kind == "html":
        text = download_page(copy, plain=order.plain)
    elif order.kind == "articles":
        text = articles(copy, plain=order.plain)
    else:
        text = share_rest(copy, path=order.path, may_continue=order.may_continue, plain=order.plain)
    return text.encode("utf-8", "replace")
