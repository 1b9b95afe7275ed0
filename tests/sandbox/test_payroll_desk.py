"""What an admin types into a payroll in Gusto, and what an integration then finds there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from partner_qa.errors import HarnessBug

SCOPES = ("payrolls:read", "payrolls:write", "employees:read")


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(scopes=SCOPES, people=3)


def prepared(gusto: Any, payroll: str, employee: str) -> Any:
    path = f"/v1/companies/{gusto.company}/payrolls/{payroll}/prepare"
    rows = gusto.call("PUT", path, gusto.partner()).json()["employee_compensations"]
    return next(row for row in rows if row["employee_uuid"] == employee)


def test_what_an_admin_types_in_is_found_by_the_next_prepare(gusto: Any) -> None:
    payroll, person = gusto.admin.next_payroll(gusto.company), gusto.admin.people(gusto.company)[0]["uuid"]
    bonus = [{"name": "Bonus", "amount": "150.00"}]
    typed = gusto.admin.payroll_desk.enter(
        gusto.company, payroll, person, fixed_compensations=bonus, memo="Thanks"
    )
    found = prepared(gusto, payroll, person)
    assert [
        (each["name"], each["amount"]) for each in found["fixed_compensations"] if each["amount"] != "0.00"
    ] == [("Bonus", "150.00")]
    assert (found["memo"], found["version"]) == ("Thanks", typed["version"])


def test_typing_makes_what_was_prepared_before_stale(gusto: Any) -> None:
    payroll, person = gusto.admin.next_payroll(gusto.company), gusto.admin.people(gusto.company)[0]["uuid"]
    before = prepared(gusto, payroll, person)
    assert (
        gusto.admin.payroll_desk.enter(gusto.company, payroll, person, memo="x")["version"]
        != before["version"]
    )


def test_an_earning_type_is_there_and_inactive_where_that_was_said(gusto: Any) -> None:
    gusto.admin.payroll_desk.add_earning_type(gusto.company, "Hazard Pay", active=False)
    listed = gusto.call("GET", f"/v1/companies/{gusto.company}/earning_types", gusto.partner()).json()
    assert [(each["name"], each["active"]) for each in listed["custom"]] == [("Hazard Pay", False)]


@pytest.mark.parametrize(
    "fields",
    [
        {"fixed_compensations": [{"name": "No such", "amount": "1.00"}]},
        {"reimbursements": [{"amount": "-1.00"}]},
    ],
)
def test_what_cannot_be_typed_in_is_our_own_mistake(gusto: Any, fields: Any) -> None:
    payroll, person = gusto.admin.next_payroll(gusto.company), gusto.admin.people(gusto.company)[0]["uuid"]
    with pytest.raises(HarnessBug):
        gusto.admin.payroll_desk.enter(gusto.company, payroll, person, **fields)


def test_a_payroll_that_was_run_and_somebody_who_is_not_on_it_are_our_own_mistakes(gusto: Any) -> None:
    payroll, person = gusto.admin.next_payroll(gusto.company), gusto.admin.people(gusto.company)[0]["uuid"]
    with pytest.raises(HarnessBug):
        gusto.admin.payroll_desk.enter(gusto.company, payroll, "nobody", memo="x")
    gusto.admin.run_payroll(gusto.company, payroll)
    with pytest.raises(HarnessBug):
        gusto.admin.payroll_desk.enter(gusto.company, payroll, person, memo="x")
