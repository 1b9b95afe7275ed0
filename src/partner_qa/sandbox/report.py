"""A report that somebody asked for: what is in it, and when it was asked for. Only the value stands here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from partner_qa.model import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report. `data` is what its file holds, as it was when the report was asked for.

    It is ready after `takes` seconds, or has failed by then where it `fails`. `payroll` is whose ledger it
    is, and empty where it is none.
    """

    uuid: str
    asked_at: datetime
    data: Json
    takes: float = 1.0  # [I]
    fails: bool = False
    payroll: str = ""

    def is_pending(self, now: datetime) -> bool:
        """Return whether it is still being made."""
        return now < self.asked_at + timedelta(seconds=self.takes)
