from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Dialect
from sqlalchemy.dialects import registry

from webchat.messages import Role
from webchat.storage.types import (
    CleanText,
    GenerationStatus,
    MessageStatus,
    RoleType,
    UtcDateTime,
    fold,
)

DIALECTS: list[Dialect] = [registry.load(name)() for name in ("sqlite", "postgresql")]


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_moments_are_kept_in_utc(dialect: Dialect) -> None:
    kind = UtcDateTime()
    noon_in_paris = datetime(2025, 7, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=2)))
    stored = kind.process_bind_param(noon_in_paris, dialect)
    assert stored == datetime(2025, 7, 1, 10, 0, 0, 1, tzinfo=UTC)
    assert stored is not None
    assert stored.tzinfo is UTC
    assert kind.process_result_value(stored.replace(tzinfo=None), dialect) == stored
    read = kind.process_result_value(noon_in_paris, dialect)
    assert read is not None
    assert read.tzinfo is UTC
    assert kind.process_bind_param(None, dialect) is None
    assert kind.process_result_value(None, dialect) is None


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2025, 7, 1), DIALECTS[0])


@pytest.mark.parametrize("dialect", DIALECTS, ids=["sqlite", "postgresql"])
def test_words_are_stored_as_they_are(dialect: Dialect) -> None:
    kind = RoleType()
    assert kind.process_bind_param(Role.USER, dialect) == "user"
    assert type(kind.process_bind_param(Role.USER, dialect)) is str
    assert kind.process_result_value("assistant", dialect) is Role.ASSISTANT
    assert kind.process_bind_param(None, dialect) is None
    assert kind.process_result_value(None, dialect) is None
    with pytest.raises(ValueError, match="robot"):
        kind.process_bind_param("robot", dialect)


def test_a_generation_ends_in_a_status_its_message_has() -> None:
    ended = {status.value for status in GenerationStatus} - {"running"}
    assert ended == {status.value for status in MessageStatus} - {"streaming"}


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("plain", "plain"),
        ("né\U0001f600", "né\U0001f600"),
        ("\ud83d\ude00", "\U0001f600"),
        ("a\ud83d", "a�"),
        ("\ude00é", "�é"),
        ("a\0b", "a�b"),
        ("é\0", "é�"),
        ("", ""),
    ],
)
def test_text_becomes_what_every_database_holds(given_: str, stored: str) -> None:
    assert CleanText().process_bind_param(given_, DIALECTS[0]) == stored


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_any_text_can_be_encoded_and_sound_text_is_left_alone(text: str) -> None:
    stored = CleanText().process_bind_param(text, DIALECTS[0])
    assert stored is not None
    stored.encode()
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert stored == text.replace("\0", "�")


@pytest.mark.parametrize(
    ("one", "other"),
    [("ÉTÉ", "été"), ("Straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("e\u0301", "É"), ("ﬁ", "FI")],
)
def test_folded_text_compares_in_any_script(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
