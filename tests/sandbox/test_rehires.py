"""Somebody comes back, over HTTP: written, read, told, in effect on its day, deleted; and the history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

SCOPES = ("employees:read", "employees:write", "employments:read", "employments:write", "compensations:read")
TODAY = date(2026, 10, 20)


def day(number: int) -> str:
    """Return the day so many days from today."""
    return (TODAY + timedelta(days=number)).isoformat()


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=26, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def people(gusto: Any, token: str) -> Any:
    return gusto.get(f"/v1/companies/{gusto.company}/employees", token).json()


def show(gusto: Any, token: str, person: str) -> Any:
    return gusto.get(f"/v1/employees/{person}", token).json()


@pytest.fixture
def gone(gusto: Any, token: str) -> str:
    """Somebody who left."""
    return next(
        each["uuid"] for each in people(gusto, token) if each["terminated"] and not each["historical"]
    )


@pytest.fixture
def place(gusto: Any) -> str:
    return list(gusto.world.companies[gusto.company].locations)[1]


def path(person: str) -> str:
    return f"/v1/employees/{person}/rehire"


def rehire(gusto: Any, token: str, person: str, place: str, when: str, **more: Any) -> Any:
    body = {"effective_date": when, "file_new_hire_report": True, "work_location_uuid": place, **more}
    return gusto.call("PUT" if "version" in more else "POST", path(person), token, json=body)


def history(gusto: Any, token: str, person: str) -> Any:
    return gusto.get(f"/v1/employees/{person}/employment_history", token).json()


def messages(answer: Any) -> list[tuple[str, str]]:
    return [(each["error_key"], each["message"]) for each in answer.json()["errors"]]


def test_a_rehire_shows_at_once_and_takes_effect_on_its_day(
    gusto: Any, token: str, gone: str, place: str
) -> None:
    before = show(gusto, token, gone)
    none = gusto.get(path(gone), token)
    assert (none.status_code, none.content) == (204, b"")
    created = rehire(
        gusto,
        token,
        gone,
        place,
        day(7),
        employment_status="part_time_eligible",
        two_percent_shareholder=True,
    )
    assert created.status_code == 201
    back = created.json()
    assert {name: back[name] for name in back if name != "version"} == {
        "employee_uuid": gone,
        "effective_date": day(7),
        "file_new_hire_report": True,
        "work_location_uuid": place,
        "employment_status": "part_time_eligible",
        "two_percent_shareholder": True,
        "active": False,
    }
    assert gusto.get(path(gone), token).json() == back
    assert show(gusto, token, gone) == before
    assert gusto.told()[-1] == ("employee.rehired", gone)
    gusto.admin.move_days(6)
    assert show(gusto, token, gone)["terminated"] is True
    assert ("employee.rehire_effective", gone) not in gusto.told()
    gusto.admin.move_days(1)
    after = show(gusto, token, gone)
    assert after["terminated"] is False
    assert [each["active"] for each in after["terminations"]] == [False]
    assert (after["hired_at"], after["jobs"][0]["hire_date"]) == (day(7), day(7))
    assert after["jobs"][0]["location_uuid"] == place
    assert after["current_employment_status"] == "part_time_twenty_plus_hours"
    assert after["two_percent_shareholder"] is True
    assert gusto.get(path(gone), token).json() == {**back, "active": True}
    gusto.admin.move_days(5)
    assert gusto.told().count(("employee.rehire_effective", gone)) == 1


@pytest.mark.parametrize("number", [0, -3])
def test_today_or_a_day_gone_by_is_in_effect_at_once(
    gusto: Any, token: str, gone: str, place: str, number: int
) -> None:
    assert rehire(gusto, token, gone, place, day(number)).json()["active"] is True
    assert show(gusto, token, gone)["hired_at"] == day(number)
    assert show(gusto, token, gone)["terminated"] is False
    assert gusto.told()[-2:] == [("employee.rehired", gone), ("employee.rehire_effective", gone)]
    gusto.admin.move_days(1)
    assert gusto.told().count(("employee.rehire_effective", gone)) == 1


def test_who_came_back_can_leave_and_come_back_again(gusto: Any, token: str, gone: str, place: str) -> None:
    first = show(gusto, token, gone)
    rehire(gusto, token, gone, place, day(-1))
    assert gusto.get(f"/v1/employees/{gone}/terminations", token).json() == []
    end = gusto.call("POST", f"/v1/employees/{gone}/terminations", token, json={"effective_date": day(3)})
    assert end.status_code == 201
    assert gusto.get(path(gone), token).status_code == 204
    gusto.admin.move_days(4)
    assert show(gusto, token, gone)["terminated"] is True
    assert rehire(gusto, token, gone, place, day(20), employment_status="full_time").status_code == 201
    assert [(each["hire_date"], each["termination_date"]) for each in history(gusto, token, gone)] == [
        (first["hired_at"], first["terminations"][0]["effective_date"]),
        (day(-1), day(3)),
        (day(20), None),
    ]
    assert history(gusto, token, gone)[-1]["employment_status"] == "full_time"
    gusto.admin.move_days(30)
    assert [each["hire_date"] for each in history(gusto, token, gone)] == [
        first["hired_at"],
        day(-1),
        day(20),
    ]


def test_a_rehire_ahead_is_changed(gusto: Any, token: str, gone: str, place: str) -> None:
    first = rehire(gusto, token, gone, place, day(7)).json()
    other = next(iter(gusto.world.companies[gusto.company].locations))
    changed = rehire(
        gusto, token, gone, other, day(9), version=first["version"], employment_status="seasonal"
    )
    assert changed.status_code == 200
    after = changed.json()
    assert (after["effective_date"], after["work_location_uuid"], after["employment_status"]) == (
        day(9),
        other,
        "seasonal",
    )
    assert after["version"] != first["version"]
    assert gusto.get(path(gone), token).json() == after
    assert gusto.told()[-1] == ("employee.updated", gone)
    gusto.admin.move_days(8)
    assert show(gusto, token, gone)["terminated"] is True
    gusto.admin.move_days(1)
    assert show(gusto, token, gone)["jobs"][0]["location_uuid"] == other
    assert show(gusto, token, gone)["current_employment_status"] == "seasonal"


def test_a_rehire_moved_to_today_is_in_effect_at_once(gusto: Any, token: str, gone: str, place: str) -> None:
    first = rehire(gusto, token, gone, place, day(7)).json()
    assert rehire(gusto, token, gone, place, day(0), version=first["version"]).json()["active"] is True
    assert gusto.told()[-1] == ("employee.rehire_effective", gone)


@pytest.mark.parametrize("version", ["stale", None])
def test_a_change_needs_the_newest_version(
    gusto: Any, token: str, gone: str, place: str, version: str | None
) -> None:
    first = rehire(gusto, token, gone, place, day(7)).json()
    refused = rehire(gusto, token, gone, place, day(9), version=version)
    assert refused.status_code == 409
    assert gusto.get(path(gone), token).json() == first


def test_a_rehire_ahead_can_be_deleted(gusto: Any, token: str, gone: str, place: str) -> None:
    before = gusto.get(f"/v1/employees/{gone}/work_addresses", token).json()
    rehire(gusto, token, gone, place, day(7))
    assert len(gusto.get(f"/v1/employees/{gone}/work_addresses", token).json()) == len(before) + 1
    deleted = gusto.call("DELETE", path(gone), token)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert gusto.get(path(gone), token).status_code == 204
    assert gusto.get(f"/v1/employees/{gone}/work_addresses", token).json() == before
    assert gusto.told()[-1] == ("employee.rehire_cancelled", gone)
    gusto.admin.move_days(8)
    assert show(gusto, token, gone)["terminated"] is True
    assert ("employee.rehire_effective", gone) not in gusto.told()


def test_a_rehire_in_effect_stays(gusto: Any, token: str, gone: str, place: str) -> None:
    first = rehire(gusto, token, gone, place, day(0)).json()
    refused = gusto.call("DELETE", path(gone), token)
    assert refused.status_code == 422
    assert messages(refused) == [
        (
            "base",
            "Unable to delete the rehire that is already effective, please terminate the employee instead.",
        )
    ]
    late = rehire(gusto, token, gone, place, day(3), version=first["version"])
    assert messages(late) == [
        ("base", "The employee does not have any future employment, please rehire the employee first.")
    ]


def test_without_a_rehire_none_is_changed_or_deleted(gusto: Any, token: str, gone: str, place: str) -> None:
    for refused in (
        rehire(gusto, token, gone, place, day(3), version="x"),
        gusto.call("DELETE", path(gone), token),
    ):
        assert refused.status_code == 422
        assert messages(refused) == [
            ("base", "The employee does not have any future employment, please rehire the employee first.")
        ]


def test_only_who_left_or_is_leaving_is_rehired_and_once(gusto: Any, token: str, place: str) -> None:
    person = people(gusto, token)[0]["uuid"]
    refused = rehire(gusto, token, person, place, day(3))
    assert refused.status_code == 422
    assert messages(refused) == [("effective_date", "Cannot rehire if employee has not been terminated")]
    leaving = {"effective_date": day(5)}
    gusto.call("POST", f"/v1/employees/{person}/terminations", token, json=leaving)
    early = rehire(gusto, token, person, place, day(5))
    assert messages(early) == [("effective_date", "Effective date must be after the termination date")]
    first = rehire(gusto, token, person, place, day(6))
    assert first.status_code == 201
    again = rehire(gusto, token, person, place, day(9))
    assert messages(again) == [("base", "Employee has already been rehired")]
    moved = rehire(gusto, token, person, place, day(4), version=first.json()["version"])
    assert messages(moved) == [("effective_date", "Effective date must be after the termination date")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"effective_date": ""}, ("effective_date", "Effective date is required")),
        ({"effective_date": "2026-13-01"}, ("effective_date", "Effective date is not a valid date")),
        ({"work_location_uuid": "nowhere"}, ("work_location_uuid", "Work location not found")),
        ({"work_location_uuid": None}, ("work_location_uuid", "Work location not found")),
        (
            {"employment_status": "retired"},
            ("employment_status", "Employment status is not included in the list"),
        ),
    ],
)
def test_what_is_wrong_is_named_and_nobody_comes_back(
    gusto: Any, token: str, gone: str, place: str, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    refused = gusto.call(
        "POST",
        path(gone),
        token,
        json={
            "effective_date": day(3),
            "file_new_hire_report": True,
            "work_location_uuid": place,
            **changes,
        },
    )
    assert refused.status_code == 422
    assert messages(refused) == [expected]
    assert gusto.get(path(gone), token).status_code == 204


def test_nobody_comes_back_without_a_body(gusto: Any, token: str, gone: str) -> None:
    refused = gusto.call("POST", path(gone), token)
    assert set(messages(refused)) == {
        ("effective_date", "Effective date is required"),
        ("work_location_uuid", "Work location not found"),
        ("file_new_hire_report", "File new hire report is required"),
    }


def test_nobody_and_somebody_elses_people_are_not_found(gusto: Any, token: str, place: str) -> None:
    other = gusto.admin.people(gusto.admin.create_company(people=1))[0]["uuid"]
    for person in ("nobody", other):
        answers = (
            gusto.get(path(person), token),
            rehire(gusto, token, person, place, day(3)),
            rehire(gusto, token, person, place, day(3), version="x"),
            gusto.call("DELETE", path(person), token),
            gusto.get(f"/v1/employees/{person}/employment_history", token),
        )
        assert [each.status_code for each in answers] == [404] * 5


def test_reading_and_writing_need_their_scopes(gusto: Any, gone: str, place: str) -> None:
    reader, writer = gusto.partner("employments:read"), gusto.partner("employments:write")
    assert rehire(gusto, reader, gone, place, day(3)).status_code == 403
    assert gusto.call("DELETE", path(gone), reader).status_code == 403
    assert gusto.get(path(gone), writer).status_code == 403
    assert gusto.get(f"/v1/employees/{gone}/employment_history", writer).status_code == 403


# -- the history


def test_the_history_of_everybody_agrees_with_their_record(gusto: Any, token: str) -> None:
    seen = set()
    for person in people(gusto, token):
        spells = history(gusto, token, person["uuid"])
        if not person["jobs"]:
            assert spells == []
            continue
        assert spells[-1]["hire_date"] == person["hired_at"]
        ends = [each["termination_date"] for each in spells if each["termination_date"]]
        assert ends == [each["effective_date"] for each in person["terminations"]]
        seen.add(len(spells))
    assert seen == {1, 2}


def test_the_history_shows_what_is_known_of_the_present(gusto: Any, token: str) -> None:
    words = {
        "full_time": "full_time",
        "part_time_under_twenty_hours": "part_time",
        "part_time_twenty_plus_hours": "part_time_eligible",
        "variable": "variable",
    }
    for person in people(gusto, token):
        if person["jobs"]:
            present = history(gusto, token, person["uuid"])[-1]
            assert present.get("employment_status") == words.get(person["current_employment_status"])
            assert present["two_percent_shareholder"] is bool(person["two_percent_shareholder"])
