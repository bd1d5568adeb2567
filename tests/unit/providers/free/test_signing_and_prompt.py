from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webchat.messages import Message, Role
from webchat.providers import FreeGpt
from webchat.providers.free import aichat_free, free_gpt
from webchat.providers.free.prompt import format_prompt, sendable
from webchat.providers.free.signing import md5_signature, random_hex, random_mark

HELLO = "6e2493c26c34dc9085a0ca69ec10d130575540e4e7ad1ba9fd3ed6515327a126"
PRIVET = "21d87dc3e6973f82ee6f4e4f098bd7ea67878542e5944eeab6ce5387133d8407"

S, U, A = Role.SYSTEM, Role.USER, Role.ASSISTANT


@pytest.mark.parametrize("sign", [free_gpt.generate_signature, aichat_free.generate_signature])
def test_the_known_signatures(sign: object) -> None:
    assert callable(sign)
    assert sign(1700000000, "Hello") == HELLO
    assert sign(1700000000000, "Привет") == PRIVET
    assert sign(1700000000, "Hello", "") == HELLO != sign(1700000000, "Hello", "secret")


def test_the_names_of_the_parameters_are_as_documented() -> None:
    assert free_gpt.generate_signature(timestamp=1700000000, message="Hello", secret="") == HELLO
    assert aichat_free.generate_signature(time=1700000000000, text="Привет", secret="") == PRIVET


def test_the_known_md5() -> None:
    nonce = "0123456789abcdef0123456789abcdef"
    assert md5_signature(1700000000, nonce, "Bearer null") == "14364f59379955fd3332f08d295b5712"


def test_the_request_data_of_free_gpt() -> None:
    messages = [{"role": "system", "content": "S"}, {"role": "user", "content": "Hello"}]
    assert FreeGpt._build_request_data(messages, "Hello", 1700000000) == {
        "messages": messages,
        "time": 1700000000,
        "pass": None,
        "sign": HELLO,
    }
    with_values = FreeGpt()._build_request_data(
        [Message(U, "Hello")], prompt="Hello", timestamp=1, secret="x"
    )
    assert with_values["messages"] == [{"role": "user", "content": "Hello"}]
    assert with_values["sign"] == free_gpt.generate_signature(1, "Hello", "x")


@given(st.integers(), st.text())
def test_every_text_can_be_signed(seed: int, text: str) -> None:
    assert re.fullmatch("[0-9a-f]{64}", free_gpt.generate_signature(seed, text))


def test_a_lone_surrogate_is_signed_as_it_is_sent() -> None:
    (sent,) = sendable([Message(U, "a\ud800b")])
    assert sent.content == "a?b"
    assert free_gpt.generate_signature(1, "a\ud800b") == free_gpt.generate_signature(1, sent.content)


@given(st.integers(0, 2**32), st.integers(0, 64))
def test_random_marks(seed: int, count: int) -> None:
    assert re.fullmatch(f"[0-9a-f]{{{count}}}", random_hex(count, random.Random(seed)))
    assert re.fullmatch(f"[0-9a-z]{{{count}}}", random_mark(count, random.Random(seed)))
    assert random_hex(32, random.Random(seed)) == random_hex(32, random.Random(seed))


@pytest.mark.parametrize(
    ("messages", "prompt"),
    [
        ([(U, "Hi")], "Hi"),
        ([(S, "Be brief")], "Be brief"),
        (
            [(S, "S"), (U, "Hi"), (A, "Yo"), (U, "Q")],
            "System: S\nUser: Hi\nAssistant: Yo\nUser: Q\nAssistant:",
        ),
        ([(U, "a\nb"), (U, "")], "User: a\nb\nUser: \nAssistant:"),
    ],
)
def test_prompts(messages: list[tuple[Role, str]], prompt: str) -> None:
    assert format_prompt([Message(role, content) for role, content in messages]) == prompt


@given(st.lists(st.tuples(st.sampled_from(list(Role)), st.text()), min_size=2))
def test_a_prompt_holds_every_message_in_its_order(turns: list[tuple[Role, str]]) -> None:
    prompt = format_prompt([Message(role, content) for role, content in turns])
    assert prompt.endswith("\nAssistant:")
    rest = prompt
    for role, content in turns:
        line = f"{role.value.capitalize()}: {content}\n"
        assert rest.startswith(line)
        rest = rest[len(line) :]
    assert rest == "Assistant:"
