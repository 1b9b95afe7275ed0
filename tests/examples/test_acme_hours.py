"""Acme Time sends each approved shift once, carries changes over, and follows syncs to their end."""

from __future__ import annotations

from typing import Any

import pytest
from acme_time import people
from acme_time.payroll_sync import list_syncs
from acme_time.shifts import list_shifts
from working_hours import PERIOD, Desk, shift


@pytest.fixture
def desk(bench: Any) -> Desk:
    return Desk(bench, bench.make())


def test_people_are_read_before_the_first_hour(desk: Desk) -> None:
    assert desk.send(shift("a"))["status"] == "done"
    paths = [each.url.path for each in desk.bench.gusto.requests]
    assert paths.index("/v1/companies/hill/employees") < paths.index(
        "/v1/companies/hill/time_tracking/time_sheets"
    )
    (sheet,) = desk.gusto.sheets.values()
    assert (sheet["entity_uuid"], sheet["job_uuid"]) == ("hill-0", "job-1")


def test_what_a_job_pays_is_not_kept(desk: Desk) -> None:
    desk.send(shift("a"))
    (employee,) = people.list_employees(desk.acme.database, desk.acme.config, "anna")
    assert employee["jobs"] == [{"uuid": "job-1", "title": "Barista", "primary": True}]


def test_sending_the_same_again_writes_nothing(desk: Desk) -> None:
    desk.send(shift("a"))
    desk.send(shift("a"))
    assert desk.gusto.writes == ["POST"]


def test_a_correction_changes_the_sheet_and_a_deletion_deletes_it(desk: Desk) -> None:
    desk.send(shift("a"), shift("b", 17))
    desk.send(shift("a", hours=5))
    assert desk.gusto.writes == ["POST", "POST", "PUT", "DELETE"]
    assert desk.gusto.hours == [5.0]
    assert desk.states == {"a": "sent", "b": "deleted"}


def test_a_shift_that_is_deleted_in_gusto_too_is_done(desk: Desk) -> None:
    desk.send(shift("a"))
    desk.gusto.sheets.clear()
    desk.send()
    assert desk.states == {"a": "deleted"}


def test_a_corrected_shift_whose_sheet_is_gone_is_sent_anew(desk: Desk) -> None:
    desk.send(shift("a"))
    desk.gusto.sheets.clear()
    desk.send(shift("a", hours=5))
    assert desk.gusto.hours == [5.0]


@pytest.mark.parametrize(
    "change",
    [
        {"status": "pending"},
        {"status": "rejected"},
        {"ended_at": None},
        {"ended_at": "2026-11-16T08:00:00-07:00"},
        {"person_id": "somebody unknown"},
        {"job": "Carpenter"},
    ],
)
def test_what_may_not_be_sent_is_withheld_and_it_is_said_why(desk: Desk, change: dict[str, Any]) -> None:
    desk.send(shift("a", **change))
    assert desk.gusto.writes == []
    (held,) = list_shifts(desk.acme.database, "anna")
    assert held.state == "withheld"
    assert held.detail


def test_an_approval_that_is_taken_back_removes_the_sheet(desk: Desk) -> None:
    desk.send(shift("a"))
    desk.send(shift("a", status="rejected"))
    assert desk.gusto.sheets == {}
    assert desk.states == {"a": "withheld"}


def test_a_sheet_whose_answer_was_lost_is_found_again(desk: Desk) -> None:
    desk.gusto.losing = True
    assert desk.send(shift("a"))["status"] == "done"
    assert len(desk.gusto.sheets) == 1
    assert desk.states == {"a": "sent"}


def test_a_shift_that_gusto_refuses_stops_no_other_and_is_told(desk: Desk) -> None:
    odd = [{"classification": "Regular", "hours": "25"}]
    desk.send(shift("a", hours=8) | {"hours": odd}, shift("b", 17))
    assert desk.states == {"a": "refused", "b": "sent"}
    assert "Entries are invalid" in desk.notices["partial_failure"]


def test_hours_that_came_classified_are_sent_as_they_came(desk: Desk) -> None:
    rows = [{"classification": "Regular", "hours": "6.5"}, {"classification": "Overtime", "hours": "1.25"}]
    desk.send(shift("a", hours=9) | {"hours": rows})
    assert desk.gusto.hours == [6.5, 1.25]


def test_a_change_that_a_payroll_took_already_is_told_and_not_written(desk: Desk) -> None:
    desk.send(shift("a"))
    next(iter(desk.gusto.sheets.values()))["synced_to_payroll_at"] = "2026-11-20T00:00:00Z"
    desk.send(shift("a", hours=9))
    assert desk.gusto.writes == ["POST"]
    assert desk.states == {"a": "refused"}
    assert "a" in desk.notices["late_change"]
    desk.send(shift("a", hours=8))
    assert "late_change" not in desk.notices


def test_new_hours_of_a_payroll_that_was_run_are_sent_and_told(desk: Desk) -> None:
    desk.gusto.is_past = True
    desk.send(shift("a"))
    assert desk.states == {"a": "sent"}
    assert "late_change" in desk.notices


def test_a_sync_is_followed_to_its_end(desk: Desk) -> None:
    assert desk.send(shift("a"), period=PERIOD)["status"] == "done"
    (sync,) = list_syncs(desk.acme.database, "anna")
    assert (sync.status, desk.gusto.looks) == ("success", 3)
    assert desk.gusto.asked[0]["pay_schedule_uuid"] == "s-1"
    assert not desk.notices.keys() & {"sync_failed", "partial_failure"}


@pytest.mark.parametrize(
    ("outcome", "about"),
    [
        ({"status": "failure", "errors": [{"message": "Payroll is processed."}]}, "sync_failed"),
        ({"status": "partial_success", "warnings": ["Lene: is not on this payroll."]}, "partial_failure"),
    ],
)
def test_what_went_wrong_is_told_until_it_is_over(desk: Desk, outcome: dict[str, Any], about: str) -> None:
    desk.gusto.outcome = outcome
    desk.send(shift("a"), period=PERIOD)
    assert " on " in desk.notices[about] or "processed" in desk.notices[about]
    desk.gusto.outcome = {"status": "success"}
    desk.send(shift("a"), period=PERIOD)
    assert about not in desk.notices


@pytest.mark.parametrize("period", [{**PERIOD, "end_date": "2026-11-28"}, PERIOD])
def test_no_sync_is_asked_for_where_gusto_has_no_open_period(desk: Desk, period: dict[str, str]) -> None:
    desk.gusto.is_past = True
    desk.send(period=period)
    assert desk.gusto.asked == []
    assert period["end_date"] in desk.notices["sync_failed"]
