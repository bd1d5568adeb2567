"""Checks ID tokens: their signature, issuer, audience, time and nonce."""

from __future__ import annotations

from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

_ALGORITHMS = [f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)]
"""Signatures with a public key. Neither `none` nor those with a shared secret."""
LEEWAY = 60
"""Seconds by which the clocks of the issuer and of this server may differ."""

MOST_KEYS = 50
"""Reading more of them would hold up the server …"""
LONGEST_VALUE = 8_192
"""… and so would a longer key; an RSA key of 16,384 bits has 2,731 characters."""


class KeyUnknown(Exception):
    """The token is signed with a key that the issuer has not published, or not yet when it was asked."""


class TokenInvalid(Exception):
    """The token cannot be trusted. `str(error)` says why, without any of its contents."""


def read_keys(document: dict[str, Any]) -> KeySet:
    """The keys in a JWKS document.

    Raises:
        TokenInvalid: it has none that can be used.
    """
    try:
        keys = list(document["keys"])
        if len(keys) > MOST_KEYS:
            raise TokenInvalid("too many keys")
        values = (value for key in keys for value in key.values())
        if any(isinstance(value, str) and len(value) > LONGEST_VALUE for value in values):
            raise TokenInvalid("a key is too long")
        return KeySet.import_key_set({"keys": keys})
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TokenInvalid("keys") from error


def checked_claims(
    token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, access_token: str
) -> dict[str, Any]:
    """What a token says about somebody.

    Raises:
        KeyUnknown: another look at the issuer's keys may help.
        TokenInvalid: the token cannot be trusted.
    """
    options = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
    expected = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
    registry = JWSRegistry(algorithms=_ALGORITHMS, strict_check_header=False)
    try:
        decoded = jwt.decode(token, keys, registry=registry)
        claims = CodeIDToken(decoded.claims, decoded.header, options, expected)
        claims.validate(leeway=LEEWAY)
    except InvalidKeyIdError as error:
        raise KeyUnknown from error
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise TokenInvalid(type(error).__name__) from error
    return dict(claims)
