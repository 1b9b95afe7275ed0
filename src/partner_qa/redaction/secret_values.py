"""Finds registered secrets in any text, quickly, in every form in which a program may have written them.

Almost all secrets are long runs of letters, digits and `_-.~+/`, in every form. So only long runs are
looked at: one that is a secret is found by a dictionary, one that holds a secret by its first characters.
The few forms that are no such run are searched for one by one. The cost does not grow with the number of
secrets, and what is short and ordinary costs next to nothing.
"""

from __future__ import annotations

import base64
import html
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, unquote_to_bytes

_RUN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~+/"
# Masks of a text: `x` for what a run consists of, `%`, and a space for everything else.
_MASK = bytes(0x78 if byte in _RUN else 0x20 for byte in range(256))
_MASK_WITH_PERCENT = bytes(0x25 if byte == 0x25 else _MASK[byte] for byte in range(256))
_NEVER = 1 << 40
_DECODINGS = 3  # how often a text may have been percent-encoded
# What JSON may write as an escape although it need not; any other escape is only passed over.
_ESCAPE = re.compile(rb"\\(?:u00([2-7][0-9a-fA-F])|(/)|.)", re.DOTALL)
_KEPT_ESCAPES = frozenset(b'"\\')


@dataclass(slots=True)
class _Runs:
    """Forms that are runs, by themselves and by their first `shortest` bytes."""

    shortest: int = _NEVER
    whole: dict[bytes, bytes] = field(default_factory=dict)
    beginnings: dict[bytes, tuple[bytes, ...]] = field(default_factory=dict)

    def add(self, form: bytes, pseudonym: bytes) -> None:
        """Take in a form that is not shorter than the others."""
        if form not in self.whole:
            start = form[: self.shortest]
            self.beginnings[start] = (*self.beginnings.get(start, ()), form)
        self.whole[form] = pseudonym


class SecretValues:
    """The secrets of a run, and what stands in their place. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = _Runs()
        self._odd: tuple[tuple[bytes, bytes], ...] = ()

    def add(self, value: str, pseudonym: str) -> None:
        """Have a value replaced by its pseudonym from now on."""
        told = pseudonym.encode()
        forms = [form.encode("utf-8", "surrogatepass") for form in encoded_forms(value)]
        plain = [form for form in forms if not form.translate(None, _RUN)]
        with self._lock:
            runs = self._runs
            shortest = min(map(len, plain), default=_NEVER)
            if shortest < runs.shortest:
                runs = _Runs(shortest=shortest)
                for form, known in self._runs.whole.items():
                    runs.add(form, known)
            for form in plain:
                runs.add(form, told)
            self._runs = runs
            odd = dict(self._odd) | {form: told for form in forms if form.translate(None, _RUN)}
            self._odd = tuple(sorted(odd.items(), key=lambda pair: -len(pair[0])))

    def replace_in(self, text: str) -> str:
        """Return a text without secrets."""
        if len(text) < self._runs.shortest and not self._odd and "%" not in text and "\\" not in text:
            return text
        raw = text.encode("utf-8", "surrogatepass")
        kept = self.replace_in_bytes(raw)
        return text if kept is raw else kept.decode("utf-8", "surrogatepass")

    def replace_in_bytes(self, data: bytes) -> bytes:
        """Return UTF-8 text without secrets; the very same object where there was none."""
        data = self._replace_plain(data)
        if b"%" in data:
            data = self._replace_in_runs(data, data.translate(_MASK_WITH_PERCENT), _NEVER)
        if b"\\u00" in data or b"\\/" in data:
            plain = _ESCAPE.sub(_unescape, data)
            kept = self._replace_plain(plain)
            data = data if kept is plain else kept
        return data

    def _replace_plain(self, data: bytes) -> bytes:
        for form, pseudonym in self._odd:
            if form in data:
                data = data.replace(form, pseudonym)
        shortest = self._runs.shortest
        if len(data) < shortest:
            return data
        return self._replace_in_runs(data, data.translate(_MASK), shortest)

    def _replace_in_runs(self, data: bytes, mask: bytes, shortest: int) -> bytes:
        pieces: list[bytes] = []
        done = 0
        encoded = shortest == _NEVER
        for start, end in _percent_runs(mask) if encoded else _long_runs(mask, shortest):
            run = data[start:end]
            kept = self._decoded(run) if encoded else self._without_secrets(run)
            if kept is not run:
                pieces += [data[done:start], kept]
                done = end
        return b"".join([*pieces, data[done:]]) if pieces else data

    def _without_secrets(self, run: bytes) -> bytes:
        runs = self._runs
        whole = runs.whole.get(run)
        if whole is not None:
            return whole
        size = runs.shortest
        held: set[bytes] = set()
        for at in range(len(run) - size + 1):
            forms = runs.beginnings.get(run[at : at + size])
            if forms is not None:
                held.update(form for form in forms if form in run)
        for form in sorted(held, key=len, reverse=True):
            run = run.replace(form, runs.whole[form])
        return run

    def _decoded(self, run: bytes) -> bytes:
        plain = run
        for _ in range(_DECODINGS):
            plain = unquote_to_bytes(plain)
            kept = self._replace_plain(plain)
            if kept is not plain:
                return quote(kept, safe="/").encode()
            if b"%" not in plain:
                break
        return run


def _long_runs(mask: bytes, shortest: int) -> Iterator[tuple[int, int]]:
    """Yield where runs of at least `shortest` bytes begin and end."""
    wanted = b"x" * shortest
    start = mask.find(wanted)
    while start >= 0:
        end = mask.find(b" ", start + shortest)
        end = len(mask) if end < 0 else end
        yield start, end
        start = mask.find(wanted, end)


def _percent_runs(mask: bytes) -> Iterator[tuple[int, int]]:
    at = mask.find(b"%")
    while at >= 0:
        end = mask.find(b" ", at)
        end = len(mask) if end < 0 else end
        yield mask.rfind(b" ", 0, at) + 1, end
        at = mask.find(b"%", end)


def _unescape(found: re.Match[bytes]) -> bytes:
    if found[2]:
        return b"/"
    if found[1]:
        byte = int(found[1], 16)
        if byte not in _KEPT_ESCAPES and byte != 0x7F:
            return bytes([byte])
    return found[0]


def encoded_forms(value: str) -> set[str]:
    """Return a value as it may stand in text: plain, percent-encoded, within JSON or HTML, in base64.

    Base64 is there three times, for the three ways in which the value can stand inside of something longer
    (`client_id:client_secret` in a Basic header); whatever else it is encoded with, that part is its own.
    """
    raw = value.encode("utf-8", "surrogatepass")
    forms = {
        value,
        quote_plus(raw),
        html.escape(value),
        json.dumps(value, ensure_ascii=False)[1:-1],
        raw.hex(),
        raw.hex().upper(),
    }
    for form in (quote(raw, safe=""), quote(raw, safe="/")):
        forms |= {form, re.sub("%..", lambda found: found[0].lower(), form)}
    escaped = json.dumps(value)[1:-1]
    forms |= {escaped, escaped.replace("/", "\\/")}
    for lead in range(3):
        first, last = -(-8 * lead // 6), 8 * (lead + len(raw)) // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            forms.add(encode(b"\0" * lead + raw + b"\0\0").decode()[first:last])
    return forms
