"""The messages of sign-ins through OpenID Connect that fail, by `code.reason`."""

_AGAIN = "Try again. If this happens again, tell an administrator."

OPENID_ERRORS = {
    "openid.denied": "The sign-in was cancelled at {name}. Nothing was changed. Try again, or sign in with a "
    "password.",
    "openid.issuer_refused": f"{{name}} refused the sign-in ({{error}}). Nothing was changed. {_AGAIN}",
    "openid.unreachable": "The sign-in failed: {cause:happened}. Nothing was changed. Try again in a moment, "
    "or sign in with a password.",
    "openid.answer": f"{{name}} sent something that webchat cannot use. Nothing was changed. {_AGAIN}",
    "openid.token": f"What {{name}} said could not be verified. Nothing was changed. {_AGAIN}",
    "openid.expired": "This sign-in took too long, was already used or began in another browser. Nothing was "
    "changed. Try again.",
    "openid.not_allowed": "Your account at {name} is not allowed to use this webchat. Nothing was changed. "
    "Ask an administrator, or use another account.",
    "openid.unverified": "{name} has not verified your e-mail address. Nothing was changed. Verify it there "
    "and try again.",
    "openid.not_invited": "Your account at {name} is not connected with an account here. Ask an "
    "administrator for an invitation. If you have an account here, sign in with your password and connect it "
    "in Settings → Account.",
    "openid.taken": "This account at {name} is connected with another account here. Nothing was changed. "
    "Disconnect it there first, or use another one.",
    "openid.connected": "Your account is already connected with {name}. Nothing was changed. Disconnect it "
    "first.",
}
