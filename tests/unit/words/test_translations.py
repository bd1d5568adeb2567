"""Every message is translated into every language, and every translation belongs to a message."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator

import pytest

from tests.translations import languages, stored, updated
from webchat.words.dates import day_and_month, day_month_year, weekday
from webchat.words.errors import message
from webchat.words.language import ENGLISH, FOLDER, LANGUAGES, accepted, chosen, current, speaking, wanted
from webchat.words.text import ngettext, t

UPDATE = "run `uv run python -m tests.translations`, then translate what is new in webchat/words/languages"


def placeholders(text: str) -> set[str]:
    """The names of the arguments, with their formats."""
    return {f"{name}:{form}" for _, name, form, _ in string.Formatter().parse(text) if name is not None}


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Each message with each of its translations."""
    for each in stored(language):
        if each.id:
            originals = [each.id] if isinstance(each.id, str) else list(each.id)
            translated: Iterable[str] = [each.string] if isinstance(each.string, str) else each.string or ()
            yield from ((originals[-1], text) for text in translated)


@pytest.mark.parametrize("language", languages())
def test_the_file_has_the_messages_of_the_sources_and_no_others(language: str) -> None:
    assert updated(language) == (FOLDER / f"{language}.po").read_bytes(), UPDATE


@pytest.mark.parametrize("language", languages())
def test_everything_is_translated(language: str) -> None:
    assert [original for original, text in pairs(language) if not text.strip()] == [], UPDATE
    assert [each.id for each in stored(language) if each.id and each.fuzzy] == []


@pytest.mark.parametrize("language", languages())
def test_a_translation_has_the_placeholders_of_its_message(language: str) -> None:
    different = [
        (original, text) for original, text in pairs(language) if placeholders(original) != placeholders(text)
    ]
    assert different == []


@pytest.mark.parametrize("language", languages())
def test_a_language_is_offered_by_its_own_name(language: str) -> None:
    assert LANGUAGES[language]
    assert stored(language).num_plurals >= 1


def test_russian_counts_as_russians_do() -> None:
    with speaking("ru"):
        assert [ngettext("{count} message", "{count} messages", number) for number in (1, 3, 11, 1200)] == [
            "1 сообщение",
            "3 сообщения",
            "11 сообщений",
            "1\u00a0200 сообщений",
        ]


def test_an_error_is_said_in_the_language_of_whoever_reads_it() -> None:
    arguments = {"provider": "Some Service", "retry_after": 7}
    english = message("rate_limited", arguments)
    with speaking("ru"):
        russian = message("rate_limited", arguments)
    assert english.startswith("Some Service's rate limit")
    assert russian == (
        "Превышен лимит запросов к Some Service. Попробуйте через 7\u00a0с или выберите другую модель."
    )
    assert current() == ENGLISH


def test_dates_are_said_in_the_language() -> None:
    from datetime import date

    day = date(2026, 12, 1)
    assert (day_and_month(day), day_month_year(day), weekday(day)) == (
        "1 December",
        "1 December 2026",
        "Tuesday",
    )
    with speaking("ru"):
        assert (day_and_month(day), day_month_year(day), weekday(day)) == (
            "1 декабря",
            "1 декабря 2026",
            "Вторник",
        )


def test_what_has_no_translation_is_english() -> None:
    with speaking("ru"):
        assert t("Never said {name}", name="before") == "Never said before"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("ru", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en;q=0.5, ru;q=0.7", "ru"),
        ("en, ru", "en"),
        ("tlh, qya", "en"),
        ("*", "en"),
        ("ru;q=0, tlh", "en"),
        ("ru;q=high, en", "en"),
        (";;;,,,=", "en"),
        ("tlh," * 10_000 + "ru", "en"),
    ],
)
def test_the_browser_says_which_language_it_prefers(header: str, language: str) -> None:
    assert accepted(header) == language


def test_a_choice_goes_before_what_the_browser_prefers() -> None:
    assert wanted({"cookie": "a=b; webchat_language=en", "accept-language": "ru"}) == "en"
    assert wanted({"cookie": "webchat_language=tlh", "accept-language": "ru"}) == "ru"
    assert wanted({}) == "en"
    assert chosen("webchat_language=../../etc") == ""
