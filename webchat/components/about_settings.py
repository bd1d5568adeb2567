"""The about section of Settings: the version, where data is stored, the licence, and where to get help."""

from __future__ import annotations

from importlib.metadata import version

import reflex as rx

from webchat.components.controls import page_link
from webchat.components.settings_frame import settings_block
from webchat.components.words import t

_STORED = (
    (
        t("On this server"),
        t(
            "Conversations, shared links, providers and preferences, in one database in the data folder. API"
            " keys, cookies and proxies are encrypted in it. A copy of the database is kept before every "
            "upgrade."
        ),
    ),
    (
        t("In this browser"),
        t(
            "Drafts, messages that are not sent yet, the theme, the size of text, and whether you want "
            "notifications. Also the pages, without their conversations, so that they open offline."
        ),
    ),
    (
        t("At providers"),
        t(
            "The messages of a chat are sent to the provider of its model, whose own rules apply to them. "
            "webchat sends them to nobody else."
        ),
    ),
)


def about_settings() -> rx.Component:
    """Facts about this webchat."""
    return rx.fragment(
        rx.el.p(
            "webchat ",
            rx.el.span(version("webchat"), data_testid="version", class_name="font-medium"),
            ". ",
            t("A self-hosted chat app under the MIT licence."),
            class_name="mb-8 text-sm",
        ),
        settings_block(
            t("What is stored where"),
            rx.el.dl(
                *[
                    rx.el.div(
                        rx.el.dt(place, class_name="text-sm font-medium"),
                        rx.el.dd(text, class_name="mt-0.5 text-sm text-muted-foreground"),
                        class_name="py-3",
                    )
                    for place, text in _STORED
                ],
                class_name="divide-y divide-border rounded-2xl border border-border bg-card px-4",
            ),
        ),
        settings_block(
            t("Help"),
            rx.el.p(
                t(
                    "The built-in guide answers questions about webchat, also offline: choose the model "
                    "“guide”."
                ),
                " ",
                page_link(t("New chat"), href="/", class_name="text-primary underline underline-offset-2"),
                class_name="text-sm text-muted-foreground",
            ),
        ),
    )
