"""Reports over HTTP: asked for, ready later, fetched from a URL that expires; a ledger that balances."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

SCOPES = (
    "company_reports:read",
    "company_reports:write",
    "payrolls:read",
    "payrolls:write",
    "employees:read",
)


class Clock:
    """Protocol time that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 20, 17, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: int) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gusto(open_gusto: Callable[..., Any], clock: Clock) -> Any:
    return open_gusto(people=26, scopes=SCOPES, now=clock)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def list_payrolls(gusto: Any, token: str, status: str = "processed") -> Any:
    path = f"/v1/companies/{gusto.company}/payrolls"
    query = {"processing_statuses": status, "payroll_types": "regular,off_cycle", "per": 100}
    if status == "processed":
        query["include"] = "totals"
    return gusto.get(path, token, params=query).json()


def ask(gusto: Any, token: str, payroll: str, **body: Any) -> Any:
    return gusto.call("POST", f"/v1/payrolls/{payroll}/reports/general_ledger", token, json=body)


def ask_for_years(gusto: Any, token: str, **body: Any) -> Any:
    path = f"/v1/companies/{gusto.company}/reports/employees_annual_fica_wage"
    return gusto.call("POST", path, token, json=body)


def fetch(gusto: Any, clock: Clock, token: str, request: str) -> Any:
    clock.pass_by(seconds=2)
    report = gusto.get(f"/v1/reports/{request}", token).json()
    assert report["status"] == "succeeded"
    (url,) = report["report_urls"]
    return httpx.get(url, trust_env=False, timeout=20)


def ledger(gusto: Any, clock: Clock, token: str, payroll: str, **body: Any) -> Any:
    request = ask(gusto, token, payroll, **{"aggregation": "default", **body}).json()["request_uuid"]
    return fetch(gusto, clock, token, request).json()["data"]


def sums(rows: Any) -> tuple[Decimal, Decimal]:
    debit, credit = (sum((Decimal(row[at] or 0) for row in rows), Decimal(0)) for at in (-2, -1))
    return debit, credit


def test_a_report_is_pending_then_there(gusto: Any, clock: Clock, token: str) -> None:
    payroll = list_payrolls(gusto, token)[0]["payroll_uuid"]
    asked = ask(gusto, token, payroll, aggregation="default")
    assert asked.status_code == 200
    request = asked.json()["request_uuid"]
    assert asked.json() == {
        "payroll_uuid": payroll,
        "aggregation": "default",
        "integration_type": None,
        "request_uuid": request,
    }
    path = f"/v1/reports/{request}"
    pending = {"request_uuid": request, "status": "pending", "report_urls": []}
    assert gusto.get(path, token).json() == pending
    clock.pass_by(seconds=1)
    assert gusto.get(path, token).json()["status"] == "succeeded"


def test_the_url_needs_no_token_and_dies_after_ten_minutes(gusto: Any, clock: Clock, token: str) -> None:
    payroll = list_payrolls(gusto, token)[0]["payroll_uuid"]
    request = ask(gusto, token, payroll, aggregation="default").json()["request_uuid"]
    clock.pass_by(seconds=1)
    (url,) = gusto.get(f"/v1/reports/{request}", token).json()["report_urls"]
    clock.pass_by(minutes=10)
    assert httpx.get(url, trust_env=False, timeout=20).status_code == 200
    clock.pass_by(seconds=1)
    assert httpx.get(url, trust_env=False, timeout=20).status_code == 403
    (again,) = gusto.get(f"/v1/reports/{request}", token).json()["report_urls"]
    assert httpx.get(again, trust_env=False, timeout=20).status_code == 200


@pytest.mark.parametrize(
    "change", [("expires=1", "expires=2"), ("report=", "report=x"), ("signature=", "x=")]
)
def test_a_url_that_somebody_changed_opens_nothing(
    gusto: Any, clock: Clock, token: str, change: tuple[str, str]
) -> None:
    payroll = list_payrolls(gusto, token)[0]["payroll_uuid"]
    request = ask(gusto, token, payroll, aggregation="default").json()["request_uuid"]
    clock.pass_by(seconds=1)
    (url,) = gusto.get(f"/v1/reports/{request}", token).json()["report_urls"]
    assert change[0] in url
    assert httpx.get(url.replace(*change), trust_env=False, timeout=20).status_code == 403
    assert gusto.http.get("/report_files").status_code == 403


@pytest.mark.parametrize("aggregation", ["default", "job", "department", "integration"])
def test_every_ledger_balances_and_its_parts_are_the_whole(
    gusto: Any, clock: Clock, token: str, aggregation: str
) -> None:
    more = {"integration_type": "xero"} if aggregation == "integration" else {}
    for payroll in list_payrolls(gusto, token)[:3]:
        whole, parts = ledger(gusto, clock, token, payroll["payroll_uuid"], aggregation=aggregation, **more)
        debit, credit = sums(whole["rows"])
        assert debit == credit > 0
        assert sums(parts["rows"]) == (debit, credit)
        assert all(len(row) == len(parts["headers"]) for row in parts["rows"])
        for name in {row[0] for row in parts["rows"]}:
            own_debit, own_credit = sums([row for row in parts["rows"] if row[0] == name])
            assert own_debit == own_credit
        assert all((row[-2] is None) is not (row[-1] is None) for row in whole["rows"] + parts["rows"])


def test_a_ledger_agrees_with_the_totals_of_its_payroll(gusto: Any, clock: Clock, token: str) -> None:
    for payroll in list_payrolls(gusto, token):
        whole, _ = ledger(gusto, clock, token, payroll["payroll_uuid"])
        amounts = {(row[1], row[2] is not None): Decimal(row[2] or row[3]) for row in whole["rows"]}
        totals = {name: Decimal(value) for name, value in payroll["totals"].items()}
        assert amounts["Gross wages", True] == totals["gross_pay"]
        assert amounts["Bank account: payroll taxes", False] == totals["tax_debit"]
        assert amounts.get(("Bank account", False), 0) == (
            totals["net_pay_debit"] + totals["reimbursement_debit"]
        )
        assert amounts.get(("Checks", False), 0) == totals["check_amount"]
        taxes = sum(value for (name, _), value in amounts.items() if name.startswith("Employer taxes"))
        assert taxes == totals["employer_taxes"]


def test_the_parts_of_a_ledger_are_people_jobs_or_departments(gusto: Any, clock: Clock, token: str) -> None:
    payroll = list_payrolls(gusto, token)[0]["payroll_uuid"]
    company = gusto.world.companies[gusto.company]
    people = {f"{each['first_name']} {each['last_name']}" for each in company.employees.values()}
    titles = {str(each["title"] or "No title") for each in company.jobs.values()}
    departments = {"No department", *(each["title"] for each in company.departments.values())}
    for aggregation, names in (("default", people), ("job", titles), ("department", departments)):
        parts = ledger(gusto, clock, token, payroll, aggregation=aggregation)[1]
        found = {row[0] for row in parts["rows"]}
        assert len(found) > 1
        assert found <= names


def test_a_payroll_run_today_has_a_ledger_and_one_that_was_not_run_has_none(
    gusto: Any, clock: Clock, token: str
) -> None:
    waiting = list_payrolls(gusto, token, "unprocessed")[0]["payroll_uuid"]
    refused = ask(gusto, token, waiting, aggregation="default")
    assert (refused.status_code, gusto.error(refused)["category"]) == (422, "invalid_operation")
    gusto.admin.run_payroll(gusto.company, waiting)
    debit, credit = sums(ledger(gusto, clock, token, waiting)[0]["rows"])
    assert debit == credit > 0


def test_tips_draws_repayments_and_deductions_beyond_the_wages_balance_too(
    gusto: Any, clock: Clock, token: str
) -> None:
    waiting = list_payrolls(gusto, token, "unprocessed")[0]["payroll_uuid"]
    path = f"/v1/companies/{gusto.company}/payrolls/{waiting}"
    first, second = gusto.call("PUT", f"{path}/prepare", token).json()["employee_compensations"][:2]
    job = first["hourly_compensations"][0]["job_uuid"]
    rows = [
        {
            "employee_uuid": first["employee_uuid"],
            "version": first["version"],
            "fixed_compensations": [
                {"name": name, "amount": "120.50", "job_uuid": job} for name in ("Cash Tips", "Owner's Draw")
            ],
            "reimbursements": [{"amount": "33.30", "description": "Taxi"}],
        },
        {
            "employee_uuid": second["employee_uuid"],
            "version": second["version"],
            "fixed_compensations": [
                {
                    "name": "Bonus",
                    "amount": "500",
                    "job_uuid": second["hourly_compensations"][0]["job_uuid"],
                }
            ],
        },
    ]
    written = gusto.call("PUT", path, token, json={"employee_compensations": rows})
    assert written.status_code == 200, written.text
    loan = {"name": "Loan", "amount": 100_000, "amount_type": "fixed"}
    gusto.world.companies[gusto.company].payrolls[waiting].rows[second["employee_uuid"]]["deductions"] = [
        loan
    ]
    gusto.admin.run_payroll(gusto.company, waiting)
    whole = ledger(gusto, clock, token, waiting)[0]["rows"]
    debit, credit = sums(whole)
    assert debit == credit > 0
    accounts = {row[1] for row in whole}
    assert {"Cash tips paid out", "Owner's draw", "Owed by employees", "Deductions"} <= accounts
    repaid = next(row for row in whole if row[1] == "Reimbursements")
    assert Decimal(repaid[2]) >= Decimal("33.30")


@pytest.mark.parametrize(
    ("body", "key", "message"),
    [
        ({}, "aggregation", "Invalid aggregation option."),
        ({"aggregation": "galaxy"}, "aggregation", "Invalid aggregation option."),
        ({"aggregation": "integration"}, "integration_type", "Invalid integration type option."),
        (
            {"aggregation": "job", "integration_type": "qbo"},
            "integration_type",
            "Invalid integration type option.",
        ),
        (
            {"aggregation": "integration", "integration_type": "abacus"},
            "integration_type",
            "Invalid integration type option.",
        ),
    ],
)
def test_an_aggregation_that_is_none_is_refused(
    gusto: Any, token: str, body: Any, key: str, message: str
) -> None:
    refused = ask(gusto, token, list_payrolls(gusto, token)[0]["payroll_uuid"], **body)
    assert refused.status_code == 422
    assert (gusto.error(refused)["error_key"], gusto.error(refused)["message"]) == (key, message)


def test_wages_of_years_are_reported_by_person(gusto: Any, clock: Clock, token: str) -> None:
    asked = ask_for_years(gusto, token, start_year=2025.0, end_year=2026)
    assert asked.status_code == 202
    assert (asked.json()["company_uuid"], asked.json()["start_year"]) == (gusto.company, 2025)
    (block,) = fetch(gusto, clock, token, asked.json()["request_uuid"]).json()["data"]
    assert block["rows"]
    assert {row[3] for row in block["rows"]} <= {2025, 2026}
    gross = sum(Decimal(each["totals"]["gross_pay"]) for each in list_payrolls(gusto, token))
    assert sum(Decimal(row[4]) for row in block["rows"]) >= gross > 0
    assert {row[0] for row in block["rows"]} <= set(gusto.world.companies[gusto.company].employees)


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"start_year": 2026}, "end_year"),
        ({"end_year": 2026}, "start_year"),
        ({"start_year": 2026, "end_year": 2025}, "start_year"),
        ({"start_year": 2026, "end_year": 2027}, "end_year"),
        ({"start_year": "x", "end_year": 2026}, "start_year"),
        ({"start_year": 2026.5, "end_year": 2026}, "start_year"),
    ],
)
def test_years_that_are_none_are_refused(gusto: Any, token: str, body: Any, key: str) -> None:
    refused = ask_for_years(gusto, token, **body)
    assert (refused.status_code, gusto.error(refused)["error_key"]) == (422, key)


def test_other_payrolls_and_reports_are_not_found(gusto: Any, token: str) -> None:
    other = gusto.admin.create_company(people=12)
    foreign = next(iter(gusto.world.companies[other].payrolls))
    own = list_payrolls(gusto, token)[0]["payroll_uuid"]
    for payroll in (foreign, "nothing"):
        assert ask(gusto, token, payroll, aggregation="default").status_code == 404
    request = ask(gusto, token, own, aggregation="default").json()["request_uuid"]
    assert gusto.get(f"/v1/reports/{request}", gusto.partner(company=other)).status_code == 404
    assert gusto.get("/v1/reports/nothing", token).status_code == 404
    path = f"/v1/companies/{other}/reports/employees_annual_fica_wage"
    body = {"start_year": 2026, "end_year": 2026}
    assert gusto.call("POST", path, token, json=body).status_code == 404


def test_asking_and_reading_need_their_scopes(gusto: Any, token: str) -> None:
    own = list_payrolls(gusto, token)[0]["payroll_uuid"]
    reader, writer = gusto.partner("company_reports:read"), gusto.partner("company_reports:write")
    assert ask(gusto, reader, own, aggregation="default").status_code == 403
    assert ask_for_years(gusto, reader, start_year=2026, end_year=2026).status_code == 403
    request = ask(gusto, writer, own, aggregation="default").json()["request_uuid"]
    assert gusto.get(f"/v1/reports/{request}", writer).status_code == 403


def test_a_report_takes_as_long_as_the_company_was_made_to_wait(gusto: Any, token: str, clock: Clock) -> None:
    gusto.admin.ledgers.let_reports_take(gusto.company, 5)
    payroll = list_payrolls(gusto, token)[0]["payroll_uuid"]
    request = ask(gusto, token, payroll, aggregation="default").json()["request_uuid"]
    clock.pass_by(seconds=4)
    assert gusto.get(f"/v1/reports/{request}", token).json()["status"] == "pending"
    clock.pass_by(seconds=1)
    assert gusto.get(f"/v1/reports/{request}", token).json()["status"] == "succeeded"


def test_one_ledger_takes_long_the_first_time_it_is_asked_for(gusto: Any, token: str, clock: Clock) -> None:
    slow, other = (each["payroll_uuid"] for each in list_payrolls(gusto, token)[:2])
    gusto.admin.ledgers.let_next_report_take(gusto.company, slow, 5)
    assert not gusto.admin.ledgers.is_report_pending(gusto.company, slow)
    asked = (slow, other, slow)
    requests = [ask(gusto, token, each, aggregation="default").json()["request_uuid"] for each in asked]
    clock.pass_by(seconds=4)
    shown = [gusto.get(f"/v1/reports/{each}", token).json() for each in requests]
    assert [each["status"] for each in shown] == ["pending", "succeeded", "succeeded"]
    assert gusto.admin.ledgers.is_report_pending(gusto.company, slow)
    assert not gusto.admin.ledgers.is_report_pending(gusto.company, other)
    clock.pass_by(seconds=1)
    assert gusto.get(f"/v1/reports/{requests[0]}", token).json()["status"] == "succeeded"
    assert not gusto.admin.ledgers.is_report_pending(gusto.company, slow)


def test_a_ledger_that_cannot_be_made_fails_and_no_other(gusto: Any, token: str, clock: Clock) -> None:
    bad, good = (each["payroll_uuid"] for each in list_payrolls(gusto, token)[:2])
    gusto.admin.ledgers.let_report_fail(gusto.company, bad)
    requests = [ask(gusto, token, each, aggregation="default").json()["request_uuid"] for each in (bad, good)]
    clock.pass_by(seconds=2)
    shown = [gusto.get(f"/v1/reports/{each}", token).json() for each in requests]
    assert [each["status"] for each in shown] == ["failed", "succeeded"]
    assert shown[0]["report_urls"] == []


def test_a_payroll_that_reconciles_taxes_has_no_pay_period(gusto: Any, token: str, clock: Clock) -> None:
    payroll = gusto.admin.ledgers.pay_bonus(gusto.company, clock.now.date(), reason="Tax reconciliation")
    shown = next(each for each in list_payrolls(gusto, token) if each["payroll_uuid"] == payroll)
    assert shown["pay_period"]["start_date"] is None
    assert shown["pay_period"]["end_date"] is None
    assert Decimal(shown["totals"]["gross_pay"]) > 0


def test_what_signs_a_report_is_reported_as_a_secret(gusto: Any, token: str, clock: Clock) -> None:
    told: list[tuple[str, str]] = []
    gusto.sandbox.world.on_secret = lambda kind, value: told.append((kind, value))
    payroll = list_payrolls(gusto, token)[0]["payroll_uuid"]
    request = ask(gusto, token, payroll, aggregation="default").json()["request_uuid"]
    clock.pass_by(seconds=2)
    [url] = gusto.get(f"/v1/reports/{request}", token).json()["report_urls"]
    assert told == [("report_signature", httpx.URL(url).params["signature"])]
