"""Every recorded answer and refusal of the five services gives the same wherever its bytes are cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx

from tests.unit.providers.transcripts import TRANSCRIPTS, Pieces, answer_of
from webchat.messages import TextDelta
from webchat.providers import AIChatFree, ChatgptFree, ChatGptt, FlowGpt, FreeGpt
from webchat.providers import errors as e

PAGE = '<div data-post-id="42" data-nonce="d1e2f3"></div>'
SERVICES: dict[str, tuple[type, str]] = {
    "free_gpt": (FreeGpt, "https://mirror.test/api/generate"),
    "aichat_free": (AIChatFree, "https://mirror.test/api/generate"),
    "chatgpt_free": (ChatgptFree, "https://mirror.test/wp-admin/admin-ajax.php"),
    "chatgptt": (ChatGptt, "https://mirror.test/wp-admin/admin-ajax.php"),
    "flow_gpt": (FlowGpt, "https://mirror.test/v3/chat-anonymous"),
}

GREETING = "Привет, 你好 👋"
TEXT_ANSWERS = {
    "answer": "Привет! Как дела? 👋\n\n```html\n<p>Квота</p>\n```\n",
    "answer_of_one_sign": "!",
    "answer_like_a_quota": "Quota",
    "answer_json": '{"status": "ok", "items": [1, 2]}\n',
    "answer_markup": "<p>Hi</p>",
    "answer_blank_first": "\n\n Привет\n",
    "answer_quotes_the_words": "Он пишет 当前地区当日额度已消耗完 и Quota exceeded.",
}
ANSWERS: dict[str, dict[str, str]] = {
    "free_gpt": TEXT_ANSWERS,
    "aichat_free": TEXT_ANSWERS,
    "chatgpt_free": dict.fromkeys(
        ["answer", "answer_crlf", "answer_done_at_the_end", "answer_whole"], GREETING
    ),
    "chatgptt": {"answer": f'{GREETING}\n"ok"', "answer_utf8": GREETING},
    "flow_gpt": dict.fromkeys(["answer", "answer_crlf", "answer_no_last_line_end"], "Привет, 你好\u2028👋"),
}

CHALLENGE = "Just a moment... – Checking your browser"
QUOTA = "当前地区当日额度已消耗完"
LIMIT = "You have reached your daily limit"
Failure = tuple[type[e.ProviderError], str, str]
TEXT_FAILURES: dict[str, Failure] = {
    "challenge": (e.ChallengePage, CHALLENGE, ""),
    "error": (e.ServiceError, "Внутренняя ошибка", ""),
    "error_cut": (e.MalformedAnswer, '{"error":{"code":500,"mess', ""),
    "minus_one": (e.MalformedAnswer, "-1", ""),
    "empty": (e.EmptyAnswer, "", ""),
    "blank": (e.EmptyAnswer, "", ""),
}
WORDPRESS_FAILURES: dict[str, Failure] = {
    "challenge": (e.ChallengePage, CHALLENGE, ""),
    "empty": (e.EmptyAnswer, "", ""),
    "no_text": (e.EmptyAnswer, "", ""),
    "minus_one": (e.NonceRefused, "-1", ""),
    "zero": (e.NonceRefused, "0", ""),
    "security_check": (e.NonceRefused, "Security check", ""),
    "quota": (e.QuotaExceeded, f"{QUOTA}, 请尝试更换网络环境", ""),
    "plain_words": (e.MalformedAnswer, "upstream connect error", ""),
    "error_limit": (e.RateLimitError, LIMIT, ""),
}
FAILURES: dict[str, dict[str, Failure]] = {
    "free_gpt": {
        **TEXT_FAILURES,
        "quota": (e.QuotaExceeded, QUOTA, ""),
        "quota_suffix": (e.QuotaExceeded, f"{QUOTA}, 请尝试更换网络环境", ""),
        "traffic": (e.RateLimitError, "流量异常，请稍后再试", ""),
    },
    "aichat_free": {
        **TEXT_FAILURES,
        "quota": (e.QuotaExceeded, "Quota exceeded", ""),
        "quota_suffix": (
            e.QuotaExceeded,
            "Quota exceeded for quota metric 'requests' and limit 'per minute'",
            "",
        ),
    },
    "chatgpt_free": {
        **WORDPRESS_FAILURES,
        "no_done": (e.TruncatedAnswer, "", GREETING),
        "no_done_with_finish": (e.TruncatedAnswer, "", GREETING),
        "limited": (e.QuotaExceeded, "You have reached your limit.", ""),
        "limited_at_the_end": (e.QuotaExceeded, "You have reached your limit.", ""),
        "error": (e.ServiceError, "Something went wrong, 你好", ""),
        "error_in_stream": (e.ServiceError, "Overloaded", "Привет"),
        "error_event": (e.ServiceError, "Overloaded", "Привет"),
        "malformed": (e.MalformedAnswer, '{"choices":[{"del', "Привет"),
    },
    "chatgptt": {
        **WORDPRESS_FAILURES,
        "cut": (e.TruncatedAnswer, "", "Привет "),
        "error": (e.ServiceError, "Something went wrong", ""),
        "no_data": (e.MalformedAnswer, '{"status": "success"}', ""),
        "data_is_no_text": (e.MalformedAnswer, '{"status": "success", "data": ["a"]}', ""),
    },
    "flow_gpt": {
        "challenge": (e.ChallengePage, CHALLENGE, ""),
        "empty": (e.EmptyAnswer, "", ""),
        "no_text": (e.EmptyAnswer, "", ""),
        "minus_one": (e.MalformedAnswer, "-1", ""),
        "quota": (e.QuotaExceeded, "Quota exceeded for today", ""),
        "error_event": (e.ServiceError, "Overloaded", "Привет"),
        "error_event_limit": (e.RateLimitError, LIMIT, ""),
        "error": (e.ServiceError, "Internal server error", ""),
        "malformed": (e.MalformedAnswer, '{"event":"te', "Привет"),
        "cut": (e.TruncatedAnswer, "", "Привет"),
        "text_is_no_text": (e.MalformedAnswer, '{"event": "text", "data": {"a": 1}}', ""),
    },
}
ANSWER_CASES = [(service, name) for service, names in ANSWERS.items() for name in names]
FAILURE_CASES = [(service, name) for service, names in FAILURES.items() for name in names]


def transcript(service: str, name: str) -> bytes:
    return (TRANSCRIPTS / service / f"{name}.txt").read_bytes()


def split_everywhere(body: bytes) -> Iterator[tuple[bytes, ...]]:
    yield from ((body[:cut], body[cut:]) for cut in range(len(body) + 1))
    yield tuple(bytes([byte]) for byte in body)


async def read(service: str, *pieces: bytes | Exception) -> tuple[str, e.ProviderError | None]:
    """Return the text of an answer that comes in these pieces, and the error that ended it."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, text=PAGE)
        return httpx.Response(200, stream=Pieces(pieces))

    kind, _ = SERVICES[service]
    provider = kind(base_url="https://mirror.test", transport=httpx.MockTransport(answer), read_pause=0)
    events, error = await answer_of(provider, model="")
    return text_of(events), error


def text_of(events: list[Any]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


@pytest.mark.parametrize("service", SERVICES)
def test_every_transcript_is_expected_to_give_something(service: str) -> None:
    files = {path.stem for path in (TRANSCRIPTS / service).glob("*.txt")}
    assert files == ANSWERS[service].keys() | FAILURES[service].keys()


@pytest.mark.parametrize(("service", "name"), ANSWER_CASES)
@respx.mock
async def test_an_answer(service: str, name: str) -> None:
    kind, url = SERVICES[service]
    respx.get("https://mirror.test/").respond(200, text=PAGE)
    asked = respx.post(url).respond(200, content=transcript(service, name))

    events, error = await answer_of(kind(base_url="https://mirror.test"), model="")

    assert error is None
    assert text_of(events) == ANSWERS[service][name]
    assert asked.call_count == 1


@pytest.mark.parametrize(("service", "name"), FAILURE_CASES)
@respx.mock
async def test_a_failure(service: str, name: str) -> None:
    kind, url = SERVICES[service]
    respx.get("https://mirror.test/").respond(200, text=PAGE)
    respx.post(url).respond(200, content=transcript(service, name))
    expected, words, partial = FAILURES[service][name]

    events, error = await answer_of(kind(base_url="https://mirror.test"), model="")

    assert type(error) is expected
    assert (error.service_words, error.partial_text) == (words, partial)
    assert text_of(events) in ("", partial)


@pytest.mark.no_cover  # the same lines thousands of times
@pytest.mark.parametrize(("service", "name"), ANSWER_CASES)
async def test_an_answer_split_at_every_byte(service: str, name: str) -> None:
    for pieces in split_everywhere(transcript(service, name)):
        assert await read(service, *pieces) == (ANSWERS[service][name], None), pieces


@pytest.mark.no_cover  # the same lines thousands of times
@pytest.mark.parametrize(("service", "name"), FAILURE_CASES)
async def test_a_failure_split_at_every_byte(service: str, name: str) -> None:
    expected, words, partial = FAILURES[service][name]
    for pieces in split_everywhere(transcript(service, name)):
        text, error = await read(service, *pieces)
        assert type(error) is expected, pieces
        assert (error.service_words, error.partial_text) == (words, partial), pieces
        assert text in ("", partial), pieces


@pytest.mark.parametrize("service", SERVICES)
async def test_a_connection_that_drops_at_every_byte(service: str) -> None:
    body = transcript(service, "answer")
    whole = ANSWERS[service]["answer"]
    for cut in range(len(body)):
        text, error = await read(service, body[:cut], httpx.ReadError("reset"))
        assert whole.startswith(text)
        if error is None:
            assert service == "chatgpt_free"
            assert text == whole
        elif error.partial_text:
            assert type(error) is e.TruncatedAnswer
            assert whole.startswith(error.partial_text)
        else:
            assert type(error) is e.ConnectionFailed
            assert error.retryable
