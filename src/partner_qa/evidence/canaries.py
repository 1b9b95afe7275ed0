"""Canaries: values planted where a run records, so that packing can prove that redaction took them out.

Each run makes its own SSN, bank account and secrets (on the live sandbox an e-mail address and a birth date
too: the embedded one's people are fiction and stay) and lets them pass the recording boundary, in every place
that a message has. They and every secret that the run knew are kept as keyed hashes in `canaries.json`,
beside the cassettes and never in a bundle: enough to find one again, not to read it. What is short enough
to be guessed is kept only of values that we invented.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from partner_qa.errors import Problem
from partner_qa.evidence.canonical import to_canonical
from partner_qa.evidence.trouble import EvidenceError
from partner_qa.model import Body, Kind, Request, Response, Sink

CANARIES = "canaries.json"
SHORTEST_SECRET = 16  # characters of a run of letters, digits, `_` and `-`
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_MARK_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A planted value and what it stands for (`ssn`, `token`, …)."""

    kind: str
    value: str = field(repr=False)


def make_canaries(*, personal: bool = True) -> tuple[Canary, ...]:
    """Return new canaries: values of the right form that no person has; `personal` ones only if asked for.

    The SSN has area 000, which is never given (https://www.ssa.gov/employer/randomization.html); the domain
    is reserved (RFC 2606); nobody who works was born before 1905.
    """
    born = date(1901, 2, 1) + timedelta(days=secrets.randbelow(1_400))
    of_people = (
        Canary(kind="e-mail", value=f"canary.{secrets.token_hex(6)}@canary.example"),
        Canary(kind="birth date", value=born.isoformat()),
    )
    return (
        Canary(kind="ssn", value=f"000-{secrets.randbelow(90) + 10}-{secrets.randbelow(9000) + 1000}"),
        Canary(kind="bank digits", value=f"4{secrets.randbelow(10**15):015d}"),
        Canary(kind="token", value=secrets.token_urlsafe(32)),
        Canary(kind="client secret", value=secrets.token_urlsafe(32)),
        *(of_people if personal else ()),
    )


def plant_canaries(canaries: Iterable[Canary], sink: Sink, register: Callable[[str], object]) -> None:
    """Let canaries pass the recording boundary once, in every place that a message has.

    Token and secret are registered, as the sandbox registers what it issues; the others are to be found by
    the names of their fields. What is recorded is told to be ours, so that nobody is judged by it.
    """
    value = {each.kind: each.value for each in canaries}
    register(value["token"])
    register(value["client secret"])
    fields = {
        "ssn": value["ssn"],
        "account_number": value["bank digits"],
        "access_token": value["token"],
        "email": value.get("e-mail", ""),
        "date_of_birth": value.get("birth date", ""),
    }
    basic = b64encode(f"canary:{value['client secret']}".encode()).decode()
    form = "&".join(f"{name}={quote(each, safe='')}" for name, each in fields.items())
    told = {**fields, "note": f"the token is {value['token']}", "secret in base64": basic}
    sink.record(
        kind=Kind.AUDIT,
        started=datetime.now(UTC),
        elapsed=0.0,
        request=Request(
            method="RUN",
            url=f"canary:planted?{form}",
            headers=(
                ("Authorization", f"Bearer {value['token']}"),
                ("X-Canary", f"Basic {basic}"),
                ("Content-Type", "application/json"),
            ),
            body=Body.of(json.dumps(told).encode()),
        ),
        response=Response(
            status=200,
            headers=(("Content-Type", "application/x-www-form-urlencoded"),),
            body=Body.of(form.encode()),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Keyed hashes of what must not be in a bundle, by the form in which it is looked for.

    `words` maps the length of a secret to the hashes of that length; `digits` likewise; `mails` and `dates`
    are whole. The values of the maps name the kind.
    """

    key: bytes = field(repr=False)
    words: Mapping[int, Mapping[bytes, str]]
    digits: Mapping[int, Mapping[bytes, str]]
    mails: Mapping[bytes, str]
    dates: Mapping[bytes, str]
    canaries: int = 0
    secrets: int = 0

    def mark_of(self, value: bytes) -> bytes:
        """Return the keyed hash of a value."""
        return _mark(self.key, value)


def write_canaries(folder: Path, canaries: Iterable[Canary], known: Iterable[str]) -> None:
    """Write `canaries.json` of a run, for its owner alone; `known` are the secrets that the run knew.

    Raises `EvidenceError` where it cannot be written.
    """
    key = secrets.token_bytes(32)
    planted = tuple(canaries)
    rows = [_row(key, each.kind, each.value) for each in planted]
    ours = {each.value for each in planted}
    rows += [
        _row(key, "secret", word) for word in sorted(filter(None, map(_longest_word, set(known) - ours)))
    ]
    path = folder / CANARIES
    try:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(to_canonical({"format": 1, "key": key.hex(), "planted": len(planted), "marks": rows}))
    except OSError as error:
        raise EvidenceError(
            [Problem(file=str(path), message=f"cannot be written: {error.strerror}")]
        ) from error


def _longest_word(secret: str) -> str:
    """Return the part of a secret that is looked for, or nothing where it could be guessed."""
    word = max(_WORD.findall(secret), key=len, default="")
    return word if len(word) >= SHORTEST_SECRET else ""


def _row(key: bytes, kind: str, value: str) -> dict[str, Any]:
    form, plain = {
        "ssn": ("digits", value.replace("-", "")),
        "bank digits": ("digits", value),
        "e-mail": ("mail", value.lower()),
        "birth date": ("date", value),
    }.get(kind, ("word", value))
    return {"kind": kind, "form": form, "length": len(plain), "mark": _mark(key, plain.encode()).hex()}


def _mark(key: bytes, value: bytes) -> bytes:
    return hashlib.blake2b(value, key=key, digest_size=_MARK_BYTES).digest()


def load_marks(folder: Path) -> Marks | None:
    """Return the marks of a run, or `None` where it planted none.

    Raises `EvidenceError` for a file that does not hold what was written there.
    """
    path = folder / CANARIES
    try:
        told = json.loads(path.read_bytes())
        key = bytes.fromhex(told["key"])
        words: dict[int, dict[bytes, str]] = {}
        digits: dict[int, dict[bytes, str]] = {}
        mails: dict[bytes, str] = {}
        dates: dict[bytes, str] = {}
        for row in told["marks"]:
            mark, kind, length = bytes.fromhex(row["mark"]), str(row["kind"]), int(row["length"])
            match row["form"]:
                case "word":
                    words.setdefault(length, {})[mark] = kind
                case "digits":
                    digits.setdefault(length, {})[mark] = kind
                case "mail":
                    mails[mark] = kind
                case _:
                    dates[mark] = kind
        planted = int(told["planted"])
        return Marks(
            key=key,
            words=words,
            digits=digits,
            mails=mails,
            dates=dates,
            canaries=planted,
            secrets=len(told["marks"]) - planted,
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        problem = Problem(file=str(path), message="does not hold what was written there")
        raise EvidenceError([problem], hint="Run partner-qa check again.") from error
