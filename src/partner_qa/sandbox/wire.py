"""How Gusto writes figures and times: money with two decimals, hours with three, times in UTC.

[D] https://docs.gusto.com/app-integrations/reference: "returned as string representations of numeric
decimals", to the cent and to the thousandth.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from partner_qa.model import Json

_NUMBER = re.compile(r"-?\d{1,9}(\.\d+)?", re.ASCII)
_CENT = Decimal("0.01")
_THOUSANDTH = Decimal("0.001")


def to_money(amount: Decimal) -> str:
    """Return an amount of dollars, rounded to the cent."""
    return str(amount.quantize(_CENT, rounding=ROUND_HALF_UP))


def to_hours(hours: Decimal) -> str:
    """Return hours, rounded to the thousandth."""
    return str(hours.quantize(_THOUSANDTH, rounding=ROUND_HALF_UP))


def to_cents(amount: Decimal) -> Decimal:
    """Return an amount rounded to the cent, to reckon with."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def find_number(value: Json) -> Decimal | None:
    """Return the number that a text or a JSON number is, or `None`; at most nine digits before the point."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = value.strip() if isinstance(value, str) else repr(value)
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def to_time(moment: datetime) -> str:
    """Return a time as `2026-10-20T23:00:00Z`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
