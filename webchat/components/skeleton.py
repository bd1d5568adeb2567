"""What a page shows before its content has come; it is served with the page, before any script runs."""

from __future__ import annotations

import reflex as rx

from webchat.components.base_path import served
from webchat.components.words import t

_LINES = ("w-11/12", "w-full", "w-4/5", "w-2/3")


def page_skeleton() -> rx.Component:
    """The whole of a page whose content depends on its address: a conversation, in its frame."""
    return rx.el.div(
        rx.el.title("webchat"),  # until the page has one of its own
        rx.el.aside(
            rx.el.div(
                rx.el.img(src=served("/favicon.svg"), alt="", class_name="size-7"),
                rx.el.span("webchat", class_name="font-semibold tracking-tight"),
                class_name="flex h-14 shrink-0 items-center gap-2.5 px-5",
            ),
            _block("mx-3 mb-4 h-9.5 rounded-lg"),
            list_skeleton(),
            class_name="hidden border-r border-border bg-surface md:block md:w-64 lg:w-72",
        ),
        rx.el.main(
            rx.el.h1(t("Conversation"), class_name="sr-only"),
            rx.el.div(_block("h-5 w-28"), class_name="flex h-14 shrink-0 items-center pl-15 md:pl-5"),
            conversation_skeleton(),
            rx.el.div(
                rx.el.div(
                    class_name=(
                        "h-13.5 rounded-[1.4rem] border border-input bg-card "
                        "shadow-[0_2px_12px_var(--shadow)]"
                    )
                ),
                class_name="mx-auto w-full max-w-[calc(var(--column)+1.5rem)] px-3 pb-3 sm:pb-5",
            ),
            class_name="flex min-w-0 flex-1 flex-col",
        ),
        class_name="flex h-dvh overflow-hidden bg-background text-foreground",
    )


def conversation_skeleton() -> rx.Component:
    """A question and an answer that have not come yet."""
    return rx.el.div(
        rx.el.p(
            t("Opening the conversation…"), role="status", class_name="py-3 text-sm text-muted-foreground"
        ),
        _block("ml-auto h-11 w-3/5 rounded-2xl"),
        *[_block(f"h-4 {width}") for width in _LINES],
        data_testid="conversation-skeleton",
        class_name=(
            "mx-auto flex min-h-0 w-full max-w-column flex-1 flex-col gap-4 overflow-hidden px-gutter pt-4"
        ),
    )


def list_skeleton() -> rx.Component:
    """The rows of the sidebar."""
    return rx.el.div(
        *[_block(f"h-4 {width}") for width in (*_LINES, *_LINES)],
        aria_hidden=True,
        class_name="flex flex-col gap-4 px-6 pt-2",
    )


def _block(class_name: str) -> rx.Component:
    return rx.el.div(class_name=f"skeleton shrink-0 {class_name}", aria_hidden=True)
