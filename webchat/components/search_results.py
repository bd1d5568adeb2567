"""The search field and the results below it."""

from __future__ import annotations

import reflex as rx

from webchat.components.controls import FIELD, button, empty_state
from webchat.components.conversation_link import conversation_link
from webchat.components.words import t
from webchat.state.search import FoundRow, HitRow, SearchState, SegmentRow

WAIT = 40
"""Milliseconds without a keystroke before a search: more than between the repeats of a key held down, less
than between the keys of somebody who types."""

_HELP = (
    (t('"two words"'), t("in this order")),
    (t("-word"), t("without it")),
    (t("begin*"), t("words that begin so")),
    ("role:user", t("your messages")),
    ("model:gpt", t("answers of a model")),
    ("in:work", t("in a folder")),
    ("tag:home", t("with a tag")),
    ("after:2025-03", t("since then")),
    ("before:2025", t("until then")),
)


def search_field() -> rx.Component:
    """The field; results follow each keystroke."""
    return rx.el.input(
        type="search",
        default_value=SearchState.text,
        placeholder=t("Search titles and messages"),
        aria_label=t("Search titles and messages"),
        on_change=SearchState.search.debounce(WAIT),
        auto_complete="off",
        data_testid="search",
        class_name=f"{FIELD} min-w-0 flex-1 basis-full sm:basis-0",
    )


def search_results() -> rx.Component:
    """What was found, or why nothing was."""
    return rx.el.div(_results(), data_testid="search-results", custom_attrs={"data-text": SearchState.text})


def _results() -> rx.Component:
    return rx.cond(
        SearchState.problem != "",
        rx.el.p(
            SearchState.problem,
            role="alert",
            data_testid="search-problem",
            class_name="py-8 text-center text-sm text-muted-foreground",
        ),
        rx.cond(
            SearchState.found,
            rx.el.div(
                rx.el.ul(rx.foreach(SearchState.found, _conversation), class_name="mt-3 space-y-4"),
                rx.cond(SearchState.has_more, _more(t("Show more"))),
            ),
            rx.cond(
                SearchState.has_more,
                rx.el.div(
                    empty_state("search", t("Nothing among the newest messages"), t("Older ones may match.")),
                    _more(t("Search older messages")),
                ),
                rx.cond(SearchState.searched, _nothing()),
            ),
        ),
    )


def _more(label: rx.Var[str]) -> rx.Component:
    return rx.el.div(
        button(label, on_click=SearchState.load_more, data_testid="search-more"),
        class_name="mt-4 text-center",
    )


def _conversation(found: FoundRow) -> rx.Component:
    return rx.el.li(
        conversation_link(
            rx.el.span(_marked(found.title), class_name="min-w-0 truncate"),
            rx.el.span(found.when, class_name="ml-auto shrink-0 text-xs font-normal text-muted-foreground"),
            href=found.href,
            data_testid="search-title",
            class_name=(
                "flex items-baseline gap-3 rounded-lg px-3 py-1.5 text-sm font-medium hover:bg-muted/60"
            ),
        ),
        rx.el.ul(rx.foreach(found.hits, _hit), class_name="empty:hidden"),
        rx.el.p(found.more, class_name="ml-3 px-3 py-1 text-xs text-muted-foreground empty:hidden"),
        key=found.href + found.when,
    )


def _hit(hit: HitRow) -> rx.Component:
    return rx.el.li(
        conversation_link(
            rx.el.span(
                hit.who,
                " · ",
                hit.when,
                rx.cond(
                    hit.best,
                    rx.el.span(
                        t("Best match"),
                        class_name="ml-2 rounded bg-primary/10 px-1.5 py-0.5 font-medium text-primary",
                    ),
                ),
                class_name="block text-xs text-muted-foreground",
            ),
            rx.el.span(_marked(hit.segments), class_name="mt-0.5 block text-sm wrap-anywhere"),
            href=hit.href,
            data_testid="search-result",
            class_name="ml-3 block rounded-r-lg border-l-2 border-border px-3 py-1.5 hover:bg-muted/60",
        ),
        key=hit.href,
    )


def _marked(segments: rx.Var[list[SegmentRow]] | list[SegmentRow]) -> rx.Component:
    return rx.foreach(
        segments,
        lambda segment: rx.cond(
            segment.marked,
            rx.el.mark(segment.text, class_name="rounded-sm bg-warning/25 text-inherit"),
            segment.text,
        ),
    )


def _nothing() -> rx.Component:
    return rx.el.div(
        empty_state("search-x", t("Nothing found"), t("Try fewer or other words.")),
        rx.el.dl(
            *[
                rx.el.div(
                    rx.el.dt(rx.el.code(what, class_name="rounded bg-muted px-1.5 py-0.5")),
                    rx.el.dd(meaning, class_name="text-muted-foreground"),
                    class_name="flex gap-2",
                )
                for what, meaning in _HELP
            ],
            class_name="mx-auto flex max-w-lg flex-wrap justify-center gap-x-5 gap-y-2 text-xs",
        ),
    )
