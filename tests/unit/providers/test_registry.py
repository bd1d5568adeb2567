from __future__ import annotations

import pytest

from webchat.providers import OpenAICompatible
from webchat.providers.errors import BadConfiguration
from webchat.providers.guide.guide import Guide
from webchat.providers.registry import KINDS, build_provider


def test_a_provider_is_built_by_the_name_of_its_kind() -> None:
    provider = build_provider("OpenAICompatible", base_url="localhost:11434", name="Ollama")
    assert isinstance(provider, OpenAICompatible)
    assert (provider.name, provider.kind) == ("Ollama", "OpenAICompatible")
    assert isinstance(build_provider("Guide"), Guide)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_registered_by_name_and_has_an_example(kind: str) -> None:
    assert KINDS[kind].__name__ == kind
    assert ">>>" in (KINDS[kind].__doc__ or "")


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("Nonsense", {}),
        ("OpenAICompatible", {}),
        ("OpenAICompatible", {"base_url": "ftp://canary"}),
        ("OpenAICompatible", {"base_url": "https://a.org", "unknown": "canary"}),
        ("Guide", {"api_key": "canary"}),
    ],
)
def test_what_cannot_be_built_is_said_without_repeating_values(kind: str, config: dict[str, str]) -> None:
    with pytest.raises(BadConfiguration) as caught:
        build_provider(kind, **config)
    assert "canary" not in str(caught.value)
