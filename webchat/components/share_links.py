"""The links of a conversation in the Share dialog: the one just created, and existing ones."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import FIELD, button
from webchat.components.react_ui import copy_text
from webchat.components.words import t
from webchat.state.rows import LinkRow
from webchat.state.share import ShareState


def links_there() -> rx.Component:
    """The existing links of this conversation, which can be updated."""
    return rx.cond(
        ShareState.links,
        rx.el.section(
            rx.el.h3(t("Links to this conversation"), class_name="text-sm font-medium"),
            rx.el.p(
                t("Update a link, and everyone who has it sees the new copy."),
                class_name="mb-2 mt-0.5 text-xs text-muted-foreground",
            ),
            rx.el.ul(
                rx.foreach(ShareState.links, _link),
                class_name="divide-y divide-border rounded-xl border border-border bg-card",
            ),
            class_name="border-t border-border px-5 py-4",
        ),
    )


def _link(row: LinkRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.title, dir="auto", class_name="truncate text-sm"),
            rx.el.p(
                row.made,
                " · ",
                row.expiry,
                " · ",
                row.views,
                class_name="mt-0.5 text-xs text-muted-foreground",
            ),
            class_name="min-w-0 flex-1 basis-56",
        ),
        rx.el.div(
            button(t("Update link"), on_click=ShareState.update_link(row.id), data_testid="share-update"),
            copy_link(row, "share-existing-copy"),
            class_name="flex flex-wrap gap-2",
        ),
        key=row.id,
        data_testid="share-existing",
        class_name="flex flex-wrap items-center gap-x-3 gap-y-2 p-3",
    )


def copy_link(row: LinkRow, testid: str) -> rx.Component:
    """Copies the address of a link, if it is still known."""
    return rx.cond(
        row.address != "",
        copy_text(text=row.address, testid=testid),
        rx.el.span(
            t("This link can no longer be copied because the key file has changed."),
            class_name="text-xs text-muted-foreground",
        ),
    )


def link_made() -> rx.Component:
    """The link just created or updated."""
    return rx.el.div(
        rx.el.p(
            rx.cond(
                ShareState.updated,
                t("Link updated. It now shows the new copy."),
                t("Anyone with this link can read the copy. Later messages are not included."),
            ),
            role="status",
            class_name="text-sm",
        ),
        rx.el.div(
            rx.el.input(
                read_only=True,
                value=ShareState.made_address,
                aria_label=t("Link address"),
                data_testid="share-link",
                class_name=f"{FIELD} min-w-0 flex-1 basis-64 font-mono text-xs",
            ),
            copy_text(text=ShareState.made_address, auto=True, testid="share-copy"),
            rx.el.a(
                rx.icon("external-link", size=15, aria_hidden=True),
                t("Open"),
                href=ShareState.made_address,
                target="_blank",
                rel="noopener",
                class_name=(
                    "inline-flex items-center gap-1.5 rounded-lg border border-border bg-card px-3.5 py-2 "
                    "text-sm font-medium hover:bg-muted"
                ),
            ),
            class_name="flex flex-wrap gap-2",
        ),
        rx.cond(
            ShareState.made_local,
            rx.el.p(
                t(
                    "This address only works on this machine. Set WEBCHAT_PUBLIC_URL, or open webchat at an "
                    "address that others can reach."
                ),
                data_testid="share-local",
                class_name="text-sm text-warning",
            ),
        ),
        rx.el.img(
            src=ShareState.made_qr,
            alt=t("QR code of the link"),
            data_testid="share-qr",
            class_name="mx-auto size-52 rounded-xl border border-border bg-white",
        ),
        rx.el.div(
            button(
                t("Change options"),
                look="quiet",
                on_click=ShareState.open_dialog(ShareState.conversation_id),
                data_testid="share-again",
            ),
            button(t("Done"), look="primary", on_click=ShareState.close, data_testid="share-done"),
            class_name="flex justify-between gap-2",
        ),
        class_name="space-y-5 p-5",
    )
