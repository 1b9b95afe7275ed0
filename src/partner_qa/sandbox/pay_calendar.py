"""When people are paid: the pay periods of a schedule, its check dates and deadlines.

[D] https://docs.gusto.com/app-integrations/docs/updating-payrolls: regular payrolls follow from the schedule.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from partner_qa.sandbox.company import Record

WORKING_DAYS = 4  # [Dx] Gusto's classic rule: to be submitted four business days before the check date
_CUTOFF = time(23, 0, tzinfo=UTC)  # [Dx] four o'clock in the afternoon, Pacific

# [D] schema `Pay-Schedule`: frequency; how many periods a year has
PER_YEAR: Mapping[str, int] = MappingProxyType(
    {"Every week": 52, "Every other week": 26, "Twice per month": 24, "Monthly": 12}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A pay period, both ends included, and the day on which it is paid."""

    start: date
    end: date
    check_date: date


def walk_periods(schedule: Record, first: date) -> Iterator[Period]:
    """Go through the periods of a schedule for ever, from the one that holds the day `first` on.

    [I] a check date on a weekend is moved to the Friday before.
    """
    anchor = date.fromisoformat(str(schedule["anchor_end_of_pay_period"]))
    lag = date.fromisoformat(str(schedule["anchor_pay_date"])) - anchor
    ends = _walk_weeks(schedule, anchor, first) if _in_weeks(schedule) else _walk_months(schedule, first)
    before = next(ends)
    for end in ends:
        yield Period(start=before + timedelta(days=1), end=end, check_date=_to_working_day(end + lag))
        before = end


def find_deadline(check_date: date) -> datetime:
    """Return until when a payroll must be submitted to be paid on a day."""
    return datetime.combine(shift_working_days(check_date, -WORKING_DAYS), _CUTOFF)


def shift_working_days(day: date, count: int) -> date:
    """Return the day so many business days after (or before) another; bank holidays are not known [I]."""
    step = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += step
        while day.weekday() > 4:
            day += step
    return day


def _in_weeks(schedule: Record) -> bool:
    return schedule["frequency"] in {"Every week", "Every other week"}


def _walk_weeks(schedule: Record, anchor: date, first: date) -> Iterator[date]:
    """Go through the last days of periods, from the one before the period that holds `first`."""
    length = 7 if schedule["frequency"] == "Every week" else 14
    end = first + timedelta(days=(anchor - first).days % length - length)
    while True:
        yield end
        end += timedelta(days=length)


def _walk_months(schedule: Record, first: date) -> Iterator[date]:
    days = [each for each in (schedule["day_1"], schedule["day_2"]) if isinstance(each, int)]
    year, month = (first.year, first.month - 1) if first.month > 1 else (first.year - 1, 12)
    before: date | None = None
    while True:
        length = calendar.monthrange(year, month)[1]
        for end in sorted({date(year, month, min(day, length)) for day in days}):
            if end >= first and before is not None:
                yield before
                before = None
            if end >= first:
                yield end
            else:
                before = end
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _to_working_day(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))
