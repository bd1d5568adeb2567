"""The frame of an HTML file with exported conversations; the messages between its parts are those of share
pages."""

from __future__ import annotations

from datetime import date

from webchat.rendering.document import AFTER_BODY, SITE, before_body, opening_of_a_file, policy_of_a_file
from webchat.rendering.texts import escaped, one_line, written
from webchat.words.text import ngettext, t

END = f"\n</main>{AFTER_BODY}"
"""What comes after the last message or conversation."""
CONVERSATION_END = "</details>\n"


def single(title: str, messages: int, exported_on: date) -> str:
    """Return the beginning of a file with one conversation, up to its messages."""
    return _beginning(title, f"{_exported(exported_on)} · {_messages(messages)}")


def collection(conversations: int, exported_on: date) -> str:
    """Return the beginning of a file with several conversations."""
    number = ngettext("{count} conversation", "{count} conversations", conversations)
    return _beginning(t("Conversations"), f"{_exported(exported_on)} · {number}")


def conversation(title: str, messages: int, last_used: date) -> str:
    """Return the beginning of one conversation of several, which is folded until it is opened."""
    words = f"{_day(last_used)} · {_messages(messages)}"
    return f"<details><summary><bdi>{escaped(one_line(title))}</bdi> <span>· {words}</span></summary>\n"


def _beginning(title: str, words: str) -> str:
    title = one_line(title)
    head = (f'<meta http-equiv="Content-Security-Policy" content="{escaped(policy_of_a_file())}">',)
    return f"""{opening_of_a_file()}{before_body(f"{title} · {SITE}", head)}<header>
<h1 dir="auto">{escaped(title)}</h1>
<p>{words}</p>
</header>
<main>
"""


def _exported(day: date) -> str:
    return t("Exported on {day}", day=_day(day))


def _messages(number: int) -> str:
    return ngettext("{count} message", "{count} messages", number)


def _day(day: date) -> str:
    return f'<time datetime="{day.isoformat()}">{written(day)}</time>'
