"""The pages of people who have not signed in: setup, sign-in, invitations.

They need no script, except for signing in with a passkey.
"""

from __future__ import annotations

from webchat.rendering.document import SITE, Page, card, document, policy
from webchat.rendering.texts import escaped

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
        + _password("Password", "current-password", problem, focus[1])
    )
    other = (_passkey_form(following, base) if passkeys else "") + _other_way(issuer, base, "next", next_path)
    return _page(
        "Sign in", "", fields, "Sign in", "sign-in-form", problem, f"{base}/sign-in", other, scripts=passkeys
    )


def setup_page(
    *, may_adopt: bool, adopt: bool = True, username: str = "", problem: str = "", least: int
) -> Page:
    """Return the form for the first administrator; `may_adopt` asks about existing conversations."""
    question = (
        f'<label class="choice"><input type="checkbox" name="adopt" value="yes"{" checked" if adopt else ""}>'
        "<span>Take over the conversations that are already here. Otherwise nobody can see them until they "
        "are exported with <code>webchat export</code>.</span></label>\n"
        if may_adopt
        else ""
    )
    fields = (
        _username(username, problem, " autofocus")
        + _password("Password", "new-password", problem, "", _length(least))
        + question
    )
    text = "This account is the administrator: it invites other people and sets up models for everyone."
    return _page("Set up webchat", text, fields, "Create account", "setup-form", problem)


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
        text = (
            f"Choose a new password for the account {username}. All its browsers are signed out, and its "
            "passkeys are removed."
        )
        heading, submit = "New password", "Set password"
    else:
        name = _username(typed, problem, " autofocus")
        text = (
            "You were invited. Choose a username and a password. Other people here do not see your "
            "conversations."
        )
        heading, submit = "Join webchat", "Create account"
        other = _other_way(issuer, base, "invitation", token)
    fields = name + _password("Password", "new-password", problem, "", _length(least))
    return _page(heading, text, fields, submit, "invite-form", problem, other=other)


def leaving_page(issuer: str, address: str) -> Page:
    """Return the page that leads to the issuer at once, by a link where that does not work."""
    target, heading = escaped(address), f"Continue with {issuer}"
    content = f'<p>You are being taken there. <a href="{target}">Continue</a></p>'
    head = (f'<meta http-equiv="refresh" content="0; url={target}">',)
    return Page(document(f"{heading} · {SITE}", card(heading, content), head), policy())


def connecting_failed_page(issuer: str, problem: str, account: str) -> Page:
    """Return the page for somebody whose account was not connected; `account` is where to try again."""
    content = f"""<p role="alert">{escaped(problem)}</p>
<p><a href="{escaped(account)}">Back to your account</a></p>"""
    heading = f"{issuer} was not connected"
    return Page(document(f"{heading} · {SITE}", card(heading, content)), policy())


def _length(least: int) -> str:
    return f"At least {least} characters."


def _username(value: str, problem: str, focus: str) -> str:
    return (
        '<label for="username">Username</label>\n'
        f'<input id="username" name="username" value="{escaped(value)}" autocomplete="username"'
        f' {_AS_TYPED} maxlength="64" required{focus}{_described(problem)}>\n'
    )


def _password(label: str, kind: str, problem: str, focus: str, hint: str = "") -> str:
    small = f'<p class="note">{escaped(hint)}</p>\n' if hint else ""
    return (
        f'<label for="password">{label}</label>\n<input type="password" id="password" name="password" '
        f'autocomplete="{kind}" maxlength="200" required{focus}{_described(problem)}>\n{small}'
    )


def _passkey_form(following: str, base: str) -> str:
    """The button below the form, which its script shows where the browser has passkeys."""
    return f"""
<form method="post" action="{escaped(base)}/sign-in" data-testid="passkey-form" hidden>
{following}<input type="hidden" name="passkey">
<button class="quiet">Sign in with a passkey</button>
<p role="alert" hidden></p>
</form>
<script type="module" src="{escaped(base)}/sign_in.js"></script>"""


def _described(problem: str) -> str:
    return ' aria-describedby="problem"' if problem else ""


def _other_way(issuer: str, base: str, field: str, value: str) -> str:
    """The button of an issuer, below the form; `field` goes with it."""
    if not issuer:
        return ""
    return f"""
<p class="or">or</p>
<form method="post" action="{escaped(base)}/sign-in/oidc" data-testid="oidc-form">
<input type="hidden" name="{field}" value="{escaped(value)}">
<button class="quiet">Continue with {escaped(issuer)}</button>
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
    return Page(document(f"{heading} · {SITE}", card(heading, content)), policy(scripts=scripts))
