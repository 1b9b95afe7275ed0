"""Personal values in other clothes: the same format, other content, and the invalid stays invalid.

What replaces a value depends on the value and a seed alone, so equal values stay equal within a run. A
check may still ask whether a number was well-formed; it can never learn whose it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_EARLIEST = date(1950, 1, 1).toordinal()
_ABA_WEIGHTS = (3, 7, 1)
_FIELDS_OF_ROUTING = frozenset({"routing_number", "routingNumber"})


def disguise(name: str, value: str, seed: bytes) -> str:
    """Return a value of the same format as the field's; `seed` is 32 bytes that depend on the value."""
    if "@" in value:
        local, _, _ = value.rpartition("@")
        return f"{_shape(local, seed)}@redacted.example" if local else value
    if _DATE.fullmatch(value):
        return _date(value, seed)
    shaped = _shape(value, seed)
    real = [each for each in value if each.isdecimal()]
    made = [each for each in shaped if each.isdecimal()]
    if made and made[0] == "0" and real[0] != "0":
        made[0] = "1"  # a JSON number may not begin with a zero
    if len(real) == 9 and name == "ssn":
        made = _ssn(real, made)
    elif len(real) == 9 and name in _FIELDS_OF_ROUTING:
        made = _routing(real, made)
    return _with_digits(shaped, made)


def _date(value: str, seed: bytes) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        return f"{1950 + seed[0] % 50}-{value[5:]}" if _is_never(value) else f"{1950 + seed[0] % 50}-99-99"
    return date.fromordinal(_EARLIEST + (seed[0] << 8 | seed[1]) % 18_000).isoformat()


def _is_never(value: str) -> bool:
    """Return whether month and day make no date in any year (2024 had a 29 February)."""
    try:
        date.fromisoformat(f"2024{value[4:]}")
    except ValueError:
        return True
    return False


def _shape(value: str, seed: bytes) -> str:
    stream = (seed * (len(value) // len(seed) + 1))[: len(value)]
    return "".join(map(_same_class, value, stream))


def _same_class(character: str, number: int) -> str:
    if character.isdecimal():
        return str(number % 10)
    if character.isalpha():
        letter = chr(ord("a") + number % 26)
        return letter.upper() if character.isupper() else letter
    return character


def _with_digits(shaped: str, digits: Sequence[str]) -> str:
    given = iter(digits)
    return "".join(next(given) if each.isdecimal() else each for each in shaped)


def _ssn(real: Sequence[str], made: Sequence[str]) -> list[str]:
    """Return digits that are as impossible as the real ones: area 000, 666 or 9xx, group 00, serial 0000.

    Source: https://www.ssa.gov/employer/randomization.html
    """
    area, group, serial = ("".join(real[:3]), "".join(real[3:5]), "".join(real[5:]))
    new = "".join(made)
    if area not in {"000", "666"}:
        first = area[0] if area[0] in "09" else str(int(new[0]) % 5 + 1)
        area = f"{first}{new[1]}{int(new[2]) % 9 + 1}"
    group = group if group == "00" else f"{new[3]}{int(new[4]) % 9 + 1}"
    serial = serial if serial == "0000" else f"{new[5:8]}{int(new[8]) % 9 + 1}"
    return list(area + group + serial)


def _routing(real: Sequence[str], made: Sequence[str]) -> list[str]:
    """Return digits whose ABA check sum is right exactly where the real ones' was.

    Source: https://www.aba.com/about-us/routing-number
    """
    rest = sum(_ABA_WEIGHTS[index % 3] * int(each) for index, each in enumerate(made[:8])) % 10
    wrong = sum(_ABA_WEIGHTS[index % 3] * int(each) for index, each in enumerate(real)) % 10
    return [*made[:8], str((10 - rest + wrong) % 10)]
