"""What a person prefers: defaults, titles, deletion, shortcuts, favourite models."""

from __future__ import annotations

import pytest

from tests.integration.services.world import World
from webchat.services.errors import ModelUnknown, ParameterInvalid, ShortcutInvalid
from webchat.services.preferences import (
    MAX_FAVOURITES,
    MAX_SHORTCUTS,
    TITLES_BY_CHAT,
    TITLES_OFF,
    Preferences,
    PreferenceService,
)


@pytest.fixture
def preferences(world: World) -> PreferenceService:
    return world.services.preferences


async def test_defaults_are_kept_for_each_owner(world: World, preferences: PreferenceService) -> None:
    await preferences.set_defaults(world.owner, " Be brief. ", "0.5")
    await preferences.set_title_model(world.owner, TITLES_OFF)
    await preferences.set_delete_after(world.owner, " 30 ")

    assert await preferences.get(world.owner) == Preferences("Be brief.", 0.5, TITLES_OFF, 30)
    assert await preferences.get(world.stranger) == Preferences("", None, TITLES_BY_CHAT, None)
    await preferences.set_delete_after(world.owner, "")
    assert (await preferences.get(world.owner)).delete_after_days is None


async def test_wrong_defaults_change_nothing(world: World, preferences: PreferenceService) -> None:
    before = await preferences.get(world.owner)
    for days in ("0", "3651", "-1", "x", None, True, "9" * 9):
        with pytest.raises(ParameterInvalid):
            await preferences.set_delete_after(world.owner, days)
    with pytest.raises(ParameterInvalid):
        await preferences.set_defaults(world.owner, "Prompt", "3")
    with pytest.raises(ModelUnknown):
        await preferences.set_title_model(world.owner, "no provider")

    assert await preferences.get(world.owner) == before


async def test_shortcuts_are_changed_turned_off_and_reset(
    world: World, preferences: PreferenceService
) -> None:
    await preferences.set_shortcut(world.owner, "palette", "Mod+Shift+K")
    await preferences.set_shortcut(world.owner, "new-chat", "")
    assert await preferences.shortcuts(world.owner) == {"palette": "Mod+Shift+K", "new-chat": ""}
    assert await preferences.shortcuts(world.stranger) == {}

    await preferences.set_shortcut(world.owner, "palette", "default")
    assert await preferences.shortcuts(world.owner) == {"new-chat": ""}
    await preferences.reset_shortcuts(world.owner)
    assert await preferences.shortcuts(world.owner) == {}


async def test_wrong_shortcuts_change_nothing(world: World, preferences: PreferenceService) -> None:
    for shortcut, keys in (
        ("Palette", "K"),
        ("palette", "Mod+"),
        ("x" * 33, "K"),
        (None, "K"),
        ("palette", 1),
    ):
        with pytest.raises(ShortcutInvalid):
            await preferences.set_shortcut(world.owner, shortcut, keys)
    for number in range(MAX_SHORTCUTS):
        await preferences.set_shortcut(world.owner, "a" * (number % 30 + 1) + "-b" * (number // 30), "K")
    with pytest.raises(ShortcutInvalid):
        await preferences.set_shortcut(world.owner, "one-more", "K")

    assert len(await preferences.shortcuts(world.owner)) == MAX_SHORTCUTS


async def test_favourites_are_added_and_removed(world: World, preferences: PreferenceService) -> None:
    await preferences.toggle_favourite(world.owner, "One:a")
    await preferences.toggle_favourite(world.owner, "Two:b:c")
    assert await preferences.favourites(world.owner) == ["One:a", "Two:b:c"]
    await preferences.toggle_favourite(world.owner, "One:a")
    assert await preferences.favourites(world.owner) == ["Two:b:c"]
    assert await preferences.favourites(world.stranger) == []

    for wrong in ("none", None):
        with pytest.raises(ModelUnknown):
            await preferences.toggle_favourite(world.owner, wrong)
    for number in range(MAX_FAVOURITES - 1):
        await preferences.toggle_favourite(world.owner, f"One:{number}")
    with pytest.raises(ParameterInvalid):
        await preferences.toggle_favourite(world.owner, "One:more")
    assert len(await preferences.favourites(world.owner)) == MAX_FAVOURITES
