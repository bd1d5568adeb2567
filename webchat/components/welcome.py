"""What a new chat shows around its message box: a greeting above, and ways to begin below."""

from __future__ import annotations

import reflex as rx

from webchat.components.assistant_face import assistant_face
from webchat.components.controls import needs_server, page_link
from webchat.components.temporary_chat import MINUTES_KEPT
from webchat.components.words import t
from webchat.state.chat import ChatState
from webchat.state.models import ModelsState

_GUIDE = "Guide:guide"
_FOR_MODELS = (
    (t("Explain how vaccines work, to a curious ten-year-old"), "lightbulb"),
    (t("Help me say no to an invitation, kindly and briefly"), "pen-line"),
    (t("Plan a weekend in Lisbon by train and on foot"), "map"),
    (t("Show me how to test a function in Python"), "code"),
)
_FOR_THE_GUIDE = (
    (t("What can you do?"), "sparkles"),
    (t("How do I connect Ollama or another local model?"), "cpu"),
    (t("How do I add an API key?"), "key-round"),
    (t("Which keyboard shortcuts are there?"), "keyboard"),
)


def greeting() -> rx.Component:
    """The question, and where the answers will come from. It has room for two lines from the beginning."""
    with_assistant = ChatState.assistant.id != ""
    return rx.el.div(
        rx.cond(
            with_assistant,
            rx.el.div(assistant_face(ChatState.assistant, "size-16 text-3xl"), class_name="mb-3"),
        ),
        rx.el.h2(
            rx.cond(with_assistant, ChatState.assistant.name, t("What would you like to know?")),
            data_testid="greeting",
            class_name=(
                "text-2xl font-semibold tracking-[-0.02em] text-balance sm:text-[1.75rem] sm:leading-9"
            ),
        ),
        rx.el.p(
            rx.cond(
                _known(),
                rx.cond(
                    with_assistant & (ChatState.assistant.description != ""),
                    ChatState.assistant.description,
                    rx.cond(
                        ChatState.model == _GUIDE,
                        t("The built-in guide answers questions about webchat. It works offline."),
                        rx.cond(
                            ChatState.temporary,
                            t(
                                "Not listed, cannot be shared, and deleted {minutes} minutes after this tab "
                                "is closed or disconnected.",
                                minutes=MINUTES_KEPT,
                            ),
                            t("Your chats are saved on this server."),
                        ),
                    ),
                ),
                "",
            ),
            class_name="mx-auto mt-2 min-h-12 max-w-md text-balance text-muted-foreground",
        ),
        rx.cond(_known() & ChatState.begun_with, _files()),
        class_name="flex min-h-0 flex-1 basis-0 flex-col justify-end overflow-hidden px-5 pb-4 text-center",
    )


def _files() -> rx.Component:
    """The names of the files that the model gets."""
    return rx.el.ul(
        rx.foreach(
            ChatState.begun_with,
            lambda file: rx.el.li(
                rx.icon("paperclip", size=13, aria_hidden=True, class_name="shrink-0"),
                rx.el.span(file.name, class_name="truncate"),
                class_name=(
                    "flex max-w-56 min-w-0 items-center gap-1.5 rounded-full border border-border px-2.5 py-1"
                ),
            ),
        ),
        aria_label=t("Files of the assistant"),
        data_testid="begins-with",
        class_name=(
            "mx-auto mt-2 flex max-h-[4.25rem] max-w-lg flex-wrap justify-center gap-1.5 overflow-y-auto "
            "text-xs text-muted-foreground"
        ),
    )


def starters() -> rx.Component:
    """Ways to begin, and to connect a model where there is none.

    Its room shrinks to nothing when the first message is sent, so that the message box glides to the bottom.
    """
    shown = (ChatState.conversation_id == "") & ~ChatState.messages
    return rx.el.div(
        rx.cond(
            shown,
            rx.el.div(
                rx.cond(ModelsState.connected, None, _connect()),
                rx.cond(
                    ChatState.assistant.id != "",
                    _list(rx.foreach(ChatState.starters, lambda text: _starter(text, "message-circle"))),
                    rx.cond(
                        ChatState.model == _GUIDE,
                        _list(*[_starter(text, icon) for text, icon in _FOR_THE_GUIDE]),
                        _list(*[_starter(text, icon) for text, icon in _FOR_MODELS]),
                    ),
                ),
                custom_attrs={"data-known": _known()},
                # Nothing is shown, and so nothing moves, until it is known what is to be shown.
                class_name=(
                    "invisible mx-auto w-full max-w-[calc(var(--column)+1.5rem)] px-3 pt-1 opacity-0 "
                    "transition-opacity duration-(--calm) data-[known=true]:visible "
                    "data-[known=true]:opacity-100"
                ),
            ),
        ),
        custom_attrs={"data-shown": shown},
        class_name=(
            "min-h-0 shrink basis-0 grow-0 overflow-y-auto transition-[flex-grow] duration-(--calm) ease-out "
            "data-[shown=true]:grow"
        ),
    )


def _known() -> rx.Var[bool]:
    known: rx.Var[bool] = ChatState.ready & ModelsState.loaded  # type: ignore[assignment]
    return known


def _starter(text: str | rx.Var[str], icon: str) -> rx.Component:
    return rx.el.button(
        rx.icon(icon, size=16, aria_hidden=True, class_name="shrink-0 text-primary"),
        rx.el.span(text, dir="auto", class_name="line-clamp-2 min-w-0"),
        type="button",
        data_testid="starter",
        custom_attrs=needs_server(),
        on_click=ChatState.ask_starter(text),
        class_name=(
            "flex min-h-12 items-center gap-3 rounded-xl px-3.5 py-2 text-left text-sm leading-5 "
            "text-muted-foreground transition-colors hover:bg-muted hover:text-foreground"
        ),
    )


def _list(*starters: rx.Component) -> rx.Component:
    return rx.el.div(
        *starters,
        aria_label=t("Ways to begin"),
        role="group",
        class_name="grid gap-x-2 gap-y-0.5 sm:grid-cols-2",
    )


def _connect() -> rx.Component:
    return page_link(
        rx.icon("plug", size=18, aria_hidden=True, class_name="shrink-0 text-primary"),
        rx.el.span(
            rx.el.span(t("Connect a model"), class_name="block font-medium"),
            rx.el.span(
                t("OpenAI, OpenRouter, Ollama and others, with your own key or on your own machine"),
                class_name="block text-sm text-muted-foreground",
            ),
            class_name="min-w-0 flex-1",
        ),
        rx.icon("arrow-right", size=16, aria_hidden=True, class_name="shrink-0 text-muted-foreground"),
        href="/settings/models",
        data_testid="connect-model",
        class_name=(
            "mb-2 flex items-center gap-3.5 rounded-2xl border border-border bg-accent/50 px-4 py-3 "
            "transition-colors hover:bg-accent"
        ),
    )
