"""The keyboard shortcuts and the palette of every page."""

from __future__ import annotations

import reflex as rx

from webchat.components.react_ui import commands
from webchat.components.settings_sections import SECTIONS
from webchat.state.chat import ChatState
from webchat.state.deletion import DeletionState
from webchat.state.models import ModelsState
from webchat.state.share import ShareState
from webchat.state.shortcuts import ShortcutsState
from webchat.state.sidebar import SidebarState


def command_palette() -> rx.Component:
    """What the keys do, with the conversation on screen if there is one."""
    return commands(
        changed=ShortcutsState.changed,
        sections=[[path, title] for path, title, _ in SECTIONS],
        conversations=SidebarState.pinned + SidebarState.recent,
        assistants=SidebarState.assistants,
        models=ModelsState.choices,
        has_messages=ChatState.messages.length() > 0,
        is_temporary=ChatState.temporary,
        on_delete=DeletionState.delete,
        on_share=ShareState.open_dialog,
        on_pick=ChatState.choose_model,
        on_system_prompt=ChatState.change_system_prompt,
    )
