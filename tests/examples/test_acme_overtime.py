"""Golden results of Acme Time's overtime, from worked shifts to classified hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from acme_time.overtime import RULES, Stretch, classify

DENVER = "America/Denver"


def stretch(name: str, began: str, hours: float, zone: str = DENVER) -> Stretch:
    """Return a shift of so many hours by the clock on the wall."""
    start = datetime.fromisoformat(began)
    begin, end = (each.replace(tzinfo=ZoneInfo(zone)) for each in (start, start + timedelta(hours=hours)))
    # An offset, as shifts are given to us, and not a zone: Python subtracts clock times within one zone.
    moments = [datetime.fromisoformat(each.isoformat()) for each in (begin, end)]
    return Stretch(id=name, started=moments[0], ended=moments[1], time_zone=zone)


def sums(stretches: list[Stretch], rule: str) -> dict[str, str]:
    found: dict[str, Decimal] = {}
    for entries in classify(stretches, RULES[rule]).values():
        for name, hours in entries:
            found[name] = found.get(name, Decimal(0)) + hours
    return {name: f"{hours:.3f}" for name, hours in found.items()}


def week(hours: float, days: int = 5) -> list[Stretch]:
    return [stretch(f"day-{day}", f"2026-11-{16 + day}T08:00", hours) for day in range(days)]


@pytest.mark.parametrize(
    ("stretches", "rule", "golden"),
    [
        (week(8), "weekly", {"Regular": "40.000"}),
        (week(9), "weekly", {"Regular": "40.000", "Overtime": "5.000"}),
        (week(9), "weekly_and_daily", {"Regular": "40.000", "Overtime": "5.000"}),
        (week(13, 1), "weekly", {"Regular": "13.000"}),
        (
            week(13, 1),
            "weekly_and_daily",
            {"Regular": "8.000", "Overtime": "4.000", "Double overtime": "1.000"},
        ),
        (week(8, 6), "weekly_and_daily", {"Regular": "40.000", "Overtime": "8.000"}),
    ],
)
def test_a_week_has_its_golden_result(stretches: list[Stretch], rule: str, golden: dict[str, str]) -> None:
    assert sums(stretches, rule) == golden


def test_the_last_hours_of_a_week_are_the_overtime() -> None:
    classified = classify(reversed(week(9)), RULES["weekly"])
    assert classified["day-0"] == [("Regular", Decimal("9.000"))]
    assert classified["day-4"] == [("Regular", Decimal("4.000")), ("Overtime", Decimal("5.000"))]


def test_a_week_begins_on_sunday() -> None:
    saturday, sunday = stretch("sat", "2026-11-21T08:00", 12), stretch("sun", "2026-11-22T08:00", 12)
    assert sums([*week(8), saturday], "weekly")["Overtime"] == "12.000"
    assert "Overtime" not in sums([*week(8), sunday], "weekly")


@pytest.mark.parametrize(
    ("evening", "hours"),
    [("2026-10-31T22:00", "9.000"), ("2026-03-07T22:00", "7.000"), ("2026-11-17T22:00", "8.000")],
)
def test_a_night_has_the_hours_that_went_by(evening: str, hours: str) -> None:
    assert sums([stretch("night", evening, 8)], "weekly") == {"Regular": hours}


@pytest.mark.parametrize("minutes", range(0, 60, 7))
def test_classes_add_up_to_what_was_worked(minutes: int) -> None:
    worked: Any = [*week(9 + minutes / 60), stretch("late", "2026-11-20T20:00", minutes / 60 + 0.1)]
    total = sum((each.hours for each in worked), Decimal(0))
    for rule in RULES:
        assert sum(map(Decimal, sums(worked, rule).values())) == total
