"""The translations of a language, read from its file in `languages/` when they are first needed."""

from __future__ import annotations

import asyncio
import gettext
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from webchat.words.language import ENGLISH, FOLDER

if TYPE_CHECKING:
    from babel import Locale
    from babel.messages import Catalog


@dataclass(frozen=True, slots=True)
class Words:
    """What a language needs: its messages, and the signs in its numbers. `locale` is None for English."""

    messages: gettext.NullTranslations
    group: str = ","
    decimal: str = "."
    locale: Locale | None = None


_loaded = {ENGLISH: Words(gettext.NullTranslations())}


async def prepare(language: str) -> None:
    """Read a language without holding up anything else, because it takes a tenth of a second."""
    if language not in _loaded:
        await asyncio.to_thread(words_of, language)


def words_of(language: str) -> Words:
    """The words of a language in `LANGUAGES`."""
    if (words := _loaded.get(language)) is None:
        words = _loaded[language] = _read(language)
    return words


def file_of(language: str) -> Catalog:
    """The file of a language, as Babel reads it."""
    # Imported only for other languages than English, because it takes megabytes.
    from babel.messages.pofile import read_po

    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file)


def _read(language: str) -> Words:
    from babel import Locale
    from babel.core import UnknownLocaleError
    from babel.messages.mofile import write_mo

    try:
        locale = Locale.parse(language, sep="-")
    except UnknownLocaleError:  # the pseudo-locale of tests
        locale = Locale.parse(language.partition("-")[0])
    compiled = BytesIO()
    write_mo(compiled, file_of(language))
    compiled.seek(0)
    symbols = locale.number_symbols["latn"]
    return Words(gettext.GNUTranslations(compiled), symbols["group"], symbols["decimal"], locale)
