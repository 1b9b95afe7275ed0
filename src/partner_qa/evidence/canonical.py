"""JSON in one form: sorted keys, ASCII, one line feed at the end. Equal values are equal bytes."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def to_canonical(value: Any) -> bytes:
    """Return a JSON value as bytes, for people and for hashing; refuses NaN with `ValueError`."""
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False)
    return text.encode("ascii") + b"\n"


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
