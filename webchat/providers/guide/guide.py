"""The Guide: the built-in provider that answers questions about webchat from its help pages, offline."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from webchat.messages import Finish, FinishReason, Message, Role, StreamEvent, TextDelta
from webchat.providers.base import AsyncGeneratorProvider
from webchat.providers.guide.search import HelpIndex, Hit, Section, help_index, help_languages, words_of
from webchat.providers.model_names import ProviderModelMixin
from webchat.providers.request import ChatRequest, as_messages
from webchat.words.catalogue import prepare
from webchat.words.language import ENGLISH, current, speaking
from webchat.words.text import gettext_noop, t

PAUSE = 0.01
"""Seconds between pieces of an answer."""

LONGEST = 1.0
"""Maximum total seconds of an answer's pauses."""

_PIECE = re.compile(r"\S*\s*\S*\s*")
_GREETING = re.compile(
    r"(hi|hello|hey|hiya|howdy|yo|greetings|good (morning|afternoon|evening|day)|hallo|hola|salut"
    r"|привет(ик|ствую)?|здравствуй(те)?|добр(ый|ое|ого) (день|вечер|утро|дня)|хай)"
    r"( there| guide| webchat| all)*"
)
_THANKS = re.compile(
    r"(ok(ay)?,? )?(thanks|thank you|thx|ty|great|cool|perfect|nice|got it)( so much| a lot| very much)?"
    r"|(bye|goodbye|see you|good night)( later)?"
    r"|(ок(ей)?,? )?(спасибо|благодарю|понятно|понял|поняла|хорошо|отлично|класс|пока|до свидания)( большое)?"
)
_ABOUT = re.compile(
    r"(who|what) (are|r) (you|u)\b|what can (you|u|i) (do|ask|help)|what do you (know|do)|^help( me)?$"
    r"|how can you help|your name|introduce yourself|^what is this$"
    r"|are you (an? )?(real )?(ai|bot|human|real|robot|chatgpt|gpt|llm|language model|person)"
    r"|^(кто|что) (ты|вы)\b|что (ты|вы) (умеешь|умеете|знаешь|знаете|можешь|можете)|^(помощь|помоги|справка)$"
    r"|как тебя зовут|ты (человек|бот|робот|ии|живой|настоящий)"
)
_TOPICS = re.compile(
    r"\b(topics|table of contents|contents|everything you know|list of (help|pages)"
    r"|темы|оглавление|содержание)\b"
)
_MORE = re.compile(
    r"(tell me |show me |say )?(more|go on|continue|next|and then|what else|anything else)( please| "
    "details)?|ещё|еще|дальше|далее|продолжай|что ещё|что еще"
)
_NUMBER = re.compile(
    r"(?:(?:number|no|nr|option|question|the) ?)*#?([1-9]|first|second|third|fourth)(?: one| question)?"
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_FOLLOW_UP = re.compile(
    r"^(and|but|so|then|what about|how "
    "about|also)\b|\b(it|that|this|there|them|those)\b"
)
_SUGGESTION = re.compile(r"^\d\. (.+)$", re.MULTILINE)

_WELCOME = gettext_noop(
    """\
**Hello! I am webchat's built-in guide.** I answer questions about this app. I am not a language model: \
I look up answers in webchat's help pages, here on this machine, and work offline.

To chat about anything else, connect a model. It takes a few minutes:

- **On the internet**: add a service such as OpenAI or OpenRouter in **Settings**, with its API key.
- **On this machine**: start Ollama, LM Studio, llama.cpp or vLLM. It is free and private, and webchat \
finds it automatically."""
)

_NOT_MINE = gettext_noop(
    """\
I can't answer that: **I am webchat's built-in guide, not a language model.** I only know webchat's help \
pages, and found nothing about this in them.

A real model can answer it. To connect one:

1. **With an API key**: **Settings** → **Models and providers** → **Add a provider**: choose the service \
and enter your key.
2. **Without a key**: install [Ollama](https://ollama.com) on this machine and run `ollama pull llama3.2`; \
webchat finds it automatically.

Then choose the model in the model picker and ask again: the new model reads this whole conversation."""
)

_ENGLISH_ONLY = (
    "My help pages are in English, so please ask in English. A language model will understand your language."
)
_WELCOME_BACK = gettext_noop("You're welcome! Ask me anything about webchat at any time.")

_NEXT = gettext_noop("*Next, you could ask (or just type the number):*")
_FIRST_QUESTIONS = (
    gettext_noop("What should I do first?"),
    gettext_noop("How do I use Ollama?"),
    gettext_noop("What are the keyboard shortcuts?"),
)


class Guide(ProviderModelMixin, AsyncGeneratorProvider):
    """Answers questions about webchat from the help pages that ship with it.

    Args:
        pause: seconds between pieces of an answer; 0 sends them at once.
        options: see `AsyncGeneratorProvider`; the network ones have no effect.

    >>> import asyncio
    >>> async def ask(question):
    ...     messages = [{"role": "user", "content": question}]
    ...     return "".join([text async for text in Guide.create_async_generator("guide", messages)])
    >>> "ollama pull" in asyncio.run(ask("How do I use Ollama?"))
    True
    """

    default_model = "guide"
    models = ("guide",)
    supports_system_message = False

    def __init__(self, *, pause: float = PAUSE, **options: Any) -> None:
        super().__init__(**options)
        self.pause = pause

    async def generate(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        """Stream the answer at reading speed."""
        self.get_model(request.model)
        messages = as_messages(self.name, request.messages)
        language = language_of(messages)
        await prepare(language)
        with speaking(language):
            answer = answer_to(messages, help_index(language))
        pieces = [piece for piece in _PIECE.findall(answer) if piece]
        pause = min(self.pause, LONGEST / len(pieces))
        for piece in pieces:
            yield TextDelta(piece)
            if pause:
                await asyncio.sleep(pause)
        yield Finish(FinishReason.STOP, "stop")


def language_of(messages: Sequence[Message]) -> str:
    """The language of the help to answer from: that of the question, if it is one of ours."""
    languages = help_languages()
    if (here := current()) not in languages:
        here = ENGLISH
    for message in reversed(messages):
        letters = [letter for letter in message.text if letter.isalpha()]
        if not letters:
            continue  # such as the number of a suggestion
        if sum(letter.isascii() for letter in letters) > len(letters) / 2:
            return ENGLISH
        if sum("\u0400" <= letter <= "\u04ff" for letter in letters) > len(letters) / 2 and "ru" in languages:
            return "ru"
        return here
    return here


def answer_to(messages: Sequence[Message], index: HelpIndex) -> str:
    """Return the Guide's answer to the last question of a conversation, in Markdown."""
    questions = [message.text for message in messages if message.role is Role.USER]
    answers = [message.text for message in messages if message.role is Role.ASSISTANT]
    question = questions[-1] if questions else ""
    earlier = questions[:-1]
    plain = re.sub(r"[^\w\s'#,]", " ", question.lower()).strip(" ,")
    plain = " ".join(plain.split())

    number = _NUMBER.fullmatch(plain)
    if number and answers:
        offered = _SUGGESTION.findall(answers[-1].rpartition(t(_NEXT))[2])
        choice = _ORDINALS.get(number[1]) or int(number[1])
        question = plain = offered[choice - 1] if choice <= len(offered) else ""
    seen = _Seen(index, questions, answers)
    if section := index.named(question):
        return _with_questions(_shown(section), seen.fresh(index.on_page(section.page), [section]))
    if not plain or _GREETING.fullmatch(plain) or _ABOUT.search(plain):
        return _with_questions(t(_WELCOME), _first_questions())
    if _THANKS.fullmatch(plain):
        return _with_questions(t(_WELCOME_BACK), seen.fresh([], []))
    if _TOPICS.search(plain):
        return _contents(index)
    if _MORE.fullmatch(plain) and answers:
        return _more(index, seen)
    return _looked_up(index, question, earlier, seen)


class _Seen:
    """What a conversation has already asked and shown, so that nothing is suggested twice."""

    def __init__(self, index: HelpIndex, questions: Sequence[str], answers: Sequence[str]) -> None:
        self._index = index
        shown = re.findall(r"^### (.+)$", "\n".join(answers), re.MULTILINE)
        asked = [section.heading for section in map(index.named, questions) if section]
        self.headings = [*shown, *asked]
        self.last_shown = index.named(shown[-1]) if shown else None

    def fresh(self, likely: Sequence[Section], shown_now: Sequence[Section]) -> list[str]:
        """Return three headings that have not been shown yet, likely ones first."""
        known = {*self.headings, *(section.heading for section in shown_now)}
        headings = dict.fromkeys(section.heading for section in [*likely, *self._index.sections])
        return [heading for heading in headings if heading not in known][:3]


def _looked_up(index: HelpIndex, question: str, earlier: Sequence[str], seen: _Seen) -> str:
    is_follow_up = bool(earlier) and (len(words_of(question)) < 2 or _FOLLOW_UP.search(question.lower()))
    hits = index.search(question, context=earlier[-1] if is_follow_up else "")
    if not _fits(hits):
        letters = [letter for letter in question if letter.isalpha()]
        foreign = sum(not letter.isascii() for letter in letters) > len(letters) / 2
        only = f"\n\n{_ENGLISH_ONLY}" if foreign and current() == ENGLISH else ""
        return _with_questions(t(_NOT_MINE) + only, _first_questions())
    best = hits[0]
    as_good = [
        hit for hit in hits[1:2] if hit.score > max(3.0, 0.8 * best.score) and hit.coverage >= best.coverage
    ]
    shown = [best.section, *(hit.section for hit in as_good)]
    nearby = [hit.section for hit in hits[1:4] if hit.coverage >= 0.3]
    text = "\n\n".join(_shown(section) for section in shown)
    return _with_questions(text, seen.fresh([*nearby, *index.on_page(best.section.page)], shown))


def _first_questions() -> list[str]:
    return [t(question) for question in _FIRST_QUESTIONS]


def _fits(hits: Sequence[Hit]) -> bool:
    """Whether the best section covers the question and does not just share a word with it."""
    return bool(hits) and hits[0].coverage >= 0.5


def _shown(section: Section) -> str:
    return f"### {section.heading}\n\n{section.text}"


def _more(index: HelpIndex, seen: _Seen) -> str:
    """Return the next section of the page shown last, or the contents if none is left."""
    page = index.on_page(seen.last_shown.page) if seen.last_shown else []
    rest = [section for section in page if section.heading not in seen.headings]
    if not rest:
        return _contents(index)
    return _with_questions(_shown(rest[0]), seen.fresh(rest, rest[:1]))


def _contents(index: HelpIndex) -> str:
    parts = [t("**These are the topics I know.** Ask in your own words.")]
    for page in index.pages:
        lines = "\n".join(f"- {section.heading}" for section in index.on_page(page))
        parts.append(f"**{page}**\n\n{lines}")
    return "\n\n".join(parts)


def _with_questions(text: str, questions: Sequence[str]) -> str:
    if not questions:
        return text
    lines = "\n".join(f"{number}. {question}" for number, question in enumerate(questions, 1))
    return f"{text}\n\n---\n\n{t(_NEXT)}\n\n{lines}"
