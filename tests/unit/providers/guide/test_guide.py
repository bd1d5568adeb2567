from __future__ import annotations

import re
from importlib.resources import files

import pytest

from tests.unit.providers.transcripts import answer_of
from webchat.messages import Finish, FinishReason, Message, Role, TextDelta
from webchat.providers import ChatRequest
from webchat.providers.errors import ModelNotFound
from webchat.providers.guide.guide import Guide, answer_to, language_of
from webchat.providers.guide.search import (
    HelpIndex,
    Section,
    help_index,
    help_languages,
    sections_of,
    words_of,
)
from webchat.settings import Settings, variable_name
from webchat.words.language import speaking

INDEX = help_index()


def talk(*questions: str) -> list[str]:
    """Ask one question after the other; return the answers."""
    messages: list[Message] = []
    for question in questions:
        messages.append(Message(Role.USER, question))
        messages.append(Message(Role.ASSISTANT, answer_to(messages, INDEX)))
    return [message.text for message in messages if message.role is Role.ASSISTANT]


def first_heading(answer: str) -> str | None:
    found = re.match(r"### (.+)", answer)
    return found[1] if found else None


def suggestions(answer: str) -> list[str]:
    return re.findall(r"^\d\. (.+)$", answer.rpartition("*Next")[2], re.MULTILINE)


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("how do I delete a chat", "How do I delete a conversation?"),
        ("can I undo a delete?", "How do I delete a conversation?"),
        ("can I share this with a friend", "How do I share a conversation?"),
        ("how do I revoke a link", "How do I delete a shared link?"),
        ("connect openai", "How do I add a provider?"),
        ("i want to use claude", "How do I add a provider?"),
        ("where is my data stored", "Where is my data stored?"),
        ("is there a dark mode", "How do I change the theme?"),
        ("what keys can I press", "What are the keyboard shortcuts?"),
        ("how do I make a new line", "What are the keyboard shortcuts?"),
        ("how to stop generation", "How do I stop an answer?"),
        ("ollama isnt detected", "My local server is not found"),
        ("401 error", "What does “did not accept the API key” mean?"),
        ("it says too many requests", "What does “rate limit was reached” or “quota is used up” mean?"),
        ("RENAME conversation!!", "How do I rename a conversation?"),
        ("change the port", "Which settings does the server have?"),
        ("does it cost anything", "Where do I get an API key?"),
        ("tempreture", "What is the temperature?"),
        ("sytem promt", "What is the system prompt?"),
        ("how do i bakup", "How do I make a backup?"),
        ("can my family use it too", "How do other people get an account?"),
        ("the answer stopped halfway", "What does “was cut off” mean?"),
        ("what happens when I close the browser", "What happens if I close the tab or reload?"),
        ("can i upload files", "How do I attach files and pictures?"),
        ("what is webchat", "What is webchat?"),
        ("lm studio", "Does it work with llama.cpp, LM Studio and vLLM?"),
    ],
)
def test_a_question_in_plain_words_finds_its_answer(question: str, heading: str) -> None:
    (answer,) = talk(question)
    assert first_heading(answer) == heading
    assert len(suggestions(answer)) == 3


@pytest.mark.parametrize("section", INDEX.sections, ids=lambda section: section.heading)
def test_every_heading_finds_its_own_section(section: Section) -> None:
    assert first_heading(talk(section.heading)[0]) == section.heading
    assert first_heading(talk(section.heading.lower().rstrip("?"))[0]) == section.heading


@pytest.mark.parametrize(
    "question", ["hi", "Hello there!", "help", "What can you do?", "who are you", "are you an AI?", "", "???"]
)
def test_a_greeting_gets_a_welcome_that_says_what_it_is(question: str) -> None:
    (answer,) = talk(question)
    assert "I am not a language model" in answer
    assert "Settings" in answer
    assert "Ollama" in answer
    assert len(suggestions(answer)) == 3


@pytest.mark.parametrize(
    "question",
    [
        "write me a poem about spring",
        "what is the capital of France",
        "write a python function to sort a list",
        "how do I cook rice",
        "what time is it",
        "who won the world cup",
    ],
)
def test_unknown_question_is_answered_with_help_for_models(question: str) -> None:
    (answer,) = talk(question)
    assert "not a language model" in answer
    assert "Add a provider" in answer
    assert "ollama pull" in answer


def test_a_question_in_another_script_is_told_about_the_language() -> None:
    assert "in English" in talk("Как добавить провайдера?")[0]


def test_a_number_picks_a_suggestion() -> None:
    first, second, third = talk("hi", "2", "the first one")
    assert first_heading(second) == suggestions(first)[1]
    assert first_heading(third) == suggestions(second)[0]


def test_a_number_beyond_the_suggestions_starts_over() -> None:
    first, second = talk("hi", "9")
    assert second == first


def test_a_follow_up_keeps_the_subject() -> None:
    answers = talk("how do I use ollama", "and which one is best for 8 gb?", "what if it is not found?")
    assert first_heading(answers[1]) == "Which local model should I choose?"
    assert first_heading(answers[2]) == "My local server is not found"


def test_more_goes_on_where_the_last_answer_ended() -> None:
    answers = talk("what is the system prompt", "more", "tell me more", "more", "more", "more")
    assert [first_heading(answer) for answer in answers[1:5]] == [
        "What is the temperature?",
        "How do I change the theme?",
        "What can I set in Settings?",
        "What are the advanced parameters?",
    ]
    assert "These are the topics I know" in answers[5]


def test_nothing_is_suggested_twice() -> None:
    answers = talk("what should I do first?", "1", "1", "1", "1", "1", "1")
    asked = [first_heading(answer) for answer in answers]
    assert len(set(asked)) == len(asked)


def test_thanks_are_answered_kindly() -> None:
    assert talk("hi", "thanks!")[1].startswith("You're welcome")


def test_the_topics_are_all_of_the_sections() -> None:
    (answer,) = talk("list the topics please")
    assert all(f"- {section.heading}" in answer for section in INDEX.sections)


async def test_it_streams_and_finishes() -> None:
    pieces = []
    async with Guide(pause=0).stream(ChatRequest("guide", [Message(Role.USER, "hi")])) as events:
        async for event in events:
            pieces.append(event)
    assert len(pieces) > 20
    assert pieces[-1] == Finish(FinishReason.STOP, "stop")
    text = "".join(piece.text for piece in pieces if isinstance(piece, TextDelta))
    assert text == answer_to([Message(Role.USER, "hi")], INDEX)


async def test_a_long_answer_pauses_no_longer_than_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("webchat.providers.guide.guide.asyncio.sleep", sleep)
    await answer_of(Guide(), "list the topics", "guide")
    assert 0.5 < sum(pauses) <= 1.0 + 1e-9


async def test_it_has_one_model() -> None:
    assert await Guide().list_models() == ["guide"]
    assert Guide().get_model("") == "guide"
    with pytest.raises(ModelNotFound):
        Guide().get_model("gpt-4")


async def test_the_documented_call_works_on_the_class() -> None:
    messages = [{"role": "user", "content": "what is the system prompt?"}]
    text = "".join([piece async for piece in Guide.create_async_generator("guide", messages)])
    assert "reads before your first message" in text


@pytest.mark.parametrize("language", help_languages())
def test_the_pages_ship_with_the_package_and_are_well_formed(language: str) -> None:
    folder = files("webchat.providers.guide") / "pages"
    folder = folder if language == "en" else folder / language
    pages = [page.read_text(encoding="utf-8") for page in folder.iterdir() if page.is_file()]
    assert len(pages) >= 9
    for page in pages:
        assert page.startswith("# ")
        for section in sections_of(page):
            assert section.text, section.heading
            assert section.also, section.heading
            assert "<!--" not in section.text
            assert section.text.count("```") % 2 == 0
    headings = [section.heading for section in help_index(language).sections]
    assert len(set(headings)) == len(headings)


@pytest.mark.parametrize("language", help_languages())
def test_every_section_is_in_every_language(language: str) -> None:
    translated = help_index(language)
    numbers = [len(INDEX.on_page(page)) for page in INDEX.pages]
    assert [len(translated.on_page(page)) for page in translated.pages] == numbers


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("Как удалить чат?", "Как удалить чат?"),
        ("как поделиться чатом с другом", "Как поделиться чатом?"),
        ("Как подключить Ollama или другую локальную модель?", "Как использовать Ollama?"),
        ("где взять ключ", "Где взять ключ API?"),
        ("есть ли тёмная тема", "Как сменить тему?"),
        ("Какие есть сочетания клавиш?", "Какие есть сочетания клавиш?"),
        ("сделать резервную копию", "Как сделать резервную копию?"),
        ("забыл пароль", "Как другим получить учётную запись?"),
    ],
)
def test_a_question_in_russian_is_answered_in_russian(question: str, heading: str) -> None:
    messages = [Message(Role.USER, question)]
    assert language_of(messages) == "ru"
    with speaking("ru"):
        assert first_heading(answer_to(messages, help_index("ru"))) == heading


def test_a_greeting_in_russian_and_a_number_after_it() -> None:
    messages = [Message(Role.USER, "Привет!")]
    with speaking("ru"):
        messages.append(Message(Role.ASSISTANT, answer_to(messages, help_index("ru"))))
        messages.append(Message(Role.USER, "2"))
        assert language_of(messages) == "ru"
        assert first_heading(answer_to(messages, help_index("ru"))) == "Как использовать Ollama?"


def test_another_script_is_answered_in_the_language_of_the_page() -> None:
    question = [Message(Role.USER, "你会做什么")]
    assert language_of(question) == "en"
    with speaking("ru"):
        assert language_of(question) == "ru"
        assert language_of([Message(Role.USER, "How do I delete a chat?")]) == "en"


def test_the_pages_name_only_settings_that_exist() -> None:
    known = {variable_name(field) for field in Settings.model_fields}
    text = "\n".join(section.text for section in INDEX.sections)
    named = set(re.findall(r"\b(?:WEBCHAT|OPENAI)_[A-Z_]+[A-Z]\b", text))
    assert named
    assert named <= known


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("settings", "setting"),
        ("deleted", "deletes"),
        ("stopping", "stops"),
        ("models", "model"),
        ("images", "image"),
    ],
)
def test_forms_of_a_word_are_the_same_word(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


def test_an_index_without_pages_finds_nothing() -> None:
    assert HelpIndex([]).search("anything at all?") == []
