"""What of a payroll's lines is ours: the memory that lets us change our part and leave the rest alone.

A line of a payroll ("Bonus" of one person and job) is one number, and the admin and other programs write into
it too. So we add our part to what others put there, and must know later which part was ours. What we are
about to write is written down first: where the answer is lost, the number that stands in Gusto tells whether
it arrived.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from acme_time.database import Database

NOTHING = Decimal(0)

Amounts = tuple[Decimal, Decimal]  # our part of a line, and the whole of it


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Line:
    """A line of a payroll: hours or an amount, by the person, the job and the name that Gusto knows it by."""

    employee: str
    is_hours: bool
    job: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Our part of a line: `amount` of `total`, as last confirmed, and as now being written (`next_`)."""

    amount: Decimal = NOTHING
    total: Decimal = NOTHING
    next_amount: Decimal | None = None
    next_total: Decimal | None = None

    def find_own(self, value: Decimal) -> Decimal:
        """Return how much of a line that now reads `value` is ours."""
        if self.next_amount is not None and value == self.next_total:
            return self.next_amount  # the write whose answer never came did arrive
        return min(self.amount, value)  # an admin who took some away took ours first


def save_draft(
    database: Database, account: str, lines: Sequence[Mapping[str, Any]], period: Mapping[str, str] | None
) -> None:
    """Keep what the customer has confirmed: everything that we contribute, in place of what was before."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO payroll_drafts VALUES (?, ?)"
            " ON CONFLICT (account) DO UPDATE SET draft = excluded.draft",
            (account, database.seal({"lines": [dict(each) for each in lines], "period": period})),
        )


def find_draft(database: Database, account: str) -> tuple[list[dict[str, Any]], dict[str, str] | None]:
    """Return the lines that the customer has confirmed, and the period that they are for, if any."""
    with database.reading() as db:
        row = db.execute("SELECT draft FROM payroll_drafts WHERE account = ?", (account,)).fetchone()
    draft = database.unseal(row["draft"]) if row else {"lines": [], "period": None}
    return draft["lines"], draft["period"]


def list_shares(database: Database, account: str, payroll: str) -> dict[Line, Share]:
    """Return our part of each line of a payroll that we ever wrote."""
    with database.reading() as db:
        rows = db.execute(
            "SELECT line, share FROM payroll_shares WHERE account = ? AND payroll = ?", (account, payroll)
        ).fetchall()
    return {_to_line(row["line"]): _to_share(database.unseal(row["share"])) for row in rows}


def intend(database: Database, account: str, payroll: str, planned: Mapping[Line, Amounts]) -> None:
    """Write down, before the request, what is about to be written: our part and the whole of each line."""
    before = list_shares(database, account, payroll)
    shares = {
        line: replace(before.get(line, Share()), next_amount=part, next_total=whole)
        for line, (part, whole) in planned.items()
    }
    _save(database, account, payroll, shares)


def confirm(database: Database, account: str, payroll: str, written: Mapping[Line, Amounts]) -> None:
    """Write down, after the answer, what was written."""
    shares = {line: Share(amount=part, total=whole) for line, (part, whole) in written.items()}
    _save(database, account, payroll, shares)


def _save(database: Database, account: str, payroll: str, shares: Mapping[Line, Share]) -> None:
    rows = [
        (account, payroll, _to_text(line), database.seal(_to_json(each))) for line, each in shares.items()
    ]
    with database.transaction() as db:
        db.executemany(
            "INSERT INTO payroll_shares VALUES (?, ?, ?, ?)"
            " ON CONFLICT (account, payroll, line) DO UPDATE SET share = excluded.share",
            rows,
        )


def _to_text(line: Line) -> str:
    return json.dumps([line.employee, line.is_hours, line.job, line.name])


def _to_line(text: str) -> Line:
    employee, is_hours, job, name = json.loads(text)
    return Line(employee=employee, is_hours=is_hours, job=job, name=name)


def _to_json(share: Share) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(share).items() if value is not None}


def _to_share(told: Mapping[str, str]) -> Share:
    return Share(**{name: Decimal(value) for name, value in told.items()})
