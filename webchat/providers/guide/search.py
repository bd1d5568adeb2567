"""webchat's help: Markdown pages split into sections, and a small BM25 search over them.

A page starts with `# Title` and each section with `## Heading`, preferably a question that users ask. A
section may list synonyms in a comment on the next line: `<!-- also: first word, second word -->`.
"""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from webchat.words.language import ENGLISH

_ALSO = re.compile(r"<!--\s*also:(.*?)-->", re.DOTALL)
_WORD = re.compile(r"[a-z0-9_а-яё]+(?:[.'’-][a-z0-9_а-яё]+)*")
_RUSSIAN = re.compile(r"[а-яё]{3,}")
_RUSSIAN_ENDING = re.compile(
    r"(?:иями|ями|ами|ией|иям|ием|иях|ого|его|ому|ему|ыми|ими|ешь|ишь|ете|ите|ить|ать|ять|еть|уть|ует|"
    r"ают|яют|аю|яю|ий|ый|ой|ей|ая|яя|ое|ее|ые|ие|ия|ию|ии|ам|ям|ах|ях|ом|ем|ов|ев|ым|им|ую|юю|ет|ит|ут|ют|"
    r"ат|ят|ть|л[аои]?|[аяоеуюыиьй])$"
)
_FILLERS = """
a about all am an and any anything are as at be been being but by can could did do does everything for
from get had has have here hi how i if in into is isn't it it's its just let like make many may me mean
from webchat.words.language import ENGLISH
might my need not of on one only or other our out please s shall should so some something than that
that's the their them then there these they this those time to too up us use used using want was we
webchat were what what's when where which while who why will with work works would you your
а без бы был была были было в вам вас ваш вашей ваши вы где да для до его если есть ещё же за здесь зачем
и из или им их к как какая какие какой ко когда кто ли лучше меня мне можно моего мои мой моя моё мою мы
на надо нам нас не него нет нужно о об он она они от по под почему при про с свой свои себя сделать
сейчас так там то тоже только ты у уже чем что чтобы это этой этот эти этом я
"""
_STOP_WORDS = frozenset(_FILLERS.split())
_HEADING_WEIGHT, _ALSO_WEIGHT, _BODY_WEIGHT = 4.0, 3.0, 1.0
_SATURATION, _LENGTH_SHARE = 1.2, 0.5


_PAGES = files("webchat.providers.guide") / "pages"


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the help: its page's title, its heading, its text in Markdown, and synonyms."""

    page: str
    heading: str
    text: str
    also: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A search result: its score (higher is better) and the share of the question it covers (0 to 1)."""

    section: Section
    score: float
    coverage: float


def words_of(text: str) -> list[str]:
    """Return the meaningful words of a text, stemmed."""
    words = _WORD.findall(text.lower().replace("’", "'"))
    return [_stem(word) for word in words if word not in _STOP_WORDS]


def _stem(word: str) -> str:
    """Remove the most common endings; rough, but the same for questions and pages."""
    if _RUSSIAN.match(word):
        return word[:3] + _RUSSIAN_ENDING.sub("", word[3:])
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            word = word.removesuffix(ending)
            if word[-1] == word[-2] and word[-1] not in "aeiouls":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def sections_of(page: str) -> list[Section]:
    """Split a page into sections."""
    head, *parts = re.split(r"^## ", page, flags=re.MULTILINE)
    title = head.strip().removeprefix("# ").splitlines()[0].strip()
    sections = []
    for part in parts:
        heading, _, body = part.partition("\n")
        also = ", ".join(match.strip() for match in _ALSO.findall(body))
        sections.append(Section(title, heading.strip(), _ALSO.sub("", body).strip(), also))
    return sections


class HelpIndex:
    """Finds the sections that answer a question."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self.sections = tuple(sections)
        self._by_name = {_plain(section.heading): section for section in self.sections}
        self._counts = [_weighted(section) for section in self.sections]
        self._lengths = [sum(counts.values()) for counts in self._counts]
        self._average = sum(self._lengths) / max(1, len(self._lengths))
        documents = Counter(word for counts in self._counts for word in counts)
        total = len(self.sections)
        self._rarity = {
            word: math.log(1 + (total - found + 0.5) / (found + 0.5)) for word, found in documents.items()
        }

    def search(self, question: str, context: str = "") -> list[Hit]:
        """Return the matching sections, best first. The previous question, `context`, has less weight."""
        terms = {word: 1.0 for word in self._known(words_of(question))}
        for word in self._known(words_of(context)):
            terms.setdefault(word, 0.35)
        asked = set(words_of(question))
        rarest = max(self._rarity.values(), default=1.0)
        weight_of_all = sum(self._rarity.get(word, rarest) for word in asked)
        hits = []
        for section, counts, length in zip(self.sections, self._counts, self._lengths, strict=True):
            found = [word for word in terms if word in counts]
            if not found:
                continue
            norm = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length / self._average)
            score = sum(
                terms[word] * self._rarity[word] * counts[word] * (_SATURATION + 1) / (counts[word] + norm)
                for word in found
            )
            weight_found = sum(self._rarity[word] * terms[word] for word in found)
            hits.append(Hit(section, score, min(1.0, weight_found / weight_of_all) if weight_of_all else 1.0))
        return sorted(hits, key=lambda hit: -hit.score)

    def named(self, heading: str) -> Section | None:
        """Return the section with this heading, ignoring case and punctuation."""
        return self._by_name.get(_plain(heading))

    def on_page(self, page: str) -> list[Section]:
        """Return the sections of a page, in order."""
        return [section for section in self.sections if section.page == page]

    @property
    def pages(self) -> list[str]:
        """The titles of the pages, in order."""
        return list(dict.fromkeys(section.page for section in self.sections))

    def _known(self, words: Iterable[str]) -> list[str]:
        """Correct typos: replace a word that is not in any page with the closest one that is."""
        known = []
        for word in words:
            if word not in self._rarity and len(word) > 3:
                word = next(iter(difflib.get_close_matches(word, self._rarity, n=1, cutoff=0.82)), word)
            known.append(word)
        return known


def _plain(heading: str) -> str:
    return " ".join(re.findall(r"\w+", heading.lower()))


def _weighted(section: Section) -> dict[str, float]:
    counts: dict[str, float] = {}
    for text, weight in (
        (section.heading, _HEADING_WEIGHT),
        (section.also, _ALSO_WEIGHT),
        (f"{section.page} {section.text}", _BODY_WEIGHT),
    ):
        for word in words_of(text):
            counts[word] = counts.get(word, 0.0) + weight
    return counts


def help_languages() -> list[str]:
    """The tags of the languages that the help is written in."""
    return [ENGLISH, *(each.name for each in _PAGES.iterdir() if each.is_dir())]


@lru_cache(maxsize=4)
def help_index(language: str = ENGLISH) -> HelpIndex:
    """Load the help that ships with webchat, in one of `help_languages`."""
    folder = _PAGES if language == ENGLISH else _PAGES / language
    pages = sorted(
        (page for page in folder.iterdir() if page.name.endswith(".md")), key=lambda page: page.name
    )
    return HelpIndex([section for page in pages for section in sections_of(page.read_text(encoding="utf-8"))])
