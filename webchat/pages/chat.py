"""The chat page: `/` starts a conversation, `/c/<id>` shows one."""

from __future__ import annotations

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from webchat.components.controls import empty_state, needs_server, page_link, text_link, undo_bar
from webchat.components.conversation_settings import conversation_settings
from webchat.components.layout import page_frame
from webchat.components.message import message_item
from webchat.components.react import branch_tree, composer, model_picker, transcript
from webchat.components.share_dialog import share_button
from webchat.components.temporary_chat import WHEN_DELETED, temporary_note, temporary_switch
from webchat.services.limits import MAX_PROMPT_BYTES
from webchat.state.chat import ChatState
from webchat.state.models import ModelsState

_STARTERS = (
    ("What can you do?", "sparkles"),
    ("How do I connect Ollama or another local model?", "cpu"),
    ("How do I add an API key?", "key-round"),
    ("Which keyboard shortcuts are there?", "keyboard"),
)

_KEYS = (
    ("Enter", "to send"),
    ("Shift+Enter", "for a new line"),
    ("Esc", "to stop an answer"),
    ("/", "for the message box"),
    ("Ctrl+Shift+O", "for a new chat"),
)


def chat_page() -> rx.Component:
    """The header, messages and message box."""
    return page_frame(
        rx.el.main(
            _head(),
            rx.cond(
                ChatState.missing,
                _not_found(),
                rx.fragment(temporary_note(), _body(), _composer()),
            ),
            _undo(),
            class_name="flex min-h-0 flex-1 flex-col",
        ),
        ChatState.conversation_id,
        on_change=ChatState.on_remote_change,
    )


def _head() -> rx.Component:
    return rx.el.header(
        model_picker(
            models=ModelsState.choices,
            value=ChatState.model,
            label=ChatState.model_label,
            disabled=ChatState.ready & has_connection_errors,
            on_pick=ChatState.choose_model,
        ),
        rx.el.h1(
            rx.cond(ChatState.title != "", ChatState.title, rx.el.span("New chat", class_name="sr-only")),
            data_testid="conversation-title",
            class_name=("min-w-0 flex-1 truncate text-center text-sm text-muted-foreground max-sm:sr-only"),
        ),
        rx.el.div(
            temporary_switch(),
            rx.cond(ChatState.temporary, None, share_button()),
            rx.cond(ChatState.conversation_id != "", branch_tree(conversation_id=ChatState.conversation_id)),
            conversation_settings(),
            class_name="ml-auto flex items-center",
        ),
        class_name="flex h-14 shrink-0 items-center gap-2 pl-13 pr-3 md:pl-4",
    )


def _body() -> rx.Component:
    return rx.cond(
        ChatState.messages,
        transcript(
            rx.cond(
                ChatState.has_older,
                rx.el.p(
                    "Loading earlier messages…", class_name="py-3 text-center text-sm text-muted-foreground"
                ),
            ),
            rx.foreach(ChatState.messages, message_item),
            conversation_id=ChatState.conversation_id,
            first_message_id=ChatState.first_message_id,
            last_message_id=ChatState.last_message_id,
            found_id=ChatState.found_id,
            has_older=ChatState.has_older,
            has_newer=ChatState.has_newer,
            on_older=ChatState.load_older,
            on_newer=ChatState.load_newer,
            on_latest=ChatState.open_latest,
        ),
        rx.el.div(
            rx.cond(ChatState.ready & (ChatState.conversation_id == ""), _welcome(), rx.fragment()),
            class_name="min-h-0 flex-1 overflow-y-auto",
        ),
    )


def _welcome() -> rx.Component:
    return rx.el.div(
        rx.el.h2("What would you like to know?", class_name="text-2xl font-semibold tracking-tight"),
        rx.el.p(
            rx.cond(
                ChatState.model == "Guide:guide",
                "You are chatting with the built-in guide. It answers questions about webchat and works "
                "offline. Add a provider in Settings to chat with a language model.",
                rx.cond(
                    ChatState.temporary,
                    "This is a temporary chat. It is not listed, cannot be shared, and is deleted "
                    f"{WHEN_DELETED}.",
                    "Your chats are saved on this server.",
                ),
            ),
            class_name="mt-2 max-w-md text-muted-foreground",
        ),
        rx.cond(ModelsState.connected, None, _connect()),
        rx.cond(
            ChatState.model == "Guide:guide",
            rx.el.div(
                *[
                    rx.el.button(
                        rx.icon(icon, size=16, aria_hidden=True, class_name="shrink-0 text-primary"),
                        rx.el.span(text),
                        type="button",
                        data_testid="starter",
                        custom_attrs=needs_server(),
                        on_click=ChatState.ask_starter(text),
                        class_name=(
                            "flex items-center gap-3 rounded-xl border border-border bg-card px-4 py-3 "
                            "text-left text-sm hover:bg-muted"
                        ),
                    )
                    for text, icon in _STARTERS
                ],
                class_name="mt-7 grid w-full gap-2 sm:grid-cols-2",
            ),
            _shortcuts(),
        ),
        class_name="mx-auto flex min-h-full max-w-3xl flex-col justify-center px-5 py-10 sm:px-6",
    )


def _connect() -> rx.Component:
    return page_link(
        rx.icon("plug", size=16, aria_hidden=True),
        "Connect a model",
        href="/settings/models",
        data_testid="connect-model",
        class_name=(
            "mt-5 inline-flex w-fit items-center gap-2 rounded-lg bg-primary px-3.5 py-2 text-sm font-medium "
            "text-primary-foreground hover:brightness-95"
        ),
    )


def _shortcuts() -> rx.Component:
    return rx.el.dl(
        *[
            rx.el.div(
                rx.el.dt(
                    rx.el.kbd(
                        keys, class_name="rounded-md border border-border bg-card px-1.5 py-0.5 font-sans"
                    ),
                    class_name="inline",
                ),
                rx.el.dd(" " + what, class_name="inline"),
            )
            for keys, what in _KEYS
        ],
        class_name="mt-7 hidden flex-wrap gap-x-5 gap-y-2 text-xs text-muted-foreground pointer-fine:flex",
    )


def _not_found() -> rx.Component:
    return empty_state(
        "search-x",
        "Conversation not found",
        "It may have been deleted, or the link is incomplete. Right after deleting a conversation, you "
        "can undo it in History.",
        text_link("Start a new chat", "/"),
        text_link("Open History", "/history"),
    )


def _undo() -> rx.Component:
    return rx.cond(
        ChatState.deleted_ids,
        undo_bar(
            rx.el.p("The question and its answer were deleted."),
            on_undo=ChatState.undo_delete,
            on_dismiss=ChatState.forget_deleted,
        ),
    )


def _composer() -> rx.Component:
    return composer(
        conversation_id=ChatState.conversation_id,
        ready=ChatState.ready & rx.State.is_hydrated & ~has_connection_errors,
        answering=ChatState.answering,
        model=ChatState.model,
        accepted_ids=ChatState.accepted_ids,
        begun=ChatState.begun,
        queued=ChatState.queued,
        max_bytes=MAX_PROMPT_BYTES,
        refused_id=ChatState.refused_id,
        refusal=ChatState.refusal,
        on_send=ChatState.send_message,
        on_stop=ChatState.stop_answer,
        on_withdraw=ChatState.withdraw_queued,
        on_send_queued=ChatState.send_queued,
    )
