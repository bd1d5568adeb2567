"""Buttons, fields and labels: one look for each, used on every page."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.react_router.dom import ReactRouterLink

from webchat.components.react_ui import notice
from webchat.components.words import t

UNDO_SECONDS = 30
"""How long a deletion can be undone where it was done; the trash keeps it longer."""

_BUTTON = "inline-flex items-center justify-center gap-1.5 rounded-lg text-sm font-medium transition-colors"
_LOOKS = {
    "primary": "bg-primary px-3.5 py-2 text-primary-foreground hover:brightness-95",
    "plain": "border border-border bg-card px-3.5 py-2 hover:bg-muted",
    "quiet": "px-2.5 py-1.5 text-muted-foreground hover:bg-muted hover:text-foreground",
    "danger": "px-2.5 py-1.5 text-danger hover:bg-danger-surface",
}
CARD = "rounded-2xl border border-border bg-card"
FIELD = (
    "w-full rounded-lg border border-input bg-card px-3 py-2 text-sm outline-none "
    "placeholder:text-muted-foreground focus:border-primary"
)


def needs_server() -> dict[str, str]:
    """Attributes of a control that does not work offline; assets/ui/page_notice.jsx then says so.

    A new dictionary each time, because Reflex writes into what it is given.
    """
    return {"data-online": ""}


def button(*children: Any, look: str = "plain", class_name: str = "", **props: Any) -> rx.Component:
    """A text button. `look` is primary, plain, quiet or danger."""
    props.setdefault("type", "button")
    props["custom_attrs"] = needs_server() | props.get("custom_attrs", {})
    return rx.el.button(
        *children, class_name=f"{_BUTTON} {_LOOKS[look]} disabled:opacity-50 {class_name}", **props
    )


_MENU_ITEM = (
    "flex w-full items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-left outline-none hover:bg-muted "
    "focus:bg-muted"
)


def menu_item(
    icon: str, label: str | rx.Var[str], on_click: Any, testid: str, danger: bool = False
) -> rx.Component:
    """An item of an `ActionMenu`."""
    colours = "text-danger hover:bg-danger-surface focus:bg-danger-surface" if danger else ""
    return rx.el.button(
        rx.icon(icon, size=15, aria_hidden=True),
        label,
        type="button",
        role="menuitem",
        tab_index=-1,
        on_click=on_click,
        data_testid=testid,
        custom_attrs=needs_server(),
        class_name=f"{_MENU_ITEM} {colours}",
    )


def menu_download(icon: str, label: str | rx.Var[str], href: str | rx.Var[str], testid: str) -> rx.Component:
    """An item of an `ActionMenu` that downloads a file."""
    return page_link(
        rx.icon(icon, size=15, aria_hidden=True),
        label,
        href=href,
        reload_document=True,  # the router has no page there
        download=True,
        role="menuitem",
        tab_index=-1,
        data_testid=testid,
        custom_attrs=needs_server(),
        class_name=_MENU_ITEM,
    )


def page_link(*children: Any, href: str | rx.Var[str], **props: Any) -> rx.Component:
    """A link to a page of webchat, which does not reload the app."""
    return ReactRouterLink.create(*children, to=href, **props)


def text_link(text: str | rx.Var[str], href: str) -> rx.Component:
    """A `page_link` that looks like a link in text."""
    return page_link(text, href=href, class_name="text-sm text-primary underline underline-offset-2")


def icon_button(icon: str, label: str | rx.Var[str], *, submits: bool = False, **props: Any) -> rx.Component:
    """A square button with an icon; `label` is its accessible name. `submits` is for that of a form."""
    props["custom_attrs"] = needs_server() | props.get("custom_attrs", {})
    return rx.el.button(
        rx.icon(icon, size=16, aria_hidden=True),
        type="submit" if submits else "button",
        title=label,
        aria_label=label,
        class_name=(
            "grid size-8 shrink-0 place-items-center rounded-md text-muted-foreground "
            "hover:bg-muted hover:text-foreground disabled:pointer-events-none disabled:opacity-40"
        ),
        **props,
    )


class _BrowserForm(BaseHTML):
    tag = "form"


def drag_handle(name: str | rx.Var[str], **props: Any) -> rx.Component:
    """The handle by which a row of a `Sortable` is moved; `name` is that of the row."""
    return rx.el.button(
        rx.icon("grip-vertical", size=16, aria_hidden=True),
        type="button",
        aria_label=t("Move {name}: drag, or press the up and down arrow keys", name=name),
        title=t("Drag to reorder, or use the arrow keys"),
        custom_attrs={"data-handle": ""},
        class_name=(
            "grid h-8 w-6 shrink-0 cursor-grab touch-none place-items-center rounded text-muted-foreground "
            "hover:bg-muted pointer-coarse:w-8"
        ),
        **props,
    )


def browser_form(*children: Any, action: str, **props: Any) -> rx.Component:
    """A form that the browser itself posts to `action`; Reflex's own are events instead."""
    attributes = {"action": action, "method": "post"}
    return _BrowserForm.create(*children, custom_attrs=attributes, **props)


def form_problem(problem: rx.Var[str] | str, testid: str) -> rx.Component:
    """Why a form was not saved; nothing while the text is empty."""
    return rx.cond(
        problem != "",
        rx.el.p(
            problem,
            role="alert",
            data_testid=testid,
            class_name="rounded-lg bg-danger-surface px-3 py-2 text-sm text-danger wrap-anywhere",
        ),
    )


def download_link(
    text: str | rx.Var[str], *, href: str | rx.Var[str], testid: str, **props: Any
) -> rx.Component:
    """A link to a file that this server makes."""
    return page_link(
        text,
        href=href,
        reload_document=True,  # the router has no page there
        download=True,
        data_testid=testid,
        class_name="rounded-lg border border-border bg-card px-3 py-1.5 text-sm font-medium hover:bg-muted",
        **props,
    )


def labelled(label: str | rx.Var[str], field: rx.Component, hint: str | rx.Var[str] = "") -> rx.Component:
    """A field under its label, with an optional hint below."""
    return rx.el.label(
        rx.el.span(label, class_name="mb-1.5 block text-sm font-medium"),
        field,
        rx.el.span(hint, class_name="mt-1.5 block text-xs text-muted-foreground empty:hidden"),
        class_name="block",
    )


def page_heading(title: str | rx.Var[str], text: str | rx.Var[str] | None = None) -> rx.Component:
    """The header of a page that is not a conversation."""
    return rx.el.header(
        rx.el.h1(title, class_name="text-xl font-semibold tracking-tight"),
        rx.el.p(text, class_name="mt-1 text-sm text-muted-foreground") if text is not None else None,
        class_name=(
            "sticky top-0 z-10 -mx-4 mb-4 bg-background py-3.5 pl-15 pr-4 md:static md:mx-0 md:mb-6 md:p-0"
        ),
    )


def empty_state(
    icon: str, title: rx.Var[str], text: rx.Var[str], *actions: rx.Component, of_page: bool = False
) -> rx.Component:
    """The message of an empty list, or with `of_page` of a page that has nothing else."""
    heading = rx.el.h1 if of_page else rx.el.p
    return rx.el.div(
        rx.el.div(
            rx.icon(icon, size=22, aria_hidden=True),
            class_name="mx-auto mb-4 grid size-12 place-items-center rounded-2xl bg-accent text-primary",
        ),
        heading(title, class_name="text-lg font-semibold tracking-tight text-balance"),
        rx.el.p(text, class_name="mx-auto mt-1.5 max-w-sm leading-6 text-muted-foreground text-pretty"),
        rx.el.div(*actions, class_name="mt-5 flex flex-wrap justify-center gap-x-5 gap-y-2")
        if actions
        else None,
        class_name="px-5 py-[12vh] text-center",
    )


def undo_bar(what: rx.Component, *, on_undo: Any, on_dismiss: Any, about: rx.Var[str] | str) -> rx.Component:
    """The notice that says what was deleted and offers to undo it; `about` is that of `react.Notice`."""
    return notice(
        what,
        button(t("Undo"), on_click=on_undo, data_testid="undo"),
        on_dismiss=on_dismiss,
        about=about,
        seconds=UNDO_SECONDS,
        testid="undo-bar",
    )
