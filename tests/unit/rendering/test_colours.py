"""Text can be read in both themes: a contrast of 4.5 to 1 (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import math
import re

import pytest

from webchat.rendering.document import stylesheet

_OKLCH = r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)"
_COLOUR = re.compile(rf"--([a-z-]+):light-dark\({_OKLCH},{_OKLCH}\)")
_RULES = re.search(r":root\{(.*?)\}", stylesheet())
assert _RULES is not None

PAIRS = [
    *((text, "background") for text in ("foreground", "muted-foreground", "primary")),
    *((text, "bubble") for text in ("foreground", "muted-foreground")),
    *((text, "muted") for text in ("foreground", "muted-foreground", "keyword", "string", "number")),
    *((text, "muted") for text in ("function", "builtin")),
    *((text, "surface") for text in ("foreground", "muted-foreground")),
    *((text, "card") for text in ("muted-foreground", "success", "warning", "danger")),
    ("foreground", "accent"),
    ("primary", "accent"),
    ("primary-foreground", "primary"),
    ("danger", "danger-surface"),
]


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """Of a colour in oklch (https://www.w3.org/TR/css-color-4/#color-conversion-code)."""
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, part)) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


LIGHT, DARK = (
    {found[0]: luminance(*map(float, found[at : at + 3])) for found in _COLOUR.findall(_RULES[1])}
    for at in (1, 4)
)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(colours: dict[str, float], text: str, ground: str) -> None:
    darker, lighter = sorted((colours[text], colours[ground]))

    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
