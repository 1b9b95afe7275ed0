"""Time off over HTTP: policies, who joins them, what hours earn, and what a payroll pays and uses up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

SCOPES = (
    "time_off_policies:read",
    "time_off_policies:write",
    "time_off_requests:read",
    "payrolls:read",
    "payrolls:write",
    "employees:read",
)
TODAY = date(2026, 10, 20)
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=30, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def policies(gusto: Any, token: str) -> dict[str, Any]:
    answer = gusto.get(f"/v1/companies/{gusto.company}/time_off_policies", token)
    assert answer.status_code == 200
    return {each["name"]: each for each in answer.json()}


def add(gusto: Any, token: str, policy: Any, *employees: Any) -> Any:
    path = f"/v1/time_off_policies/{policy['uuid']}/add_employees"
    return gusto.call("PUT", path, token, json={"employees": list(employees)})


def balances(policy: Any) -> dict[str, str]:
    return {each["uuid"]: each["balance"] for each in policy["employees"]}


def requests(gusto: Any, token: str, **query: Any) -> Any:
    return gusto.get(f"/v1/companies/{gusto.company}/time_off_requests", token, params=query)


def reckon(gusto: Any, token: str, payroll: str, employee: str, **hours: Any) -> Any:
    path = f"/v1/payrolls/{payroll}/employees/{employee}/calculate_accruing_time_off_hours"
    return gusto.call("POST", path, token, json=hours)


def prepare(gusto: Any, token: str, payroll: str) -> dict[str, Any]:
    path = f"/v1/companies/{gusto.company}/payrolls/{payroll}/prepare"
    answer = gusto.call("PUT", path, token, params={"per": 100})
    return {each["employee_uuid"]: each for each in answer.json()["employee_compensations"]}


def entry(row: Any, name: str) -> Any:
    return next(each for each in row["paid_time_off"] if each["name"] == name)


def working_day(gusto: Any, payroll: str) -> date:
    found = next(each for each in gusto.admin.payrolls(gusto.company) if each.uuid == payroll)
    days = (found.start + timedelta(days=each) for each in range(14))
    return next(day for day in days if day.weekday() < 5)


@pytest.fixture
def payroll(gusto: Any) -> str:
    return str(gusto.admin.next_payroll(gusto.company))


# -- policies


def test_policies_are_shown_alike_with_members_and_balances(gusto: Any, token: str) -> None:
    listed = policies(gusto, token)
    assert {each["accrual_method"] for each in listed.values()} == {
        "per_hour_paid",
        "per_hour_worked_no_overtime",
        "unlimited",
    }
    assert {each["is_active"] for each in listed.values()} == {True, False}
    for each in listed.values():
        assert gusto.get(f"/v1/time_off_policies/{each['uuid']}", token).json() == each
    paid = listed["Paid Time Off"]
    assert balances(paid)
    assert not set(balances(paid)) & set(balances(listed["Flexible Time Off"]))


def test_who_has_time_off_shows_it_in_their_record(gusto: Any, token: str) -> None:
    listed = policies(gusto, token)
    employee, balance = next(iter(balances(listed["Paid Time Off"]).items()))
    shown = gusto.get(f"/v1/employees/{employee}", token).json()["eligible_paid_time_off"]
    assert [(each["name"], each["policy_name"]) for each in shown] == [
        ("Vacation Hours", "Paid Time Off"),
        ("Sick Hours", "Sick Leave"),
    ]
    assert shown[0]["accrual_balance"] == balance
    assert shown[0]["policy_uuid"] == listed["Paid Time Off"]["uuid"]


def test_time_off_without_limit_has_no_balance(gusto: Any, token: str) -> None:
    free = next(iter(balances(policies(gusto, token)["Flexible Time Off"])))
    shown = gusto.get(f"/v1/employees/{free}", token).json()["eligible_paid_time_off"][0]
    assert (shown["policy_name"], shown["accrual_balance"]) == ("Flexible Time Off", None)


def test_who_joins_leaves_the_other_policy_of_the_type_and_keeps_the_balance(gusto: Any, token: str) -> None:
    listed = policies(gusto, token)
    paid, free = listed["Paid Time Off"], listed["Flexible Time Off"]
    mover = next(iter(balances(free)))
    gusto.admin.change_employee(gusto.company, mover, phone=None)
    answer = add(gusto, token, paid, {"uuid": mover, "balance": "12.5"})
    assert answer.status_code == 200
    assert balances(answer.json())[mover] == "12.500"
    assert answer.json()["version"] != paid["version"]
    after = policies(gusto, token)
    assert after["Paid Time Off"] == answer.json()
    assert mover not in balances(after["Flexible Time Off"])
    assert after["Flexible Time Off"]["version"] != free["version"]
    assert gusto.told()[-1] == ("employee.updated", mover)
    shown = gusto.get(f"/v1/employees/{mover}", token).json()["eligible_paid_time_off"]
    assert shown[0]["policy_name"] == "Paid Time Off"
    again = add(gusto, token, paid, {"uuid": mover})
    assert balances(again.json())[mover] == "12.500"


def test_balances_can_be_set_and_nobody_may_be_named(gusto: Any, token: str) -> None:
    paid = policies(gusto, token)["Paid Time Off"]
    one = next(iter(balances(paid)))
    assert balances(add(gusto, token, paid, {"uuid": one, "balance": "0"}).json())[one] == "0.000"
    before = policies(gusto, token)["Paid Time Off"]
    assert add(gusto, token, paid).json() == before


def test_one_wrong_person_and_nobody_joins(gusto: Any, token: str) -> None:
    listed = policies(gusto, token)
    paid, free = listed["Paid Time Off"], listed["Flexible Time Off"]
    mover = next(iter(balances(free)))
    jobless = next(
        each["uuid"]
        for each in gusto.admin.people(gusto.company)
        if not gusto.get(f"/v1/employees/{each['uuid']}", token).json()["jobs"]
    )
    for bad, message in (
        ({"uuid": NOBODY}, "Employees must be valid"),
        ({"uuid": jobless}, "Employees must have at least one job"),
        ({"uuid": next(iter(balances(paid))), "balance": "-1"}, "Balance is not a valid number"),
        ({"uuid": next(iter(balances(paid))), "balance": "lots"}, "Balance is not a valid number"),
    ):
        refused = add(gusto, token, paid, {"uuid": mover}, bad)
        assert refused.status_code == 422
        row = gusto.error(refused)
        assert row["message"] == message
        assert row["metadata"] == {"entity_type": "Employee", "entity_uuid": bad["uuid"]}
    assert policies(gusto, token) == listed


def test_an_unlimited_policy_has_no_balances_and_an_inactive_one_takes_nobody(gusto: Any, token: str) -> None:
    listed = policies(gusto, token)
    one = next(iter(balances(listed["Paid Time Off"])))
    refused = add(gusto, token, listed["Flexible Time Off"], {"uuid": one, "balance": "8"})
    assert refused.status_code == 422
    assert gusto.error(refused)["message"] == "Can not adjust balances for unlimited policies."
    assert add(gusto, token, listed["Summer Fridays"], {"uuid": one}).status_code == 422
    assert balances(add(gusto, token, listed["Flexible Time Off"], {"uuid": one}).json())[one] == "0.000"
    path = f"/v1/time_off_policies/{listed['Paid Time Off']['uuid']}/add_employees"
    assert gusto.call("PUT", path, token, json={}).status_code == 422


def test_what_is_not_there_is_not_found(gusto: Any, token: str, payroll: str) -> None:
    other = gusto.admin.create_company(people=2)
    theirs = next(iter(gusto.world.companies[other].time_off_policies.values()))
    for policy in ({"uuid": NOBODY}, theirs):
        assert gusto.get(f"/v1/time_off_policies/{policy['uuid']}", token).status_code == 404
        assert add(gusto, token, policy).status_code == 404
    assert gusto.get(f"/v1/companies/{other}/time_off_policies", token).status_code == 404
    assert gusto.get(f"/v1/companies/{other}/time_off_requests", token).status_code == 404
    one = next(iter(prepare(gusto, token, payroll)))
    assert reckon(gusto, token, NOBODY, one).status_code == 404
    assert reckon(gusto, token, payroll, NOBODY).status_code == 404
    outside = next(each["uuid"] for each in gusto.admin.people(gusto.company) if not each["onboarded"])
    assert reckon(gusto, token, payroll, outside).status_code == 404


def test_scopes_open_reading_and_writing(gusto: Any, token: str) -> None:
    paid = policies(gusto, token)["Paid Time Off"]
    assert add(gusto, gusto.partner("time_off_policies:read"), paid).status_code == 403
    writer = gusto.partner("time_off_policies:write")
    assert gusto.get(f"/v1/time_off_policies/{paid['uuid']}", writer).status_code == 403
    assert requests(gusto, writer).status_code == 403


# -- what hours earn


def test_hours_earn_time_off_by_the_method_of_each_policy(gusto: Any, token: str, payroll: str) -> None:
    listed = policies(gusto, token)
    paid, sick = listed["Paid Time Off"], listed["Sick Leave"]
    one = next(iter(balances(paid)))
    for policy in (paid, sick):
        add(gusto, token, policy, {"uuid": one, "balance": "0"})
    answer = reckon(
        gusto,
        token,
        payroll,
        one,
        regular_hours_worked="60",
        overtime_hours_worked="6",
        double_overtime_hours_worked="2",
        pto_hours_used="8",
        sick_hours_used="4",
    )
    assert answer.status_code == 200
    earned = {each["time_off_policy_uuid"]: each["hours"] for each in answer.json()["hours_earned"]}
    assert earned == {paid["uuid"]: "4.000", sick["uuid"]: "2.000"}  # 80/80*4 of all paid; 60/30 of regular
    nothing = reckon(gusto, token, payroll, one, regular_hours_worked=None).json()["hours_earned"]
    assert {each["hours"] for each in nothing} == {"0.000"}
    assert balances(policies(gusto, token)["Paid Time Off"])[one] == "0.000"


def test_nobody_earns_more_than_the_most_and_the_unlimited_earn_nothing(
    gusto: Any, token: str, payroll: str
) -> None:
    listed = policies(gusto, token)
    sick, free = listed["Sick Leave"], listed["Flexible Time Off"]
    one = next(each for each in balances(free) if each in prepare(gusto, token, payroll))
    add(gusto, token, sick, {"uuid": one, "balance": "47.5"})
    earned = reckon(gusto, token, payroll, one, regular_hours_worked="80").json()["hours_earned"]
    assert earned == [{"time_off_policy_uuid": sick["uuid"], "hours": "0.500"}]


@pytest.mark.parametrize(
    ("hours", "key", "message"),
    [
        ({"regular_hours_worked": "-1"}, "base", "Hours cannot be negative."),
        (
            {"pto_hours_used": "some"},
            "pto_hours_used",
            "Pto hours used is not a valid number",
        ),
    ],
)
def test_hours_are_numbers_and_not_negative(
    gusto: Any, token: str, payroll: str, hours: dict[str, str], key: str, message: str
) -> None:
    one = next(iter(prepare(gusto, token, payroll)))
    refused = reckon(gusto, token, payroll, one, **hours)
    assert refused.status_code == 422
    row = gusto.error(refused)
    assert (row["error_key"], row["message"]) == (key, message)


# -- requests


def test_requests_of_every_status_are_listed_and_only_approved_ones_have_an_approver(
    gusto: Any, token: str
) -> None:
    listed = requests(gusto, token).json()
    assert {each["status"] for each in listed} == {"pending", "approved", "declined", "consumed"}
    for each in listed:
        assert (each["approver"] is not None) is (each["status"] in {"approved", "consumed"})
        person = gusto.get(f"/v1/employees/{each['employee']['uuid']}", token).json()
        assert each["employee"]["full_name"] == f"{person['first_name']} {person['last_name']}"
        assert each["initiator"] == each["employee"]
        assert each["request_type"] == each["policy_type"]
        assert all(Decimal(hours) > 0 for hours in each["days"].values())


def test_days_choose_requests_both_ends_included(gusto: Any, token: str) -> None:
    listed = requests(gusto, token).json()
    wanted = next(each for each in listed if len(each["days"]) > 1 and each["status"] == "approved")
    first, last = min(wanted["days"]), max(wanted["days"])
    for start, end in ((first, first), (last, last), (first, last)):
        assert requests(gusto, token, start_date=start, end_date=end).json() == [wanted]
    assert wanted not in requests(gusto, token, end_date=TODAY.isoformat()).json()
    assert wanted in requests(gusto, token, start_date=TODAY.isoformat()).json()
    assert requests(gusto, token, start_date="2030-01-01").json() == []
    assert requests(gusto, token, start_date="soon").status_code == 422


def test_a_request_that_is_approved_is_paid_by_the_next_prepare_and_used_up_by_the_run(
    gusto: Any, token: str, payroll: str
) -> None:
    paid = policies(gusto, token)["Paid Time Off"]
    row = next(
        each
        for each in prepare(gusto, token, payroll).values()
        if each["employee_uuid"] in balances(paid) and each["hourly_compensations"][0]["hours"] == "0.000"
    )
    one, day = row["employee_uuid"], working_day(gusto, payroll)
    before = Decimal(balances(paid)[one])
    request = gusto.admin.request_time_off(gusto.company, one, {day: Decimal(8)})
    assert gusto.told()[-1] == ("time_off_request.created", request)
    assert entry(prepare(gusto, token, payroll)[one], "Vacation Hours")["hours"] == "0.000"
    gusto.admin.approve_time_off(gusto.company, request, note="Enjoy")
    assert gusto.told()[-1] == ("time_off_request.updated", request)
    off = entry(prepare(gusto, token, payroll)[one], "Vacation Hours")
    assert off["hours"] == "8.000"
    assert Decimal(off["amount"]) > 0
    gusto.admin.run_payroll(gusto.company, payroll)
    shown = {each["uuid"]: each for each in requests(gusto, token).json()}[request]
    assert (shown["status"], shown["employer_note"]) == ("consumed", "Enjoy")
    assert shown["approver"]["full_name"]
    after = Decimal(balances(policies(gusto, token)["Paid Time Off"])[one])
    assert after == before - 8 + Decimal("0.4")  # eight paid hours earn 8/80*4
    gusto.admin.cancel_payroll(gusto.company, payroll)
    assert Decimal(balances(policies(gusto, token)["Paid Time Off"])[one]) == before
    assert {each["uuid"]: each for each in requests(gusto, token).json()}[request]["status"] == "approved"


def test_a_request_that_is_changed_is_for_the_new_days(gusto: Any, token: str, payroll: str) -> None:
    one, day = next(iter(balances(policies(gusto, token)["Paid Time Off"]))), working_day(gusto, payroll)
    request = gusto.admin.request_time_off(gusto.company, one, {day: Decimal(8)})
    moved = {day + timedelta(days=7): Decimal("2.125")}
    gusto.admin.approve_time_off(gusto.company, request, days=moved)
    assert gusto.told()[-1] == ("time_off_request.updated", request)
    shown = {each["uuid"]: each for each in requests(gusto, token).json()}[request]
    assert shown["days"] == {(day + timedelta(days=7)).isoformat(): "2.125"}


def test_a_request_that_is_declined_or_taken_back_is_not_paid(gusto: Any, token: str, payroll: str) -> None:
    paid = policies(gusto, token)["Paid Time Off"]
    one = next(each for each in prepare(gusto, token, payroll) if each in balances(paid))
    day = working_day(gusto, payroll)
    declined, deleted = (
        gusto.admin.request_time_off(gusto.company, one, {day: Decimal(hours)}) for hours in (4, 2)
    )
    gusto.admin.approve_time_off(gusto.company, deleted)
    gusto.admin.decline_time_off(gusto.company, declined)
    gusto.admin.delete_time_off(gusto.company, deleted)
    assert gusto.told()[-1] == ("time_off_request.deleted", deleted)
    assert entry(prepare(gusto, token, payroll)[one], "Vacation Hours")["hours"] == "0.000"
    shown = {each["uuid"]: each for each in requests(gusto, token).json()}
    assert shown[declined]["status"] == "declined"
    assert deleted not in shown


def test_time_off_in_a_payroll_update_is_known_by_name_or_by_policy(
    gusto: Any, token: str, payroll: str
) -> None:
    listed = policies(gusto, token)
    row = next(
        each
        for each in prepare(gusto, token, payroll).values()
        if each["employee_uuid"] in balances(listed["Paid Time Off"])
    )
    path = f"/v1/companies/{gusto.company}/payrolls/{payroll}"
    for how in ({"name": "Sick Hours"}, {"policy_uuid": listed["Sick Leave"]["uuid"]}):
        item = {
            "employee_uuid": row["employee_uuid"],
            "version": row["version"],
            "paid_time_off": [{**how, "hours": "3"}],
        }
        answer = gusto.call("PUT", path, token, json={"employee_compensations": [item]})
        assert answer.status_code == 200
        (row,) = answer.json()["employee_compensations"]
        assert entry(row, "Sick Hours")["hours"] == "3.000"
    assert prepare(gusto, token, payroll)[row["employee_uuid"]] == row
