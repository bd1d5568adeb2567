"""The pages of people who have not signed in: setup, sign-in, invitations.

They need no script, except for signing in with a passkey.
"""

from __future__ import annotations

from webchat.rendering.document import SITE, Page, card, page
from webchat.rendering.texts import escaped
from webchat.words.language import ENGLISH, current
from webchat.words.text import t

_AS_TYPED = 'autocapitalize="none" spellcheck="false"'


def sign_in_page(
    *,
    next_path: str,
    username: str = "",
    problem: str = "",
    passkeys: bool = False,
    issuer: str = "",
    base: str = "",
) -> Page:
    """Return the form for username and password.

    Args:
        next_path: the page that follows.
        passkeys: whether people can sign in with a passkey here.
        issuer: the name of the issuer with which people can sign in as well.
        base: the path under which webchat is served.
    """
    focus = ("", " autofocus") if username else (" autofocus", "")
    following = f'<input type="hidden" name="next" value="{escaped(next_path)}">\n'
    fields = (
        following
        + _username(username, problem, focus[0])
        + _password(t("Password"), "current-password", problem, focus[1])
    )
    other = (_passkey_form(following, base) if passkeys else "") + _other_way(issuer, base, "next", next_path)
    return _page(
        t("Sign in"),
        "",
        fields,
        t("Sign in"),
        "sign-in-form",
        problem,
        f"{base}/sign-in",
        other,
        scripts=passkeys,
    )


def setup_page(
    *, may_adopt: bool, adopt: bool = True, username: str = "", problem: str = "", least: int
) -> Page:
    """Return the form for the first administrator; `may_adopt` asks about existing conversations."""
    question = (
        f'<label class="choice"><input type="checkbox" name="adopt" value="yes"{" checked" if adopt else ""}>'
        f"<span>{_adopting()}</span></label>\n"
        if may_adopt
        else ""
    )
    fields = (
        _username(username, problem, " autofocus")
        + _password(t("Password"), "new-password", problem, "", _length(least))
        + question
    )
    text = t("This account is the administrator: it invites other people and sets up models for everyone.")
    return _page(t("Set up webchat"), text, fields, t("Create account"), "setup-form", problem)


def invitation_page(
    *,
    username: str,
    typed: str = "",
    problem: str = "",
    least: int,
    issuer: str = "",
    token: str = "",
    base: str = "",
) -> Page:
    """Return the form that accepts an invitation; with a `username`, the one that sets its password.

    Args:
        issuer: the name of the issuer with which people can accept it as well.
        token: that of the invitation.
        base: the path under which webchat is served.
    """
    other = ""
    if username:
        name = f'<input type="hidden" name="username" value="{escaped(username)}" autocomplete="username">\n'
        text = t(
            "Choose a new password for the account {username}. All its browsers are signed out, and its "
            "passkeys are removed.",
            username=username,
        )
        heading, submit = t("New password"), t("Set password")
    else:
        name = _username(typed, problem, " autofocus")
        text = t(
            "You were invited. Choose a username and a password. Other people here do not see your "
            "conversations."
        )
        heading, submit = t("Join webchat"), t("Create account")
        other = _other_way(issuer, base, "invitation", token)
    fields = name + _password(t("Password"), "new-password", problem, "", _length(least))
    return _page(heading, text, fields, submit, "invite-form", problem, other=other)


def leaving_page(issuer: str, address: str) -> Page:
    """Return the page that leads to the issuer at once, by a link where that does not work."""
    target, heading = escaped(address), t("Continue with {name}", name=issuer)
    words, link = escaped(t("You are being taken there.")), escaped(t("Continue"))
    content = f'<p>{words} <a href="{target}">{link}</a></p>'
    head = (f'<meta http-equiv="refresh" content="0; url={target}">',)
    return page(f"{heading} · {SITE}", card(heading, content), head)


def connecting_failed_page(issuer: str, problem: str, account: str) -> Page:
    """Return the page for somebody whose account was not connected; `account` is where to try again."""
    content = f"""<p role="alert">{escaped(problem)}</p>
<p><a href="{escaped(account)}">{escaped(t("Back to your account"))}</a></p>"""
    heading = t("{name} was not connected", name=issuer)
    return page(f"{heading} · {SITE}", card(heading, content))


def _adopting() -> str:
    words = t(
        "Take over the conversations that are already here. Otherwise nobody can see them until they are "
        "exported with {command}.",
        command="\0",
    )
    return (
        escaped(words.partition("\0")[0]) + "<code>webchat export</code>" + escaped(words.partition("\0")[2])
    )


def _length(least: int) -> str:
    return t("At least {count} characters.", count=least)


def _username(value: str, problem: str, focus: str) -> str:
    return (
        f'<label for="username">{escaped(t("Username"))}</label>\n'
        f'<input id="username" name="username" value="{escaped(value)}" autocomplete="username"'
        f' {_AS_TYPED} maxlength="64" required{focus}{_described(problem)}>\n'
    )


def _password(label: str, kind: str, problem: str, focus: str, hint: str = "") -> str:
    small = f'<p class="note">{escaped(hint)}</p>\n' if hint else ""
    return (
        f'<label for="password">{escaped(label)}</label>\n'
        '<input type="password" id="password" name="password" '
        f'autocomplete="{kind}" maxlength="200" required{focus}{_described(problem)}>\n{small}'
    )


def _passkey_form(following: str, base: str) -> str:
    """The button below the form, which its script shows where the browser has passkeys."""
    return f"""
<form method="post" action="{escaped(base)}/sign-in" data-testid="passkey-form" hidden>
{following}<input type="hidden" name="passkey">
<button class="quiet">{escaped(t("Sign in with a passkey"))}</button>
<p role="alert" hidden></p>
</form>
{_words_of_scripts(base)}<script type="module" src="{escaped(base)}/sign_in.js"></script>"""


def _words_of_scripts(base: str) -> str:
    """The script with the words of another language than English, in front of all others."""
    language = current()
    return "" if language == ENGLISH else f'<script src="{escaped(base)}/words-{language}.js"></script>\n'


def _described(problem: str) -> str:
    return ' aria-describedby="problem"' if problem else ""


def _other_way(issuer: str, base: str, field: str, value: str) -> str:
    """The button of an issuer, below the form; `field` goes with it."""
    if not issuer:
        return ""
    return f"""
<p class="or">{escaped(t("or"))}</p>
<form method="post" action="{escaped(base)}/sign-in/oidc" data-testid="oidc-form">
<input type="hidden" name="{field}" value="{escaped(value)}">
<button class="quiet">{escaped(t("Continue with {name}", name=issuer))}</button>
</form>"""


def _page(
    heading: str,
    text: str,
    fields: str,
    submit: str,
    testid: str,
    problem: str,
    action: str = "",
    other: str = "",
    *,
    scripts: bool = False,
) -> Page:
    """One form, which is sent to `action` or else to the page's own address, and others below.

    `scripts` is whether these need ours.
    """
    explained = f"<p>{escaped(text)}</p>\n" if text else ""
    alert = f'<p role="alert" id="problem">{escaped(problem)}</p>\n' if problem else ""
    target = f' action="{escaped(action)}"' if action else ""
    content = f"""{explained}{alert}<form method="post"{target} data-testid="{testid}">
{fields}<button>{escaped(submit)}</button>
</form>{other}"""
    return page(f"{heading} · {SITE}", card(heading, content), scripts=scripts)
