"""Payrolls over HTTP: every filter and include, prepared, calculated, run, frozen, told."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

SCOPES = (
    "payrolls:read",
    "payrolls:write",
    "employees:read",
    "compensations:read",
    "compensations:write",
    "pay_schedules:read",
    "employee_benefits:read",
    "companies:read",
)
TODAY = date(2026, 10, 20)
NOBODY = "11111111-1111-4111-8111-111111111111"
FROZEN = "This payroll has already been processed. Its data cannot be updated or altered."


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=30, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def path(gusto: Any, uuid: str = "") -> str:
    return f"/v1/companies/{gusto.company}/payrolls" + (f"/{uuid}" if uuid else "")


def list_all(gusto: Any, token: str, **query: Any) -> Any:
    answer = gusto.get(path(gusto), token, params=query)
    assert answer.status_code == 200
    return answer.json()


def show(gusto: Any, token: str, uuid: str, **query: Any) -> Any:
    return gusto.get(path(gusto, uuid), token, params=query)


def prepare(gusto: Any, token: str, uuid: str, body: Any = None, **query: Any) -> Any:
    rest = {} if body is None else {"json": body}
    return gusto.call("PUT", f"{path(gusto, uuid)}/prepare", token, params={"per": 100, **query}, **rest)


def rows(answer: Any) -> dict[str, Any]:
    return {each["employee_uuid"]: each for each in answer.json()["employee_compensations"]}


def update(gusto: Any, token: str, uuid: str, **item: Any) -> Any:
    return gusto.call("PUT", path(gusto, uuid), token, json={"employee_compensations": [item]})


def record_of(gusto: Any, uuid: str) -> Any:
    return gusto.world.companies[gusto.company].employees[uuid]


def leave(gusto: Any, employee: str, day: date, *, own: bool = False) -> None:
    record_of(gusto, employee)["terminations"].append(
        {
            "uuid": NOBODY,
            "version": "0" * 32,
            "employee_uuid": employee,
            "effective_date": day.isoformat(),
            "run_termination_payroll": own,
        }
    )


@pytest.fixture
def payroll(gusto: Any) -> str:
    return str(gusto.admin.next_payroll(gusto.company))


# -- the list


def test_by_default_half_a_year_of_processed_regular_payrolls_is_listed_oldest_first(
    gusto: Any, token: str
) -> None:
    listed = list_all(gusto, token)
    assert 12 <= len(listed) <= 14
    assert all(each["processed"] and not each["off_cycle"] for each in listed)
    starts = [each["pay_period"]["start_date"] for each in listed]
    assert starts == sorted(starts)
    assert list_all(gusto, token, sort_order="desc") == listed[::-1]
    assert listed[0]["pay_period"]["end_date"] >= (TODAY - timedelta(days=182)).isoformat()
    assert all(each["uuid"] == each["payroll_uuid"] for each in listed)
    assert all("totals" not in each and "employee_compensations" not in each for each in listed)


def test_the_list_always_comes_in_pages(gusto: Any, token: str) -> None:
    whole = gusto.get(path(gusto), token)
    assert whole.headers["x-page"] == "1"
    assert whole.headers["x-per-page"] == "25"
    second = gusto.get(path(gusto), token, params={"page": 2, "per": 5})
    assert second.json() == whole.json()[5:10]
    assert second.headers["x-total-count"] == str(len(whole.json()))


@pytest.mark.parametrize(
    ("query", "processed"),
    [
        ({"processing_statuses": "unprocessed"}, {False}),
        ({"processing_statuses": "processed"}, {True}),
        ({"processing_statuses": "unprocessed,processed"}, {True, False}),
        ({"processed": "false"}, {False}),
        ({"processed": "true"}, {True}),
        ({"processed": "false", "processing_statuses": "processed"}, {True}),
        ({"processing_statuses": "paid"}, set()),
    ],
)
def test_statuses_choose(gusto: Any, token: str, query: dict[str, str], processed: set[bool]) -> None:
    assert {each["processed"] for each in list_all(gusto, token, **query)} == processed


@pytest.mark.parametrize(
    ("query", "off_cycle"),
    [
        ({"payroll_types": "regular"}, {False}),
        ({"payroll_types": "off_cycle"}, {True}),
        ({"payroll_types": "regular,off_cycle"}, {True, False}),
        ({"payroll_types": "external"}, set()),
        ({"payroll_types": "lunar"}, set()),
        ({"include_off_cycle": "true"}, {True, False}),
        ({"include_off_cycle": "false"}, {False}),
    ],
)
def test_types_choose(gusto: Any, token: str, query: dict[str, str], off_cycle: set[bool]) -> None:
    listed = list_all(gusto, token, processing_statuses="processed", **query)
    assert {each["off_cycle"] for each in listed} == off_cycle


def test_the_next_payroll_is_among_the_unprocessed_and_those_ahead_are_when_asked_for(
    gusto: Any, token: str, payroll: str
) -> None:
    assert [each["uuid"] for each in list_all(gusto, token, processing_statuses="unprocessed")] == [payroll]
    far = (TODAY + timedelta(days=93)).isoformat()
    ahead = list_all(gusto, token, processing_statuses="unprocessed", end_date=far)
    assert len(ahead) > 5
    assert ahead[0]["uuid"] == payroll


def test_days_choose_by_pay_period_or_by_check_date(gusto: Any, token: str) -> None:
    last = list_all(gusto, token)[-1]
    start, end = last["pay_period"]["start_date"], last["pay_period"]["end_date"]
    assert list_all(gusto, token, start_date=start, end_date=start) == [last]
    assert list_all(gusto, token, start_date=end, end_date=end) == [last]
    day = last["check_date"]
    assert list_all(gusto, token, start_date=day, end_date=day) == []
    by_check = {"date_filter_by": "check_date", "processing_statuses": "processed"}
    assert list_all(gusto, token, start_date=day, end_date=day, **by_check) == [last]
    assert list_all(gusto, token, start_date=start, end_date=end, **by_check) != [last]


@pytest.mark.parametrize(
    ("query", "key", "message"),
    [
        ({"start_date": "2025-10-01"}, "start_date", "Date range too long, max 1 year"),
        (
            {"start_date": "2025-01-01", "end_date": "2026-01-20"},
            "start_date",
            "Date range too long, max 1 year",
        ),
        ({"end_date": "2027-01-22"}, "end_date", "End date cannot be more than 3 months in future"),
        ({"start_date": "yesterday"}, "start_date", "Invalid parameter 'start_date'."),
        (
            {"date_filter_by": "check_date", "processing_statuses": "unprocessed"},
            "date_filter_by",
            "Date filter by is only valid when filtering for processed payrolls.",
        ),
        (
            {"date_filter_by": "check_date"},
            "date_filter_by",
            "Date filter by is only valid when filtering for processed payrolls.",
        ),
    ],
)
def test_days_out_of_bounds_are_refused(
    gusto: Any, token: str, query: dict[str, str], key: str, message: str
) -> None:
    refused = gusto.get(path(gusto), token, params=query)
    assert refused.status_code == 422
    row = gusto.error(refused)
    assert (row["error_key"], row["category"], row["message"]) == (key, "invalid_parameter", message)


def test_the_bounds_themselves_are_allowed(gusto: Any, token: str) -> None:
    assert list_all(gusto, token, start_date=(TODAY - timedelta(days=367)).isoformat())
    assert list_all(gusto, token, end_date=(TODAY + timedelta(days=93)).isoformat())


def test_includes_add_and_unknown_ones_do_not(gusto: Any, token: str) -> None:
    plain = list_all(gusto, token)
    assert list_all(gusto, token, include="everything,reversals") == plain
    full = list_all(gusto, token, include="taxes,payroll_status_meta,totals,risk_blockers")
    for bare, each in zip(plain, full, strict=True):
        assert set(each) - set(bare) == {
            "payroll_taxes",
            "payroll_status_meta",
            "totals",
            "credit_blockers",
            "submission_blockers",
        }
        assert {name: each[name] for name in bare} == bare
    totals = {name: Decimal(amount) for name, amount in full[-1]["totals"].items()}
    assert totals["gross_pay"] > totals["net_pay"] > 0
    paid_out = totals["net_pay_debit"] + totals["check_amount"]
    assert paid_out == totals["net_pay"] + totals["reimbursements"]
    assert totals["tax_debit"] == totals["employee_taxes"] + totals["employer_taxes"]
    taxes = sum(Decimal(str(each["amount"])) for each in full[-1]["payroll_taxes"])
    assert taxes == totals["tax_debit"]


def test_an_off_cycle_payroll_says_why_and_two_of_its_dates_are_null(gusto: Any, token: str) -> None:
    (bonus,) = list_all(gusto, token, payroll_types="off_cycle", include="payroll_status_meta")
    assert (bonus["off_cycle_reason"], bonus["pay_period"]["pay_schedule_uuid"]) == ("Bonus", None)
    meta = bonus["payroll_status_meta"]
    assert (meta["initial_check_date"], meta["payroll_late"]) == (None, None)
    shown = show(gusto, token, bonus["uuid"]).json()["employee_compensations"]
    assert {each["fixed_compensations"][0]["name"] for each in shown} == {"Bonus"}


# -- one payroll


def test_a_processed_payroll_shows_rows_in_pages_and_totals_when_asked(gusto: Any, token: str) -> None:
    uuid = list_all(gusto, token)[-1]["uuid"]
    first = show(gusto, token, uuid, per=10)
    assert len(first.json()["employee_compensations"]) == 10
    assert "totals" not in first.json()
    pages = int(first.headers["x-total-pages"])
    assert pages > 1
    people = [
        row["employee_uuid"]
        for page in range(1, pages + 1)
        for row in show(gusto, token, uuid, per=10, page=page).json()["employee_compensations"]
    ]
    assert len(set(people)) == len(people) == int(first.headers["x-total-count"])
    assert show(gusto, token, uuid).headers["x-per-page"] == "25"
    full = show(gusto, token, uuid, include="totals", per=100).json()
    gross = sum(Decimal(each["gross_pay"]) for each in full["employee_compensations"])
    assert Decimal(full["totals"]["gross_pay"]) == gross


def test_rows_are_sorted_by_name_when_asked(gusto: Any, token: str) -> None:
    uuid = list_all(gusto, token)[-1]["uuid"]
    for name in ("first_name", "last_name"):
        shown = show(gusto, token, uuid, per=100, sort_by=f"{name}:desc").json()["employee_compensations"]
        names = [each[name].casefold() for each in shown]
        assert names == sorted(names, reverse=True)
    assert show(gusto, token, uuid, sort_by="salary").status_code == 422


def test_includes_of_one_payroll_add_to_its_rows(gusto: Any, token: str) -> None:
    uuid = list_all(gusto, token)[-1]["uuid"]
    bare = show(gusto, token, uuid).json()["employee_compensations"][0]
    full = show(gusto, token, uuid, include="benefits,deductions,taxes,payroll_taxes").json()
    assert set(full["employee_compensations"][0]) - set(bare) == {"benefits", "deductions", "taxes"}
    row = full["employee_compensations"][0]
    own = sum(Decimal(each["amount"]) for each in row["taxes"] if not each["employer"])
    other = sum(Decimal(each["amount"]) for each in row["deductions"])
    assert Decimal(row["gross_pay"]) - own - other == Decimal(row["net_pay"])
    assert full["payroll_taxes"]


def test_benefits_need_their_scope(gusto: Any, token: str) -> None:
    uuid = list_all(gusto, token)[-1]["uuid"]
    shown = show(gusto, gusto.partner("payrolls:read"), uuid, include="benefits,taxes").json()
    assert "benefits" not in shown["employee_compensations"][0]
    assert "taxes" in shown["employee_compensations"][0]


def test_a_draft_shows_neither_rows_nor_totals_even_once_it_is_prepared(
    gusto: Any, token: str, payroll: str
) -> None:
    for _ in range(2):
        shown = show(gusto, token, payroll, include="totals,taxes,payroll_status_meta").json()
        assert "employee_compensations" not in shown
        assert "totals" not in shown
        assert shown["calculated_at"] is None
        assert shown["payroll_status_meta"]["payroll_late"] is False
        prepare(gusto, token, payroll)


# -- prepare


def test_a_prepare_gives_a_row_with_a_version_for_everybody_who_is_paid(
    gusto: Any, token: str, payroll: str
) -> None:
    answer = prepare(gusto, token, payroll)
    assert answer.status_code == 200
    prepared = rows(answer)
    assert len({each["version"] for each in prepared.values()}) == len(prepared) > 20
    for employee in prepared:
        assert record_of(gusto, employee)["onboarded"]
    unfinished = [each for each in gusto.admin.people(gusto.company) if not each["onboarded"]]
    assert unfinished
    assert not {each["uuid"] for each in unfinished} & set(prepared)
    assert {"name": "Bonus"} in answer.json()["fixed_compensation_types"]
    assert gusto.told()[-1] == ("payroll.updated", payroll)
    assert [
        each["uuid"]
        for each in gusto.get(
            f"/v1/companies/{gusto.company}/employees", token, params={"payroll_uuid": payroll}
        ).json()
    ] == list(prepared)


def test_a_prepare_that_changes_nothing_keeps_versions_and_tells_nothing(
    gusto: Any, token: str, payroll: str
) -> None:
    first = prepare(gusto, token, payroll).json()
    before = len(gusto.told())
    assert prepare(gusto, token, payroll).json() == first
    assert len(gusto.told()) == before


def test_a_prepare_always_comes_in_pages_of_25_unless_asked(gusto: Any, token: str, payroll: str) -> None:
    answer = gusto.call("PUT", f"{path(gusto, payroll)}/prepare", token, params={"sort_by": "first_name"})
    assert answer.headers["x-per-page"] == "25"
    names = [each["first_name"].casefold() for each in answer.json()["employee_compensations"]]
    assert names == sorted(names)


def test_some_people_can_be_asked_for(gusto: Any, token: str, payroll: str) -> None:
    wanted = list(rows(prepare(gusto, token, payroll)))[3:5]
    answer = prepare(gusto, token, payroll, {"employee_uuids": wanted})
    assert list(rows(answer)) == wanted
    assert answer.headers["x-total-count"] == "2"
    for everybody in ({"employee_uuids": []}, {"employee_uuids": None}, {}):
        assert len(rows(prepare(gusto, token, payroll, everybody))) > 20


@pytest.mark.parametrize(
    ("uuids", "message"),
    [
        ("all", "Parameter employee_uuids must be an array."),
        ([NOBODY] * 101, "Exceeded maximum of 100 for lookup."),
        ([NOBODY], "Invalid Employee UUID(s)."),
    ],
)
def test_people_who_cannot_be_looked_up_are_refused(
    gusto: Any, token: str, payroll: str, uuids: Any, message: str
) -> None:
    refused = prepare(gusto, token, payroll, {"employee_uuids": uuids})
    assert refused.status_code == 422
    row = gusto.error(refused)
    assert (row["error_key"], row["category"], row["message"]) == (
        "employee_uuids",
        "invalid_parameter",
        message,
    )
    if message.startswith("Invalid"):
        assert row["metadata"] == {"entity_type": "Employee", "entity_uuid": NOBODY}


def test_a_raise_shows_in_the_next_prepare_and_nowhere_in_the_past(
    gusto: Any, token: str, payroll: str
) -> None:
    past = list_all(gusto, token)[-1]["uuid"]
    before = prepare(gusto, token, payroll)
    people = gusto.get(f"/v1/companies/{gusto.company}/employees", token).json()
    (pay,) = next(
        each["jobs"][0]["compensations"]
        for each in people
        if each["uuid"] in rows(before)
        and len(each["jobs"]) == 1
        and each["jobs"][0]["payment_unit"] == "Year"
    )
    employee = pay["employee_uuid"]
    body = {"version": pay["version"], "rate": "208000.00"}
    assert gusto.call("PUT", f"/v1/compensations/{pay['uuid']}", token, json=body).status_code == 200
    after = rows(prepare(gusto, token, payroll))
    assert after[employee]["hourly_compensations"][0]["amount"] == "8000.00"
    assert after[employee]["version"] != rows(before)[employee]["version"]
    del after[employee]
    assert after == {uuid: row for uuid, row in rows(before).items() if uuid != employee}
    shown = rows(show(gusto, token, past, per=100))[employee]
    assert shown["hourly_compensations"][0]["amount"] != "8000.00"


def test_somebody_who_left_before_the_period_is_on_no_payroll_and_who_leaves_in_it_is_paid_until_then(
    gusto: Any, token: str, payroll: str
) -> None:
    before = rows(prepare(gusto, token, payroll))
    salaried = [
        uuid
        for uuid, row in before.items()
        if row["hourly_compensations"][0]["hours"] == "80.000" and not record_of(gusto, uuid)["terminations"]
    ]
    gone, going, own = salaried[:3]
    start = next(each.start for each in gusto.admin.payrolls(gusto.company) if each.uuid == payroll)
    leave(gusto, gone, start - timedelta(days=1))
    leave(gusto, going, TODAY)
    leave(gusto, own, TODAY, own=True)
    after = rows(prepare(gusto, token, payroll))
    assert set(before) - set(after) == {gone, own}
    hours = Decimal(after[going]["hourly_compensations"][0]["hours"])
    assert 0 < hours < 80
    assert gusto.told()[-1] == ("payroll.updated", payroll)


def test_a_dismissal_is_paid_by_a_payroll_of_its_own_which_ends_its_last_period(
    gusto: Any, token: str, payroll: str
) -> None:
    what = f"/v1/companies/{gusto.company}/pay_periods/unprocessed_termination_pay_periods"
    employee = next(iter(rows(prepare(gusto, token, payroll))))
    leave(gusto, employee, TODAY, own=True)
    assert len(gusto.get(what, token).json()) == 1
    last = gusto.admin.create_off_cycle_payroll(
        gusto.company,
        reason="Dismissed employee",
        start=TODAY - timedelta(days=3),
        end=TODAY,
        people=[employee],
    )
    assert gusto.told()[-1] == ("payroll.created", last)
    assert list(rows(prepare(gusto, token, last))) == [employee]
    gusto.admin.run_payroll(gusto.company, last)
    assert gusto.get(what, token).json() == []
    assert show(gusto, token, last).json()["final_termination_payroll"] is True


def test_a_prepare_after_the_deadline_moves_the_check_date_and_says_late(
    gusto: Any, token: str, payroll: str
) -> None:
    before = prepare(gusto, token, payroll).json()
    gusto.admin.move_days(8)
    late = show(gusto, token, payroll, include="payroll_status_meta").json()
    assert late["payroll_status_meta"]["payroll_late"] is True
    after = prepare(gusto, token, payroll).json()
    assert after["check_date"] > before["check_date"]
    assert after["payroll_deadline"] > before["payroll_deadline"]
    meta = after["payroll_status_meta"]
    assert (meta["initial_check_date"], meta["expected_check_date"]) == (
        before["check_date"],
        after["check_date"],
    )
    assert meta["payroll_late"] is True


def test_two_schedules_pay_different_people(gusto: Any, token: str, payroll: str) -> None:
    whole = set(rows(prepare(gusto, token, payroll)))
    gusto.admin.assign_pay_schedules(gusto.company, "hourly_salaried")
    first, second = (
        each["uuid"] for each in gusto.get(f"/v1/companies/{gusto.company}/pay_schedules", token).json()
    )
    drafts = list_all(
        gusto, token, processing_statuses="unprocessed", end_date=(TODAY + timedelta(days=30)).isoformat()
    )
    by_schedule = {each["pay_period"]["pay_schedule_uuid"]: each["uuid"] for each in reversed(drafts)}
    paid = {each: set(rows(prepare(gusto, token, by_schedule[each]))) for each in (first, second)}
    assert not paid[first] & paid[second]
    assert whole <= paid[first] | paid[second]
    salary = next(iter(paid[second]))
    row = rows(prepare(gusto, token, by_schedule[second]))[salary]["hourly_compensations"][0]
    assert row["hours"] == "86.667"


def test_a_payroll_of_250_people_is_prepared_fast(open_gusto: Callable[..., Any]) -> None:
    gusto = open_gusto(people=250, scopes=SCOPES)
    token, payroll = gusto.partner(), gusto.admin.next_payroll(gusto.company)
    started = time.process_time()
    assert len(rows(prepare(gusto, token, payroll))) == 100
    assert time.process_time() - started < 2  # of the machine's time, whatever else it does


# -- from draft to frozen


def test_a_calculated_payroll_shows_figures_until_it_is_prepared_again(
    gusto: Any, token: str, payroll: str
) -> None:
    gusto.admin.calculate_payroll(gusto.company, payroll)
    assert gusto.told()[-1] == ("payroll.calculated", payroll)
    shown = show(gusto, token, payroll, include="totals").json()
    assert shown["processing_request"]["status"] == "calculate_success"
    assert shown["employee_compensations"][0]["gross_pay"] is not None
    assert Decimal(shown["totals"]["gross_pay"]) > 0
    prepared = prepare(gusto, token, payroll).json()
    assert prepared["calculated_at"] is None
    assert {each["gross_pay"] for each in prepared["employee_compensations"]} == {None}
    assert gusto.told()[-1] == ("payroll.updated", payroll)
    assert "employee_compensations" not in show(gusto, token, payroll).json()


def test_a_payroll_that_was_run_is_frozen_and_told_of_at_each_step(
    gusto: Any, token: str, payroll: str
) -> None:
    employee, row = next(iter(rows(prepare(gusto, token, payroll)).items()))
    gusto.admin.run_payroll(gusto.company, payroll)
    assert [each[0] for each in gusto.told()[-3:]] == [
        "payroll.calculated",
        "payroll.submitted",
        "payroll.processed",
    ]
    before = show(gusto, token, payroll, per=100, include="totals").json()
    assert (before["processed"], before["processed_date"]) == (True, TODAY.isoformat())
    refusals = (
        prepare(gusto, token, payroll),
        update(gusto, token, payroll, employee_uuid=employee, version=row["version"], memo="late"),
    )
    for refused in refusals:
        assert refused.status_code == 422
        found = gusto.error(refused)
        assert (found["error_key"], found["category"], found["message"]) == (
            "base",
            "invalid_operation",
            FROZEN,
        )
    assert show(gusto, token, payroll, per=100, include="totals").json() == before
    period = gusto.get(f"/v1/companies/{gusto.company}/pay_periods", token).json()[-1]
    assert period["payroll"]["processed"] is True
    assert list_all(gusto, token, processing_statuses="unprocessed") == []


def test_while_it_is_processed_a_payroll_cannot_be_written_and_after_a_failure_it_can(
    gusto: Any, token: str, payroll: str
) -> None:
    gusto.admin.submit_payroll(gusto.company, payroll)
    refused = prepare(gusto, token, payroll)
    assert refused.status_code == 422
    assert gusto.error(refused)["message"] == (
        "This payroll is being processed and cannot be updated at this time."
    )
    gusto.admin.fail_payroll(gusto.company, payroll)
    assert gusto.told()[-1] == ("payroll.processing_failed", payroll)
    assert show(gusto, token, payroll).json()["processing_request"]["status"] == "processing_failed"
    assert prepare(gusto, token, payroll).status_code == 200


def test_a_payroll_can_be_cancelled_until_its_deadline(gusto: Any, token: str, payroll: str) -> None:
    gusto.admin.run_payroll(gusto.company, payroll)
    meta = show(gusto, token, payroll, include="payroll_status_meta").json()["payroll_status_meta"]
    assert meta["cancellable"] is True
    gusto.admin.cancel_payroll(gusto.company, payroll)
    assert gusto.told()[-1] == ("payroll.cancelled", payroll)
    assert show(gusto, token, payroll).json()["processed"] is False
    assert prepare(gusto, token, payroll).status_code == 200


@pytest.mark.parametrize("reason", ["Tax reconciliation", "Reversal", "Benefit reversal"])
def test_payrolls_of_the_system_are_reserved(gusto: Any, token: str, reason: str) -> None:
    uuid = gusto.admin.create_off_cycle_payroll(gusto.company, reason=reason, start=TODAY, end=TODAY)
    refused = prepare(gusto, token, uuid)
    assert refused.status_code == 422
    assert gusto.error(refused)["message"].endswith("It is reserved for system processes.")


def test_a_suspended_company_cannot_write_payrolls(gusto: Any, token: str, payroll: str) -> None:
    gusto.admin.company_desk.suspend(gusto.company)
    refused = prepare(gusto, token, payroll)
    assert refused.status_code == 422
    assert gusto.error(refused)["message"] == (
        "Payroll is currently blocked for your account and cannot be modified."
    )
    gusto.admin.company_desk.lift_suspension(gusto.company)
    assert prepare(gusto, token, payroll).status_code == 200
    assert [each[0] for each in gusto.told()[-4:-1]] == [
        "company.suspended",
        "company.suspended_effective",
        "company.unsuspended",
    ]


def test_what_a_payroll_paid_cannot_be_deleted_and_what_it_did_not_can(
    gusto: Any, token: str, payroll: str
) -> None:
    people = gusto.get(f"/v1/companies/{gusto.company}/employees", token).json()
    job = next(each["jobs"][0] for each in people if len(each["jobs"]) == 1)
    body = {"rate": "20.00", "payment_unit": "Hour", "flsa_status": "Nonexempt"}
    uuid = gusto.call("POST", f"/v1/jobs/{job['uuid']}/compensations", token, json=body).json()["uuid"]
    gusto.admin.run_payroll(gusto.company, payroll)
    refused = gusto.call("DELETE", f"/v1/compensations/{uuid}", token)
    assert refused.status_code == 422
    assert gusto.error(refused)["message"] == "Compensation has already been processed on payroll."
    gusto.admin.cancel_payroll(gusto.company, payroll)
    assert gusto.call("DELETE", f"/v1/compensations/{uuid}", token).status_code == 204


def test_what_is_not_there_is_not_found(gusto: Any, token: str) -> None:
    other = gusto.admin.create_company(people=1)
    theirs = gusto.admin.next_payroll(other)
    for uuid in (NOBODY, theirs):
        assert show(gusto, token, uuid).status_code == 404
        assert prepare(gusto, token, uuid).status_code == 404
        assert update(gusto, token, uuid, employee_uuid=NOBODY).status_code == 404
    assert gusto.get(f"/v1/companies/{other}/payrolls", token).status_code == 404


def test_scopes_open_reading_and_writing(gusto: Any, payroll: str) -> None:
    reader, writer = gusto.partner("payrolls:read"), gusto.partner("payrolls:write")
    assert show(gusto, reader, payroll).status_code == 200
    assert prepare(gusto, reader, payroll).status_code == 403
    assert prepare(gusto, writer, payroll).status_code == 403
    assert gusto.get(path(gusto), writer).status_code == 403
