"""JSON in one form: sorted keys, ASCII, one line feed at the end. Equal values are equal bytes."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def to_canonical(value: Any) -> bytes:
    """Return a JSON value as bytes, for people and for hashing; refuses NaN with `ValueError`."""
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False)
    return text.encode("ascii") + b"\n"


def from_canonical(content: bytes) -> Any:
    """Return the JSON value that `to_canonical` has written as these bytes.

    Raises `ValueError` for everything else: what names a key twice, for one, tells one reader this and
    another reader that.
    """
    try:
        value = json.loads(content)
        is_canonical = to_canonical(value) == content
    except (ValueError, RecursionError) as error:
        raise ValueError("is not JSON") from error
    if not is_canonical:
        raise ValueError("is not JSON as partner-qa writes it: sorted, each key once")
    return value


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
