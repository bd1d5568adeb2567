"""The words for what becomes of the assistants in a file."""

from __future__ import annotations

from collections.abc import Sequence

from webchat.words.text import gettext_noop, ngettext, t

_LEFT_OUT = {
    "picture": gettext_noop("its picture cannot be read and is left out"),
    "temperature": gettext_noop("its temperature is not a number from 0 to 2 and is left out"),
    "files": gettext_noop("some of its files are not there or too many, and are left out"),
    "tools": gettext_noop("its knowledge, tools and filters are left out"),
}


def told(*, present: bool, model: str, used: str, left_out: Sequence[str], files: int = 0) -> str:
    """What becomes of an assistant that can be imported.

    >>> told(present=False, model="gpt-9", used="", left_out=[])
    'New. Its model gpt-9 is not available here, your default is used.'

    Args:
        present: whether it is there already.
        model: the model that the file names, if another one is used.
        used: that one; empty for the default.
        left_out: what of it is left out.
        files: how many files it has.
    """
    if present:
        return t("Already there, not added again.")
    notes = []
    if files:
        notes.append(ngettext("it has {count} file", "it has {count} files", files))
    if model and used:
        notes.append(t("its model {model} is not available here, {used} is used", model=model, used=used))
    elif model:
        notes.append(t("its model {model} is not available here, your default is used", model=model))
    notes += [t(_LEFT_OUT[each]) for each in left_out]
    text = "; ".join(notes)
    new = t("New.")
    return f"{new} {text[0].upper()}{text[1:]}." if text else new
