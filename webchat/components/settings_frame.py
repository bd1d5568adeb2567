"""The frame of every section of Settings: the list of sections beside or above the section."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components.controls import page_heading, page_link
from webchat.components.layout import page_frame
from webchat.components.settings_sections import FOR_ADMINISTRATORS, SECTIONS
from webchat.components.words import t
from webchat.state.account import AccountState


def settings_frame(path: str, *content: rx.Component, on_change: Any | None = None) -> rx.Component:
    """The section at `path`. `on_change` is that of `page_frame`."""
    title = next(title for address, title, _ in SECTIONS if address == path)
    return page_frame(
        rx.el.main(
            rx.el.div(
                page_heading(t("Settings")),
                rx.el.div(
                    _sections(path),
                    rx.el.div(
                        rx.el.h2(title, class_name="mb-4 text-lg font-semibold tracking-tight"),
                        *content,
                        class_name="min-w-0 flex-1",
                    ),
                    class_name="lg:flex lg:gap-8",
                ),
                class_name="mx-auto max-w-4xl px-4 pb-24 md:px-6 md:pt-8",
            ),
            class_name="min-h-0 flex-1 overflow-y-auto [scrollbar-gutter:stable]",
        ),
        current="/settings",
        on_change=on_change,
    )


def settings_block(title: rx.Var[str], content: rx.Component) -> rx.Component:
    """A part of a section, under its heading."""
    return rx.el.section(
        rx.el.h3(title, class_name="mb-2 text-sm font-semibold"),
        content,
        aria_label=title,
        class_name="mb-8",
    )


def _sections(current: str) -> rx.Component:
    return rx.el.nav(
        *[_section(path, title, icon, current) for path, title, icon in SECTIONS],
        aria_label=t("Settings"),
        class_name=(
            "-mx-2.5 mb-5 flex flex-wrap gap-1 border-b border-border pb-3 md:mx-0 lg:sticky lg:top-4 "
            "lg:mb-0 lg:w-52 lg:shrink-0 lg:flex-col lg:flex-nowrap lg:self-start lg:border-0 lg:pb-0"
        ),
    )


def _section(path: str, title: rx.Var[str], icon: str, current: str) -> rx.Component:
    look = (
        "flex shrink-0 items-center gap-2 rounded-lg px-2.5 py-1.5 text-sm whitespace-nowrap "
        "lg:whitespace-normal text-muted-foreground hover:bg-muted hover:text-foreground lg:px-3 lg:py-2 "
        "aria-[current=page]:bg-accent aria-[current=page]:font-medium "
        "aria-[current=page]:text-foreground"
    )
    is_member = AccountState.loaded & ~AccountState.administrator
    return page_link(
        rx.icon(icon, size=16, aria_hidden=True, class_name="shrink-0 max-lg:hidden"),
        title,
        href=path,
        aria_current="page" if path == current else "false",
        data_testid="settings-section",
        class_name=rx.cond(is_member, f"invisible {look}", look) if path in FOR_ADMINISTRATORS else look,
    )
