"""S1: every event handler and route says who may call it, and nobody else gets in."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from reflex_base.event import Event
from reflex_base.registry import RegisteredEventHandler, RegistrationContext
from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute

from tests.integration.state.tab_events import SID, Processor, events, processor
from tests.people import People
from webchat.services import runtime
from webchat.services.errors import NotAllowed, NotSignedIn
from webchat.state import connection
from webchat.state.access import is_for_administrators
from webchat.state.connection import TabEvents
from webchat.state.incoming import is_public
from webchat.state.notice import NoticeState
from webchat.webchat import app

__all__ = ["events", "processor"]

SIGNED_IN = {
    "AccountState": "load change_password disconnect end_session",
    "AssistantFormState": "open_form close choose_model save",
    "AssistantImportState": "received refused begin cancel",
    "AssistantLinksState": "open_dialog close create revoke",
    "AssistantsState": "open reorder duplicate delete undo dismiss",
    "ChatState": (
        "send_message ask_starter open_new open_conversation open_clicked open_latest on_remote_change "
        "load_older load_newer refresh_message toggle_attempts choose_model change_system_prompt "
        "change_temperature save_parameters stop_answer retry_answer continue_answer "
        "start_editing cancel_editing edit_message switch_branch delete_pair undo_delete "
        "forget_deleted withdraw_queued send_queued compare_models choose_answer stop_compared "
        "continue_repeat end_repeat"
    ),
    "ConversationMenuState": (
        "pin archive start_renaming cancel_renaming rename open_labels close_labels save_labels"
    ),
    "DeletionState": "delete delete_several undo dismiss open_page",
    "FoldersState": "open_dialog close create rename reorder ask delete",
    "FrontendEventExceptionState": "handle_frontend_exception",
    "HistoryState": (
        "load open refresh load_more filter_model on_remote_change start_renaming cancel_renaming "
        "rename filter_folder filter_tag show_archived start_selecting stop_selecting pick "
        "select_all move_selected tag_selected archive_selected"
    ),
    "ImportsState": "follow received refused begin cancel dismiss",
    "LinksState": "load on_remote_change ask revoke change_expiry change set_passphrase",
    "MemberLimitsState": "load",
    "ModelsState": "open on_remote_change load toggle_favourite",
    "NoticeState": "tell warn dismiss",
    "OnLoadInternalState": "on_load_internal set_is_hydrated",
    "PasskeysState": "load added refused start_renaming rename ask remove",
    "PeopleState": "load",
    "PreferencesState": "load choose_model choose_title_model save save_delete_after",
    "PromptsState": "load open_form close_form save ask delete on_imported on_refused",
    "ProviderModelsState": "open close search add remove show move",
    "ProvidersState": (
        "load open on_remote_change open_form choose_preset close_form save ask remove "
        "undo_remove dismiss_undo reorder set_enabled test"
    ),
    "RepeatState": "open_dialog close choose_model begin",
    "SearchState": "search open load_more",
    "ServerState": "load",
    "ShareState": (
        "open_dialog close share_up_to toggle_left_out toggle_redacted toggle_secret "
        "choose_files hide_all_secrets keep_title publish update_link"
    ),
    "ShortcutsState": "load on_remote_change change reset_all",
    "SidebarState": (
        "load load_conversations load_more on_remote_change toggle_folder show_all_folders load_more_inside"
    ),
    "State": "hydrate set_is_hydrated hydrate_and_load",
    "TrashState": ("open on_remote_change load_more pick ask restore restore_selected delete_selected empty"),
    "UpdateVarsInternalState": "update_vars_internal",
    "UsageState": "load ask_price save_price",
}
"""What everyone who is signed in may call, for what is theirs: `test_s3_ids_of_others.py` tries the rest."""

ADMINISTRATORS = {
    "PeopleState": "invite withdraw reset_password set_role set_disabled ask delete let_members_add",
    "MemberLimitsState": "edit save",
    "ProviderModelsState": "choose_for_members allow",
    "ProvidersState": "find_local",
    "ServerState": "ask_price save_price",
}
"""What only administrators may call, because it concerns the server and not one person."""

PUBLIC_ROUTES = {
    *("/api/picture", "/share/assistant/{token}", "/share", "/share/{rest:path}"),
    *("/setup/{token}", "/sign-in", "/sign-in/oidc", "/sign-in/passkey", "/sign-out", "/invite/{token}"),
} | {
    f"/share/{{token}}{rest}"
    for rest in ("", "/webchat.md", "/webchat.html", "/preview.png", "/files/{file_id}")
}
"""What needs no sign-in: a picture's frame has nothing of anyone, and a link is its own
permission, as is a password."""
ROUTES_SIGNED_IN = {
    *("/api/assistants", "/api/assistants/export", "/api/assistants/{assistant_id}/picture"),
    *("/api/audit.csv", "/api/changes", "/api/conversations/{conversation_id}/messages"),
    *("/api/conversations/{conversation_id}/tree", "/api/export", "/api/imports", "/api/messages"),
    "/api/language",
    *("/api/files", "/api/files/{file_id}", "/api/files/{file_id}/content", "/api/files/{file_id}/limit"),
    "/api/files/{file_id}/text",
    *(
        "/api/messages/{message_id}/diagrams",
        "/api/messages/{message_id}/stream",
        "/api/sent/{client_id}/stream",
        "/api/prompts",
        "/api/prompts/export",
    ),
    *("/api/passkeys", "/api/passkeys/options"),
    *("/api/prompts/{prompt_id}", "/api/search", "/share/{token}/continue"),
}

HANDLERS: dict[str, RegisteredEventHandler] = {
    name: registered
    for name, registered in RegistrationContext.get().event_handlers.items()
    if is_public(registered)
}
VALUES: dict[Any, Any] = {
    **{str: "words", bool: True, str | None: None},
    **{list[str]: ["one"], list[str] | None: None, dict[str, Any]: {"title": "words"}},
}


def names(table: dict[str, str]) -> set[tuple[str, str]]:
    return {(state, name) for state, names in table.items() for name in names.split()}


def called(name: str) -> tuple[str, str]:
    return HANDLERS[name].states[0].__name__, name.rpartition(".")[2]


def event_of(name: str) -> dict[str, Any]:
    """An event for a handler as its page sends it."""
    handler = HANDLERS[name].handler
    hints = handler._get_type_hints()
    arguments = list(inspect.signature(handler.fn).parameters.values())[1:]
    payload = {
        each.name: VALUES.get(hints.get(each.name)) for each in arguments if each.default is each.empty
    }
    return {"name": name, "payload": payload}


def test_s1_every_handler_is_classified() -> None:
    """A new handler fails here until it is in one of the two tables, and marked in the code if it must be."""
    found = {called(name) for name in HANDLERS}
    marked = {called(name) for name, each in HANDLERS.items() if is_for_administrators(each.handler)}

    assert names(SIGNED_IN) | names(ADMINISTRATORS) == found
    assert names(ADMINISTRATORS) == marked
    assert not names(SIGNED_IN) & names(ADMINISTRATORS)
    assert len(found) >= 150


@pytest.fixture
def people(events: TabEvents, monkeypatch: pytest.MonkeyPatch) -> People:
    people = People({"session=member": "mary", "session=admin": "ann"}, administrators={"ann"})
    monkeypatch.setattr(connection, "services", lambda: SimpleNamespace(accounts=people))
    return people


async def sent_by(cookie: str, name: str, events: TabEvents, processor: Processor) -> Event:
    """What became of an event of the person with this cookie."""
    events._static_router_data[SID]["headers"] = {"cookie": cookie} if cookie else {}
    await events.on_event(SID, event_of(name))
    processor.finish_one()
    event: Event = processor.events.pop()
    return event


def is_refused(event: Event, reason: object) -> bool:
    warned = event.name == f"{NoticeState.get_full_name()}.warn"
    return warned and event.payload == {"text": str(reason)}


@pytest.mark.parametrize("cookie", ["", "session=", "session=of-nobody", "session=MARY", "other=member"])
async def test_s1_no_handler_runs_for_nobody(
    events: TabEvents, processor: Processor, people: People, cookie: str
) -> None:
    for name in HANDLERS:
        assert is_refused(await sent_by(cookie, name, events, processor), NotSignedIn()), name


async def test_s1_signing_out_ends_it_for_the_open_socket(
    events: TabEvents, processor: Processor, people: People
) -> None:
    for name in HANDLERS:
        if called(name) in names(SIGNED_IN):
            assert (await sent_by("session=member", name, events, processor)).name == name
    del people.ids["session=member"]
    for name in HANDLERS:
        assert is_refused(await sent_by("session=member", name, events, processor), NotSignedIn()), name


async def test_s1_each_handler_runs_for_whom_it_is(
    events: TabEvents, processor: Processor, people: People
) -> None:
    """And for the person who sent the event, whoever that person says to be."""
    for name in HANDLERS:
        event = await sent_by("session=member", name, events, processor)
        if called(name) in names(ADMINISTRATORS):
            assert is_refused(event, NotAllowed()), name
        else:
            assert event.name == name
            assert {"id": "mary", "is_administrator": False, "session": ""} in event.router_data.values()
        event = await sent_by("session=admin", name, events, processor)
        assert event.name == name
        assert {"id": "ann", "is_administrator": True, "session": ""} in event.router_data.values()


async def test_s1_an_event_cannot_say_whose_it_is(
    events: TabEvents, processor: Processor, people: People
) -> None:
    events._static_router_data[SID]["headers"] = {"cookie": "session=member"}
    name = next(iter(HANDLERS))
    claim = {"id": "ann", "is_administrator": True, "session": ""}
    claims = {"webchat_person": claim, "headers": {"cookie": "session=admin"}, "token": "other"}
    await events.on_event(SID, event_of(name) | {"router_data": claims})

    (event,) = processor.events
    assert {"id": "mary", "is_administrator": False, "session": ""} in event.router_data.values()
    assert claim not in event.router_data.values()


# The routes beside Reflex.


class OnlyAccounts:
    """Services of which none but the accounts may be called."""

    accounts = People({"session=member": "mary"})

    def __getattr__(self, name: str) -> OnlyAccounts:
        return self

    def __call__(self, *args: object, **options: object) -> None:
        pytest.fail("a service was asked for nobody")


def routes() -> list[Route | WebSocketRoute]:
    transformer = app.api_transformer
    assert isinstance(transformer, Starlette)
    found = [each for each in transformer.routes if not isinstance(each, Mount)]
    assert all(isinstance(each, Route | WebSocketRoute) for each in found)
    return found  # type: ignore[return-value]


def test_s1_every_route_is_classified() -> None:
    assert {each.path for each in routes()} == PUBLIC_ROUTES | ROUTES_SIGNED_IN


@pytest.mark.parametrize("cookie", ["", "session=of-nobody"])
async def test_s1_no_route_answers_nobody(monkeypatch: pytest.MonkeyPatch, cookie: str) -> None:
    """Nothing but the accounts is asked.

    The websocket of changes is tried in `tests/unit/http/test_changes.py`.
    """
    monkeypatch.setattr(runtime, "_running", OnlyAccounts())
    server = Starlette(routes=routes())
    transport = httpx.ASGITransport(server)
    headers = {"Cookie": cookie}
    async with httpx.AsyncClient(transport=transport, base_url="http://webchat", headers=headers) as client:
        for each in routes():
            if not isinstance(each, Route) or each.path in PUBLIC_ROUTES or each.path.startswith("/share"):
                continue
            path = each.path.replace("{", "").replace("}", "")
            for method in (each.methods or set()) - {"HEAD"}:
                response = await client.request(method, path)
                assert response.status_code == 401, (method, path)
