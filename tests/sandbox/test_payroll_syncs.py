"""Hours from time sheets into a payroll, over HTTP: each status, warnings, refusals, events."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

SCOPES = (
    "payroll_syncs:read",
    "payroll_syncs:write",
    "time_sheet:read",
    "time_sheet:write",
    "payrolls:read",
    "payrolls:write",
    "employees:read",
)
NOBODY = "11111111-1111-4111-8111-111111111111"


class Bench:
    """A company with a payroll that is open; syncs move only when they are told to."""

    def __init__(self, gusto: Any) -> None:
        self.gusto = gusto
        self.token = gusto.partner()
        uuid = gusto.admin.next_payroll(gusto.company)
        self.payroll = next(each for each in gusto.admin.payrolls(gusto.company) if each.uuid == uuid)
        self.path = f"/v1/companies/{gusto.company}"

    def rows(self) -> Any:
        answer = self.gusto.call(
            "PUT", f"{self.path}/payrolls/{self.payroll.uuid}/prepare", self.token, params={"per": 100}
        )
        return {each["employee_uuid"]: each for each in answer.json()["employee_compensations"]}

    def paid_by_hour(self, *, hourly: bool = True) -> list[Any]:
        return [
            row
            for row in self.rows().values()
            if (row["hourly_compensations"][0]["hours"] == "0.000") is hourly
        ]

    def work(self, employee: str, job: str, day: date | None = None, hours: Any = None, **fields: Any) -> Any:
        entries = [
            {"pay_classification": kind, "hours_worked": each}
            for kind, each in (hours or {"Regular": 8}).items()
        ]
        body = {
            "entity_type": "Employee",
            "entity_uuid": employee,
            "job_uuid": job,
            "time_zone": "America/New_York",
            "shift_started_at": f"{day or self.payroll.start}T13:00:00Z",
            "shift_ended_at": f"{day or self.payroll.start}T21:00:00Z",
            "entries": entries,
            **fields,
        }
        answer = self.gusto.call("POST", f"{self.path}/time_tracking/time_sheets", self.token, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def work_as(self, row: Any, **fields: Any) -> Any:
        return self.work(row["employee_uuid"], row["hourly_compensations"][0]["job_uuid"], **fields)

    def sheet(self, sheet: Any) -> Any:
        return self.gusto.get(f"/v1/time_tracking/time_sheets/{sheet['uuid']}", self.token).json()

    def ask(self, **body: Any) -> Any:
        whole = {
            "kind": "regular",
            "pay_schedule_uuid": self.payroll.schedule,
            "pay_period_start_date": self.payroll.start.isoformat(),
            "pay_period_end_date": self.payroll.end.isoformat(),
            **body,
        }
        return self.gusto.call("POST", f"{self.path}/time_tracking/payroll_syncs", self.token, json=whole)

    def sync(self) -> Any:
        """Ask for a sync and let it come to its end."""
        answer = self.ask()
        assert answer.status_code == 202, answer.text
        uuid = answer.json()["uuid"]
        self.gusto.admin.advance_sync(self.gusto.company, uuid)
        self.gusto.admin.advance_sync(self.gusto.company, uuid)
        return self.show(uuid)

    def show(self, uuid: str) -> Any:
        return self.gusto.get(f"/v1/time_tracking/payroll_syncs/{uuid}", self.token).json()


@pytest.fixture
def bench(open_gusto: Callable[..., Any]) -> Bench:
    return Bench(open_gusto(people=30, scopes=SCOPES, sync_seconds=3600))


def refusal(bench: Bench, answer: Any) -> tuple[str, str]:
    assert answer.status_code == 422
    row = bench.gusto.error(answer)
    return row["error_key"], row["message"]


def test_a_sync_is_pending_then_in_progress_then_done_and_tells_each(bench: Bench) -> None:
    bench.work_as(bench.paid_by_hour()[0])
    sync = bench.ask().json()
    assert (sync["status"], sync["completed_at"]) == ("pending", None)
    assert bench.show(sync["uuid"]) == sync
    assert bench.gusto.told()[-1] == ("payroll_sync.created", sync["uuid"])
    bench.gusto.admin.advance_sync(bench.gusto.company, sync["uuid"])
    assert bench.show(sync["uuid"]) == {**sync, "status": "in_progress"}
    assert bench.gusto.told()[-1] == ("payroll_sync.updated", sync["uuid"])
    assert bench.gusto.admin.advance_sync(bench.gusto.company, sync["uuid"]) == "success"
    done = bench.show(sync["uuid"])
    assert done == {**sync, "status": "success", "completed_at": done["completed_at"]}
    assert done["completed_at"]
    assert bench.gusto.told()[-2:] == [
        ("payroll.updated", bench.payroll.uuid),
        ("payroll_sync.updated", sync["uuid"]),
    ]


def test_hours_of_who_is_paid_by_another_schedule_are_no_part_of_a_sync(bench: Bench) -> None:
    before = bench.paid_by_hour()
    bench.gusto.admin.assign_pay_schedules(bench.gusto.company, "by_employee")
    mine, *others = bench.paid_by_hour()
    still = {row["employee_uuid"] for row in (mine, *others)}
    theirs = next(row for row in before if row["employee_uuid"] not in still)
    bench.work_as(mine)
    elsewhere = bench.work_as(theirs)
    sync = bench.sync()
    assert (sync["status"], sync["warnings"]) == ("success", [])
    assert bench.sheet(elsewhere)["synced_to_payroll_at"] is None
    assert bench.gusto.admin.payroll_syncs(bench.gusto.company) == {sync["uuid"]: "success"}


def test_a_sync_comes_to_its_end_by_itself(open_gusto: Callable[..., Any]) -> None:
    bench = Bench(open_gusto(people=12, scopes=SCOPES, sync_seconds=0.05))
    bench.work_as(bench.paid_by_hour()[0])
    sync = bench.ask().json()
    deadline = time.monotonic() + 20
    while bench.show(sync["uuid"])["status"] in {"pending", "in_progress"} and time.monotonic() < deadline:
        time.sleep(0.02)
    assert bench.show(sync["uuid"])["status"] == "success"


def test_approved_hours_land_in_the_payroll_and_their_sheets_say_so(bench: Bench) -> None:
    row = bench.paid_by_hour()[0]
    sheets = [
        bench.work_as(row, hours={"Regular": 8, "Overtime": 1.25}),
        bench.work_as(row, day=bench.payroll.start + timedelta(days=1)),
    ]
    assert bench.sync()["warnings"] == []
    after = bench.rows()[row["employee_uuid"]]
    by_name = {each["name"]: each["hours"] for each in after["hourly_compensations"]}
    assert (by_name["Regular Hours"], by_name["Overtime"]) == ("16.000", "1.250")
    assert float(after["hourly_compensations"][0]["amount"]) > 0
    assert after["version"] != row["version"]
    for sheet in sheets:
        kept = bench.sheet(sheet)
        assert kept["synced_to_payroll_at"]
        assert kept["version"] != sheet["version"]


def test_a_second_sync_adds_what_came_since_and_counts_nothing_twice(bench: Bench) -> None:
    row = bench.paid_by_hour()[0]
    bench.work_as(row)
    bench.sync()
    assert refusal(bench, bench.ask()) == (
        "base",
        "There are no hours to sync to payroll for the selected pay period.",
    )
    bench.work_as(row, day=bench.payroll.start + timedelta(days=1), hours={"Regular": 3})
    assert bench.sync()["status"] == "success"
    assert bench.rows()[row["employee_uuid"]]["hourly_compensations"][0]["hours"] == "11.000"


def test_a_synced_sheet_cannot_be_changed_or_deleted(bench: Bench) -> None:
    sheet = bench.work_as(bench.paid_by_hour()[0])
    bench.sync()
    path, version = f"/v1/time_tracking/time_sheets/{sheet['uuid']}", bench.sheet(sheet)["version"]
    for refused in (
        bench.gusto.call("PUT", path, bench.token, json={"version": version, "time_zone": "UTC"}),
        bench.gusto.call("DELETE", path, bench.token, params={"version": version}),
    ):
        assert refused.status_code == 422
        assert bench.gusto.error(refused)["category"] == "invalid_operation"


def test_only_approved_sheets_of_the_period_count_by_the_clock_of_their_zone(bench: Bench) -> None:
    first, second, third, fourth = bench.paid_by_hour()[:4]
    night = f"{bench.payroll.start}T03:00:00Z"  # the evening before, in New York
    outside = [
        bench.work_as(first, shift_started_at=night),
        bench.work_as(second, day=bench.payroll.start - timedelta(days=2)),
        bench.work_as(third),
    ]
    bench.gusto.admin.set_time_sheet_status(bench.gusto.company, outside[2]["uuid"], "rejected")
    inside = bench.work_as(fourth)
    assert bench.sync()["status"] == "success"
    assert bench.sheet(inside)["synced_to_payroll_at"]
    assert [bench.sheet(each)["synced_to_payroll_at"] for each in outside] == [None, None, None]


def test_what_cannot_be_paid_by_the_hour_is_warned_of_and_the_rest_goes_in(bench: Bench) -> None:
    paid, running, *_ = bench.paid_by_hour()
    salaried = bench.paid_by_hour(hourly=False)[0]
    good = bench.work_as(paid)
    bad = bench.work_as(salaried)
    open_shift = bench.work_as(running)
    del bench.gusto.world.companies[bench.gusto.company].time_sheets[open_shift["uuid"]]["shift_ended_at"]
    done = bench.sync()
    assert (done["status"], len(done["warnings"]), done["errors"]) == ("partial_success", 2, [])
    assert any("is not paid by the hour" in each for each in done["warnings"])
    assert any("has not ended" in each for each in done["warnings"])
    assert bench.sheet(good)["synced_to_payroll_at"]
    assert bench.sheet(bad)["synced_to_payroll_at"] is None
    assert bench.rows()[salaried["employee_uuid"]]["hourly_compensations"][0]["hours"] == "80.000"


def test_hours_of_nobody_on_the_payroll_are_a_failure(bench: Bench) -> None:
    salaried = bench.paid_by_hour(hourly=False)[0]
    bench.work_as(salaried)
    done = bench.sync()
    assert (done["status"], len(done["warnings"])) == ("failure", 1)
    assert done["errors"][0]["message"] == "No hours could be synced to the payroll."


def test_a_payroll_that_was_run_takes_no_more_hours(bench: Bench) -> None:
    sheet = bench.work_as(bench.paid_by_hour()[0])
    bench.gusto.admin.run_payroll(bench.gusto.company, bench.payroll.uuid)
    done = bench.sync()
    assert done["status"] == "failure"
    assert done["errors"] == [
        {
            "error_key": "base",
            "category": "invalid_operation",
            "message": "This payroll has already been processed. Its data cannot be updated or altered.",
        }
    ]
    assert bench.sheet(sheet)["synced_to_payroll_at"] is None


def test_a_company_without_any_time_sheet_is_not_configured(bench: Bench) -> None:
    assert refusal(bench, bench.ask()) == (
        "base",
        "Time Api integration is not enabled or hasn't been configured.",
    )


def test_a_suspended_company_is_blocked(bench: Bench) -> None:
    bench.work_as(bench.paid_by_hour()[0])
    bench.gusto.admin.company_desk.suspend(bench.gusto.company)
    assert refusal(bench, bench.ask()) == (
        "base",
        "Payroll is currently blocked for your account and cannot be modified.",
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"pay_schedule_uuid": NOBODY},
            ("pay_schedule_uuid", "Pay schedule uuid could not be found."),
        ),
        (
            {"pay_period_start_date": "2026-10-01"},
            ("base", "There are no employees to run payroll for in the selected pay period."),
        ),
        ({"kind": "off_cycle"}, ("kind", "Kind is not included in the list")),
        ({"pay_period_end_date": "soon"}, ("pay_period_end_date", "Pay period end date is not a valid date")),
    ],
)
def test_a_sync_that_leads_nowhere_is_refused(
    bench: Bench, body: dict[str, str], expected: tuple[str, str]
) -> None:
    bench.work_as(bench.paid_by_hour()[0])
    assert refusal(bench, bench.ask(**body)) == expected


def test_without_hours_in_the_period_there_is_nothing_to_sync(bench: Bench) -> None:
    bench.work_as(bench.paid_by_hour()[0], day=bench.payroll.start - timedelta(days=30))
    assert refusal(bench, bench.ask()) == (
        "base",
        "There are no hours to sync to payroll for the selected pay period.",
    )


def test_another_companys_syncs_are_not_found(bench: Bench) -> None:
    bench.work_as(bench.paid_by_hour()[0])
    sync = bench.ask().json()
    other = bench.gusto.admin.create_company(people=1)
    theirs = bench.gusto.partner(company=other)
    assert bench.gusto.get(f"/v1/time_tracking/payroll_syncs/{sync['uuid']}", theirs).status_code == 404
    path = f"/v1/companies/{other}/time_tracking/payroll_syncs"
    assert bench.gusto.call("POST", path, bench.token, json={**sync, "kind": "regular"}).status_code == 404
    assert bench.gusto.get(f"/v1/time_tracking/payroll_syncs/{NOBODY}", bench.token).status_code == 404


def test_reading_and_writing_are_different_scopes(bench: Bench) -> None:
    bench.work_as(bench.paid_by_hour()[0])
    sync = bench.ask().json()["uuid"]
    writer = bench.gusto.partner("payroll_syncs:write")
    assert bench.gusto.get(f"/v1/time_tracking/payroll_syncs/{sync}", writer).status_code == 403
    bench.token = bench.gusto.partner("payroll_syncs:read")
    assert bench.ask().status_code == 403
