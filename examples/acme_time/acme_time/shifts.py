"""Shifts: what was worked, as this product holds it, and the time sheet that stands for each in Gusto.

The link between a shift and its sheet is the most valuable thing in this module: whoever loses it sends every
hour twice. It is written down before the next request goes out, and each sheet carries the shift's id in its
metadata, so that a link whose answer was lost can be found again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from acme_time.database import Database

# What became of a shift
PENDING = "pending"
TRYING = "trying"  # a sheet was asked for, and no answer has come yet
SENT = "sent"
WITHHELD = "withheld"
REFUSED = "refused"
DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One shift with its sheet. `sent` is what Gusto was told last; `is_wanted` turns when it is deleted."""

    id: str
    facts: Mapping[str, Any]
    state: str = PENDING
    sheet_uuid: str | None = None
    detail: str | None = None
    sent: Mapping[str, Any] = field(default_factory=dict)
    is_wanted: bool = True

    @property
    def person(self) -> str:
        """Return whose shift it is, by our own id."""
        return str(self.facts["person_id"])

    @property
    def started(self) -> datetime:
        """Return the moment at which it began."""
        return datetime.fromisoformat(self.facts["started_at"])

    @property
    def ended(self) -> datetime | None:
        """Return the moment at which it ended; `None` while it is open."""
        given = self.facts.get("ended_at")
        return datetime.fromisoformat(given) if given else None


def replace_shifts(
    database: Database, account: str, given: Sequence[Mapping[str, Any]], rules: Mapping[str, str]
) -> None:
    """Make these the account's shifts; one that is missing was deleted, one that is known keeps its sheet.

    `rules` says by which rule of overtime each person's hours are counted.
    """
    with database.transaction() as db:
        db.execute("UPDATE shifts SET wanted = 0 WHERE account = ?", (account,))
        for each in given:
            facts = database.seal({**each, "rule": rules.get(each["person_id"], "weekly")})
            db.execute(
                "INSERT INTO shifts VALUES (?, ?, ?, ?, NULL, NULL, NULL, 1) ON CONFLICT (account, id)"
                " DO UPDATE SET facts = excluded.facts, wanted = 1",
                (account, each["id"], facts, PENDING),
            )


def list_shifts(database: Database, account: str) -> list[Shift]:
    """Return the account's shifts, those included that were deleted here."""
    with database.reading() as db:
        rows = db.execute("SELECT * FROM shifts WHERE account = ? ORDER BY id", (account,)).fetchall()
    return [
        Shift(
            id=row["id"],
            facts=database.unseal(row["facts"]),
            state=row["state"],
            sheet_uuid=row["sheet_uuid"],
            detail=row["detail"],
            sent=database.unseal(row["sent"]) if row["sent"] else {},
            is_wanted=bool(row["wanted"]),
        )
        for row in rows
    ]


def settle(
    database: Database,
    account: str,
    shift: Shift,
    *,
    state: str,
    sheet: str | None,
    sent: Mapping[str, Any] | None = None,
    detail: str | None = None,
) -> None:
    """Write down what became of a shift: its state, its sheet in Gusto, and what the sheet says."""
    with database.transaction() as db:
        db.execute(
            "UPDATE shifts SET state = ?, sheet_uuid = ?, sent = ?, detail = ? WHERE account = ? AND id = ?",
            (state, sheet, database.seal(dict(sent)) if sent else None, detail, account, shift.id),
        )


def of_person(shifts: Iterable[Shift]) -> dict[str, list[Shift]]:
    """Return shifts by the person who worked them."""
    found: dict[str, list[Shift]] = {}
    for each in shifts:
        found.setdefault(each.person, []).append(each)
    return found
