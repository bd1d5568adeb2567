"""Converts LaTeX formulas to MathML with an allowlist of elements and attributes."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from webchat.rendering.texts import escaped

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_DEEPEST = 60
# Macros could expand endlessly, so none are allowed.
_MACROS = re.compile(
    r"\\(?:[a-z]*def|let|(?:re|provide)?newcommand|Declare|(?:re)?newenvironment)", re.IGNORECASE
)
_LENGTH = re.compile(r"[+-]?\d?(?:\.\d{1,4})?(?:em|ex)|0|-?[1-9]?\d(?:pt|mu|px)")
_WORDS = re.compile(r"[a-z -]{1,80}")
_NUMBER = re.compile(r"[+-]?\d")
_LENGTHS = re.compile(rf"(?:{_LENGTH.pattern})(?: (?:{_LENGTH.pattern}))*")

_PARTS = {
    "math": None, "mrow": None, "mi": None, "mn": None, "mo": None, "mtext": None, "mspace": None,
    "mstyle": None, "mpadded": None, "mphantom": None, "menclose": None, "msqrt": None, "mtable": None,
    "mtr": None, "mtd": None, "mlabeledtr": None, "mmultiscripts": None, "mprescripts": None, "none": None,
    "mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2, "msubsup": 3, "munderover": 3,
}  # fmt: skip
"""The allowed elements, with the number of children for those that need a fixed number."""

_VALUES = {
    "display": _WORDS, "mathvariant": _WORDS, "stretchy": _WORDS, "fence": _WORDS, "form": _WORDS,
    "separator": _WORDS, "symmetric": _WORDS, "largeop": _WORDS, "movablelimits": _WORDS, "accent": _WORDS,
    "accentunder": _WORDS, "displaystyle": _WORDS, "columnalign": _WORDS, "rowalign": _WORDS,
    "columnlines": _WORDS, "rowlines": _WORDS, "notation": _WORDS, "scriptlevel": _NUMBER,
    "linethickness": _LENGTH, "minsize": _LENGTH, "maxsize": _LENGTH, "mathsize": _LENGTH, "width": _LENGTH,
    "height": _LENGTH, "depth": _LENGTH, "lspace": _LENGTH, "rspace": _LENGTH, "columnspacing": _LENGTHS,
    "rowspacing": _LENGTHS,
}  # fmt: skip
"""The allowed attributes with the pattern of their values; others (href, class, style) are dropped."""


class NotShowable(Exception):
    """The formula must be shown as source."""


@lru_cache(maxsize=512)
def to_mathml(source: str, *, display: bool) -> str | None:
    """Return the formula as a `<math>` element, or None if its source must be shown instead."""
    if _MACROS.search(source):
        return None
    # Only the library's tree is used, because its text output would turn escaped characters back into tags.
    from latex2mathml.converter import Converter

    try:
        return _written(Converter(display="block" if display else "inline").convert_to_element(source), 0)
    except Exception:  # It has an error class for each kind of mistake and also raises others.
        return None


def _written(element: Element, depth: int) -> str:
    name, text = element.tag, html.unescape(element.text or "")
    if name not in _PARTS or depth > _DEEPEST or _PARTS[name] not in (None, len(element)):
        raise NotShowable
    if name in ("mi", "mo", "mn") and text.startswith("\\") and len(text) > 2:
        raise NotShowable  # a command the library does not know
    attributes = "".join(
        f' {key}="{value}"'
        for key, value in element.attrib.items()
        if key in _VALUES and _VALUES[key].fullmatch(value)
    )
    inside = escaped(text) + "".join(_written(part, depth + 1) for part in element)
    return f"<{name}{attributes}>{inside}</{name}>"
