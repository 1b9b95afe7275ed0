"""Worked time to classified hours: regular, overtime, double overtime. A pure function of shifts and a rule.

Gusto takes hours as they are classified and classifies nothing: overtime is the time-tracking product's work.
Time is counted between two moments, so that a night in which the clocks change has nine hours or seven.
Sources: https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data; above 40 hours of a
workweek: 29 CFR 778.101; above 8 and 12 hours of a day: California Labor Code section 510. What California
asks for the seventh day in a row is not part of this product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

CLASSES = ("Regular", "Overtime", "Double overtime")  # as Gusto spells them
STEP = Decimal("0.001")  # as finely as Gusto takes hours

Entries = list[tuple[str, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When hours become overtime; `None`: never by that count. A workweek runs from Sunday to Saturday."""

    week: Decimal = Decimal(40)
    day: Decimal | None = None
    double_day: Decimal | None = None


RULES: Mapping[str, Rule] = {
    "weekly": Rule(),
    "weekly_and_daily": Rule(day=Decimal(8), double_day=Decimal(12)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A shift that has ended, by the clock of the place where it was worked."""

    id: str
    started: datetime
    ended: datetime
    time_zone: str

    @property
    def hours(self) -> Decimal:
        """Return how long it was: from moment to moment, whatever the clocks showed."""
        return to_hours(self.ended - self.started)

    @property
    def day(self) -> date:
        """Return the day on which it began, there; all of a shift belongs to that day."""
        return self.started.astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def week(self) -> date:
        """Return the Sunday with which its workweek began."""
        return self.day - timedelta(days=(self.day.weekday() + 1) % 7)


def to_hours(time: timedelta) -> Decimal:
    """Return a time in hours, as finely as Gusto takes them."""
    return (Decimal(round(time.total_seconds())) / 3600).quantize(STEP, ROUND_HALF_UP)


def classify(stretches: Iterable[Stretch], rule: Rule) -> dict[str, Entries]:
    """Return the hours of each of one person's shifts by class, in the order in which they were worked.

    What is overtime by the day does not count towards the week again. A class without hours is left out.
    """
    by_day: dict[date, Decimal] = {}
    by_week: dict[date, Decimal] = {}
    classified: dict[str, Entries] = {}
    for each in sorted(stretches, key=lambda stretch: stretch.started):
        before, hours = by_day.get(each.day, Decimal(0)), each.hours
        double = _above(before, hours, rule.double_day)
        over = _above(before, hours, rule.day) - double
        plain = hours - over - double
        by_day[each.day] = before + hours
        weekly = _above(by_week.get(each.week, Decimal(0)), plain, rule.week)
        by_week[each.week] = by_week.get(each.week, Decimal(0)) + plain
        sums = zip(CLASSES, (plain - weekly, over + weekly, double), strict=True)
        classified[each.id] = [(name, count) for name, count in sums if count > 0]
    return classified


def _above(before: Decimal, hours: Decimal, limit: Decimal | None) -> Decimal:
    """Return how many of these hours lie above a limit, after so many before them."""
    return Decimal(0) if limit is None else min(hours, max(Decimal(0), before + hours - limit))
