"""The WebAuthn protocol, implemented by the library `webauthn`.

The library is imported when it is first needed, because it takes 11 MB. Everything here blocks for some
milliseconds; call it in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from webchat.services.accounts.challenges import MINUTES
from webchat.storage.tables import Passkey

log = structlog.get_logger(__name__)

LONGEST_ANSWER = 16 * 1024
"""Characters of what a browser sends for a passkey."""
_LONGEST_KEY = 2 * 1024
_LONGEST_ID = 1023
_NAME = "webchat"
_MILLISECONDS = MINUTES * 60_000


class AnswerRefused(Exception):
    """What a browser sent is not a valid answer of an authenticator."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a browser uses passkeys: the host they are made for, and the origin of the page."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an authenticator answered, before it is verified."""

    content: dict[str, Any]
    credential_id: str
    user_id: str
    """Whose passkey the authenticator says it is; empty if it does not say."""
    challenge: bytes


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that an authenticator has made."""

    credential_id: str
    public_key: bytes
    sign_count: int
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Use:
    """How a key was used."""

    sign_count: int
    backed_up: bool


def creation_options(
    site: Site, user_id: str, username: str, challenge: bytes, known: Sequence[str]
) -> dict[str, Any]:
    """What a browser needs to make a passkey. Devices that have one of `known` are left out."""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=_NAME,
        user_id=user_id.encode(),
        user_name=username,
        challenge=challenge,
        timeout=_MILLISECONDS,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(each)) for each in known
        ],
    )
    return _as_dict(webauthn.options_to_json(options))


def request_options(site: Site, challenge: bytes) -> dict[str, Any]:
    """What a browser needs to use any passkey of this site."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        timeout=_MILLISECONDS,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return _as_dict(webauthn.options_to_json(options))


def read_answer(text: str) -> Answer:
    """Read what a browser sent.

    Raises:
        AnswerRefused: it is no answer of an authenticator.
    """
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json

    if len(text) > LONGEST_ANSWER:
        raise AnswerRefused("it is too long")
    try:
        content = json.loads(text)
        response = content["response"]
        client_data = parse_client_data_json(base64url_to_bytes(response["clientDataJSON"]))
        user_id = base64url_to_bytes(response.get("userHandle") or "").decode()
        return Answer(content, str(content["id"]), user_id, client_data.challenge)
    except Exception as error:
        raise _refusal(error) from error


def verified_new(site: Site, answer: Answer) -> NewKey:
    """The key of an answer to `creation_options`.

    Raises:
        AnswerRefused: it is not for this site, or does not hold together.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers import (
        bytes_to_base64url,
        decode_credential_public_key,
        decoded_public_key_to_cryptography,
    )

    try:
        made = verify_registration_response(
            credential=answer.content,
            expected_challenge=answer.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
        # The library reads the point of the key only when the key is used.
        decoded_public_key_to_cryptography(decode_credential_public_key(made.credential_public_key))
    except Exception as error:
        raise _refusal(error) from error
    if len(made.credential_public_key) > _LONGEST_KEY or len(made.credential_id) > _LONGEST_ID:
        raise AnswerRefused("the key is too long")
    return NewKey(
        bytes_to_base64url(made.credential_id),
        made.credential_public_key,
        made.sign_count,
        made.credential_backed_up,
    )


def verified_use(site: Site, answer: Answer, passkey: Passkey) -> Use:
    """How a passkey was used in an answer to `request_options`.

    Raises:
        AnswerRefused: it is not for this site, not signed by this passkey, or the passkey was copied.
    """
    from webauthn import verify_authentication_response

    if answer.user_id != passkey.user_id:
        raise AnswerRefused("it is a passkey of somebody else")
    try:
        used = verify_authentication_response(
            credential=answer.content,
            expected_challenge=answer.challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
        )
    except Exception as error:
        raise _refusal(error) from error
    return Use(used.new_sign_count, used.credential_backed_up)


def _refusal(error: Exception) -> AnswerRefused:
    """The library raises many kinds of errors for what a client can send, not only its own."""
    log.info("a passkey was refused", reason=f"{type(error).__name__}: {error}"[:200])
    return AnswerRefused(str(error))


def _as_dict(text: str) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(text)
    return options
