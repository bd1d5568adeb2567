"""The language that a browser asks for."""

from __future__ import annotations

import pytest

from webchat.words import language


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("pt-BR", "pt-BR"),
        ("pt-br;q=0.5, en;q=0.4", "pt-BR"),
        ("pt-PT", "pt"),
        ("pt-Latn-BR", "pt"),
        ("de, pt;q=0.1", "pt"),
        ("*", "en"),
        ("de", "en"),
        ("pt;q=0", "en"),
        ("-", "en"),
        ("", "en"),
    ],
)
def test_the_closest_language_is_chosen(monkeypatch: pytest.MonkeyPatch, header: str, expected: str) -> None:
    monkeypatch.setattr(language, "LANGUAGES", {"en": "English", "pt": "Português", "pt-BR": "Português"})

    assert language.accepted(header) == expected
