"""The presets of providers."""

from __future__ import annotations

import pytest

from webchat.services.catalogue.details import checked_urls
from webchat.services.catalogue.presets import PRESETS, Preset, find_preset


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_preset_is_found_and_its_address_valid(preset: Preset) -> None:
    assert find_preset(preset.name) == preset
    assert checked_urls(preset.address, mirrors=False) == preset.address


def test_unknown_name_has_no_preset() -> None:
    assert find_preset("Other") is None
