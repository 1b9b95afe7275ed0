"""What somebody asks of `/_sandbox`: the fields of a route, read with words for what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from partner_qa.model import Json

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)


class Refused(Exception):  # noqa: N818 - an answer, caught in sandbox_control.py
    """An order that cannot be carried out; `status` is that of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A route's company and fields; each getter refuses what is missing or of another kind."""

    company: str
    fields: Mapping[str, Json]

    def text(self, name: str) -> str:
        """Return a field that is a text and not empty."""
        value = self.fields.get(name)
        if not isinstance(value, str) or not value:
            raise Refused(400, f"{name} is a text, and needed")
        return value

    def find_text(self, name: str) -> str | None:
        """Return a field that may be left out."""
        return None if self.fields.get(name) is None else self.text(name)

    def texts(self, name: str) -> list[str] | None:
        """Return a field that is a list of texts, or `None` where it is left out."""
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Refused(400, f"{name} is a list of texts")
        return [str(each) for each in value]

    def one_of(self, name: str, *choices: str) -> str:
        """Return a field that is one of a few words."""
        value = self.text(name)
        if value not in choices:
            raise Refused(400, f"{name} is one of {', '.join(choices)}")
        return value

    def day(self, name: str) -> date:
        """Return a field that is a day."""
        try:
            told = date.fromisoformat(self.text(name))
        except ValueError as error:
            raise Refused(400, f"{name} is a day like 2026-11-30") from error
        if not FIRST_DAY <= told <= LAST_DAY:
            raise Refused(422, f"{name} is a day from {FIRST_DAY} to {LAST_DAY}")
        return told

    def find_day(self, name: str) -> date | None:
        """Return a day that may be left out."""
        return None if self.fields.get(name) is None else self.day(name)

    def number(self, name: str, most: int, default: int | None = None) -> int:
        """Return a field that is a whole number from 1 on."""
        value = self.fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            raise Refused(400, f"{name} is a whole number from 1 to {most}")
        return value

    def hours(self, name: str, default: int) -> Decimal:
        """Return a field that is hours of a day."""
        try:
            hours = Decimal(str(self.fields.get(name, default)))
        except InvalidOperation as error:
            raise Refused(400, f"{name} is a number") from error
        if not hours.is_finite() or not 0 < hours <= 24:
            raise Refused(400, f"{name} is a number up to 24")
        return hours

    def money(self, name: str) -> str:
        """Return a field that is dollars, as Gusto writes them."""
        try:
            amount = Decimal(self.text(name))
        except InvalidOperation as error:
            raise Refused(400, f"{name} is dollars like 150.00") from error
        if not amount.is_finite() or not 0 < amount < 1_000_000:
            raise Refused(400, f"{name} is dollars like 150.00, below a million")
        return f"{amount:.2f}"

    def is_contractor(self) -> bool:
        """Whether it is about a contractor and not about an employee."""
        if ("employee" in self.fields) == ("contractor" in self.fields):
            raise Refused(400, "employee or contractor is needed, and only one of them")
        return "contractor" in self.fields
