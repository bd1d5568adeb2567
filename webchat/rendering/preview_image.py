"""The preview image of a share link."""

from __future__ import annotations

import io
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from webchat.rendering.texts import one_line, untitled
from webchat.words.text import ngettext

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

SIZE = (1200, 630)
_BRAND = (0x0F, 0x76, 0x6E)
_WHITE = (0xFF, 0xFF, 0xFF)
_BACKGROUND, _PALE, _TEXT = 0, 52, 63
"""Levels of the palette, which goes from the brand colour to white."""
_MARGIN = 90
_LINES = 3
_TITLE_SIZE = 68
_NOTE_SIZE = 34
_FONT = Path(__file__).with_name("fonts") / "DejaVuSans-Bold.ttf"
_MISSING = "\ufffe"
_LONGEST = 200


def preview_png(title: str | None, messages: int) -> bytes:
    """Return a PNG of 1200×630: the title and the number of messages.

    Without a title, or with one in a script that the font does not support, the image is generic.
    """
    from PIL import Image, ImageDraw

    font = _font(_TITLE_SIZE)
    shown = _showable(title, font) if title is not None else None
    image = Image.new("L", SIZE, _BACKGROUND)
    draw = ImageDraw.Draw(image)
    image.paste(_TEXT, (_MARGIN, 76), _bubble(100))
    height = round(_TITLE_SIZE * 1.3)
    lines = _wrapped(shown or untitled(), font)
    top = 330 - height * len(lines) // 2
    for number, line in enumerate(lines):
        draw.text((_MARGIN, top + number * height), line, fill=_TEXT, font=font)
    note = "webchat" if title is None else f"{_messages(messages)} · webchat"
    draw.text((_MARGIN, SIZE[1] - 100), note, fill=_PALE, font=_font(_NOTE_SIZE))
    written = io.BytesIO()
    image.putpalette(_palette())
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _palette() -> list[int]:
    """The red, green and blue of each level."""
    return [
        round(brand + (white - brand) * level / _TEXT)
        for level in range(_TEXT + 1)
        for brand, white in zip(_BRAND, _WHITE, strict=True)
    ]


def _messages(number: int) -> str:
    return ngettext("{count} message", "{count} messages", number)


@lru_cache(maxsize=2)
def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(_FONT, size, layout_engine=ImageFont.Layout.BASIC)


def _showable(title: str, font: FreeTypeFont) -> str | None:
    """The title without emoji, or None if the font lacks any of its letters."""
    line = one_line(unicodedata.normalize("NFC", title))[:_LONGEST]
    box = _drawn(font, _MISSING)
    kept = ""
    for sign in line:
        if sign == " " or _drawn(font, sign) != box:
            kept += sign
        elif unicodedata.category(sign) not in ("So", "Sk", "Mn", "Me", "Cf") or _is_of_a_script(sign):
            return None
    return " ".join(kept.split()) or None


def _is_of_a_script(sign: str) -> bool:
    """Whether a combining mark belongs to a letter and not to an emoji (variation selectors, keycaps)."""
    return unicodedata.category(sign) in ("Mn", "Me") and not (
        "\ufe00" <= sign <= "\ufe0f" or sign == "\u20e3"
    )


@lru_cache(maxsize=512)
def _drawn(font: FreeTypeFont, sign: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(sign)
    return mask.size, bytes(mask)


def _wrapped(text: str, font: FreeTypeFont) -> list[str]:
    width = SIZE[0] - 2 * _MARGIN
    lines, current = [], ""
    for word in text.split(" "):
        joined = f"{current} {word}" if current else word
        if font.getlength(joined) <= width:
            current = joined
            continue
        if current:
            lines.append(current)
        while font.getlength(word) > width:
            cut = next(n for n in range(len(word) - 1, 0, -1) if font.getlength(word[:n]) <= width)
            lines.append(word[:cut])
            word = word[cut:]
        current = word
    lines.append(current)
    if len(lines) <= _LINES:
        return lines
    last = lines[_LINES - 1]
    while font.getlength(last + "…") > width:
        last = last[:-1]
    return [*lines[: _LINES - 1], last.rstrip() + "…"]


def _bubble(height: int) -> Image:
    """The speech bubble of the favicon as a mask, drawn large and scaled down for smooth edges."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", (400, 400), 0)
    draw = ImageDraw.Draw(mask)
    draw.rounded_rectangle((0, 0, 399, 299), radius=88, fill=255)
    draw.polygon([(36, 200), (36, 392), (210, 260)], fill=255)
    draw.rounded_rectangle((112, 94, 288, 126), radius=16, fill=0)
    draw.rounded_rectangle((112, 166, 228, 198), radius=16, fill=0)
    return mask.resize((height, height), Image.Resampling.LANCZOS)
