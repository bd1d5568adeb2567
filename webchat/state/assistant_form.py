"""The dialog in which an assistant is made and changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from webchat.services.assistants.values import COLOURS, Values
from webchat.services.catalogue.catalogue import LONGEST_MODEL_ID
from webchat.services.errors import AdvancedInvalid
from webchat.services.files.files import checked_tokens
from webchat.services.files.views import FileView, file_json
from webchat.services.parameters import FIELDS, shown_parameters
from webchat.services.runtime import services
from webchat.state.assistants import assistants_changed
from webchat.state.chat_control import REFUSED
from webchat.state.chat_view import shown_temperature
from webchat.state.events import entry, identifier
from webchat.state.notice import warn
from webchat.state.owner import owner_of
from webchat.state.rows import readable_model
from webchat.words.errors import shown
from webchat.words.text import t

TEXTS = ("name", "description", "symbol", "colour", "picture", "system_prompt", "temperature", *FIELDS)
"""The fields of the form that hold what they are named after."""


class AssistantFormState(rx.State):
    """What the form shows. The browser keeps what is typed until it is saved."""

    opened: bool = False
    form_id: str = ""
    """Empty for a new assistant."""
    times: int = 0
    """Number of times the form was opened, so that it begins anew."""
    name: str = ""
    description: str = ""
    symbol: str = ""
    colour: str = COLOURS[0]
    has_picture: bool = False
    model: str = ""
    system_prompt: str = ""
    temperature: str = ""
    parameters: dict[str, str] = shown_parameters(None)
    files: list[dict[str, Any]] = []
    """Those it has, as `GET /api/files/{id}` gives them."""
    starters: str = ""
    """One on each line."""
    problem: str = ""
    problem_field: str = ""
    """The advanced parameter that the problem is about; empty for the whole form."""

    @rx.var
    def model_label(self) -> str:
        """The name of the model."""
        return readable_model(self.model) if self.model else t("Your default")

    @rx.event
    async def open_form(self, assistant_id: str) -> AsyncIterator[Any]:
        """Open the dialog for an assistant; the empty id is for a new one."""
        wanted, values = identifier(assistant_id), Values("")
        files: list[FileView] = []
        if wanted:
            try:
                values = await services().assistants.get(owner_of(self), wanted)
                files = await services().assistants.files(owner_of(self), wanted)
            except REFUSED as problem:
                yield warn(problem)
                return
        self.form_id, self.opened, self.times = wanted, True, self.times + 1
        self.files = [file_json(each) for each in files]
        self.problem = self.problem_field = ""
        self.name, self.description = values.name, values.description
        self.symbol, self.colour = values.symbol, values.colour
        self.has_picture, self.model = values.picture is not None, values.model
        self.system_prompt, self.temperature = values.system_prompt, shown_temperature(values.temperature)
        self.parameters, self.starters = shown_parameters(values.parameters), "\n".join(values.starters)

    @rx.event
    def close(self) -> None:
        """Close the dialog without saving."""
        self.opened = False

    @rx.event
    def choose_model(self, model: str) -> None:
        """Choose the model; empty for the default. It is checked when the form is saved."""
        self.model = model[:LONGEST_MODEL_ID] if isinstance(model, str) else ""

    @rx.event
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Save what was entered."""
        entered = {name: entry(form, name) for name in TEXTS}
        starters = entry(form, "starters")
        entered["starters"] = starters.splitlines() if isinstance(starters, str) else []
        entered["files"], entered["cuts"] = _files(entry(form, "files"))
        entered["model"] = self.model
        self.problem = self.problem_field = ""
        try:
            await services().assistants.save(owner_of(self), self.form_id, entered)
        except AdvancedInvalid as problem:
            self.problem, self.problem_field = shown(problem), problem.field
            return
        except REFUSED as problem:
            self.problem = shown(problem)
            return
        self.opened = False
        yield assistants_changed(self)


def _files(entered: object) -> tuple[list[str] | None, dict[str, int | None]]:
    """The ids of the files that a form names, and the number of tokens after `:` that each is cut to."""
    if not isinstance(entered, str):
        return None, {}
    found = [each.partition(":") for each in entered.split()]
    return [id for id, _, _ in found], {id: _tokens(cut) for id, _, cut in found}


def _tokens(typed: str) -> int | None:
    return checked_tokens(int(typed)) if typed.isdecimal() and len(typed) < 10 else None
