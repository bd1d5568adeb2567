"""Links to conversations."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import page_link
from webchat.state.chat import ChatState


def conversation_link(*children: Any, href: str | rx.Var[str], **props: Any) -> rx.Component:
    """A `page_link` to a conversation, which loads while the browser still changes the page."""
    return page_link(
        *children,
        href=href,
        on_click=lambda event: ChatState.open_clicked(
            href, event.ctrl_key | event.meta_key | event.shift_key | event.alt_key
        ),
        **props,
    )
