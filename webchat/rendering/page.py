"""The pages behind a share link: the conversation, its download, the passphrase form and the error pages."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from webchat.messages import Role
from webchat.rendering.document import (
    SITE,
    Page,
    Preview,
    card,
    opening,
    opening_of_a_file,
    page,
    policy,
    policy_of_a_file,
    preview_tags,
    rest,
)
from webchat.rendering.limits import PAGE_SECONDS
from webchat.rendering.markdown import PageBudget, to_html
from webchat.rendering.texts import (
    date_of,
    description_of,
    escaped,
    one_line,
    title_of,
    untitled,
)
from webchat.snapshot import SharedFile, SharedMessage, Snapshot
from webchat.words.numbers import size
from webchat.words.text import ngettext, t

__all__ = [
    "Page",
    "articles",
    "download_page",
    "not_found_page",
    "notice_page",
    "passphrase_page",
    "share_page",
    "share_rest",
]


def share_page(snapshot: Snapshot, *, address: str, may_continue: bool) -> Page:
    """Return the page of a shared conversation; `address` is its absolute address."""
    path = urlsplit(address).path
    return Page(opening(address) + share_rest(snapshot, path=path, may_continue=may_continue), policy())


def share_rest(snapshot: Snapshot, *, path: str, may_continue: bool, plain: bool = False) -> str:
    """Return the part of that page after its opening; with `plain`, no answer is formatted."""
    path = escaped(path)
    continuing = (
        f'<form method="post" action="{path}/continue">'
        f"<button>{escaped(t('Continue in webchat'))}</button></form>"
        if may_continue
        else ""
    )
    actions = (
        f'<div class="actions"><a href="{path}/webchat.md" download>{escaped(t("Download as Markdown"))}</a>'
        f'<a href="{path}/webchat.html" download>{escaped(t("Download as HTML"))}</a>{continuing}</div>\n'
    )
    title = title_of(snapshot)
    preview = Preview(
        title=title,
        description=description_of(snapshot)
        or ngettext(
            "A conversation of {count} message.",
            "A conversation of {count} messages.",
            len(snapshot.messages),
        ),
    )
    return rest(f"{title} · {SITE}", _conversation(snapshot, actions, plain), preview_tags(preview))


def download_page(snapshot: Snapshot, *, plain: bool = False) -> str:
    """Return the conversation as a standalone HTML file."""
    head = (f'<meta http-equiv="Content-Security-Policy" content="{escaped(policy_of_a_file())}">',)
    body = _conversation(snapshot, "", plain)
    return opening_of_a_file() + rest(f"{title_of(snapshot)} · {SITE}", body, head)


def articles(snapshot: Snapshot, *, plain: bool = False) -> str:
    """Return the messages alone, for a file that is written in parts (`webchat.rendering.exported_file`)."""
    return _articles(snapshot, _budget(plain)) + "\n"


def passphrase_page(*, address: str, problem: str = "") -> Page:
    """Return the page that asks for the passphrase and reveals nothing about the conversation."""
    alert = f'<p role="alert" id="problem">{escaped(problem)}</p>\n' if problem else ""
    described = ' aria-invalid="true" aria-describedby="problem"' if problem else ""
    content = f"""<p>{escaped(t("This conversation is protected with a passphrase."))}</p>
{alert}<form method="post" action="{escaped(urlsplit(address).path)}">
<label for="passphrase">{escaped(t("Passphrase"))}</label>
<input type="password" id="passphrase" name="passphrase" autocomplete="off" required autofocus{described}>
<button>{escaped(t("Show conversation"))}</button>
</form>"""
    preview = preview_tags(Preview(untitled(), t("Protected with a passphrase.")))
    return page(f"{untitled()} · {SITE}", card(untitled(), content), preview, address=address)


def notice_page(heading: str, words: str) -> Page:
    """Return a page that explains why something was not done; both arguments are plain text."""
    body = card(heading, f"<p>{escaped(words)}</p>")
    return page(f"{heading} · {SITE}", body)


def not_found_page() -> Page:
    """Return the page for every link that does not work, whatever the reason."""
    body = card(
        t("This link is no longer available"),
        f"<p>{escaped(t('The address may be mistyped, or the link may have expired or been deleted.'))}</p>\n"
        f"<p>{escaped(t('Ask the person who sent it to you for a new link.'))}</p>",
    )
    return page(f"{t('Link not available')} · {SITE}", body)


def _conversation(snapshot: Snapshot, actions: str, plain: bool) -> str:
    sheet = _budget(plain)
    day = f'<time datetime="{snapshot.shared_on.isoformat()}">{date_of(snapshot)}</time>'
    messages = ngettext("{count} message", "{count} messages", len(snapshot.messages))
    return f"""<header>
<h1 dir="auto">{escaped(title_of(snapshot))}</h1>
<p>{t("Shared on {day}", day=day)} · {messages}</p>
</header>
<main>
{_articles(snapshot, sheet)}
</main>
<footer>
{actions}<p>{escaped(t("A copy of a webchat conversation. Later messages are not included."))}</p>
</footer>"""


def _budget(plain: bool) -> PageBudget:
    return PageBudget(seconds=0 if plain else PAGE_SECONDS)


def _articles(snapshot: Snapshot, sheet: PageBudget) -> str:
    return "\n".join(_article(message, sheet) for message in snapshot.messages)


def _article(message: SharedMessage, sheet: PageBudget) -> str:
    asked = message.role is Role.USER
    model = "" if asked else one_line(message.model)
    heading = t("Question") if asked else t("Answer")
    if model:
        heading += f" <span>· <bdi>{escaped(model)}</bdi></span>"
    if message.redacted:
        text = f'<div><p class="redacted">{escaped(t("Redacted"))}</p></div>'
    elif asked:
        text = f'<div class="text" dir="auto">{escaped(message.text)}</div>'
    else:
        drawings = {each.source.strip(): each.svg for each in message.diagrams}
        text = f'<div class="text formatted">{to_html(message.text, sheet, drawings)}</div>'
    text += _files(message.files)
    return f'<article class="{"question" if asked else "answer"}">\n<h2>{heading}</h2>\n{text}\n</article>'


def _files(files: Sequence[SharedFile]) -> str:
    if not files:
        return ""
    return f'\n<ul class="files">\n{"".join(map(_file, files))}</ul>'


def _file(file: SharedFile) -> str:
    name, address = f"<bdi>{escaped(one_line(file.name))}</bdi>", escaped(file.address)
    if file.is_picture and file.address:
        return f'<li><img src="{address}" alt="{escaped(one_line(file.name))}" loading="lazy"></li>\n'
    if file.address:
        name = f'<a href="{address}" download>{name}</a>'
    return f"<li>{name} <span>{size(file.size)}</span></li>\n"
