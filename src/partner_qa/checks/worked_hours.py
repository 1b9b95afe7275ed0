"""Are hours counted right: overtime against golden results, and nights, zones, open and empty shifts?

Gusto classifies nothing: it takes hours as the time-tracking product has counted them. Source:
https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from partner_qa.checks import traffic
from partner_qa.checks.time_sheets import Sheet, Shift, require_sheets, sheets_of, shifts_in, states_in
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Recording

_CLOSE = Decimal("0.01")  # hours: what rounding may make of a shift
_KEPT_BACK = frozenset({"withheld", "refused", "pending"})
_BY_THE_CLOCK = {
    "night-over": "a shift over midnight",
    "night-until-midnight": "a shift that ends at midnight",
    "night-clocks": "a shift during which the clocks changed",
    "weekly-0": "a shift in another time zone",
    "daily-2": "a shift in another time zone",
    "uneven-1": "a shift that is on the next day by UTC",
}


def classifies_hours(recording: Recording) -> tuple[Finding, ...]:
    """Judge that regular, overtime and double overtime of each person are the golden results.

    What counts is a person's sums in the week, before and after a correction that changes them: to which
    shift overtime is booked is the integration's affair. A person all of whose shifts were withheld, because
    the integration has no such rule, is left out. The rules come from outside of Gusto: above 40 hours of a
    workweek, 29 CFR 778.101; above 8 and 12 hours of a day, California Labor Code section 510. Source:
    https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data
    """
    compared = [each for window in ("first", "corrected") for each in _compare(recording, window)]
    if not any(name != "Regular" for _, _, wanted, _ in compared for name in wanted):
        raise NotObserved(
            "no shift with overtime was sent",
            missing=("an actions.send_hours in partner.yaml that sends overtime",),
        )
    return tuple(
        Finding(
            check="classifies_hours",
            message=f"does not count the hours of a week as they were worked ({person})",
            places=traffic.places(recording, [seen]),
            expected=_word(wanted),
            seen=_word(counted),
            hint="count the whole workweek of a person whenever one of its shifts changes; overtime by the "
            "day does not count towards the week again; round to three decimals last",
            key=f"person={person}",
        )
        for person, seen, wanted, counted in {
            each[0]: each for each in compared if _differ(*each[2:])
        }.values()
    )


_Sums = Mapping[str, Decimal]


def _compare(recording: Recording, window: str) -> Iterator[tuple[str, Exchange, _Sums, _Sums]]:
    golden = recording.situation.get("golden")
    given = golden.get(window) if isinstance(golden, dict) else None
    people = recording.situation.get("people")
    sheets = require_sheets(recording, window)
    if not isinstance(given, dict) or not isinstance(people, dict):
        raise NotObserved("no golden results were prepared", missing=traffic.RECORD_AGAIN)
    for person, row in given.items():
        theirs = [each for each in sheets if each.entity == people.get(person)]
        if theirs and isinstance(row, dict):
            wanted = {name: Decimal(str(hours)) for name, hours in row.items()}
            yield person, theirs[-1].seen, wanted, _add_up(theirs)


def _add_up(sheets: Iterable[Sheet]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for sheet in sheets:
        for name, hours in sheet.hours.items():
            sums[name] = sums.get(name, Decimal(0)) + hours
    return sums


def _differ(wanted: _Sums, counted: _Sums) -> bool:
    names = wanted.keys() | counted.keys()
    return any(abs(wanted.get(each, Decimal(0)) - counted.get(each, Decimal(0))) > _CLOSE for each in names)


def _word(sums: _Sums) -> str:
    return (
        ", ".join(f"{name} {hours:.3f}" for name, hours in sorted(sums.items(), reverse=True)) or "no hours"
    )


def reads_clocks_right(recording: Recording) -> tuple[Finding, ...]:
    """Judge shifts at the edges of a clock: midnight, a change of the clocks, zones, no end, no hours.

    Hours are those between two moments; the sheet begins when the shift did, by the clock of its place; an
    open shift has no made-up end, an empty one no hours. A shift that does not stand in Gusto is not judged
    where the integration says so, or cannot be asked. Source:
    https://docs.gusto.com/app-integrations/reference/post-companies-company_uuid-time_tracking-time_sheets
    """
    sheets, states = require_sheets(recording, "first"), states_in(recording, "first")
    found: list[tuple[str, str, str, Exchange | None]] = []
    judged = 0
    shifts = shifts_in(recording)
    for name, what in _BY_THE_CLOCK.items():
        stand = sheets_of(shifts[name], sheets)
        if stand or (states and states.get(name) not in _KEPT_BACK):
            judged += bool(stand)
            found += [(what, *each) for each in _faults_of(shifts[name], stand)]
    for name, what in (
        ("night-open", "a shift that is still open"),
        ("night-empty", "a shift without hours"),
    ):
        for sheet in sheets_of(shifts[name], sheets)[:1]:
            if sheet.total or (sheet.ended is not None and shifts[name].ended is None):
                found.append((what, "nothing that counts", f"{sheet.total} hours", sheet.seen))
    if not judged:
        raise NotObserved(
            "no shift at an edge of the clock was sent",
            missing=("an actions.send_hours in partner.yaml that sends approved shifts",),
        )
    return tuple(
        Finding(
            check="reads_clocks_right",
            message=f"does not send {what} as it was worked",
            places=traffic.places(recording, [seen] if seen else []),
            expected=expected,
            seen=told,
            hint="subtract moments, not clock times; send the IANA zone of the place and the moment with its "
            "offset; wait with a shift that has not ended, and leave out one without hours",
            key=what,
        )
        for what, expected, told, seen in {each[0]: each for each in found}.values()
    )


def _faults_of(shift: Shift, stand: list[Sheet]) -> Iterator[tuple[str, str, Exchange | None]]:
    """Go through what is wrong with a shift's sheets: expected, seen, where."""
    wanted = f"{shift.hours:.3f} hours from {shift.started.isoformat()} in {shift.zone}"
    if not stand:
        yield wanted, "no time sheet, and no word of why", None
        return
    total = sum((each.total for each in stand), Decimal(0))
    first = min(stand, key=lambda each: each.started)
    if abs(total - shift.hours) > _CLOSE:
        yield wanted, f"{total} hours in {len(stand)} time sheets", first.seen
    elif first.started != shift.started:
        yield wanted, f"begins at {first.started.isoformat()}", first.seen
    elif _wall_clock(first.started, first.zone) != _wall_clock(shift.started, shift.zone):
        yield wanted, f"in the zone {first.zone}", first.seen


def _wall_clock(moment: datetime, zone: str) -> datetime | None:
    """Return what the clock showed there; `None` for a zone that nobody knows."""
    try:
        return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    except (ValueError, OSError, LookupError):
        return None
