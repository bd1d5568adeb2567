"""The page behind a link to an assistant."""

from __future__ import annotations

from dataclasses import dataclass

from webchat.rendering.document import SITE, Page, card, page
from webchat.rendering.texts import escaped, one_line
from webchat.words.numbers import size
from webchat.words.text import t


@dataclass(frozen=True, slots=True)
class SharedAssistant:
    """What the page shows of an assistant; `picture` is a `data:` address, and empty texts are left out."""

    name: str
    description: str
    symbol: str
    colour: str
    picture: str
    system_prompt: str
    starters: tuple[str, ...]
    files: tuple[tuple[str, int], ...] = ()
    """Names and sizes in bytes."""


def assistant_page(shared: SharedAssistant, *, path: str, base: str, signed_in: bool) -> Page:
    """Return the page; whoever has not signed in is led there first and comes back.

    Args:
        shared: the assistant.
        path: that of the page.
        base: the path under which webchat is served.
        signed_in: whether the reader has signed in.
    """
    name = one_line(shared.name)
    parts = [
        _face(shared),
        f'<p dir="auto">{escaped(one_line(shared.description))}</p>' if shared.description else "",
        _starters(shared.starters),
        _prompt(shared.system_prompt),
        _files(shared.files),
        _add(path, base, signed_in),
    ]
    return page(f"{name} · {SITE}", card(name, "\n".join(filter(None, parts))))


def _face(shared: SharedAssistant) -> str:
    if shared.picture:
        return f'<p><img class="face" src="{escaped(shared.picture)}" alt=""></p>'
    colour = f'data-colour="{escaped(shared.colour)}"'
    return f'<p><span class="face" {colour} aria-hidden="true">{escaped(shared.symbol)}</span></p>'


def _starters(starters: tuple[str, ...]) -> str:
    if not starters:
        return ""
    items = "\n".join(f'<li dir="auto">{escaped(each)}</li>' for each in starters)
    return f"<h2>{escaped(t('Ways to begin'))}</h2>\n<ul>\n{items}\n</ul>"


def _prompt(prompt: str) -> str:
    if not prompt:
        return ""
    return (
        f"<details>\n<summary>{escaped(t('System prompt'))}</summary>\n"
        f'<div class="plain" dir="auto">{escaped(prompt)}</div>\n</details>'
    )


def _files(files: tuple[tuple[str, int], ...]) -> str:
    if not files:
        return ""
    items = "\n".join(
        f'<li><span dir="auto">{escaped(one_line(name))}</span> ({escaped(size(number))})</li>'
        for name, number in files
    )
    return f"<h2>{escaped(t('Files'))}</h2>\n<ul>\n{items}\n</ul>"


def _add(path: str, base: str, signed_in: bool) -> str:
    if signed_in:
        return (
            f'<form method="post" action="{escaped(base + path)}">\n'
            f"<button>{escaped(t('Add to my assistants'))}</button>\n</form>\n"
            f'<p class="note">{escaped(t("You get a copy of your own. Later changes do not reach it."))}</p>'
        )
    return (
        f'<form method="get" action="{escaped(base)}/sign-in">\n'
        f'<input type="hidden" name="next" value="{escaped(path)}">\n'
        f"<button>{escaped(t('Sign in to add it'))}</button>\n</form>"
    )
