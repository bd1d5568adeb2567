"""The providers on the settings page: list, add, edit, enable, test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import reflex as rx

from webchat.services.accounts.audit import What
from webchat.services.catalogue.presets import OTHER, find_preset
from webchat.services.change_feed import MODELS
from webchat.services.errors import AdvancedInvalid, NotAllowed, ProviderInvalid, ServiceError, TooOften
from webchat.services.rate_limits import Action
from webchat.services.runtime import services
from webchat.state.access import administrators_only
from webchat.state.events import identifier
from webchat.state.models import ModelsState
from webchat.state.notice import NoticeState, tell, warn
from webchat.state.owner import address_of, is_administrator, owner_of, person_of, provider_owner, tab_of
from webchat.state.provider_rows import EMPTY, provider_row, read_details, result_text
from webchat.state.rows import ProviderRow, SharedProviderRow
from webchat.storage.errors import StorageError
from webchat.words.errors import shown
from webchat.words.text import ngettext, t


class ProvidersState(rx.State):
    """The configured providers and the form that adds or edits one. Keys are never sent back to the
    browser."""

    rows: list[ProviderRow] = []
    loaded: bool = False
    searching: bool = False
    shared: list[SharedProviderRow] = []
    """Those that administrators have set up, for a member."""
    may_change: bool = True
    may_find: bool = True
    """Whether the person may look for servers on this machine."""

    form_open: bool = False
    form: ProviderRow = EMPTY
    preset: str = ""
    """The preset that filled in the form, and where that service's keys are made."""
    keys_url: str = ""
    form_problem: str = ""
    form_field: str = ""
    """The field that the problem is about; empty for the whole form."""

    asking: str = ""
    """The provider to remove once the user confirms."""
    removed_id: str = ""
    """The provider removed last, which can be restored, and its name."""
    removed_name: str = ""

    @rx.var
    def has_own(self) -> bool:
        """Whether there is a provider apart from the guide and the free services."""
        return any(row.kind == EMPTY.kind for row in self.rows)

    @rx.event
    async def load(self) -> None:
        """List the providers in the user's order, keeping test results on screen."""
        before = {row.id: row for row in self.rows}
        self.may_find, self.may_change, rows = is_administrator(self), True, []
        self.shared = [
            SharedProviderRow(each.name, ngettext("{count} model", "{count} models", each.models))
            for each in await services().providers.shared_with(owner_of(self))
            if not self.may_find
        ]
        try:
            owner_id = await provider_owner(self)
        except NotAllowed:
            self.may_change = False
        else:
            standings = await services().provider_health.all(owner_id)
            rows = [
                provider_row(item, standings.get(item.name))
                for item in await services().providers.all(owner_id)
            ]
        for row in rows:
            if row.id in before:
                row.test_state = before[row.id].test_state
                row.test_result = before[row.id].test_result
        self.rows = rows
        self.loaded = True

    @rx.event
    async def open(self) -> None:
        """Open the page. A question or offer to undo from an earlier visit is dismissed."""
        self.asking = self.removed_id = ""
        await self.load()

    @rx.event
    async def on_remote_change(self, conversation_id: str) -> None:
        """Reload the providers after one of them or its models changed elsewhere."""
        if conversation_id in ("", MODELS):
            await self.load()

    @rx.event
    def open_form(self, provider_id: str) -> None:
        """Open the form, empty for a new provider (empty id) or filled in with an existing one."""
        self.form_open = True
        self.form_problem = self.form_field = ""
        self.preset = self.keys_url = ""
        self.form = next((row for row in self.rows if provider_id and row.id == provider_id), EMPTY)

    @rx.event
    def choose_preset(self, name: str) -> None:
        """Open the form for a new provider, filled in for a well-known service; any other name empties it."""
        self.open_form("")
        preset = find_preset(name)
        self.preset = preset.name if preset else OTHER
        if preset:
            self.keys_url = preset.keys_url
            self.form = replace(EMPTY, name=preset.name, base_url=preset.address)

    @rx.event
    def close_form(self) -> None:
        """Close the form without saving."""
        self.form_open = False

    @rx.event
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Any]:
        """Add or change a provider; an empty key field keeps the stored key."""
        try:
            details = read_details(form)
            saved = await services().providers.save(await provider_owner(self), self.form.id or None, details)
        except (ServiceError, StorageError) as problem:
            self.form_problem = shown(problem)
            self.form_field = problem.field if isinstance(problem, ProviderInvalid | AdvancedInvalid) else ""
            return
        self.form_open = False
        await self.load()
        name = next((row.name for row in self.rows if row.id == saved), t("The provider"))
        await self._tell_others(name)
        yield tell(t("{name} was saved.", name=name))
        yield ModelsState.load
        yield ProvidersState.test(saved)

    @rx.event
    def ask(self, provider_id: str) -> Any:
        """Ask for confirmation before removing a provider; the empty id cancels."""
        self.asking = identifier(provider_id)
        return NoticeState.dismiss  # it may lie over the question

    @rx.event
    async def remove(self, provider_id: str) -> AsyncIterator[Any]:
        """Remove a provider. Conversations keep its answers, and this can be undone."""
        self.asking = ""
        try:
            name = await services().providers.remove(await provider_owner(self), identifier(provider_id))
        except (ServiceError, StorageError) as problem:
            yield warn(problem)
            return
        self.removed_id, self.removed_name = provider_id, name
        await self.load()
        await self._tell_others(name)
        yield ModelsState.load

    @rx.event
    async def undo_remove(self) -> AsyncIterator[Any]:
        """Restore the provider removed last, with its key."""
        removed, self.removed_id = self.removed_id, ""
        if not removed:
            return
        try:
            name = await services().providers.restore(await provider_owner(self), removed)
        except (ServiceError, StorageError) as problem:
            yield warn(problem)
            return
        await self.load()
        await self._tell_others(name)
        yield tell(t("{name} was restored.", name=name))
        yield ModelsState.load

    @rx.event
    def dismiss_undo(self) -> None:
        """Dismiss the offer to undo."""
        self.removed_id = ""

    @rx.event
    async def reorder(self, provider_ids: list[str]) -> AsyncIterator[Any]:
        """Set the order of the providers, which is also the order in which Auto tries them."""
        if not isinstance(provider_ids, list):
            return
        await services().providers.reorder(await provider_owner(self), [str(each) for each in provider_ids])
        await self.load()
        yield ModelsState.load

    @rx.event
    async def set_enabled(self, provider_id: str, enabled: bool) -> AsyncIterator[Any]:
        """Turn a provider on or off."""
        try:
            await services().providers.set_enabled(
                await provider_owner(self), identifier(provider_id), enabled
            )
        except (ServiceError, StorageError) as problem:
            yield warn(problem)
        await self.load()
        yield ModelsState.load

    @rx.event(background=True)
    async def test(self, provider_id: str) -> AsyncIterator[Any]:
        """Ask the provider for its models and one short answer, and report the time it took or the error."""
        async with self:
            owner_id = await provider_owner(self)
            try:
                services().rate_limits.note(Action.TEST, owner_of(self), address_of(self))
            except TooOften as refusal:
                self._mark(provider_id, "failed", shown(refusal))
                return
            self._mark(provider_id, "running", "")

        async def say_loading(words: str) -> None:
            async with self:
                self._mark(provider_id, "running", words)

        result = await services().providers.test(owner_id, identifier(provider_id), say_loading)
        async with self:
            self._mark(provider_id, "passed" if result.passed else "failed", result_text(result))
        yield ProvidersState.load
        yield ModelsState.load

    def _mark(self, provider_id: str, state: str, text: str) -> None:
        for row in self.rows:
            if row.id == provider_id and (row.test_state, row.test_result) != (state, text):
                row.test_state, row.test_result = state, text

    async def _tell_others(self, name: str) -> None:
        await services().accounts.note(person_of(self), What.PROVIDER_CHANGED, name)
        if is_administrator(self):
            services().changes.publish_to_all(MODELS)
        else:
            services().changes.publish(owner_of(self), MODELS, tab_of(self))

    @rx.event(background=True)
    @administrators_only
    async def find_local(self) -> AsyncIterator[Any]:
        """Look for model servers on this machine's default ports."""
        async with self:
            owner_id = await provider_owner(self)
            try:
                services().rate_limits.note(Action.SEARCH, owner_of(self), address_of(self))
            except TooOften as refusal:
                yield warn(refusal)
                return
            self.searching = True
        try:
            found = await services().providers.find_local(owner_id)
        finally:
            async with self:
                self.searching = False
        yield ProvidersState.load
        yield ModelsState.load
        yield tell(
            t("Found {names}.", names=", ".join(found))
            if found
            else t(
                "No model server found on this machine's default ports (Ollama, llama.cpp, LM Studio, "
                "vLLM, KoboldCpp, LiteLLM, Jan)."
            )
        )
