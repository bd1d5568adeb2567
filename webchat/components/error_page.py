"""What is shown instead of a page whose script has failed."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex_base.vars.base import Var
from reflex_components_core.base.error_boundary import ErrorBoundary

from webchat.components.base_path import served
from webchat.components.words import t

_WHAT = "event_args.error.name + ': ' + event_args.error.message + '\\n' + event_args.error.stack"


def error_boundary(*children: Any) -> rx.Component:
    """Shows `children`, or what went wrong with them."""
    return ErrorBoundary.create(*children, fallback_render=Var.create(_page()))


def _page() -> rx.Component:
    return rx.el.main(
        rx.el.div(
            rx.el.img(src=served("/favicon.svg"), alt="", class_name="size-10"),
            rx.el.h1(t("This page has failed"), class_name="mt-5 text-xl font-semibold tracking-tight"),
            rx.el.p(
                t(
                    "Your chats are saved on the server, and an answer that is being written goes on. Reload"
                    " the page. If it fails again, report the details below."
                ),
                class_name="mt-2 text-muted-foreground",
            ),
            rx.el.div(
                rx.el.a(
                    t("Reload the page"),
                    href="",
                    data_testid="reload",
                    class_name=(
                        "rounded-lg bg-primary px-3.5 py-2 text-sm font-medium text-primary-foreground"
                    ),
                ),
                rx.el.a(
                    t("Start a new chat"),
                    href="/",
                    class_name="text-sm text-primary underline underline-offset-2",
                ),
                class_name="mt-5 flex flex-wrap items-center gap-x-4 gap-y-3",
            ),
            rx.el.details(
                rx.el.summary(t("Details"), class_name="cursor-pointer py-1 text-sm text-muted-foreground"),
                rx.el.pre(
                    Var(_js_expr=_WHAT),
                    tab_index=0,
                    class_name=(
                        "mt-1 max-h-60 overflow-auto rounded-lg bg-muted p-3 font-mono text-xs leading-5 "
                        "whitespace-pre-wrap wrap-anywhere"
                    ),
                ),
                class_name="mt-6",
            ),
            data_testid="page-failed",
            class_name="w-full max-w-md",
        ),
        class_name="flex min-h-dvh justify-center bg-background px-5 pt-[18vh] text-foreground",
    )
