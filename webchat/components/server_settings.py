"""The server section of Settings, for administrators: what everybody used, the database and the backups."""

from __future__ import annotations

from importlib.metadata import version

import reflex as rx

from webchat.components.controls import CARD, empty_state, needs_server
from webchat.components.price_form import price_form
from webchat.components.settings_frame import settings_block
from webchat.components.words import t
from webchat.state.server import BackupRow, DayBar, ServerState, UseLine

_NUMBER = "whitespace-nowrap py-2 pl-4 text-right tabular-nums"


def server_settings() -> rx.Component:
    """Figures of the whole server, in numbers only."""
    return rx.cond(
        ServerState.loaded,
        rx.cond(
            ServerState.allowed,
            rx.fragment(
                settings_block(t("Usage in the last 30 days"), _usage()),
                settings_block(t("Data"), _data()),
                settings_block(t("Backups"), _backups()),
            ),
            rx.el.div(
                empty_state("server", t("For administrators"), t("Administrators look after the server.")),
                class_name=f"{CARD} px-4 *:py-8",
            ),
        ),
        rx.el.div(aria_label=t("Loading"), class_name="h-48 animate-pulse rounded-2xl bg-muted"),
    )


def _usage() -> rx.Component:
    return rx.cond(
        ServerState.people,
        rx.el.div(
            _chart(),
            _table(t("Person"), t("Usage by person"), ServerState.people, "usage-by-person"),
            _table(t("Model"), t("Usage by model"), ServerState.models, "usage-by-model"),
            rx.el.p(
                t(
                    "Numbers only: nobody's titles or messages are shown. Tokens are those that providers "
                    "report. Cost needs a price: select a model to enter what a million tokens cost."
                ),
                class_name="text-xs text-muted-foreground",
            ),
            class_name=f"{CARD} space-y-5 p-4 sm:p-5",
        ),
        rx.el.p(
            t("There are no answers yet."), class_name=f"{CARD} p-4 text-sm text-muted-foreground sm:p-5"
        ),
    )


def _chart() -> rx.Component:
    """A bar for each day; what is read aloud are the numbers."""
    return rx.el.div(
        rx.el.ol(
            rx.foreach(ServerState.days, _bar),
            aria_label=t("Answers by day"),
            data_testid="usage-by-day",
            class_name="flex h-28 items-end gap-px border-b border-border sm:gap-1",
        ),
        rx.el.p(ServerState.summary, class_name="mt-2 text-xs text-muted-foreground"),
    )


def _bar(bar: DayBar) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            aria_hidden=True,
            style={"height": f"{bar.percent}%"},
            class_name="min-h-px w-full rounded-t-sm bg-primary",
        ),
        rx.el.span(bar.label, class_name="sr-only"),
        key=bar.label,
        title=bar.label,
        class_name="flex h-full min-w-0 flex-1 items-end hover:bg-muted",
    )


def _table(
    head: rx.Var[str], label: rx.Var[str], lines: rx.Var[list[UseLine]] | list[UseLine], testid: str
) -> rx.Component:
    heads = (t("Answers"), t("Tokens in"), t("Tokens out"), t("Cost"))
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(head, scope="col", class_name="py-1.5 text-left font-medium"),
                    *[rx.el.th(each, scope="col", class_name=f"{_NUMBER} font-medium") for each in heads],
                    class_name="text-xs text-muted-foreground",
                )
            ),
            rx.el.tbody(rx.foreach(lines, _line)),
            data_testid=testid,
            class_name="w-full text-sm",
        ),
        tab_index=0,
        role="region",
        aria_label=label,
        class_name="wide",
    )


def _line(line: UseLine) -> rx.Component:
    return rx.el.tr(
        rx.el.th(
            rx.cond(
                line.priced,
                rx.cond(
                    ServerState.pricing == line.key,
                    price_form(
                        line.name,
                        line.input_price,
                        line.output_price,
                        on_save=ServerState.save_price,
                        on_cancel=ServerState.ask_price(""),
                        testid="server-price",
                    ),
                    _priced(line),
                ),
                line.name,
            ),
            rx.el.div(
                aria_hidden=True,
                style={"width": f"{line.percent}%"},
                class_name="mt-1 h-1 rounded-full bg-primary",
            ),
            scope="row",
            class_name="w-full min-w-40 py-2 text-left font-normal wrap-anywhere",
        ),
        rx.el.td(line.answers, class_name=_NUMBER),
        rx.el.td(line.input, class_name=_NUMBER),
        rx.el.td(line.output, class_name=_NUMBER),
        rx.el.td(line.cost, class_name=_NUMBER),
        key=line.key,
        class_name="border-t border-border align-top",
    )


def _priced(line: UseLine) -> rx.Component:
    return rx.el.button(
        line.name,
        type="button",
        title=t("Enter a price"),
        on_click=ServerState.ask_price(line.key),
        custom_attrs=needs_server(),
        data_testid="server-model",
        class_name="text-left hover:underline",
    )


def _data() -> rx.Component:
    return rx.el.dl(
        _fact("webchat", version("webchat"), "server-version"),
        _fact(t("Size of the database"), ServerState.database_size, "database-size"),
        _fact(t("Database"), ServerState.database, "database-path"),
        class_name=f"{CARD} divide-y divide-border px-4",
    )


def _fact(name: str | rx.Var[str], value: rx.Var[str] | str, testid: str) -> rx.Component:
    return rx.el.div(
        rx.el.dt(name, class_name="text-sm font-medium"),
        rx.el.dd(
            value, data_testid=testid, class_name="text-sm text-muted-foreground tabular-nums wrap-anywhere"
        ),
        class_name="flex flex-wrap justify-between gap-x-4 gap-y-0.5 py-3",
    )


def _backups() -> rx.Component:
    return rx.fragment(
        rx.cond(
            ServerState.backups,
            rx.el.ul(
                rx.foreach(ServerState.backups, _backup),
                data_testid="backups",
                class_name=f"{CARD} mb-3 divide-y divide-border",
            ),
        ),
        rx.el.p(
            rx.cond(
                ServerState.makes_backups,
                rx.cond(
                    ServerState.backups,
                    t("One is made every day, in:"),
                    t("The first is made a minute after the start, then one every day, in:"),
                ),
                t("Daily backups are turned off by WEBCHAT_BACKUPS=0. They would lie in:"),
            ),
            " ",
            rx.el.span(
                ServerState.backups_folder,
                data_testid="backups-folder",
                class_name="font-mono text-xs wrap-anywhere",
            ),
            ". ",
            t("“webchat restore FILE” brings one back."),
            class_name="text-sm text-muted-foreground",
        ),
    )


def _backup(row: BackupRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.made, class_name="min-w-0 flex-1 first-letter:uppercase"),
        rx.el.span(row.size, class_name="text-muted-foreground tabular-nums"),
        key=row.made,
        data_testid="backup",
        class_name="flex gap-3 px-4 py-2.5 text-sm",
    )
