"""DSSE: what is signed is type and payload together."""

from __future__ import annotations

import base64
import json

import pytest

from partner_qa.evidence.envelope import open_envelope, pre_authentication_encoding, seal
from partner_qa.evidence.keys import make_key


def test_the_encoding_is_the_one_of_the_specification() -> None:
    # https://github.com/secure-systems-lab/dsse/blob/master/implementation/signing_spec.py has this example
    encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_lengths_are_of_bytes_and_not_of_characters() -> None:
    assert pre_authentication_encoding("é", "ü!".encode()) == "DSSEv1 2 é 3 ü!".encode()


def test_an_envelope_opens_and_is_signed_by_its_key_only() -> None:
    key = make_key()
    envelope = open_envelope(seal(b"payload", "text/plain", key))
    assert envelope.payload == b"payload"
    assert envelope.is_signed_by(key.public)
    assert not envelope.is_signed_by(make_key().public)


@pytest.mark.parametrize("change", [{"payload": "b3RoZXI="}, {"payloadType": "text/html"}])
def test_neither_payload_nor_type_can_be_exchanged(change: dict[str, str]) -> None:
    key = make_key()
    told = json.loads(seal(b"payload", "text/plain", key)) | change
    assert not open_envelope(json.dumps(told).encode()).is_signed_by(key.public)


def test_both_alphabets_of_base64_are_read() -> None:
    key = make_key()
    told = json.loads(seal(b"\xfb\xff\xfe", "text/plain", key))
    told["payload"] = base64.urlsafe_b64encode(b"\xfb\xff\xfe").decode().rstrip("=")
    assert open_envelope(json.dumps(told).encode()).is_signed_by(key.public)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"payload": 1, "payloadType": "x", "signatures": []}',
        b"[" * 100000,
        b'{"payload": "*", "payloadType": "x", "signatures": []}',
    ],
)
def test_what_is_no_envelope_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):
        open_envelope(content)
