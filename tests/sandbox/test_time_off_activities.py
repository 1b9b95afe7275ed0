"""How somebody's time off came to be what it is, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

SCOPES = (
    "employee_time_off_activities:read",
    "employees:read",
    "payrolls:read",
    "payrolls:write",
    "time_off_policies:read",
    "time_off_policies:write",
)


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=12, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def read(gusto: Any, token: str, person: str, kind: str = "vacation") -> Any:
    path = f"/v1/employees/{person}/time_off_activities"
    return gusto.get(path, token, params={"time_off_type": kind})


def find_policy(gusto: Any, token: str, name: str) -> Any:
    policies = gusto.get(f"/v1/companies/{gusto.company}/time_off_policies", token).json()
    return next(each for each in policies if each["name"] == name)


def take_hours(gusto: Any, token: str, payroll: str, person: str, hours: str) -> None:
    """Let a payroll pay somebody so many hours of vacation, and run it."""
    path = f"/v1/companies/{gusto.company}/payrolls/{payroll}"
    rows = gusto.call("PUT", f"{path}/prepare", token).json()["employee_compensations"]
    row = next(each for each in rows if each["employee_uuid"] == person)
    body = {
        "employee_uuid": person,
        "version": row["version"],
        "paid_time_off": [{"name": "Vacation Hours", "hours": hours}],
    }
    written = gusto.call("PUT", path, token, json={"employee_compensations": [body]})
    assert written.status_code == 200, written.text
    gusto.admin.run_payroll(gusto.company, payroll)


def next_payroll(gusto: Any, token: str) -> str:
    path = f"/v1/companies/{gusto.company}/payrolls"
    rows = gusto.get(path, token, params={"processing_statuses": "unprocessed"}).json()
    return str(rows[0]["payroll_uuid"])


def test_somebody_begins_with_a_balance_of_each_type(gusto: Any, token: str) -> None:
    person = next(iter(gusto.world.companies[gusto.company].employees))
    shown = gusto.get(f"/v1/employees/{person}", token).json()["eligible_paid_time_off"]
    for kind, off in zip(("vacation", "sick"), shown, strict=True):
        (began,) = read(gusto, token, person, kind).json()
        assert (began["time_off_type"], began["policy_uuid"]) == (kind, off["policy_uuid"])
        assert began["balance"] == began["balance_change"] == off["accrual_balance"]


def test_a_payroll_that_was_run_earns_and_uses(gusto: Any, token: str) -> None:
    members = find_policy(gusto, token, "Paid Time Off")["employees"]
    person = members[0]["uuid"]
    (before,) = read(gusto, token, person).json()
    take_hours(gusto, token, next_payroll(gusto, token), person, "6.5")
    used, *rest = [each for each in read(gusto, token, person).json() if each["event_type"] != "accrual"]
    assert (used["event_type"], used["balance_change"]) == ("usage", "-6.500")
    assert rest == [before]
    rows = read(gusto, token, person).json()
    policy = find_policy(gusto, token, "Paid Time Off")
    now = next(each["balance"] for each in policy["employees"] if each["uuid"] == person)
    assert Decimal(rows[0]["balance"]) == Decimal(now)
    assert sum(Decimal(each["balance_change"]) for each in rows) == Decimal(now)
    for newer, older in pairwise(rows):
        assert Decimal(newer["balance"]) - Decimal(newer["balance_change"]) == Decimal(older["balance"])


def test_without_a_limit_there_is_no_balance(gusto: Any, token: str) -> None:
    person = next(iter(gusto.world.companies[gusto.company].employees))
    path = f"/v1/time_off_policies/{find_policy(gusto, token, 'Flexible Time Off')['uuid']}/add_employees"
    assert gusto.call("PUT", path, token, json={"employees": [{"uuid": person}]}).status_code == 200
    assert read(gusto, token, person).json() == []
    take_hours(gusto, token, next_payroll(gusto, token), person, "8")
    (used,) = read(gusto, token, person).json()
    assert (used["balance"], used["balance_change"], used["event_type"]) == (None, "-8.000", "usage")


def test_a_balance_that_somebody_is_given_shows(gusto: Any, token: str) -> None:
    policy = find_policy(gusto, token, "Paid Time Off")
    person = policy["employees"][1]["uuid"]
    body = {"employees": [{"uuid": person, "balance": "33"}]}
    path = f"/v1/time_off_policies/{policy['uuid']}/add_employees"
    assert gusto.call("PUT", path, token, json=body).status_code == 200
    (began,) = read(gusto, token, person).json()
    assert began["balance"] == "33.000"


def test_somebody_without_a_policy_has_no_activities(gusto: Any, token: str) -> None:
    everybody = gusto.get(f"/v1/companies/{gusto.company}/employees", token).json()
    jobless = next(each["uuid"] for each in everybody if not each["jobs"])
    assert read(gusto, token, jobless).json() == []


def test_only_two_types_are_known(gusto: Any, token: str) -> None:
    person = next(iter(gusto.world.companies[gusto.company].employees))
    refused = read(gusto, token, person, "holiday")
    assert refused.status_code == 422
    assert gusto.error(refused) == {
        "error_key": "base",
        "category": "invalid_parameter",
        "message": "Expected one of: vacation, sick",
    }
    missing = gusto.get(f"/v1/employees/{person}/time_off_activities", token)
    assert (missing.status_code, gusto.error(missing)["error_key"]) == (422, "time_off_type")


def test_nobody_and_somebody_elses_people_are_not_found_and_a_scope_is_needed(gusto: Any, token: str) -> None:
    other = gusto.admin.people(gusto.admin.create_company(people=1))[0]["uuid"]
    for person in ("nobody", other):
        assert read(gusto, token, person).status_code == 404
    own = next(iter(gusto.world.companies[gusto.company].employees))
    assert read(gusto, gusto.partner("employees:read"), own).status_code == 403
