"""What jobs pay, over HTTP: compensations written, read again inside people, told, refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCOPES = ("employees:read", "compensations:read", "compensations:write")
TODAY = "2026-10-20"
HOURLY = {"rate": "21.5", "payment_unit": "Hour", "flsa_status": "Nonexempt"}


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=30, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def people(gusto: Any, token: str, **query: Any) -> Any:
    return gusto.get(f"/v1/companies/{gusto.company}/employees", token, params=query).json()


def job_of(gusto: Any, token: str, unit: str = "Hour") -> Any:
    """Return the only job of somebody who works today and is paid by this unit."""
    jobs = [each["jobs"][0] for each in people(gusto, token) if len(each["jobs"]) == 1]
    return next(job for job in jobs if job["payment_unit"] == unit)


def shown_in_person(gusto: Any, token: str, job: Any) -> Any:
    person = gusto.get(f"/v1/employees/{job['employee_uuid']}", token).json()
    return next(each for each in person["jobs"] if each["uuid"] == job["uuid"])


def list_of(gusto: Any, token: str, job: Any, **query: Any) -> Any:
    return gusto.get(f"/v1/jobs/{job['uuid']}/compensations", token, params=query)


def create(gusto: Any, token: str, job: Any, **body: Any) -> Any:
    return gusto.call("POST", f"/v1/jobs/{job['uuid']}/compensations", token, json={**HOURLY, **body})


def update(gusto: Any, token: str, compensation: Any, **body: Any) -> Any:
    return gusto.call("PUT", f"/v1/compensations/{compensation['uuid']}", token, json=body)


def test_a_raise_from_today_is_what_the_job_pays(gusto: Any, token: str) -> None:
    job = job_of(gusto, token)
    created = create(gusto, token, job)
    assert created.status_code == 201
    compensation = created.json()
    assert (compensation["rate"], compensation["effective_date"]) == ("21.50", TODAY)
    assert compensation["employee_uuid"] == job["employee_uuid"]
    after = shown_in_person(gusto, token, job)
    assert after["rate"] == "21.50"
    assert after["current_compensation_uuid"] == compensation["uuid"]
    assert after["compensations"] == [compensation]
    assert gusto.get(f"/v1/compensations/{compensation['uuid']}", token).json() == compensation
    assert gusto.told()[-1] == ("employee_job_compensation.created", compensation["uuid"])


def test_a_raise_that_is_to_come_pays_from_its_day_on(gusto: Any, token: str) -> None:
    job = job_of(gusto, token)
    compensation = create(gusto, token, job, effective_date="2026-10-25", title="Head Barista").json()
    assert shown_in_person(gusto, token, job)["rate"] == job["rate"]
    assert list_of(gusto, token, job).json() == job["compensations"]
    assert compensation in list_of(gusto, token, job, include="all_compensations").json()
    gusto.admin.move_days(5)
    after = shown_in_person(gusto, token, job)
    assert (after["rate"], after["title"]) == ("21.50", "Head Barista")
    assert list_of(gusto, token, job).json() == [compensation]


def test_compensations_come_in_pages(gusto: Any, token: str) -> None:
    job = next(
        job
        for each in people(gusto, token, include="all_compensations")
        for job in each["jobs"]
        if len(job["compensations"]) > 1
    )
    second = list_of(gusto, token, job, include="all_compensations", page=2, per=1)
    assert second.json() == job["compensations"][1:2]
    assert second.headers["x-total-count"] == str(len(job["compensations"]))


def test_a_change_of_pay_is_shown_and_told(gusto: Any, token: str) -> None:
    job = job_of(gusto, token)
    (before,) = job["compensations"]
    (wage,) = [{"uuid": "00000000-0000-4000-8000-000000000725"}]
    updated = update(
        gusto,
        token,
        before,
        version=before["version"],
        rate="30",
        adjust_for_minimum_wage=True,
        minimum_wages=[wage],
    )
    assert updated.status_code == 200
    after = updated.json()
    assert (after["rate"], after["payment_unit"]) == ("30.00", before["payment_unit"])
    assert after["minimum_wages"][0]["wage"] == "7.25"
    assert after["version"] != before["version"]
    assert shown_in_person(gusto, token, job)["rate"] == "30.00"
    assert gusto.told()[-1] == ("employee_job_compensation.updated", before["uuid"])


@pytest.mark.parametrize("version", [{"version": "stale"}, {}])
def test_a_stale_or_missing_version_is_a_conflict(gusto: Any, token: str, version: dict[str, str]) -> None:
    job = job_of(gusto, token)
    refused = update(gusto, token, job["compensations"][0], rate="99.00", **version)
    assert refused.status_code == 409
    assert shown_in_person(gusto, token, job) == job


@pytest.mark.parametrize(
    ("changes", "key", "message"),
    [
        ({"rate": "a lot"}, "rate", "Rate is not a valid number"),
        ({"rate": "-1"}, "rate", "Rate is not a valid number"),
        (
            {"payment_unit": "Fortnight"},
            "payment_unit",
            "Payment unit must be one of Hour, Week, Month, or Year",
        ),
        ({"effective_date": "soon"}, "effective_date", "Effective date is not a valid date"),
        ({"minimum_wages": [{"uuid": "none"}]}, "minimum_wages", "Minimum wages must be valid"),
    ],
)
def test_what_is_wrong_with_a_compensation_is_named_and_nothing_changes(
    gusto: Any, token: str, changes: dict[str, Any], key: str, message: str
) -> None:
    job = job_of(gusto, token)
    (kept,) = job["compensations"]
    for refused in (
        create(gusto, token, job, **changes),
        update(gusto, token, kept, version=kept["version"], **changes),
    ):
        assert refused.status_code == 422
        assert (gusto.error(refused)["error_key"], gusto.error(refused)["message"]) == (key, message)
    assert shown_in_person(gusto, token, job) == job


def test_only_hourly_people_have_several_jobs(gusto: Any, token: str) -> None:
    busy = next(each for each in people(gusto, token) if len(each["jobs"]) == 2)
    assert [job["primary"] for job in busy["jobs"]] == [True, False]
    refused = create(gusto, token, busy["jobs"][1], payment_unit="Year", flsa_status="Exempt")
    assert refused.status_code == 422
    assert gusto.error(refused)["message"] == "Only hourly employees can have multiple jobs."
    assert create(gusto, token, busy["jobs"][1]).status_code == 201


def test_what_was_paid_cannot_be_deleted_and_what_was_not_can(gusto: Any, token: str) -> None:
    job = job_of(gusto, token)
    paid = job["compensations"][0]["uuid"]
    refused = gusto.call("DELETE", f"/v1/compensations/{paid}", token)
    assert refused.status_code == 422
    assert gusto.error(refused)["message"] == "Compensation has already been processed on payroll."
    planned = create(gusto, token, job, effective_date="2027-01-01").json()["uuid"]
    assert gusto.call("DELETE", f"/v1/compensations/{planned}", token).status_code == 204
    assert gusto.get(f"/v1/compensations/{planned}", token).status_code == 404
    assert gusto.told()[-1] == ("employee_job_compensation.deleted", planned)


def test_another_companys_pay_is_not_found(gusto: Any, token: str) -> None:
    other = gusto.world.companies[gusto.admin.create_company(people=1)]
    (job,), (pay,) = other.jobs.values(), other.compensations.values()
    assert list_of(gusto, token, job).status_code == 404
    assert create(gusto, token, job).status_code == 404
    assert gusto.get(f"/v1/compensations/{pay['uuid']}", token).status_code == 404
    assert update(gusto, token, pay, version=pay["version"], rate="1.00").status_code == 404
    assert gusto.call("DELETE", f"/v1/compensations/{pay['uuid']}", token).status_code == 404
    assert list(other.compensations.values()) == [pay]
