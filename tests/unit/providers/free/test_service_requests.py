"""What each service is sent."""

from __future__ import annotations

import random
import re

from tests.unit.providers.free.services import HI, SERVICES, TURNS, Wire, text_of
from tests.unit.providers.transcripts import answer_of
from webchat.messages import Message, Role
from webchat.providers import AIChatFree, ChatgptFree, ChatGptt, ChatRequest, FlowGpt, FreeGpt
from webchat.providers.free.base import DESKTOP
from webchat.providers.free.free_gpt import generate_signature as sign


async def test_the_wire_of_free_gpt() -> None:
    wire = Wire(FreeGpt)
    provider = FreeGpt(transport=wire.transport, wall_clock=lambda: 1700000000.9)
    await text_of(provider.create_async_generator("", TURNS))

    (request,) = wire.requests
    assert str(request.url) == "https://s.aifree.site/api/generate"
    assert wire.json == {
        "messages": TURNS,
        "time": 1700000000,
        "pass": None,
        "sign": sign(1700000000, "Привет"),
    }


async def test_the_wire_of_aichat_free() -> None:
    wire = Wire(AIChatFree)
    provider = AIChatFree(transport=wire.transport, wall_clock=lambda: 1700000000.0)
    await text_of(provider.create_async_generator("", TURNS))

    (request,) = wire.requests
    assert str(request.url) == "https://aichatfree.info/api/generate"
    assert request.headers["user-agent"] == DESKTOP
    assert request.headers["content-type"] == "text/plain;charset=UTF-8"
    assert request.headers["accept"] == "*/*"
    assert request.headers["origin"] == "https://aichatfree.info"
    assert request.headers["referer"] == "https://aichatfree.info/"
    roles = ["user", "user", "model", "user"]
    assert wire.json == {
        "messages": [
            {"role": role, "parts": [{"text": turn["content"]}]}
            for role, turn in zip(roles, TURNS, strict=True)
        ],
        "time": 1700000000000,
        "pass": None,
        "sign": "21d87dc3e6973f82ee6f4e4f098bd7ea67878542e5944eeab6ce5387133d8407",
    }


async def test_the_wire_of_chatgpt_free() -> None:
    wire = Wire(ChatgptFree)
    await text_of(ChatgptFree(transport=wire.transport).create_async_generator("gpt-4o-mini", TURNS))

    page, post = wire.requests
    assert (page.method, str(page.url)) == ("GET", "https://chatgptfree.ai/")
    assert str(post.url) == "https://chatgptfree.ai/wp-admin/admin-ajax.php"
    assert post.headers["content-type"] == "application/x-www-form-urlencoded"
    assert post.headers["origin"] == "https://chatgptfree.ai"
    assert post.headers["referer"] == "https://chatgptfree.ai/chat/"
    assert post.headers["user-agent"] == page.headers["user-agent"] == DESKTOP
    assert wire.form == {
        "_wpnonce": "d1e2f3",
        "post_id": "42",
        "url": "https://chatgptfree.ai",
        "action": "wpaicg_chat_shortcode_message",
        "message": "System: S\nUser: Hi\nAssistant: Yo\nUser: Привет\nAssistant:",
        "bot_id": "0",
    }


async def test_the_wire_of_chatgptt() -> None:
    wire = Wire(ChatGptt)
    provider = ChatGptt(transport=wire.transport, randomness=random.Random(7))
    await text_of(provider.create_async_generator("gpt-4", HI))

    post = wire.requests[-1]
    assert post.headers["accept"] == "application/json"
    assert post.headers["origin"] == "https://chatgptt.me"
    assert post.headers["referer"] == "https://chatgptt.me/chat"
    client_id = wire.form["wpaicg_chat_client_id"]
    assert re.fullmatch("[0-9a-f]{10}", client_id)
    assert wire.form == {
        "_wpnonce": "d1e2f3",
        "post_id": "42",
        "url": "https://chatgptt.me",
        "action": "wpaicg_chat_shortcode_message",
        "message": "hi",
        "bot_id": "0",
        "chatbot_identity": "shortcode",
        "wpaicg_chat_client_id": client_id,
        "wpaicg_chat_history": "[]",
    }


async def test_the_wire_of_flow_gpt() -> None:
    wire = Wire(FlowGpt)
    provider = FlowGpt(transport=wire.transport, wall_clock=lambda: 1700000000.5, randomness=random.Random(7))
    await text_of(provider.create_async_generator("gemini-pro", TURNS, temperature=0.3))

    (request,) = wire.requests
    assert str(request.url) == "https://prod-backend-k8s.flowgpt.com/v3/chat-anonymous"
    headers = request.headers
    assert headers["authorization"] == "Bearer null"
    assert headers["x-timestamp"] == "1700000000"
    assert re.fullmatch("[0-9a-f]{32}", headers["x-nonce"])
    assert re.fullmatch("f-[a-z0-9]{19}", headers["x-flow-device-id"])
    assert headers["referer"] == "https://flowgpt.com/"
    assert headers["origin"] == "https://flowgpt.com"
    assert wire.json == {
        "model": "google-gemini",
        "nsfw": False,
        "question": "Привет",
        "history": TURNS[1:3],
        "system": "S",
        "temperature": 0.3,
        "promptId": "model-google-gemini",
        "documentIds": [],
        "chatFileDocumentIds": [],
        "generateImage": False,
        "generateAudio": False,
    }


async def test_what_flow_gpt_sends_unasked() -> None:
    wire = Wire(FlowGpt)
    turns = [
        Message(Role.SYSTEM, "One"),
        Message(Role.USER, "Hi"),
        Message(Role.SYSTEM, "Two"),
        Message(Role.ASSISTANT, "Yo"),
    ]
    provider = FlowGpt(transport=wire.transport)
    async with provider.stream(ChatRequest("", turns)) as events:
        assert [event async for event in events]
    assert wire.json["system"] == "One\nTwo"
    assert wire.json["question"] == "Hi"
    assert wire.json["history"] == [{"role": "assistant", "content": "Yo"}]
    assert wire.json["temperature"] == 0.7
    await answer_of(provider, model="")
    assert wire.json["system"]


def test_only_flow_gpt_is_told_the_model() -> None:
    assert [service.kind for service in SERVICES if service.sends_model] == ["FlowGpt"]
