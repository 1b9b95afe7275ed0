"""What somebody wrote into the fields of a request, read as Gusto reads it.

[O] the API trims the strings that it stores. Wrong values become rows of a 422; every wrong field is named
at once ([D] the examples of the location operations show several rows).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from partner_qa.model import Json
from partner_qa.sandbox.problem import Entry, to_entry

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class EntryForm:
    """The fields of one request: `values` are those that were right, `mistakes` a row for each that was not.

    `is_update` says that a field which is not sent stays as it is; otherwise a required one is missed.
    """

    def __init__(self, body: Mapping[str, Json], *, is_update: bool) -> None:
        self._body = body
        self._is_update = is_update
        self.values: dict[str, Json] = {}
        self.mistakes: list[Entry] = []

    def take(
        self, name: str, message: str, is_good: Callable[[str], bool] = bool, *, required: bool = False
    ) -> None:
        """Read a text; `message` is said where it is not good, or missing though required."""
        if name not in self._body and (self._is_update or not required):
            return
        value = self._body.get(name)
        text = value.strip() if isinstance(value, str) else ""
        if is_good(text):
            self.values[name] = text
        else:
            self.refuse(name, message)

    def take_optional(self, name: str, message: str = "", is_good: Callable[[str], bool] = bool) -> None:
        """Read a text that may be null; a blank one is null [I]."""
        if name not in self._body:
            return
        value = self._body[name]
        text = value.strip() if isinstance(value, str) else ""
        if text and not is_good(text):
            self.refuse(name, message)
        else:
            self.values[name] = text or None

    def take_flag(self, name: str) -> None:
        """Read a boolean; anything else counts as not sent (the contract allows nothing else)."""
        value = self._body.get(name)
        if isinstance(value, bool):
            self.values[name] = value

    def refuse(self, name: str, message: str) -> None:
        """Add a row for a field whose value is not allowed."""
        self.mistakes.append(to_entry(name, "invalid_attribute_value", message))


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, written as in ISO 8601."""
    return find_day(text) is not None


def find_day(value: Json) -> date | None:
    """Return the day that a value names, or `None`."""
    if not isinstance(value, str) or _DAY.fullmatch(value.strip()) is None:
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None
