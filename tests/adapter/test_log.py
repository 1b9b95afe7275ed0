"""Logs: no secret in them however it is cut up, and no process fills the disk."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from urllib.parse import quote

import pytest

from partner_qa.adapter.concealment import Concealment, shown
from partner_qa.adapter.log import Log

SECRET = "sec/ret+value=of:the-run"
KEY = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nEFAASCBKcwggSjAgEAAoIBAQ\n-----END KEY-----"


class Dribble(io.RawIOBase):
    """A stream that gives a few bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        self._content = content
        self._size = size

    def read(self, size: int = -1) -> bytes:
        piece, self._content = self._content[: self._size], self._content[self._size :]
        return piece


@pytest.fixture
def conceal() -> Concealment:
    return Concealment({"client_secret": SECRET, "key": KEY, "DEBUG": "1"})


def log(path: Path, content: bytes, conceal: Concealment, *, size: int = 1 << 16, limit: int = 10_000) -> Log:
    made = Log(path, conceal, limit=limit)
    made.follow(Dribble(content, size))
    return made


@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_a_secret_is_not_found_however_the_output_arrives(
    tmp_path: Path, conceal: Concealment, size: int
) -> None:
    made = log(tmp_path / "web.log", f"a {SECRET} b\nlast {SECRET}".encode(), conceal, size=size)
    assert (tmp_path / "web.log").read_text() == "a [client_secret] b\nlast [client_secret]"
    assert SECRET not in made.last_lines()


def test_a_secret_in_a_line_without_end_is_not_found(tmp_path: Path, conceal: Concealment) -> None:
    content = (b"x" * 262_000 + SECRET.encode()) * 3
    log(tmp_path / "web.log", content, conceal, size=50_001, limit=2_000_000)
    written = (tmp_path / "web.log").read_text()
    assert SECRET not in written
    assert written.count("[client_secret]") == 3


@pytest.mark.parametrize(
    "form",
    [SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode(), KEY.splitlines()[1]],
)
def test_encoded_forms_and_lines_of_a_key_are_concealed(conceal: Concealment, form: str) -> None:
    assert form not in conceal(f"before {form} after")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer tok-abcdefgh",
        '{"access_token": "tok-abcdefgh"}',
        "refresh_token=tok-abcdefgh&x=1",
        '{:access_token=>"tok-abcdefgh"}',
        "GET /callback?code=tok-abcdefgh HTTP/1.1",
    ],
)
def test_tokens_that_nobody_told_us_of_are_concealed_by_the_words_before_them(
    conceal: Concealment, text: str
) -> None:
    assert "tok-abcdefgh" not in conceal(text)


def test_ordinary_words_stay(conceal: Concealment) -> None:
    text = "exit code: 1, DEBUG=1, status code 200 for token endpoint"
    assert conceal(text) == text


def test_a_flood_ends_at_the_limit_and_its_last_lines_are_known(tmp_path: Path, conceal: Concealment) -> None:
    made = log(tmp_path / "web.log", b"flood\n" * 100_000 + b"why it ended\n", conceal, limit=1_000)
    assert (tmp_path / "web.log").stat().st_size < 1_100
    assert (tmp_path / "web.log").read_text().endswith("this log is full; the rest is dropped]\n")
    assert made.last_lines(1) == "why it ended"


def test_a_second_start_continues_the_log_within_the_same_limit(tmp_path: Path, conceal: Concealment) -> None:
    log(tmp_path / "web.log", b"first\n" * 100, conceal, limit=1_000)
    log(tmp_path / "web.log", b"again\n" * 100, conceal, limit=1_000)
    written = (tmp_path / "web.log").read_text()
    assert written.startswith("first\n")
    assert "again" in written
    assert len(written) < 1_100


def test_what_a_terminal_would_act_on_is_written_out() -> None:
    assert shown("a\x1b[2J\r\n\u202eb\x00") == r"a\x1b[2J\r\n\u202eb\x00"
    assert shown("x" * 400).endswith("… (400 characters in all)")
