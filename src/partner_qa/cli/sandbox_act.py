"""What an act of `/_sandbox` is: the fields that its route takes, and what an admin does with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from partner_qa.cli.sandbox_order import Order
from partner_qa.model import Json
from partner_qa.sandbox.admin import Admin


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One route: `fields` are the names it takes, those that may be left out with a question mark."""

    fields: str
    do: Callable[[Admin, Order], Json]


def list_names(fields: str) -> list[str]:
    """Return the names of the fields of an act, and `company`, which every act takes."""
    return [*(each.rstrip("?") for each in fields.replace("|", " ").split()), "company"]
