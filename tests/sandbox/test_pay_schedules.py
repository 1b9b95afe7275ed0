"""When a company pays, over HTTP: schedules, assignments, pay periods, and the last ones of the dismissed."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

SCOPES = ("pay_schedules:read", "payrolls:read", "payrolls:write", "employees:read", "companies:read")
TODAY = date(2026, 10, 20)
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=30, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def ask(gusto: Any, token: str, what: str, **query: Any) -> Any:
    return gusto.get(f"/v1/companies/{gusto.company}/{what}", token, params=query)


def dismiss(gusto: Any, day: str, *, own: bool = True) -> Any:
    """Let somebody leave, with a payroll of their own; return their record."""
    record = next(iter(gusto.world.companies[gusto.company].employees.values()))
    record["terminations"].append(
        {
            "uuid": NOBODY,
            "version": "0" * 32,
            "employee_uuid": record["uuid"],
            "effective_date": day,
            "run_termination_payroll": own,
        }
    )
    return record


# -- schedules


def test_a_company_has_one_schedule_and_shows_it_alike(gusto: Any, token: str) -> None:
    (schedule,) = ask(gusto, token, "pay_schedules").json()
    assert (schedule["frequency"], schedule["active"]) == ("Every other week", True)
    assert "auto_pilot" not in schedule
    shown = ask(gusto, token, f"pay_schedules/{schedule['uuid']}")
    assert shown.json() == schedule
    assert ask(gusto, token, f"pay_schedules/{NOBODY}").status_code == 404


def test_schedules_come_in_pages(gusto: Any, token: str) -> None:
    gusto.admin.assign_pay_schedules(gusto.company, "by_employee")
    whole = ask(gusto, token, "pay_schedules").json()
    second = ask(gusto, token, "pay_schedules", page=2, per=1)
    assert second.json() == whole[1:]
    assert second.headers["x-total-pages"] == "2"


def test_a_change_of_a_schedule_is_shown_and_told(gusto: Any, token: str) -> None:
    (before,) = ask(gusto, token, "pay_schedules").json()
    changed = gusto.admin.change_pay_schedule(gusto.company, before["uuid"], custom_name="Payday")
    (after,) = ask(gusto, token, "pay_schedules").json()
    assert after == changed == {**before, "custom_name": "Payday", "version": after["version"]}
    assert after["version"] != before["version"]
    assert gusto.told()[-1] == ("pay_schedule.updated", before["uuid"])


def test_everybody_is_paid_by_the_only_schedule(gusto: Any, token: str) -> None:
    (schedule,) = ask(gusto, token, "pay_schedules").json()
    assert ask(gusto, token, "pay_schedules/assignments").json() == {
        "type": "single",
        "default_pay_schedule_uuid": schedule["uuid"],
        "hourly_pay_schedule_uuid": None,
        "salaried_pay_schedule_uuid": None,
        "employees": None,
        "departments": None,
    }


def test_the_second_company_does_not_say_how_it_assigns(gusto: Any) -> None:
    other = gusto.admin.create_company(people=3)
    shown = gusto.get(f"/v1/companies/{other}/pay_schedules/assignments", gusto.partner(company=other)).json()
    assert shown["type"] is None
    assert shown["default_pay_schedule_uuid"]


@pytest.mark.parametrize("kind", ["hourly_salaried", "by_employee", "by_department"])
def test_each_way_of_assigning_is_shown(gusto: Any, token: str, kind: str) -> None:
    gusto.admin.assign_pay_schedules(gusto.company, kind)
    first, second = (each["uuid"] for each in ask(gusto, token, "pay_schedules").json())
    shown = ask(gusto, token, "pay_schedules/assignments").json()
    assert shown["type"] == kind
    assert gusto.get(f"/v1/companies/{gusto.company}", token).json()["pay_schedule_type"] == kind
    company = gusto.world.companies[gusto.company]
    if kind == "hourly_salaried":
        assert (shown["hourly_pay_schedule_uuid"], shown["salaried_pay_schedule_uuid"]) == (first, second)
    elif kind == "by_employee":
        assert {each["employee_uuid"] for each in shown["employees"]} == set(company.employees)
        assert {each["pay_schedule_uuid"] for each in shown["employees"]} == {first, second}
    else:
        assert shown["default_pay_schedule_uuid"] == first
        assert {each["department_uuid"] for each in shown["departments"]} == set(company.departments)
    told = gusto.told()
    assert ("pay_schedule.created", second) in told
    assert told[-1][0] == "payroll.created"
    gusto.admin.assign_pay_schedules(gusto.company, "single")
    assert ask(gusto, token, "pay_schedules/assignments").json()["type"] == "single"


# -- pay periods


def test_half_a_year_of_pay_periods_is_listed_without_a_gap(gusto: Any, token: str) -> None:
    periods = ask(gusto, token, "pay_periods").json()
    assert 13 <= len(periods) <= 15
    for before, after in itertools.pairwise(periods):
        gap = date.fromisoformat(after["start_date"]) - date.fromisoformat(before["end_date"])
        assert gap == timedelta(days=1)
    assert periods[0]["end_date"] >= (TODAY - timedelta(days=182)).isoformat()
    current = periods[-1]
    assert current["start_date"] <= (TODAY - timedelta(days=7)).isoformat()
    assert current["end_date"] >= TODAY.isoformat()
    assert [each["payroll"]["processed"] for each in periods] == [True] * (len(periods) - 1) + [False]
    assert current["payroll"]["payroll_deadline"] > (TODAY + timedelta(days=3)).isoformat()


def test_a_period_says_by_which_schedule_and_payroll_it_is_paid(gusto: Any, token: str) -> None:
    (schedule,) = ask(gusto, token, "pay_schedules").json()
    period = ask(gusto, token, "pay_periods").json()[-1]
    assert period["pay_schedule_uuid"] == schedule["uuid"]
    kept = gusto.world.companies[gusto.company].payrolls[period["payroll"]["payroll_uuid"]]
    assert (kept.start.isoformat(), kept.end.isoformat()) == (period["start_date"], period["end_date"])
    assert period["payroll"]["payroll_type"] == "regular"


def test_days_choose_the_periods_that_have_one_of_them(gusto: Any, token: str) -> None:
    *_, wanted, last = ask(gusto, token, "pay_periods").json()
    for start, end in (
        (wanted["start_date"], wanted["start_date"]),
        (wanted["end_date"], wanted["end_date"]),
    ):
        assert ask(gusto, token, "pay_periods", start_date=start, end_date=end).json() == [wanted]
    assert ask(gusto, token, "pay_periods", start_date=last["start_date"]).json() == [last]
    assert ask(gusto, token, "pay_periods", start_date="2010-01-01", end_date="2010-02-01").json() == []


def test_periods_are_known_three_months_ahead_and_no_further(gusto: Any, token: str) -> None:
    far = (TODAY + timedelta(days=93)).isoformat()
    ahead = ask(gusto, token, "pay_periods", start_date=TODAY.isoformat(), end_date=far).json()
    assert len(ahead) in {7, 8}
    too_far = (TODAY + timedelta(days=94)).isoformat()
    refused = ask(gusto, token, "pay_periods", end_date=too_far)
    assert refused.status_code == 422
    row = gusto.error(refused)
    assert (row["error_key"], row["category"]) == ("end_date", "invalid_parameter")
    assert row["message"] == "End date cannot be more than 3 months in future"
    assert ask(gusto, token, "pay_periods", start_date="soon").status_code == 422


def test_types_choose_and_an_unknown_one_chooses_nothing(gusto: Any, token: str) -> None:
    whole = ask(gusto, token, "pay_periods").json()
    assert ask(gusto, token, "pay_periods", payroll_types="regular").json() == whole
    assert ask(gusto, token, "pay_periods", payroll_types="transition").json() == []
    assert ask(gusto, token, "pay_periods", payroll_types="regular,transition").json() == whole
    assert ask(gusto, token, "pay_periods", payroll_types="lunar").json() == []


def test_new_payrolls_come_with_time_and_are_told(gusto: Any, token: str) -> None:
    before = gusto.told()
    gusto.admin.move_days(14)
    (created,) = [each for each in gusto.told() if each not in before and each[0] == "payroll.created"]
    far = (TODAY + timedelta(days=14 + 93)).isoformat()
    last = ask(gusto, token, "pay_periods", start_date=TODAY.isoformat(), end_date=far).json()[-1]
    assert last["payroll"]["payroll_uuid"] == created[1]


# -- the last periods of people who were dismissed


def test_a_dismissal_with_its_own_payroll_has_a_last_period(gusto: Any, token: str) -> None:
    what = "pay_periods/unprocessed_termination_pay_periods"
    assert ask(gusto, token, what).json() == []
    record = dismiss(gusto, TODAY.isoformat())
    (last,) = ask(gusto, token, what).json()
    current = ask(gusto, token, "pay_periods").json()[-1]
    assert last["employee_uuid"] == record["uuid"]
    assert last["employee_name"] == f"{record['first_name']} {record['last_name']}"
    assert (last["start_date"], last["end_date"]) == (current["start_date"], TODAY.isoformat())
    assert last["pay_schedule_uuid"] == current["pay_schedule_uuid"]
    assert TODAY.isoformat() < last["debit_date"] < last["check_date"]


def test_a_dismissal_that_is_paid_as_usual_has_none(gusto: Any, token: str) -> None:
    dismiss(gusto, TODAY.isoformat(), own=False)
    assert ask(gusto, token, "pay_periods/unprocessed_termination_pay_periods").json() == []


def test_nothing_is_shown_to_another_company_or_scope(gusto: Any, token: str) -> None:
    other = gusto.admin.create_company(people=1)
    for what in (
        "pay_schedules",
        "pay_schedules/assignments",
        "pay_periods",
        "pay_periods/unprocessed_termination_pay_periods",
    ):
        assert gusto.get(f"/v1/companies/{other}/{what}", token).status_code == 404
        assert ask(gusto, gusto.partner("companies:read"), what).status_code == 403


def test_the_first_of_all_days_is_an_end_like_any_other(gusto: Any, token: str) -> None:
    for path in ("pay_periods", "payrolls"):
        answer = ask(gusto, token, path, end_date="0001-01-01")
        assert (answer.status_code, answer.json()) == (200, [])
