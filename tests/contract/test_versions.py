"""Facts about the table of API versions."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from partner_qa.contract.versions import (
    CHECKED,
    NEWEST,
    OLDEST_ANSWERED,
    VERSIONS,
    State,
    find_staleness,
    find_version,
    oldest_answered,
    to_version,
)


def states(today: date) -> dict[str, State]:
    return {str(each): each.state_on(today) for each in VERSIONS}


def test_the_states_on_the_day_the_table_was_checked() -> None:
    assert states(CHECKED) == {
        "2024-04-01": State.UNSUPPORTED,
        "2025-06-15": State.UNSUPPORTED,
        "2025-11-15": State.DEPRECATED,
        "2026-02-01": State.LIMITED,
        "2026-06-15": State.STABLE,
    }


def test_versions_older_than_the_oldest_answered_one_are_refused() -> None:
    assert date(2025, 11, 15) == OLDEST_ANSWERED
    assert date(2026, 6, 15) == NEWEST


def test_a_version_is_refused_from_the_day_of_its_sunset() -> None:
    assert oldest_answered(date(2027, 1, 31)) == date(2025, 11, 15)
    assert oldest_answered(date(2027, 2, 1)) == date(2026, 2, 1)
    assert oldest_answered(date(2030, 1, 1)) == NEWEST


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (date(2026, 6, 15), "2026-06-15"),
        (date(2026, 11, 23), "2026-06-15"),
        (date(2026, 6, 14), "2026-02-01"),
        (date(2025, 7, 1), "2025-06-15"),
        (date(2024, 3, 31), "None"),
    ],
)
def test_a_date_between_releases_resolves_downwards(asked: date, found: str) -> None:
    assert str(find_version(asked)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-06-15", date(2026, 6, 15)),
        ("2026-02-30", None),
        ("20260615", None),
        ("2026-W25-1", None),
        ("2026-6-15", None),
        (" 2026-06-15", None),
        ("2023", None),
        ("\u0662026-06-15", None),
        ("", None),
    ],
)
def test_a_version_header_is_a_date_of_one_form(text: str, found: date | None) -> None:
    assert to_version(text) == found


def test_the_table_warns_after_180_days() -> None:
    assert find_staleness(CHECKED) is None
    assert find_staleness(CHECKED + timedelta(days=180)) is None
    assert "181 days ago (2026-11-23)" in str(find_staleness(CHECKED + timedelta(days=181)))


def test_the_table_is_in_order_and_names_its_source() -> None:
    assert [each.released for each in VERSIONS] == sorted(each.released for each in VERSIONS)
    assert all(each.source.startswith("https://docs.gusto.com/") for each in VERSIONS)
