"""What a share link can be asked for, made from the stored copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from webchat.rendering.markdown_export import to_markdown
from webchat.rendering.page import download_page, share_rest
from webchat.rendering.preview_image import preview_png
from webchat.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made.

    `path` is that of the link; `title` (None for a protected copy) and `messages` are for the picture, which
    needs no copy. `plain` shows every answer as plain text.
    """

    kind: Literal["page", "html", "md", "png"]
    path: str = ""
    may_continue: bool = False
    title: str | None = None
    messages: int = 0
    plain: bool = False


def make(order: Order, snapshot: str) -> bytes:
    """What was ordered, of a page only what follows its opening.

    Raises:
        ValueError: the snapshot is none.
    """
    if order.kind == "png":
        return preview_png(order.title, order.messages)
    copy = Snapshot.from_json(snapshot)
    if order.kind == "md":
        text = to_markdown(copy)
    elif order.kind == "html":
        text = download_page(copy, plain=order.plain)
    else:
        text = share_rest(copy, path=order.path, may_continue=order.may_continue, plain=order.plain)
    return text.encode("utf-8", "replace")
