from __future__ import annotations

import gzip
from html.parser import HTMLParser

import pytest

from tests.unit.rendering.conversation import realistic
from tests.unit.rendering.reading import (
    ADDRESS,
    DAY,
    answer,
    assert_harmless,
    of_class,
    question,
    snapshot,
    words,
)
from webchat.messages import Role
from webchat.rendering.markdown_export import to_markdown
from webchat.rendering.page import download_page, not_found_page, passphrase_page, share_page
from webchat.snapshot import SharedMessage, Snapshot

REDACTED = (
    SharedMessage(Role.USER, "", redacted=True),
    SharedMessage(Role.ASSISTANT, "", "m", redacted=True),
)
TALK = snapshot(question("What is *this*?\nAnd that?"), answer("A **test**."), *REDACTED)


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.named: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "meta":
            self.named[found.get("name") or found.get("property") or ""] = found.get("content", "")


def test_the_page_says_what_it_is() -> None:
    html = share_page(TALK, address=ADDRESS, may_continue=True).html
    page, tags = assert_harmless(html), Tags(html).named

    assert words(next(page.iter("title"))) == "A talk · webchat"
    assert "Shared on 21 November 2026 · 4 messages" in words(next(page.iter("header")))
    assert [words(heading) for heading in page.iter("h2")] == [
        "Question",
        "Answer · gpt-4o",
        "Question",
        "Answer · m",
    ]
    assert [words(note) for note in of_class(page, "redacted")] == ["Redacted", "Redacted"]
    assert words(of_class(page, "text")[0]) == "What is *this*?\nAnd that?"
    assert "A copy of a webchat conversation. Later messages are not included." in words(
        next(page.iter("footer"))
    )
    assert tags["robots"] == "noindex,nofollow,noarchive"
    assert tags["referrer"] == "no-referrer"
    assert tags["og:description"] == tags["description"] == "What is *this*? And that?"
    assert (tags["og:url"], tags["og:image"]) == (ADDRESS, ADDRESS + "/preview.png")
    assert (tags["og:type"], tags["twitter:card"]) == ("article", "summary_large_image")
    assert (tags["og:title"], tags["og:image:alt"]) == ("A talk", "A talk")


@pytest.mark.parametrize("may_continue", [True, False])
def test_continuing_is_offered_where_it_is_allowed(may_continue: bool) -> None:
    page = assert_harmless(share_page(TALK, address=ADDRESS, may_continue=may_continue).html)

    assert [form.get("action") for form in page.iter("form")] == ["/share/abc/continue"] * may_continue
    assert "Continue in webchat" in words(page) or not may_continue


def test_the_download_needs_no_server() -> None:
    page = assert_harmless(download_page(TALK))

    assert not [*page.iter("form"), *page.iter("a")]
    assert words(of_class(page, "text")[1]).strip() == "A test."


def test_the_passphrase_page_tells_nothing() -> None:
    html = passphrase_page(address=ADDRESS, problem="That was not it.").html
    page = assert_harmless(html)

    (form,) = page.iter("form")
    (field,) = page.iter("input")
    assert (form.get("method"), form.get("action")) == ("post", "/share/abc")
    assert (field.get("type"), field.get("name"), "autofocus" in field.attrib) == (
        "password",
        "passphrase",
        True,
    )
    assert [words(label) for label in page.iter("label")] == ["Passphrase"]
    assert [words(one) for one in page.iter("p") if one.get("role") == "alert"] == ["That was not it."]
    assert Tags(html).named["og:title"] == "A shared conversation"
    assert '<p role="alert"' not in passphrase_page(address=ADDRESS).html


def test_the_dead_end_is_always_the_same() -> None:
    page = assert_harmless(not_found_page().html)

    assert words(next(page.iter("h1"))) == "This link is no longer available"
    assert not_found_page() == not_found_page()


def test_boxes_that_scroll_have_different_names() -> None:
    text = "```\na\n```\n\n|a|\n|-|\n\n$$x$$"
    page = assert_harmless(
        share_page(snapshot(answer(text), answer(text)), address=ADDRESS, may_continue=False).html
    )

    names = [box.get("aria-label") for box in page.iter() if box.get("role") == "region"]
    assert sorted(map(str, names)) == ["Code 1", "Code 2", "Formula 1", "Formula 2", "Table 1", "Table 2"]


@pytest.mark.parametrize("title", ["", " \n\u202e", "\x00"])
def test_a_page_always_has_a_title(title: str) -> None:
    page = assert_harmless(share_page(snapshot(title=title), address=ADDRESS, may_continue=False).html)

    assert words(next(page.iter("h1"))).strip()


def test_twenty_messages_fit_into_thirty_kilobytes() -> None:
    talk = realistic(20)
    html = share_page(talk, address=ADDRESS, may_continue=True).html

    assert 15_000 < sum(len(message.text) for message in talk.messages) < 30_000
    assert len(gzip.compress(html.encode())) <= 30_000
    assert '<span class="k">' in html
    assert "<math" in html


def test_two_hundred_messages_are_all_formatted() -> None:
    html = share_page(realistic(200), address=ADDRESS, may_continue=True).html

    assert html.count("<article") == 200
    assert "too complex to format" not in html


def test_a_snapshot_comes_back_from_json() -> None:
    talk = snapshot(question("é\ud800\n\x00"), *REDACTED, title="“x”")

    assert Snapshot.from_json(talk.to_json()) == talk
    talk.to_json().encode("ascii")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version":2}',
        '{"version":1,"title":1,"shared_on":"2026-11-21","messages":[]}',
        '{"version":1,"title":"a","shared_on":"x","messages":[]}',
        '{"version":1,"title":"a","shared_on":"2026-11-21","messages":[1]}',
        '{"version":1,"title":"a","shared_on":"2026-11-21","messages":[{"role":"system","text":"","model":"","redacted":false}]}',
    ],
)  # fmt: skip
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Snapshot.from_json(text)


def test_only_what_may_be_shared_is_a_shared_message() -> None:
    with pytest.raises(ValueError, match="system"):
        SharedMessage(Role.SYSTEM, "secret")
    with pytest.raises(ValueError, match="redacted"):
        SharedMessage(Role.USER, "secret", redacted=True)


def test_the_markdown_file() -> None:
    assert to_markdown(TALK) == (
        "# A talk\n\nShared on 21 November 2026 · 4 messages\n\n**Question**\n\n"
        "What is *this*?\nAnd that?\n\n**Answer** (gpt-4o)\n\nA **test**.\n\n"
        "**Question**\n\n*Redacted*\n\n**Answer** (m)\n\n*Redacted*\n"
    )


@pytest.mark.parametrize("title", ["a\n# b", "a\r\n\r\n<script>", "a\u2028b", "# a #", "[x](y)"])
def test_a_title_stays_in_its_heading(title: str) -> None:
    first, *others = to_markdown(Snapshot(title, DAY, ())).splitlines()

    assert first.startswith("# ")
    assert not [sign for sign in "<[#" if first[2:].replace("\\" + sign, "").count(sign)]
    assert others == ["", "Shared on 21 November 2026 · 0 messages"]
