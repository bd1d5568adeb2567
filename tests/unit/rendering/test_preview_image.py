from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from webchat.rendering.preview_image import SIZE, preview_png


def pixels(title: str | None, messages: int = 20) -> bytes:
    with Image.open(io.BytesIO(preview_png(title, messages))) as image:
        assert (image.format, image.size) == ("PNG", SIZE)
        return image.convert("RGB").tobytes()


UNTITLED = pixels("A shared conversation")


@pytest.mark.parametrize(
    "title", ["Plan", "Größe, “naïve” – œuvre…", "Ελληνικά και άλλα", "Українська, русский", "a" * 500]
)
def test_a_title_is_drawn(title: str) -> None:
    assert pixels(title) not in (UNTITLED, pixels(None))


@pytest.mark.parametrize(
    "title", ["日本語の話", "Mixed 漢字", "שלום", "हिन्दी", "ไทย", "", "🚀", "a\u0335\u0489"]
)
def test_script_without_glyphs_gives_the_general_preview_image(title: str) -> None:
    assert pixels(title) == UNTITLED


def test_emoji_are_left_out() -> None:
    assert pixels("🚀 Launch plan ✈️ 👩‍🚀") == pixels("Launch plan")


def test_it_tells_nothing_where_there_is_no_title() -> None:
    assert pixels(None, 1) == pixels(None, 20)
    assert pixels("Plan", 1) != pixels("Plan", 20)


def test_it_is_small() -> None:
    assert (
        len(preview_png("A title that is long enough to need all of the lines there are, and then some", 20))
        < 60_000
    )


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(), max_size=250))
def test_any_title_gives_a_picture(title: str) -> None:
    pixels(title)
