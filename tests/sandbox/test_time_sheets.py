"""Time sheets over HTTP: written, listed by every filter, changed, deleted, refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

SCOPES = ("time_sheet:read", "time_sheet:write", "employees:read", "payrolls:read")
NOBODY = "11111111-1111-4111-8111-111111111111"
NOW = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gusto(open_gusto: Callable[..., Any], clock: Clock) -> Any:
    return open_gusto(people=12, scopes=SCOPES, now=clock)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def path(gusto: Any) -> str:
    return f"/v1/companies/{gusto.company}/time_tracking/time_sheets"


def job_of(gusto: Any, index: int = 0) -> Any:
    return list(gusto.world.companies[gusto.company].jobs.values())[index]


def body_of(gusto: Any, index: int = 0, **fields: Any) -> Any:
    job = job_of(gusto, index)
    return {
        "entity_type": "Employee",
        "entity_uuid": job["employee_uuid"],
        "job_uuid": job["uuid"],
        "time_zone": "America/Denver",
        "shift_started_at": "2026-10-19T09:00:00-06:00",
        "shift_ended_at": "2026-10-19T17:00:00-06:00",
        "entries": [{"hours_worked": 7.5, "pay_classification": "Regular"}],
        **fields,
    }


def create(gusto: Any, token: str, index: int = 0, **fields: Any) -> Any:
    return gusto.call("POST", path(gusto), token, json=body_of(gusto, index, **fields))


def update(gusto: Any, token: str, sheet: Any, **body: Any) -> Any:
    return gusto.call("PUT", f"/v1/time_tracking/time_sheets/{sheet['uuid']}", token, json=body)


def delete(gusto: Any, token: str, sheet: Any, **query: Any) -> Any:
    return gusto.call("DELETE", f"/v1/time_tracking/time_sheets/{sheet['uuid']}", token, params=query)


def show(gusto: Any, token: str, sheet: Any) -> Any:
    return gusto.get(f"/v1/time_tracking/time_sheets/{sheet['uuid']}", token)


def listed(gusto: Any, token: str, **query: Any) -> list[str]:
    answer = gusto.get(path(gusto), token, params=query)
    assert answer.status_code == 200
    return [each["uuid"] for each in answer.json()]


def test_a_sheet_comes_back_approved_with_hours_as_text_and_times_in_utc(gusto: Any, token: str) -> None:
    created = create(gusto, token, metadata={"our_id": "77"})
    assert created.status_code == 201
    sheet = created.json()
    assert sheet["status"] == "approved"
    assert sheet["entries"][0]["hours_worked"] == "7.500"
    assert sheet["shift_started_at"] == "2026-10-19T15:00:00Z"
    assert (sheet["metadata"], sheet["synced_to_payroll_at"]) == ({"our_id": "77"}, None)
    assert sheet["created_at"] == sheet["updated_at"] == "2026-10-20T18:00:00Z"
    assert show(gusto, token, sheet).json() == sheet
    assert gusto.get(path(gusto), token).json() == [sheet]


def test_a_shift_may_still_be_running(gusto: Any, token: str) -> None:
    body = body_of(gusto)
    del body["shift_ended_at"], body["entries"]
    sheet = gusto.call("POST", path(gusto), token, json=body).json()
    assert "shift_ended_at" not in sheet
    assert sheet["entries"] == []
    ended = update(gusto, token, sheet, version=sheet["version"], shift_ended_at="2026-10-19T20:00:00Z")
    assert ended.json()["shift_ended_at"] == "2026-10-19T20:00:00Z"


def test_a_change_replaces_entries_and_gives_another_version(gusto: Any, token: str, clock: Clock) -> None:
    sheet = create(gusto, token).json()
    clock.now += timedelta(minutes=5)
    own = sheet["entries"][0]["uuid"]
    entries = [
        {"uuid": own, "hours_worked": 8},
        {"hours_worked": 0.125, "pay_classification": "Overtime"},
    ]
    changed = update(gusto, token, sheet, version=sheet["version"], entries=entries)
    assert changed.status_code == 200
    after = changed.json()
    assert [(each["hours_worked"], each["pay_classification"]) for each in after["entries"]] == [
        ("8.000", "Regular"),
        ("0.125", "Overtime"),
    ]
    assert after["entries"][0]["uuid"] == own
    assert after["version"] != sheet["version"]
    assert (after["created_at"], after["updated_at"]) == ("2026-10-20T18:00:00Z", "2026-10-20T18:05:00Z")
    assert show(gusto, token, sheet).json() == after


def test_a_sheet_is_deleted_with_its_version(gusto: Any, token: str) -> None:
    sheet = create(gusto, token).json()
    for query in ({"version": "stale"}, {}):
        refused = delete(gusto, token, sheet, **query)
        assert refused.status_code == 422
        assert gusto.error(refused)["error_key"] == "version"
    assert delete(gusto, token, sheet, version=sheet["version"]).status_code == 204
    assert show(gusto, token, sheet).status_code == 404
    assert listed(gusto, token) == []


@pytest.mark.parametrize("version", ["stale", None])
def test_a_stale_version_is_422_here_and_says_which(gusto: Any, token: str, version: str | None) -> None:
    sheet = create(gusto, token).json()
    body = {} if version is None else {"version": version}
    refused = update(gusto, token, sheet, time_zone="UTC", **body)
    assert refused.status_code == 422
    row = gusto.error(refused)
    assert row["error_key"] == "version"
    assert row["message"] == (f"Version '{version or ''}' does not match the latest version of this object")
    assert show(gusto, token, sheet).json() == sheet


# -- lists


def test_filters_choose(gusto: Any, token: str) -> None:
    first, second, third = (create(gusto, token, index).json() for index in (0, 1, 2))
    names = [each["uuid"] for each in (first, second, third)]
    one, two = first["entity_uuid"], second["entity_uuid"]
    assert listed(gusto, token) == names
    assert listed(gusto, token, entity_uuids=f"{one},{two}") == names[:2]
    assert listed(gusto, token, entity_uuids=[one, two]) == names[:2]
    assert listed(gusto, token, **{"entity_uuids[]": [two]}) == names[1:2]
    assert listed(gusto, token, entity_uuids=NOBODY) == []
    assert listed(gusto, token, entity_type="Employee") == names
    assert listed(gusto, token, entity_type="Contractor") == []
    gusto.admin.set_time_sheet_status(gusto.company, names[0], "rejected")
    gusto.admin.set_time_sheet_status(gusto.company, names[1], "pending")
    assert listed(gusto, token, status="approved") == names[2:]
    assert listed(gusto, token, status="rejected") == names[:1]
    assert listed(gusto, token, status="pending") == names[1:2]
    assert listed(gusto, token, status="lost") == []


def test_before_and_after_are_about_the_creation(gusto: Any, token: str, clock: Clock) -> None:
    old = create(gusto, token).json()["uuid"]
    clock.now += timedelta(hours=1)
    new = create(gusto, token).json()["uuid"]
    between = "2026-10-20T18:30:00Z"
    assert listed(gusto, token, before=between) == [old]
    assert listed(gusto, token, after=between) == [new]
    assert listed(gusto, token, after="2026-10-20T14:30:00-04:00") == [new]
    assert listed(gusto, token, after=between, before=between) == []
    assert listed(gusto, token, after="yesterday") == [old, new]


def test_orders_and_pages(gusto: Any, token: str, clock: Clock) -> None:
    late = create(gusto, token).json()
    clock.now += timedelta(minutes=1)
    early = create(gusto, token, 1, shift_started_at="2026-10-18T09:00:00Z").json()
    clock.now += timedelta(minutes=1)
    update(gusto, token, late, version=late["version"], time_zone="UTC")
    names = [late["uuid"], early["uuid"]]
    assert listed(gusto, token, sort_by="created_at") == names
    assert listed(gusto, token, sort_order="desc") == names[::-1]
    assert listed(gusto, token, sort_by="shift_started_at") == names[::-1]
    assert listed(gusto, token, sort_by="shift_started_at", sort_order="desc") == names
    assert listed(gusto, token, sort_by="updated_at") == names[::-1]
    assert listed(gusto, token, sort_by="shift_ended_at") == names
    assert gusto.get(path(gusto), token, params={"sort_by": "mood"}).status_code == 422
    page = gusto.get(path(gusto), token, params={"page": 2, "per": 1})
    assert [each["uuid"] for each in page.json()] == names[1:]
    assert page.headers["x-total-count"] == "2"


# -- refusals


@pytest.mark.parametrize(
    ("changes", "key", "message"),
    [
        ({"time_zone": "Middle-earth/Shire"}, "time_zone", "Time zone is invalid"),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "Time zone is invalid"),
        ({"entries": [{"hours_worked": 0}]}, "entries", "Entries are invalid"),
        ({"entries": [{"hours_worked": 1.2345}]}, "entries", "Entries are invalid"),
        ({"entries": [{"hours_worked": "8"}]}, "entries", "Entries are invalid"),
        (
            {"entries": [{"hours_worked": 1, "pay_classification": "Holiday"}]},
            "entries",
            "Entries are invalid",
        ),
        ({"entity_type": "Robot"}, "entity_type", "Entity type is not included in the list"),
        ({"entity_uuid": NOBODY}, "entity_uuid", "Entity uuid is invalid"),
        ({"job_uuid": NOBODY}, "job_uuid", "Job uuid is invalid"),
        (
            {"shift_started_at": "2099-01-01T00:00:00Z", "shift_ended_at": "2099-01-01T01:00:00Z"},
            "shift_started_at",
            "Shift started at cannot be in the future",
        ),
        (
            {"shift_ended_at": "2026-10-19T08:00:00-06:00"},
            "shift_ended_at",
            "Shift ended at must be after shift started at",
        ),
    ],
)
def test_what_is_wrong_with_a_sheet_is_named_and_nothing_changes(
    gusto: Any, token: str, changes: dict[str, Any], key: str, message: str
) -> None:
    sheet = create(gusto, token).json()
    for refused in (
        create(gusto, token, **changes),
        update(gusto, token, sheet, version=sheet["version"], **changes),
    ):
        assert refused.status_code == 422
        row = gusto.error(refused)
        assert (row["error_key"], row["message"]) == (key, message)
    assert gusto.get(path(gusto), token).json() == [sheet]


def test_an_employees_sheet_needs_a_job_of_theirs(gusto: Any, token: str) -> None:
    body = body_of(gusto)
    del body["job_uuid"]
    refused = gusto.call("POST", path(gusto), token, json=body)
    assert gusto.error(refused)["message"] == "Job uuid is required"
    assert create(gusto, token, job_uuid=job_of(gusto, 1)["uuid"]).status_code == 422


def test_a_contractors_sheet_has_no_job(gusto: Any, token: str) -> None:
    contractor = next(iter(gusto.world.companies[gusto.company].contractors))
    body = body_of(gusto, entity_type="Contractor", entity_uuid=contractor)
    refused = gusto.call("POST", path(gusto), token, json=body)
    assert gusto.error(refused)["message"] == "Job uuid must be blank for contractors"
    del body["job_uuid"]
    created = gusto.call("POST", path(gusto), token, json=body)
    assert created.status_code == 201
    assert "job_uuid" not in created.json()
    assert listed(gusto, token, entity_type="Contractor") == [created.json()["uuid"]]


@pytest.mark.parametrize("name", ["entity_uuid", "entity_type", "time_zone", "shift_started_at"])
def test_what_is_missing_is_required(gusto: Any, token: str, name: str) -> None:
    body = body_of(gusto)
    del body[name]
    refused = gusto.call("POST", path(gusto), token, json=body)
    assert refused.status_code == 422
    assert gusto.error(refused)["error_key"] == name


def test_another_companys_sheets_are_not_found(gusto: Any, token: str) -> None:
    sheet = create(gusto, token).json()
    other = gusto.partner(company=gusto.admin.create_company(people=1))
    assert show(gusto, other, sheet).status_code == 404
    assert update(gusto, other, sheet, version=sheet["version"]).status_code == 404
    assert delete(gusto, other, sheet, version=sheet["version"]).status_code == 404
    assert gusto.get(path(gusto), other).status_code == 404
    assert gusto.call("POST", path(gusto), other, json=body_of(gusto)).status_code == 404
    assert show(gusto, token, sheet).status_code == 200


def test_reading_and_writing_are_different_scopes(gusto: Any) -> None:
    assert create(gusto, gusto.partner("time_sheet:read")).status_code == 403
    assert gusto.get(path(gusto), gusto.partner("time_sheet:write")).status_code == 403
