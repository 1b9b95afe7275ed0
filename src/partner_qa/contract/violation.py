"""What is wrong with a value, in our own words, without showing the value where it is about a person.

What was seen is part of a violation, and a violation is printed, recorded and sent on. So `seen` is
capped, masked by the name of its field, safe to print, and never a whole object. `wording.py` fills these
values from a schema's errors, `catalogue.py` from what a schema cannot see.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SEEN_LIMIT = 80
_LISTED = 12
_BEGUN = 3
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_SECRET = re.compile(r"secret|token|password|authorization|^code$|^state$", re.IGNORECASE)
_PERSONAL = re.compile(
    r"ssn|social|birth|email|phone|first_name|last_name|middle_initial|preferred_name|street|^zip$"
    r"|account_number|routing_number|^ein$|tax_id",
    re.IGNORECASE,
)


class Where(StrEnum):
    """Which part of a message a violation is in."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One way in which a message does not fit its contract.

    `pointer` leads to the value (`$[3].jobs[0].rate`, or a parameter's name) and `path` is the same as
    keys and indexes; `rule` is the keyword that it breaks. A mild violation is one that a server ignores
    (an unknown query parameter): a warning.
    """

    where: Where
    pointer: str
    rule: str
    message: str
    expected: str = ""
    seen: str = ""
    is_mild: bool = False
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return f"{self.where} {self.pointer}: {self.message}"


def to_pointer(path: Iterable[str | int]) -> str:
    """Return a path into a value as people read it: `$[3].jobs[0]["pay rate"]`."""
    parts = ["$"]
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        elif _PLAIN_KEY.fullmatch(key):
            parts.append(f".{key}")
        else:
            parts.append(f"[{_cap(json.dumps(key))}]")
    return "".join(parts)


def show(value: Any, path: Sequence[str | int] = ()) -> str:
    """Return `value` for people: capped, containers by their size, secrets and people by their shape."""
    if isinstance(value, dict):
        return _cap(f"an object with {', '.join(sorted(map(str, value))[:_LISTED]) or 'nothing'}")
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        names = [key for key in path if isinstance(key, str)]
        if any(_SECRET.search(name) for name in names):
            return f"a value of {len(str(value))} characters (hidden)"
        if any(_PERSONAL.search(name) for name in names):
            value = _to_shape(str(value))
    return _cap(json.dumps(value, ensure_ascii=False))


def _to_shape(text: str) -> str:
    """Return the shape of a text: its letters as `x`, its digits as `9`, the rest as it is."""
    return "".join("9" if each.isdigit() else "x" if each.isalpha() else each for each in text)


def _cap(text: str) -> str:
    """Return at most 80 characters of `text`, every one of them safe to print on a terminal."""
    short = text if len(text) <= SEEN_LIMIT else text[: SEEN_LIMIT - 1] + "…"
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in short)


def find_nearest(word: str, words: Iterable[str]) -> str | None:
    """Return the one of `words` that a writer of `word` probably meant, or `None`."""
    known = sorted(words, key=len)
    begun = next((each for each in known if len(word) >= _BEGUN and each.startswith(word)), None)
    near = difflib.get_close_matches(word.lower(), known, n=1)
    return begun or (near[0] if near else None)


def offer(word: str, words: Iterable[str]) -> str:
    """Return what to write instead of `word`: its nearest neighbour, or all there is to choose from."""
    known = sorted(words)
    near = find_nearest(word, known)
    if near is not None:
        return f"did you mean {near}?"
    more = f" and {len(known) - _LISTED} more" if len(known) > _LISTED else ""
    return f"one of {', '.join(known[:_LISTED])}{more}" if known else "nothing is allowed here"
