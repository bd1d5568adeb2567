"""The chat pages: `/` starts a conversation, `/c/<id>` shows one."""

from __future__ import annotations

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from webchat.components.assistant_face import assistant_face
from webchat.components.compared_answers import compared_answers
from webchat.components.controls import empty_state, page_link, text_link, undo_bar
from webchat.components.conversation_settings import conversation_settings
from webchat.components.layout import page_frame
from webchat.components.message import message_item
from webchat.components.model_choice import model_picker
from webchat.components.react_chat import branch_tree, composer, transcript
from webchat.components.react_ui import tab_status
from webchat.components.repeat import repeat_bar
from webchat.components.share_dialog import share_button
from webchat.components.skeleton import conversation_skeleton
from webchat.components.temporary_chat import temporary_note, temporary_switch
from webchat.components.welcome import greeting, starters
from webchat.components.words import t
from webchat.services.chat.comparing import MOST_MODELS
from webchat.services.limits import MAX_PROMPT_BYTES
from webchat.state.chat import ChatState
from webchat.state.models import ModelsState
from webchat.state.sidebar import SidebarState


def new_chat_page() -> rx.Component:
    """`/`: a greeting, the message box in the middle, and starters; a conversation once it has begun."""
    return _page(rx.fragment(rx.cond(ChatState.messages, _transcript(), greeting()), _composer(), starters()))


def conversation_page() -> rx.Component:
    """`/c/<id>`: the messages and the message box."""
    return _page(
        rx.fragment(
            rx.cond(
                ChatState.messages,
                _transcript(),
                rx.cond(
                    ChatState.ready & (ChatState.conversation_id != ""),
                    rx.el.div(class_name="flex-1"),
                    conversation_skeleton(),
                ),
            ),
            _composer(),
        )
    )


def _page(content: rx.Component) -> rx.Component:
    return page_frame(
        rx.el.main(
            _head(),
            rx.cond(ChatState.missing, _not_found(), rx.fragment(temporary_note(), content)),
            _undo(),
            # In the background, a tab learns of the end of an answer with the sidebar.
            tab_status(
                answering=SidebarState.running.contains(ChatState.conversation_id),
                title=ChatState.page_title,
            ),
            class_name="relative flex min-h-0 flex-1 flex-col",
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
            compared=ChatState.comparing,
            most_compared=MOST_MODELS,
            on_compare=ChatState.compare_models,
        ),
        _assistant(),
        rx.el.h1(
            rx.cond(ChatState.title != "", ChatState.title, rx.el.span(t("New chat"), class_name="sr-only")),
            data_testid="conversation-title",
            class_name=("min-w-0 flex-1 truncate text-center text-sm text-muted-foreground max-sm:sr-only"),
        ),
        rx.el.div(
            temporary_switch(),
            rx.cond(ChatState.temporary, None, share_button()),
            rx.cond(ChatState.conversation_id != "", branch_tree(conversation_id=ChatState.conversation_id)),
            conversation_settings(),
            rx.cond(ChatState.conversation_id != "", _new_chat()),
            class_name="ml-auto flex shrink-0 items-center",
        ),
        class_name="flex h-14 shrink-0 items-center gap-2 pl-13 pr-3 md:pl-4",
    )


def _assistant() -> rx.Component:
    """The assistant that the conversation was begun with; leads to another conversation with it."""
    return rx.cond(
        (ChatState.assistant.id != "") & (ChatState.conversation_id != ""),
        page_link(
            assistant_face(ChatState.assistant, "size-6 text-sm"),
            rx.el.span(ChatState.assistant.name, class_name="max-w-40 truncate max-lg:sr-only"),
            href="/?assistant=" + ChatState.assistant.id,
            title=t("New chat with {name}", name=ChatState.assistant.name),
            data_testid="conversation-assistant",
            class_name=(
                "flex shrink-0 items-center gap-2 rounded-lg p-1.5 text-sm text-muted-foreground "
                "hover:bg-muted"
            ),
        ),
    )


def _new_chat() -> rx.Component:
    """The link that the sidebar has on wide screens."""
    return page_link(
        rx.icon("square-pen", size=18, aria_hidden=True),
        href="/",
        title=t("New chat"),
        aria_label=t("New chat"),
        data_testid="new-chat-in-head",
        class_name="grid size-10 place-items-center rounded-lg text-muted-foreground md:hidden",
    )


def _transcript() -> rx.Component:
    return transcript(
        rx.cond(
            ChatState.has_older,
            rx.el.p(
                t("Loading earlier messages…"), class_name="py-3 text-center text-sm text-muted-foreground"
            ),
        ),
        rx.foreach(ChatState.messages, message_item),
        compared_answers(),
        conversation_id=ChatState.conversation_id,
        answering=ChatState.answering,
        compared=ChatState.compared,
        first_message_id=ChatState.first_message_id,
        last_message_id=ChatState.last_message_id,
        found_id=ChatState.found_id,
        has_older=ChatState.has_older,
        has_newer=ChatState.has_newer,
        on_older=ChatState.load_older,
        on_newer=ChatState.load_newer,
        on_latest=ChatState.open_latest,
    )


def _not_found() -> rx.Component:
    return empty_state(
        "search-x",
        t("Conversation not found"),
        t(
            "It may have been deleted, or the link is incomplete. Right after deleting a conversation, you "
            "can undo it in History."
        ),
        text_link(t("Start a new chat"), "/"),
        text_link(t("Open History"), "/history"),
    )


def _undo() -> rx.Component:
    return rx.cond(
        ChatState.deleted_ids,
        undo_bar(
            rx.el.p(t("The question and its answer were deleted.")),
            on_undo=ChatState.undo_delete,
            on_dismiss=ChatState.forget_deleted,
            about=ChatState.deleted_ids.to_string(),
        ),
    )


def _model_taken() -> rx.Component:
    """Says that the model of this conversation was taken away, and offers the others."""
    return rx.cond(
        ChatState.model_refused != "",
        rx.el.div(
            rx.el.p(ChatState.model_refused, class_name="min-w-0 flex-1 basis-64"),
            model_picker(
                models=ModelsState.choices,
                value="",
                label=t("Choose another model"),
                testid="another-model",
                disabled=has_connection_errors,
                on_pick=ChatState.choose_model,
            ),
            role="status",
            data_testid="model-taken",
            class_name=(
                "mx-auto mb-2 flex w-[calc(100%-2rem)] max-w-(--column) flex-wrap items-center gap-x-3 "
                "gap-y-2 rounded-xl border border-border bg-muted px-4 py-3 text-sm"
            ),
        ),
    )


def _composer() -> rx.Component:
    return rx.fragment(_model_taken(), repeat_bar(), _composer_box())


def _composer_box() -> rx.Component:
    return composer(
        conversation_id=ChatState.conversation_id,
        ready=ChatState.ready & rx.State.is_hydrated & ~has_connection_errors,
        answering=ChatState.answering,
        model=ChatState.model,
        models=ChatState.comparing,
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
        queued_files=ChatState.queued_files,
        choices=ModelsState.choices,
        model_sees=ChatState.model_sees,
        takes_pictures=ChatState.takes_pictures,
        on_pick_model=ChatState.choose_model,
    )
