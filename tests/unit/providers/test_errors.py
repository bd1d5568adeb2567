from __future__ import annotations

import inspect
import re

import pytest

from webchat.providers import errors
from webchat.providers.errors import (
    BadConfiguration,
    ModelNotFound,
    ProviderError,
    ProviderTimeout,
    QuotaExceeded,
    RateLimitError,
    ServiceError,
    TruncatedAnswer,
    plain_words,
)


def classes() -> list[type[ProviderError]]:
    found = [value for value in vars(errors).values() if inspect.isclass(value)]
    return [value for value in found if issubclass(value, ProviderError)]


def made(kind: type[ProviderError]) -> ProviderError:
    if kind is ProviderTimeout:
        return ProviderTimeout("Some Service", "idle", 60)
    if kind is ModelNotFound:
        return ModelNotFound("Some Service", "gpt-9", ["gpt-4o"])
    return kind("Some Service")


def test_the_docstring_draws_the_whole_tree() -> None:
    assert errors.__doc__ is not None
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__)
    assert sorted(drawn) == sorted(kind.__name__ for kind in classes() if kind is not ProviderError)


def test_codes_are_stable_snake_case_and_never_shared() -> None:
    codes = [kind.code for kind in classes()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize("kind", classes())
def test_every_error_reads_as_sentences_with_advice(kind: type[ProviderError]) -> None:
    error = made(kind)
    assert re.fullmatch(r"[A-Z“].+\. [A-Z].+\.", str(error))
    assert "{" not in str(error)


def test_an_error_quotes_the_service_and_tells_what_is_kept() -> None:
    error = ServiceError("Some Service", status=503, service_words="Overloaded", partial_text="Once upon")
    assert str(error) == (
        "Some Service had a server error (HTTP 503): “Overloaded”. What arrived is saved. "
        "This is usually temporary. Try again in a moment, or choose another model."
    )


def test_an_error_after_text_is_never_retried_unasked() -> None:
    error = TruncatedAnswer("Some Service")
    assert error.retryable
    error.partial_text = "Once upon"
    assert not error.retryable


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "in a moment"), (7, "in 7 s"), (0, "in 1 s"), (600, "in 10 minutes"), (9000, "in 2 hours")],
)
def test_a_rate_limit_says_when_to_come_back(seconds: float | None, words: str) -> None:
    assert f"Try again {words}" in str(RateLimitError("S", retry_after=seconds))


def test_exhausted_quota_is_a_rate_limit_without_retry() -> None:
    error = QuotaExceeded("S", retry_after=7)
    assert isinstance(error, RateLimitError)
    assert not error.retryable


def test_an_unknown_model_names_those_there_are() -> None:
    assert "It has a, b." in str(ModelNotFound("S", "c", ["a", "b"]))
    assert "and 2 more" in str(ModelNotFound("S", "c", [str(number) for number in range(10)]))
    assert "No model" in str(ModelNotFound("S", ""))


def test_a_bad_configuration_is_a_value_error_too() -> None:
    assert issubclass(BadConfiguration, ValueError)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  two\n words\t", "two words"),
        ("<html><title>Oops</title><style>a{}</style><p>It &amp; <b>broke</b></p>", "Oops – It & broke"),
        ("<script>alert(1)</script><script>never closed", ""),
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("x" * 301, "x" * 299 + "…"),
        ("", ""),
    ],
)
def test_words_become_one_plain_short_line(text: str, words: str) -> None:
    assert plain_words(text) == words


def test_a_representation_tells_the_kind_and_holds_no_words() -> None:
    error = ServiceError("S", status=500, service_words="words")
    assert repr(error) == "<ServiceError service_error provider='S' status=500>"
