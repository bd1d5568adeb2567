"""The model picker with what every one of them knows: favourites, models used last, paused providers."""

from __future__ import annotations

from typing import Any

import reflex as rx

from webchat.components import react_ui
from webchat.state.models import ModelsState


def model_picker(**props: Any) -> rx.Component:
    """A `ModelPicker`; see `webchat.components.react`."""
    return react_ui.model_picker(
        favourites=ModelsState.favourites,
        recent=ModelsState.recent,
        paused=ModelsState.paused,
        on_star=ModelsState.toggle_favourite,
        **props,
    )
