"""The reasoning of an answer that opens with `<think>`, split off wherever its text is cut."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from webchat.messages import Delta, ReasoningDelta, TextDelta
from webchat.providers.wire.thinking import ThinkTags

pieces = st.lists(
    st.sampled_from(["<think>", "</think>", "<", "</", "<th", "think>", " ", "\n", "a", "é", "<b>"]),
    max_size=12,
)


def split(*texts: str) -> tuple[str, str]:
    """The reasoning and the text of an answer that comes in these pieces."""
    tags = ThinkTags()
    parts: list[Delta] = [part for text in texts for part in tags.feed(text)] + tags.finish()
    assert all(part.text for part in parts)
    return (
        "".join(part.text for part in parts if isinstance(part, ReasoningDelta)),
        "".join(part.text for part in parts if isinstance(part, TextDelta)),
    )


def reference(answer: str) -> tuple[str, str]:
    begin = answer.lstrip()
    if not begin.startswith("<think>"):
        return "", answer
    thought, _, text = begin.removeprefix("<think>").partition("</think>")
    return thought.strip(), text.lstrip()


@given(pieces)
@example(["<think>", "a", "</", "think>"])
@example(["<th", "a"])
@example([" ", "\n"])
@example(["a", "<think>", "b", "</think>"])
def test_where_the_text_is_cut_makes_no_difference(texts: list[str]) -> None:
    answer = "".join(texts)

    assert split(*filter(None, texts)) == split(*answer) == split(answer) == reference(answer)


def test_an_ordinary_answer_is_not_held_back() -> None:
    tags = ThinkTags()

    assert tags.feed("H") == [TextDelta("H")]
    assert tags.done


def test_no_more_is_held_than_a_tag_and_some_blanks() -> None:
    for start in ("", "<think>", "<think>a"):
        tags = ThinkTags()
        tags.feed(start)
        for _ in range(100):
            tags.feed(" " * 1000)
            assert len(tags._held) < 3000


def test_many_blanks_are_text_after_all() -> None:
    assert split(*[" "] * 5000) == ("", " " * 5000)
    assert split("<think>a", *[" "] * 5000, "b</think>c") == ("a" + " " * 5000 + "b", "c")
