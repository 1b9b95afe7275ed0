"""What is done in one place is seen in every other that it concerns, from a write to the last report."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

SCOPES = (
    "companies:read",
    "companies:disconnect_app_integration",
    "employees:read",
    "employments:read",
    "employments:write",
    "compensations:read",
    "compensations:write",
    "payrolls:read",
    "payrolls:write",
    "pay_schedules:read",
    "payroll_syncs:read",
    "payroll_syncs:write",
    "time_sheet:read",
    "time_sheet:write",
    "company_reports:read",
    "company_reports:write",
    "events:read",
)
TODAY = date(2026, 10, 20)


class Firm:
    """A company of 30 as a partner sees it; `hourly` and `salaried` are people with one job who stay."""

    def __init__(self, gusto: Any) -> None:
        self.gusto, self.admin, self.uuid = gusto, gusto.admin, gusto.company
        self.token, self.refresh_token = gusto.admin.connect(gusto.company)
        self.path = f"/v1/companies/{self.uuid}"
        payroll = self.admin.next_payroll(self.uuid)
        self.payroll = next(each for each in self.admin.payrolls(self.uuid) if each.uuid == payroll)
        stay = [
            each
            for each in self.ask("GET", f"{self.path}/employees")
            if each["onboarded"] and not each["terminations"] and len(each["jobs"]) == 1
        ]
        self.hourly = next(each for each in stay if each["jobs"][0]["payment_unit"] == "Hour")
        self.salaried = next(each for each in stay if each["jobs"][0]["payment_unit"] == "Year")

    def ask(self, method: str, path: str, *, status: int = 200, **body: Any) -> Any:
        rest = {"json": body} if body else {}
        answer = self.gusto.call(method, path, self.token, **rest)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def rows(self, payroll: str = "") -> dict[str, Any]:
        """Prepare a payroll and return its rows."""
        path = f"{self.path}/payrolls/{payroll or self.payroll.uuid}/prepare?per=100"
        return {each["employee_uuid"]: each for each in self.ask("PUT", path)["employee_compensations"]}

    def told(self, entity: str) -> list[str]:
        return [what for what, whose in self.gusto.told() if whose == entity]

    def sync(self, *, by_admin: bool = False) -> Any:
        """Sync the hours of the open period into its payroll, to the end."""
        period = {
            "pay_schedule_uuid": self.payroll.schedule,
            "pay_period_start_date": self.payroll.start.isoformat(),
            "pay_period_end_date": self.payroll.end.isoformat(),
        }
        if by_admin:
            uuid = self.admin.start_payroll_sync(self.uuid, period)
        else:
            path = f"{self.path}/time_tracking/payroll_syncs"
            uuid = self.ask("POST", path, status=202, kind="regular", **period)["uuid"]
        for _ in range(2):
            self.admin.advance_sync(self.uuid, uuid)
        return self.ask("GET", f"/v1/time_tracking/payroll_syncs/{uuid}")


@pytest.fixture
def firm(open_gusto: Callable[..., Any]) -> Firm:
    return Firm(open_gusto(people=30, scopes=SCOPES, sync_seconds=3600))


@pytest.mark.parametrize("own", [False, True])
def test_a_dismissal_shows_in_employee_payroll_pay_periods_and_events_on_its_date(
    firm: Firm, own: bool
) -> None:
    person, last_day = firm.salaried["uuid"], TODAY + timedelta(days=1)
    assert firm.payroll.start < last_day < firm.payroll.end
    before = Decimal(firm.rows()[person]["hourly_compensations"][0]["hours"])
    ends = f"{firm.path}/pay_periods/unprocessed_termination_pay_periods"
    firm.ask(
        "POST",
        f"/v1/employees/{person}/terminations",
        status=201,
        effective_date=last_day.isoformat(),
        run_termination_payroll=own,
    )
    assert firm.told(person)[-1] == "employee.terminated"
    assert firm.ask("GET", f"/v1/employees/{person}")["terminated"] is False
    assert [each["employee_uuid"] for each in firm.ask("GET", ends)] == ([person] if own else [])
    after = firm.rows()
    if own:
        assert person not in after
    else:
        assert 0 < Decimal(after[person]["hourly_compensations"][0]["hours"]) < before
    firm.admin.move_days(1)
    assert firm.ask("GET", f"/v1/employees/{person}")["terminated"] is False
    assert firm.told(person)[-1] == "employee.terminated"
    firm.admin.move_days(1)
    assert firm.told(person)[-1] == "employee.termination_effective"
    shown = firm.ask("GET", f"/v1/employees/{person}")
    assert (shown["terminated"], shown["terminations"][0]["active"]) == (True, True)
    gone = firm.ask("GET", f"{firm.path}/employees?terminated_today=true&per=100")
    assert person in [each["uuid"] for each in gone]
    later = next(
        each
        for each in firm.admin.payrolls(firm.uuid)
        if each.start > firm.payroll.end and not each.is_off_cycle
    )
    assert person not in firm.rows(later.uuid)


def test_a_change_of_pay_shows_in_the_next_prepare_of_the_periods_from_its_day_on(firm: Firm) -> None:
    person, (job,) = firm.salaried["uuid"], firm.salaried["jobs"]
    later = next(
        each
        for each in firm.admin.payrolls(firm.uuid)
        if each.start > firm.payroll.end and not each.is_off_cycle
    )
    old = firm.rows()[person]["hourly_compensations"][0]["amount"]
    made = firm.ask(
        "POST",
        f"/v1/jobs/{job['uuid']}/compensations",
        status=201,
        rate="260000.00",
        payment_unit="Year",
        flsa_status="Exempt",
        effective_date=later.start.isoformat(),
    )
    assert firm.told(made["uuid"]) == ["employee_job_compensation.created"]
    assert firm.ask("GET", f"/v1/employees/{person}")["jobs"][0]["rate"] == job["rate"]
    assert firm.rows()[person]["hourly_compensations"][0]["amount"] == old
    assert firm.rows(later.uuid)[person]["hourly_compensations"][0]["amount"] == "10000.00"
    firm.admin.move_days((later.start - TODAY).days)
    assert firm.ask("GET", f"/v1/employees/{person}")["jobs"][0]["rate"] == "260000.00"


@pytest.mark.parametrize("by_admin", [False, True])
def test_an_approved_time_sheet_lands_in_the_payroll_by_a_sync_and_one_that_waits_does_not(
    firm: Firm, by_admin: bool
) -> None:
    person, (job,) = firm.hourly["uuid"], firm.hourly["jobs"]
    sheets = [
        firm.ask(
            "POST",
            f"{firm.path}/time_tracking/time_sheets",
            status=201,
            entity_type="Employee",
            entity_uuid=person,
            job_uuid=job["uuid"],
            time_zone="America/New_York",
            shift_started_at=f"{firm.payroll.start + timedelta(days=day)}T13:00:00Z",
            shift_ended_at=f"{firm.payroll.start + timedelta(days=day)}T21:00:00Z",
            entries=[{"pay_classification": "Regular", "hours_worked": 7.5}],
        )
        for day in (0, 1)
    ]
    for sheet in sheets:
        firm.admin.set_time_sheet_status(firm.uuid, sheet["uuid"], "pending")
    firm.admin.set_time_sheet_status(firm.uuid, sheets[0]["uuid"], "approved")
    done = firm.sync(by_admin=by_admin)
    assert (done["status"], done["errors"]) == ("success", [])
    assert firm.told(done["uuid"]) == ["payroll_sync.created", "payroll_sync.updated", "payroll_sync.updated"]
    assert firm.rows()[person]["hourly_compensations"][0]["hours"] == "7.500"
    shown = [firm.ask("GET", f"/v1/time_tracking/time_sheets/{each['uuid']}") for each in sheets]
    assert [each["synced_to_payroll_at"] is not None for each in shown] == [True, False]


def test_a_processed_payroll_is_frozen_and_feeds_the_ledger(firm: Firm) -> None:
    payroll, row = firm.payroll.uuid, firm.rows()[firm.salaried["uuid"]]
    bonus = {"name": "Bonus", "amount": "1234.00", "job_uuid": firm.salaried["jobs"][0]["uuid"]}
    item = {"employee_uuid": row["employee_uuid"], "version": row["version"], "fixed_compensations": [bonus]}
    path = f"{firm.path}/payrolls/{payroll}"
    updated = firm.ask("PUT", path, employee_compensations=[item])
    firm.admin.run_payroll(firm.uuid, payroll)
    assert firm.told(payroll)[-3:] == ["payroll.calculated", "payroll.submitted", "payroll.processed"]
    item["version"] = updated["employee_compensations"][0]["version"]
    for refused in (
        firm.ask("PUT", path, status=422, employee_compensations=[item]),
        firm.ask("PUT", f"{path}/prepare", status=422),
    ):
        assert refused["errors"][0]["message"] == (
            "This payroll has already been processed. Its data cannot be updated or altered."
        )
    totals = firm.ask("GET", f"{path}?include=totals&per=100")["totals"]
    asked = firm.ask("POST", f"/v1/payrolls/{payroll}/reports/general_ledger", aggregation="default")
    deadline = time.monotonic() + 20
    while (report := firm.ask("GET", f"/v1/reports/{asked['request_uuid']}"))["status"] == "pending":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (url,) = report["report_urls"]
    whole = httpx.get(url, trust_env=False, timeout=20).json()["data"][0]["rows"]
    debit, credit = (sum(Decimal(each[at] or 0) for each in whole) for at in (-2, -1))
    assert debit == credit > 0
    assert any(Decimal(each[-2] or 0) >= 1234 for each in whole)
    assert debit >= Decimal(totals["gross_pay"])


def test_disconnecting_kills_tokens_and_is_the_last_thing_that_is_told(firm: Firm) -> None:
    firm.admin.add_subscription("http://127.0.0.1:4000/hooks", ["Company", "Employee"], "a-token")
    system = firm.gusto.system()
    path = f"{firm.path}/disconnect_app_integration"
    assert firm.gusto.call("POST", path, system).status_code == 204
    assert firm.gusto.get("/v1/token_info", firm.token).status_code == 401
    refreshed = firm.gusto.http.post(
        "/oauth/token",
        json={
            "client_id": "client",
            "client_secret": "s3cret",
            "grant_type": "refresh_token",
            "refresh_token": firm.refresh_token,
        },
    )
    assert (refreshed.status_code, refreshed.json()["error"]) == (400, "invalid_grant")
    firm.admin.change_employee(firm.uuid, firm.hourly["uuid"], first_name="Unheard")
    assert firm.admin.wait_for_deliveries(20)
    heard = [json.loads(each.body.content)["event_type"] for each in firm.gusto.received]
    assert heard[-1] == "company.deprovisioned"
    listed = firm.gusto.get("/v1/events?sort_order=desc&limit=1", system).json()
    assert [each["event_type"] for each in listed] == ["company.deprovisioned"]
