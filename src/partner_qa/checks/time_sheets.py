"""What the checks of hours look at: the shifts of a situation, and the time sheets that Gusto held.

The situation holds `shifts` and `corrected_shifts`, as send_hours was given them, and `people` (the partner's
id → the UUID in Gusto). Sheets are read by the harness at the end of each window, so they are Gusto's word
and not the integration's. A shift may be one sheet or several: what counts is whose sheets begin meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from partner_qa.checks import traffic
from partner_qa.contract.names import LIST_TIME_SHEETS
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Json, Kind, Recording

_OPEN_FOR = timedelta(hours=24)  # how long a shift may last that has no end


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A shift as the integration was given it; `entity` is the UUID of who worked it."""

    id: str
    entity: str
    started: datetime
    ended: datetime | None
    zone: str
    status: str

    @property
    def hours(self) -> Decimal:
        """Return how long it lasted, from moment to moment; an open one has no hours yet."""
        lasted = (self.ended or self.started) - self.started
        return Decimal(round(lasted.total_seconds())) / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A time sheet as Gusto held it; `hours` by pay classification."""

    uuid: str
    entity: str
    started: datetime
    ended: datetime | None
    zone: str
    hours: Mapping[str, Decimal]
    seen: Exchange

    @property
    def total(self) -> Decimal:
        """Return the hours of all classifications."""
        return sum(self.hours.values(), Decimal(0))


def shifts_in(recording: Recording, name: str = "shifts") -> dict[str, Shift]:
    """Return the shifts of the situation by their id."""
    people, rows = recording.situation.get("people"), recording.situation.get(name)
    if not isinstance(people, dict) or not isinstance(rows, list):
        raise NotObserved("hours were never sent in this situation", missing=_NEEDED)
    return {
        str(row["id"]): Shift(
            id=str(row["id"]),
            entity=str(people.get(str(row["person_id"]))),
            started=_require_moment(row["started_at"]),
            ended=find_moment(row["ended_at"]),
            zone=str(row["time_zone"]),
            status=str(row["status"]),
        )
        for row in rows
        if isinstance(row, dict)
    }


def require_sheets(recording: Recording, window: str) -> list[Sheet]:
    """Return the sheets that Gusto held at the end of a window; raise `NotObserved` where nobody looked."""
    reads = [
        each
        for each in traffic.within(recording, window, Kind.AUDIT)
        if each.operation == LIST_TIME_SHEETS and traffic.is_success(each)
    ]
    if not reads:
        raise NotObserved("hours were never sent in this situation", missing=_NEEDED)
    return [sheet for each in reads for sheet in _read_sheets(each)]


_NEEDED = ("actions.set_people, actions.sync_people and actions.send_hours in partner.yaml",)


def _read_sheets(seen: Exchange) -> Iterable[Sheet]:
    told = traffic.json_of(seen.response.body)
    for row in told if isinstance(told, list) else []:
        if isinstance(row, dict):
            entries = row.get("entries")
            yield Sheet(
                uuid=str(row.get("uuid")),
                entity=str(row.get("entity_uuid")),
                started=_require_moment(row.get("shift_started_at")),
                ended=find_moment(row.get("shift_ended_at")),
                zone=str(row.get("time_zone")),
                hours=_add_up(entries if isinstance(entries, list) else []),
                seen=seen,
            )


def _add_up(entries: Iterable[Json]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for entry in entries:
        if isinstance(entry, dict):
            name = str(entry.get("pay_classification"))
            sums[name] = sums.get(name, Decimal(0)) + Decimal(str(entry.get("hours_worked")))
    return sums


def sheets_of(shift: Shift, sheets: Iterable[Sheet]) -> list[Sheet]:
    """Return the sheets of a shift's person that begin while it lasted."""
    until = shift.started + _OPEN_FOR if shift.ended is None else shift.ended
    return [
        each
        for each in sheets
        if each.entity == shift.entity
        and (shift.started <= each.started < until or each.started == shift.started)
    ]


def states_in(recording: Recording, window: str) -> dict[str, str]:
    """Return what the integration said of each shift at the end of a window; nothing where nobody asked."""
    told = traffic.told_in(recording, window, "shifts")
    rows = told[-1] if told else None
    return {
        str(row.get("id")): str(row.get("state"))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    }


def find_moment(value: Json) -> datetime | None:
    """Return a moment that is written with its offset from UTC, or `None`."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _require_moment(value: Json) -> datetime:
    found = find_moment(value)
    if found is None:
        raise NotObserved("a time sheet has no beginning that can be read", missing=traffic.RECORD_AGAIN)
    return found
