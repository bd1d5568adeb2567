from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from webchat.providers import errors as e
from webchat.providers.wire.status import Failure, error_for, failure_of, read_failure, retry_after

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def openai_error(message: str, code: str | int | None = None, kind: str = "invalid_request_error") -> bytes:
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}}).encode()


CASES: list[tuple[int | None, bytes, type[e.ProviderError]]] = [
    (401, openai_error("Incorrect API key provided", "invalid_api_key"), e.AuthenticationFailed),
    (403, openai_error("Country not supported"), e.AuthenticationFailed),
    (400, openai_error("API key not valid", "invalid_api_key"), e.AuthenticationFailed),
    (403, b"<html><title>Just a moment...</title></html>", e.ChallengePage),
    (503, b"<html><title>Just a moment...</title></html>", e.ChallengePage),
    (403, b"<html><body>Forbidden</body></html>", e.ChallengePage),
    (502, b"<html><title>502 Bad Gateway</title></html>", e.ServiceError),
    (402, openai_error("Insufficient credits"), e.QuotaExceeded),
    (429, openai_error("You exceeded your current quota", "insufficient_quota"), e.QuotaExceeded),
    (429, openai_error("Rate limit reached", "rate_limit_exceeded"), e.RateLimitError),
    (429, b"slow down", e.RateLimitError),
    (404, openai_error("The model `x` does not exist", "model_not_found"), e.ModelNotFound),
    (404, b'{"error":"model \\"x\\" not found, try pulling it first"}', e.ModelNotFound),
    (400, openai_error("x is not a valid model ID"), e.ModelNotFound),
    (404, b'{"detail":"Not Found"}', e.WrongAddress),
    (404, b"<html><title>404: no such model of car</title></html>", e.WrongAddress),
    (405, b"", e.WrongAddress),
    (302, b"", e.WrongAddress),
    (400, openai_error("maximum context length is 8192 tokens", "context_length_exceeded"), e.ContextTooLong),
    (
        400,
        b'{"error":{"code":400,"message":"the request exceeds the available context size"}}',
        e.ContextTooLong,
    ),
    (400, openai_error("temperature must be at most 2"), e.BadRequest),
    (422, b'{"detail":[{"loc":["body"],"msg":"field required"}]}', e.BadRequest),
    (413, b"", e.BadRequest),
    (408, b"", e.ServiceError),
    (500, openai_error("The server had an error"), e.ServiceError),
    (529, b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', e.ServiceError),
    (None, b'{"error":{"code":429,"message":"Provider returned error"}}', e.RateLimitError),
    (None, b'{"error":{"code":401,"message":"No auth"}}', e.AuthenticationFailed),
    (None, b'{"error":"boom"}', e.ServiceError),
    (
        404,
        openai_error("The API deployment for this resource does not exist.", "DeploymentNotFound"),
        e.ModelNotFound,
    ),
    (400, openai_error("The messages are too long.", 400, "too_many_prompt_tokens"), e.ContextTooLong),
    (400, openai_error("prompt too long; exceeded max context length by 9 tokens"), e.ContextTooLong),
    (429, openai_error("too many tokens per minute"), e.RateLimitError),
    (400, openai_error("too many tokens per minute"), e.BadRequest),
    (503, openai_error("Loading model", 503, "unavailable_error"), e.ModelLoading),
    (None, openai_error("Loading model", 503, "unavailable_error"), e.ModelLoading),
    (503, b'{"error":"Model org/m is currently loading","estimated_time":20.0}', e.ModelLoading),
    (503, openai_error("All slots are busy"), e.ServiceError),
    (None, openai_error("tool call validation failed", "tool_use_failed"), e.BadRequest),
    (None, b'{"error":{"message":"no","type":"x","status_code":400}}', e.BadRequest),
    (None, openai_error("overloaded", kind="server_error"), e.ServiceError),
]


@pytest.mark.parametrize(("status", "body", "kind"), CASES)
def test_each_status_gives_its_type(status: int | None, body: bytes, kind: type[e.ProviderError]) -> None:
    error = error_for("S", read_failure(body), status, model="x", models=["a"])
    assert type(error) is kind
    assert error.status == status


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error":{"message":"one"}}', "one"),
        (b'{"error":{"msg":"one"}}', "one"),
        (b'{"error":"one"}', "one"),
        (b'{"msg":"one"}', "one"),
        (b'{"message":"one"}', "one"),
        (b'{"detail":"one"}', "one"),
        (b'{"detail":[{"loc":["a"],"msg":"one"},{"msg":"two"}]}', "one; two"),
        (b'[{"error":{"code":400,"message":"one","status":"INVALID_ARGUMENT"}}]', "one"),
        (b"\xef\xbb\xbf one\n", "one"),
        (b"<p>one</p>", "one"),
        (b'{"msg":' * 6 + b'"deep"' + b"}" * 6, ""),
        (b'{"unknown":1}', ""),
        (b"[]", ""),
        (b"[" * 20000, "[" * 299 + "…"),
        (b"{not json", "{not json"),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_the_words_of_every_shape(body: bytes, words: str) -> None:
    assert error_for("S", read_failure(body), 400).service_words == words.strip("\ufeff")


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.", 8192),
        ("This endpoint's maximum context length is 200000 tokens. However, you requested 2500021", 200_000),
        ("the request exceeds the available context size. try increasing it", None),
        ("request (5008 tokens) exceeds the available context size (4096 tokens), try increasing it", 4096),
        ("Requested tokens (5000) exceed context window of 4096", 4096),
        ("the model is loaded with context length of only 4096 tokens, which is not enough", 4096),
        ("The input (5000 tokens) is longer than the model's context length (4,096 tokens).", 4096),
        ("prompt is too long: 210000 tokens > 200000 maximum", 200_000),
        ("Prompt contains 40000 tokens, too large for model with 32768 maximum context length", 32_768),
        ("This model's maximum prompt length is 131072 but the request contains 200000 tokens.", 131_072),
        ("The prompt is too long: 140000, model maximum context length: 131071", 131_071),
        (
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
            1_048_576,
        ),
        ("prompt token count of 13000 exceeds the limit of 12288", 12_288),
        ("Please reduce the context length. Current length is 9000 while limit is 8192", 8192),
        ("prompt too long; exceeded max context length by 1119046 tokens", None),
        ("maximum context length is 0 tokens", None),
        ("maximum context length is " + "9" * 5000, None),
        ("maximum context length is 999999999 tokens", None),
    ],
)
def test_the_limit_that_an_error_names(words: str, limit: int | None) -> None:
    error = error_for("S", Failure(words), 400)

    assert isinstance(error, e.ContextTooLong)
    assert error.limit == limit
    assert error.service_words


@pytest.mark.parametrize(
    ("held", "limit"), [(4096, 4096), (True, None), (-1, None), ("4096", None), (2**80, None)]
)
def test_the_limit_in_a_field_of_its_own(held: object, limit: int | None) -> None:
    failure = failure_of({"error": {"message": "exceeds the context size", "n_ctx": held}})
    error = error_for("S", failure, 400)

    assert isinstance(error, e.ContextTooLong)
    assert error.limit == limit


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_any_server_error_keeps_its_waiting_time(status: int) -> None:
    error = error_for("S", Failure("busy"), status, wait=7)

    assert error.retry_after == 7
    assert "Try again in 7 s" in str(error)


def test_a_model_that_is_loading_keeps_its_waiting_time() -> None:
    error = error_for("S", Failure("Loading model"), 503, wait=7)

    assert isinstance(error, e.ModelLoading)
    assert error.retry_after == 7


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"raw": "the host is down"}, "the host is down"),
        ({"raw": '{"error":{"message":"too hot"}}'}, "too hot"),
        ({"raw": "[" * 5000}, "[" * 299 + "…"),
        ({"raw": " "}, "Provider returned error"),
        ({"raw": 5}, "Provider returned error"),
        ("odd", "Provider returned error"),
    ],
)
def test_what_the_host_behind_a_router_said(metadata: object, words: str) -> None:
    failure = failure_of({"error": {"message": "Provider returned error", "metadata": metadata}})

    assert error_for("S", failure, 500).service_words == words


def test_a_routers_own_words_stay_before_those_of_the_host() -> None:
    failure = failure_of({"error": {"message": "Upstream failed", "metadata": {"raw": "out of memory"}}})

    assert failure.words == "Upstream failed: out of memory"


def test_a_used_up_quota_keeps_its_waiting_time() -> None:
    error = error_for("S", Failure(code="insufficient_quota"), 429, wait=30)
    assert isinstance(error, e.QuotaExceeded)
    assert error.retry_after == 30


def test_words_that_only_mention_a_rate_limit_decide_nothing() -> None:
    assert type(error_for("S", failure_of({"message": "see our rate limit page"}), 400)) is e.BadRequest


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 0 ", 0.0),
        ("1.5", 1.5),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60.0),
        ("Fri, 02 Jan 2026 03:04:00 GMT", 0.0),
        ("Friday, 02-Jan-26 03:05:05 GMT", 60.0),
        ("Fri, 02 Jan 2026 03:05:05 -0000", 60.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        ("٧", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, lambda: NOW) == seconds
