"""The words for what becomes of the assistants in a file."""

from __future__ import annotations

from collections.abc import Sequence

_LEFT_OUT = {
    "picture": "its picture cannot be read and is left out",
    "temperature": "its temperature is not a number from 0 to 2 and is left out",
    "tools": "its knowledge, tools and filters are left out",
}


def told(*, present: bool, model: str, used: str, left_out: Sequence[str]) -> str:
    """What becomes of an assistant that can be imported.

    >>> told(present=False, model="gpt-9", used="", left_out=[])
    'New. Its model gpt-9 is not available here, your default is used.'

    Args:
        present: whether it is there already.
        model: the model that the file names, if another one is used.
        used: that one; empty for the default.
        left_out: what of it is left out.
    """
    if present:
        return "Already there, not added again."
    notes = [f"its model {model} is not available here, {used or 'your default'} is used"] if model else []
    notes += [_LEFT_OUT[each] for each in left_out]
    text = "; ".join(notes)
    return f"New. {text[0].upper()}{text[1:]}." if text else "New."
