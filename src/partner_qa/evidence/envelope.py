"""DSSE envelopes: a payload, its type, and signatures over both.

What is signed is the pre-authentication encoding of type and payload, so that a payload signed as one thing
cannot be shown as another. https://github.com/secure-systems-lab/dsse/blob/master/protocol.md, version 1.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from partner_qa.evidence.canonical import to_canonical
from partner_qa.evidence.keys import PublicKey, SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An envelope as it was found. `signatures` are pairs of key id (a hint, not signed) and bytes."""

    payload: bytes
    payload_type: str
    signatures: tuple[tuple[str, bytes], ...]

    def is_signed_by(self, key: PublicKey) -> bool:
        """Return whether one of the signatures is this key's."""
        message = pre_authentication_encoding(self.payload_type, self.payload)
        return any(key.has_signed(message, signature) for _, signature in self.signatures)


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed: `DSSEv1 <length> <type> <length> <payload>`, lengths in bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload: bytes, payload_type: str, key: SigningKey) -> bytes:
    """Return an envelope with one signature, as JSON."""
    signature = key.sign(pre_authentication_encoding(payload_type, payload))
    return to_canonical(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": payload_type,
            "signatures": [
                {"keyid": key.public.fingerprint, "sig": base64.b64encode(signature).decode()},
            ],
        }
    )


def open_envelope(content: bytes) -> Envelope:
    """Return the envelope that some JSON holds; it is not verified yet. Raises `ValueError` where none is."""
    try:
        told = json.loads(content)
        return Envelope(
            payload=_decode(told["payload"]),
            payload_type=_text(told["payloadType"]),
            signatures=tuple(
                (_text(each.get("keyid", "")), _decode(each["sig"])) for each in told["signatures"]
            ),
        )
    except (KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        raise ValueError("is no DSSE envelope") from error


def _decode(text: object) -> bytes:
    # The specification lets a reader take either alphabet.
    plain = _text(text).replace("-", "+").replace("_", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value
