from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rendering.reading import (
    ADDRESS,
    answer,
    assert_harmless,
    of_class,
    question,
    read,
    snapshot,
    words,
)
from webchat.rendering import code
from webchat.rendering.links import REL
from webchat.rendering.mathml import to_mathml
from webchat.rendering.page import share_page

MARKS = st.text(st.sampled_from("[]()*_`$\\>-#|~<&!+=.:/ \n\ta1xé\r"), max_size=300)
ANY_TEXT = st.text(st.characters(), max_size=300)
# What a parser of HTML changes by itself, and surrogates, which no answer over the network can have.
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=300)


def shown(text: str) -> Element:
    page = share_page(snapshot(answer(text)), address=ADDRESS, may_continue=False)
    (article,) = assert_harmless(page.html).iter("article")
    return article


@settings(max_examples=60, deadline=None)
@given(ANY_TEXT | MARKS)
def test_any_answer_can_be_shown(text: str) -> None:
    shown(text)


@settings(max_examples=60, deadline=None)
@given(PLAIN)
def test_a_question_shows_as_it_was_written(text: str) -> None:
    page = share_page(snapshot(question(text)), address=ADDRESS, may_continue=False)
    (article,) = assert_harmless(page.html).iter("article")

    assert words(of_class(article, "text")[0]) == text


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("[a](https://a.example/x?y=1&z=2)", "https://a.example/x?y=1&z=2"),
        ("<HTTP://a.example>", "HTTP://a.example"),
        ("see https://a.example/x?y.", "https://a.example/x?y"),
        ("[a](mailto:a@b.example)", "mailto:a@b.example"),
        ("[](https://a.example)", "https://a.example"),
        ("![picture](https://a.example/p.png)", "https://a.example/p.png"),
        ("[![picture](https://b.example/p.png)](https://a.example)", "https://a.example"),
    ],
)
def test_links_lead_elsewhere_only_and_images_are_links(text: str, address: str) -> None:
    (link,) = shown(text).iter("a")

    assert link.get("href") == address
    assert link.get("rel") == REL
    assert words(link).strip()


@pytest.mark.parametrize(
    "text",
    ["[the guide]()", "[]()", "![a cat]()", "![]()", "[![a cat]()]()", "[a](javascript:b)", "![a](/b.png)"],
)
def test_a_link_that_leads_nowhere_shows_as_it_was_written(text: str) -> None:
    article = shown(f"see {text} first")

    assert list(article.iter("a")) == []
    assert words(of_class(article, "text")[0]).strip() == f"see {text} first"


def test_an_image_in_a_link_that_leads_nowhere_is_a_card() -> None:
    (link,) = shown("[![a cat](https://a.example/p.png)]()").iter("a")

    assert link.get("href") == "https://a.example/p.png"


def test_an_image_is_a_card_that_names_its_host() -> None:
    (card,) = of_class(shown("![a cat](https://a.example/p.png)"), "picture")

    assert words(card) == "a cat a.example"


def test_footnotes_of_two_answers_have_ids_of_their_own() -> None:
    text = "a[^1] b[^1]\n\n[^1]: note"
    page = share_page(snapshot(answer(text), answer(text)), address=ADDRESS, may_continue=False)
    ids = [str(element.get("id")) for element in read(page.html).iter() if element.get("id")]
    links = [
        str(link.get("href")) for link in read(page.html).iter("a") if str(link.get("href")).startswith("#")
    ]

    assert len(ids) == len(set(ids)) == 6
    assert {link.removeprefix("#") for link in links} == set(ids)


@pytest.mark.parametrize(
    "text", ["[a](/x)", "[a](x.html)", "[a](//a.example)", "[a](https:a)", "![a](b.png)"]
)
def test_what_would_lead_into_this_server_is_text(text: str) -> None:
    assert words(of_class(shown(text), "text")[0]).strip() == text


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $6.",
        "$5, $6 and $7",
        "$5 or 6$ there",
        "US$5 and A$6",
        "$HOME/$PATH",
        "from $10k-$20k",
        "$ x $",
        r"\$x\$",
        "5$ to 10$",
        "a $ alone",
        "$$$",
    ],
)
def test_money_is_no_formula(text: str) -> None:
    assert not of_class(shown(text), "math")
    assert words(of_class(shown(text), "text")[0]).strip() == text.replace("\\$", "$")


@pytest.mark.parametrize(
    ("text", "display"),
    [
        ("Here $x^2$.", False),
        ("$x$ is 5", False),
        (r"Here \(x^2\).", False),
        ("$$x^2$$", True),
        ("In $$x^2$$ words", True),
        ("$$\na\n+ b\n- c\n$$", True),
        ("\\[\n\\frac{a}{b}\n\\]", True),
        ("> $$\n> x\n> $$", True),
        ("- a\n\n  \\[ x \\]", True),
    ],
)
def test_formulas_are_mathml(text: str, display: bool) -> None:
    (formula,) = shown(text).iter("math")

    assert formula.get("display") == ("block" if display else "inline")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("So $x$: yes.", ["x:"]),
        ("Both ($a$, $b$) and \\(c\\)…", ["(a,", "b)", "c…"]),
        ("«$x$»?!", ["«x»?!"]),
        ("The $n$-th", ["n-"]),
        ("$a$,$b$", ["a,"]),
        ("**$x$** is $y$ and", []),
        (f"${'x+' * 30}x$.", []),
        ("$$x$$.", []),
    ],
)
def test_a_formula_stays_with_its_punctuation(text: str, kept: list[str]) -> None:
    assert [words(each) for each in of_class(shown(text), "together")] == kept


@pytest.mark.parametrize("source", [r"\frac{1", r"\unknown{x}", r"\left(", r"\def\a{\a\a}\a", "{" * 3000])
def test_a_formula_that_cannot_be_read_shows_its_source(source: str) -> None:
    assert to_mathml(source, display=False) is None
    assert f"${source}$" in words(shown(f"${source}$"))


def test_a_formula_has_no_attributes_but_those_of_mathematics() -> None:
    for source in (r"\href{javascript:a}{x}", r"\style{color:red}{x}", r"\class{a}{x}", r"\hspace{999em}"):
        assert (to_mathml(source, display=False) or "").count("=") == 1  # display="inline"
    assert "&lt;b&gt;" in (to_mathml(r"\text{<b>}", display=False) or "")


def test_code_is_coloured_by_classes() -> None:
    (block,) = shown('```python title="x"\ndef f():\n    return "a"  # b\n```').iter("pre")

    assert block.get("aria-label") == "Code 1, python"
    assert {span.get("class") for span in block.iter("span")} == {"k", "f", "s", "c"}
    assert words(block) == 'def f():\n    return "a"  # b\n'


@pytest.mark.parametrize("language", ["", "mermaid", "brainfuck", "no such"])
def test_code_of_other_languages_is_plain(language: str) -> None:
    (block,) = shown(f"```{language}\n<b> & def\n```").iter("pre")

    assert not list(block.iter("span"))
    assert words(block) == "<b> & def\n"


def test_every_language_is_one_pygments_knows() -> None:
    from pygments.lexers import get_lexer_by_name

    for name in set(code.LANGUAGES.values()):
        assert get_lexer_by_name(name)
        assert code.Painter().to_html("a = 1\n\n", name)


def test_large_code_is_plain() -> None:
    assert "<span" not in code.Painter().to_html("x = 1\n" * 20_000, "python")


def test_tables_lists_and_headings() -> None:
    article = shown("# A\n\n### B\n\n| |b|\n|:-|-:|\n|1|2|\n\n- [x] done\n- [ ] open\n- not")

    assert [heading.tag for heading in article.iter() if str(heading.tag)[1:].isdigit()] == ["h2", "h3", "h4"]
    assert [cell.get("class") for cell in article.iter("td")] == ["left", "left", "right"]
    assert [mark.get("aria-label") for mark in article.iter("span") if mark.get("role")] == ["Done", "To do"]
    assert len(of_class(article, "wide")) == 1


def test_code_is_plain_once_the_time_for_colours_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "SECONDS", 0.0)
    assert code.Painter().to_html("x = 1", "python") == "x = 1"

    monkeypatch.setattr(code, "SECONDS", 1e-9)  # over while the first block is being coloured
    painter = code.Painter()
    assert painter.to_html("x = 1\n" * 1000, "python") == "x = 1\n" * 1000
    assert painter.to_html("y = 1", "python") == "y = 1"


def test_nothing_is_left_out_of_what_is_nested_too_deep() -> None:
    text = "".join("  " * depth + f"- word{depth}\n" for depth in range(100))

    assert words(shown(text)).count("word") == 100
