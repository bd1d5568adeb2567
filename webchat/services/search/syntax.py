"""What a person types into the search field.

    words                 all of them must occur; the last one may be unfinished
    "a phrase"            these words in this order
    begin*                words that begin so
    -word  -"a phrase"    must not occur
    model:gpt             answers of models whose names contain this
    role:user             questions; `role:assistant` is answers
    after:2025-03-01      on this day or later; also `2025-03` and `2025`
    in:work               in a folder whose name contains this
    tag:home              with this tag
    before:2025           before this day, month or year

Anything else is a word: no input is a syntax error, but a value that cannot be understood is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from webchat.messages import Role
from webchat.services.errors import SearchInvalid
from webchat.storage.queries.search import FIRST_YEAR, Term

MAX_QUERY = 500
"""Maximum characters."""
MAX_TERMS = 20
"""Maximum words, phrases and filters together."""
SHORTEST_PREFIX = 3
"""Characters from which an unfinished word is completed; fewer begin too many words."""

_PART = re.compile(
    r"""(?P<minus>-?)(?:(?P<key>[A-Za-z]+):(?=[^\s]))?(?:"(?P<phrase>[^"]*)(?P<end>"?)|(?P<word>[^\s"]+))"""
)
_ROLES = {"user": Role.USER, "me": Role.USER, "assistant": Role.ASSISTANT, "answer": Role.ASSISTANT}
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. `models` and `folders` have parts of names."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    roles: tuple[Role, ...] = ()
    models: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None


def parse(text: str) -> Query:
    """Parse what was typed.

    Raises:
        SearchInvalid: it is too long, has no letter or digit, or a filter has a value that means nothing.
    """
    if len(text) > MAX_QUERY:
        raise SearchInvalid("too_long", limit=MAX_QUERY)
    text = text.replace("\0", " ")
    parts = list(_PART.finditer(text))
    if len(parts) > MAX_TERMS:
        raise SearchInvalid("too_many", limit=MAX_TERMS)
    terms: list[Term] = []
    without: list[Term] = []
    filters: dict[str, list[str]] = {key: [] for key in ("model", "in", "tag", "role", "after", "before")}
    for part in parts:
        value = part["word"] if part["phrase"] is None else part["phrase"]
        key = (part["key"] or "").lower()
        if key in filters and not part["minus"]:
            filters[key].append(value)
            continue
        word = f"{part['key']}:{value}" if part["key"] else value
        unfinished = part["phrase"] is None and part.end() == len(text) and len(word) >= SHORTEST_PREFIX
        starred = part["phrase"] is None and word.endswith("*")
        if any(letter.isalnum() for letter in word):
            (without if part["minus"] else terms).append(
                Term(word.rstrip("*"), prefix=starred or (unfinished and not part["minus"]))
            )
    if text.strip() and not (terms or without or any(filters.values())):
        raise SearchInvalid("nothing")
    return Query(
        tuple(terms),
        tuple(without),
        tuple(_role(value) for value in filters["role"]),
        tuple(filters["model"]),
        tuple(filters["in"]),
        tuple(filters["tag"]),
        max((_date(value) for value in filters["after"]), default=None),
        min((_date(value) for value in filters["before"]), default=None),
    )


def _role(text: str) -> Role:
    if text.lower() not in _ROLES:
        raise SearchInvalid("role", value=text)
    return _ROLES[text.lower()]


def _date(text: str) -> date:
    """The first day of a date, a month or a year."""
    found = _DATE.fullmatch(text)
    try:
        if found is None or int(found[1]) < FIRST_YEAR:
            raise ValueError
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        raise SearchInvalid("date", value=text) from None
