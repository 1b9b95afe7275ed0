"""What text is wrapped in is taken off, layer by layer, and never without end."""

from __future__ import annotations

import base64
import gzip
import html
import json
import time
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from io import BytesIO
from urllib.parse import quote

import pytest

from partner_qa.evidence.layers import DEEPEST, peel

WORD = b"needle in the stack"


def zipped(entries: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64encode,
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text).rstrip(b"="),
    "base64 within a word": lambda text: b"data:text/html;base64," + base64.b64encode(text),
    "base64 behind a slash": lambda text: b"v1/x/" + base64.b64encode(text),
    "base64 in lines": lambda text: base64.encodebytes(b"." * 80 + text + b"." * 80),
    "base64 in indented lines": lambda text: base64.encodebytes(b"." * 80 + text).replace(b"\n", b"\n    "),
    "base64 of a header": lambda text: b"Basic " + base64.b64encode(b"client:" + text),
    "percent": lambda text: quote(text).encode(),
    "percent, all of it": lambda text: b"".join(b"%%%02x" % each for each in text),
    "percent, twice": lambda text: quote(quote(text)).encode(),
    "JSON escapes": lambda text: b"".join(b"\\u%04x" % each for each in text),
    "YAML escapes": lambda text: b'"' + b"".join(b"\\x%02X" % each for each in text) + b'"',
    "HTML entities": lambda text: b"".join(b"&#%d;" % each for each in text),
    "HTML entities in hexadecimal": lambda text: b"".join(b"&#x%x;" % each for each in text),
    "hexadecimal": lambda text: text.hex().encode(),
    "gzip": gzip.compress,
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(text)),
    "zip": lambda text: zipped({"xl/sharedStrings.xml": text}),
    "zip in base64": lambda text: base64.b64encode(zipped({"x": text})),
    "base64 in zip": lambda text: zipped({"x": base64.b64encode(text)}),
    "JSON in base64 in JSON": lambda text: json.dumps({"a": base64.b64encode(text).decode()}).encode(),
    "an attribute of HTML": lambda text: html.escape(json.dumps({"a": quote(text)})).encode(),
}


@pytest.mark.parametrize("name", WRAPPINGS)
def test_every_wrapping_comes_off(name: str) -> None:
    wrapped = WRAPPINGS[name](WORD)
    assert any(WORD in layer.content for layer in peel(b"first line\n" * 4 + wrapped)) or name in {
        "gzip",
        "zip",
        "base64 in zip",
    }
    assert any(WORD in layer.content for layer in peel(wrapped))


@pytest.mark.parametrize("outer", WRAPPINGS)
@pytest.mark.parametrize("inner", ["base64", "percent", "gzip in base64", "JSON escapes"])
def test_wrappings_come_off_in_any_order(outer: str, inner: str) -> None:
    wrapped = WRAPPINGS[outer](WRAPPINGS[inner](WORD))
    assert any(WORD in layer.content for layer in peel(wrapped))


def test_an_attachment_of_an_e_mail_is_looked_into() -> None:
    message = EmailMessage()
    message.set_content("hello")
    message.add_attachment(zipped({"a": WORD}), maintype="application", subtype="zip", filename="a.zip")
    assert any(WORD in layer.content for layer in peel(message.as_bytes()))


def test_a_layer_knows_the_line_it_came_from_and_how() -> None:
    content = (
        b"one\ntwo\n"
        + base64.b64encode(b"decoy decoy decoy")
        + b"\nfour "
        + base64.b64encode(quote(WORD + b"?").encode())
    )
    layer = next(each for each in peel(content) if WORD in each.content)
    assert layer.how == ("base64", "percent-encoding")
    assert layer.line_of(layer.content.index(WORD)) == 4


def test_a_file_within_an_archive_is_named() -> None:
    layer = next(each for each in peel(zipped({"xl/a.xml": WORD})) if WORD in each.content)
    assert layer.inner == "xl/a.xml"


def test_wrapping_without_end_is_not_unwrapped_without_end() -> None:
    content = WORD
    for _ in range(DEEPEST + 4):
        content = gzip.compress(content)
    assert len([*peel(content)]) == DEEPEST + 1


@pytest.mark.parametrize(
    "content",
    [
        b"a" * 2000000,
        b"%41" * 400000,
        b"\\u0041" * 300000,
        b"&#65;" * 300000,
        b"@" * 1000000,
        b"QUFB" * 500000,
        b"0" * 2000000,
        b"ab/" * 500000,
        b"x%" * 500000,
        b"\\" * 1000000,
    ],
    ids=["letters", "percent", "escapes", "entities", "at", "base64", "digits", "slashes", "half", "back"],
)
def test_no_text_takes_long(content: bytes) -> None:
    began = time.process_time()
    for _ in peel(content):
        pass
    assert time.process_time() - began < 15  # what takes the square of the length takes hours


LYING = zipped({"a": b"b"})
LYING = LYING[:-6] + b"\xff\xff\xff\0" + LYING[-2:]  # its files begin before it does


@pytest.mark.parametrize(
    "content", [b"PK\3\4" + b"\0" * 100, b"\x1f\x8b\x08" + b"\0" * 100, b"PK\3\4", LYING]
)
def test_a_broken_archive_is_no_error(content: bytes) -> None:
    first, *_ = peel(content)
    assert first.content == content
