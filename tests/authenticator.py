"""An authenticator in software, and the browser around it: makes passkeys and signs with them."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey as PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One device with one passkey, in a browser that shows a page of `origin`."""

    origin: str
    counts: bool = True
    """Whether it counts how often it is used; many do not."""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: PrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    user_id: bytes = b""
    count: int = 0

    def make(self, options: dict[str, Any], *, host: str = "") -> str:
        """What the browser sends after making a passkey; `host` is another one than that of the options."""
        self.user_id = base64url_to_bytes(options["user"]["id"])
        public = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
        key = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(cose)
        data = self._data(host or options["rp"]["id"], PRESENT | VERIFIED | HAS_KEY) + key
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": bytes_to_base64url(self._client_data("webauthn.create", options)),
            "attestationObject": bytes_to_base64url(attestation),
        }
        return self._sent(response)

    def use(self, options: dict[str, Any], *, host: str = "", claims: bytes | None = None) -> str:
        """What the browser sends after using the passkey; `claims` is whose it says to be."""
        self.count += self.counts
        data = self._data(host or options["rpId"], PRESENT | VERIFIED)
        client_data = self._client_data("webauthn.get", options)
        signed = self.key.sign(data + hashlib.sha256(client_data).digest(), ECDSA(SHA256()))
        response = {
            "clientDataJSON": bytes_to_base64url(client_data),
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(signed),
            "userHandle": bytes_to_base64url(self.user_id if claims is None else claims),
        }
        return self._sent(response)

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        ).encode()

    def _sent(self, response: dict[str, str]) -> str:
        id = bytes_to_base64url(self.credential_id)
        return json.dumps(
            {"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}}
        )
