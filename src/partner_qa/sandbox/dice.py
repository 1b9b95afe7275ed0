"""Chance that comes out alike every time: the seed's own numbers, UUIDs, versions and dates.

Only what is seeded comes from here. What a request makes later gets true randomness (versions.py).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

Choice = TypeVar("Choice")


class Dice:
    """One stream of chance; the same words give the same stream, on every machine.

    `mask` changes the UUIDs and nothing else: two sandboxes of one seed then have nobody in common.
    """

    def __init__(self, *words: object, mask: int = 0) -> None:
        self._random = random.Random("/".join(map(str, words)))  # noqa: S311 - must repeat, hides nothing
        self._mask = mask

    def roll(self, sides: int) -> int:
        """Return a number from 0 up to, not including, `sides`."""
        return int(self._random.random() * sides)

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """Return one of these."""
        return choices[self.roll(len(choices))]

    def happens(self, one_in: int) -> bool:
        """Whether something happens that happens once in so many times."""
        return self.roll(one_in) == 0

    def hexadecimal(self, digits: int) -> str:
        """Return so many hexadecimal digits."""
        return f"{self._random.getrandbits(digits * 4):0{digits}x}"

    def uuid(self) -> str:
        """Return a UUID of version 4 (RFC 9562 section 5.4)."""
        text = f"{self._random.getrandbits(128) ^ self._mask:032x}"
        variant = "89ab"[int(text[16], 16) & 3]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    def day_before(self, day: date, *, least: int, most: int) -> date:
        """Return a day between `least` and `most` days before another."""
        return day - timedelta(days=least + self.roll(most - least + 1))
