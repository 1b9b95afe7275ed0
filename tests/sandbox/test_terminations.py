"""The end of an employment over HTTP: written, seen in every read, told, in effect on its day, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from partner_qa.errors import HarnessBug

SCOPES = ("employees:read", "employments:read", "employments:write")
TODAY = date(2026, 10, 20)


def day(number: int) -> str:
    """Return the day so many days from today."""
    return (TODAY + timedelta(days=number)).isoformat()


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(people=12, scopes=SCOPES)


@pytest.fixture
def token(gusto: Any) -> str:
    return str(gusto.partner())


def people(gusto: Any, token: str, **query: Any) -> Any:
    return gusto.get(f"/v1/companies/{gusto.company}/employees", token, params=query).json()


def show(gusto: Any, token: str, person: str) -> Any:
    return gusto.get(f"/v1/employees/{person}", token).json()


def plain(gusto: Any) -> str:
    return str(gusto.admin.people(gusto.company)[0]["uuid"])


def gone(gusto: Any, token: str) -> Any:
    return next(each["uuid"] for each in people(gusto, token) if each["terminated"])


def terminate(gusto: Any, token: str, person: str, **body: Any) -> Any:
    return gusto.call("POST", f"/v1/employees/{person}/terminations", token, json=body)


def change(gusto: Any, token: str, person: str, **body: Any) -> Any:
    return gusto.call("PUT", f"/v1/terminations/{person}", token, json=body)


def cancel(gusto: Any, token: str, person: str) -> Any:
    return gusto.call("DELETE", f"/v1/employees/{person}/terminations", token)


def listed(gusto: Any, token: str, person: str) -> Any:
    return gusto.get(f"/v1/employees/{person}/terminations", token).json()


def messages(answer: Any) -> list[tuple[str, str]]:
    return [(each["error_key"], each["message"]) for each in answer.json()["errors"]]


def test_a_termination_shows_in_every_read_at_once_and_takes_effect_after_its_day(
    gusto: Any, token: str
) -> None:
    person = plain(gusto)
    assert listed(gusto, token, person) == []
    assert gusto.get(f"/v1/terminations/{person}", token).status_code == 404
    created = terminate(gusto, token, person, effective_date=day(10))
    assert created.status_code == 201
    end = created.json()
    assert {name: end[name] for name in end if name not in {"uuid", "version"}} == {
        "employee_uuid": person,
        "effective_date": day(10),
        "run_termination_payroll": False,
        "active": False,
        "cancelable": True,
    }
    assert listed(gusto, token, person) == [end]
    assert gusto.get(f"/v1/terminations/{person}", token).json() == end
    shown = show(gusto, token, person)
    assert (shown["terminated"], shown["terminations"]) == (False, [end])
    assert person in [each["uuid"] for each in people(gusto, token, terminated="true")]
    assert person not in [each["uuid"] for each in people(gusto, token, terminated_today="true")]
    assert gusto.told()[-1] == ("employee.terminated", person)
    gusto.admin.move_days(10)
    assert show(gusto, token, person)["terminated"] is False
    assert ("employee.termination_effective", person) not in gusto.told()
    gusto.admin.move_days(1)
    assert show(gusto, token, person)["terminated"] is True
    assert listed(gusto, token, person) == [{**end, "active": True, "cancelable": False}]
    assert person in [each["uuid"] for each in people(gusto, token, terminated_today="true")]
    assert gusto.told().count(("employee.termination_effective", person)) == 1


def test_a_day_gone_by_is_in_effect_at_once(gusto: Any, token: str) -> None:
    person = plain(gusto)
    end = terminate(gusto, token, person, effective_date=day(-1)).json()
    assert (end["active"], end["cancelable"]) == (True, False)
    assert show(gusto, token, person)["terminated"] is True
    assert gusto.told()[-2:] == [
        ("employee.terminated", person),
        ("employee.termination_effective", person),
    ]
    gusto.admin.move_days(3)
    assert gusto.told().count(("employee.termination_effective", person)) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Effective date is required"),
        ({"effective_date": " "}, "Effective date is required"),
        ({"effective_date": "2026-02-30"}, "Effective date is not a valid date"),
        ({"effective_date": "tomorrow"}, "Effective date is not a valid date"),
    ],
)
def test_a_day_that_is_none_is_named(gusto: Any, token: str, body: dict[str, str], message: str) -> None:
    person = plain(gusto)
    refused = terminate(gusto, token, person, **body)
    assert refused.status_code == 422
    assert gusto.error(refused) == {
        "error_key": "effective_date",
        "category": "invalid_attribute_value",
        "message": message,
    }
    assert listed(gusto, token, person) == []


def test_somebody_leaves_once(gusto: Any, token: str) -> None:
    person = plain(gusto)
    terminate(gusto, token, person, effective_date=day(3))
    again = terminate(gusto, token, person, effective_date=day(4))
    assert again.status_code == 422
    assert gusto.error(again)["category"] == "invalid_operation"
    assert messages(again) == [("base", "Employee may only have one termination")]
    assert messages(terminate(gusto, token, gone(gusto, token), effective_date=day(3))) == [
        ("base", "Employee has already been terminated")
    ]


def test_nobody_leaves_before_they_came(gusto: Any, token: str) -> None:
    unfinished = next(each["uuid"] for each in people(gusto, token) if not each["jobs"])
    for person, when in ((unfinished, day(3)), (plain(gusto), "1999-12-31")):
        refused = terminate(gusto, token, person, effective_date=when)
        assert messages(refused) == [("base", "Invalid hire date")]
        assert listed(gusto, token, person) == []


def test_a_termination_is_changed_until_it_is_in_effect(gusto: Any, token: str) -> None:
    person = plain(gusto)
    end = terminate(gusto, token, person, effective_date=day(10)).json()
    changed = change(
        gusto,
        token,
        person,
        version=end["version"],
        effective_date=day(5),
        run_termination_payroll=True,
    )
    assert changed.status_code == 200
    after = changed.json()
    assert (after["effective_date"], after["run_termination_payroll"], after["cancelable"]) == (
        day(5),
        True,
        False,
    )
    assert after["uuid"] == end["uuid"]
    assert after["version"] != end["version"]
    assert show(gusto, token, person)["terminations"] == [after]
    assert gusto.told()[-1] == ("employee.updated", person)
    refused = cancel(gusto, token, person)
    assert messages(refused) == [("base", "Cannot cancel a termination with a termination payroll")]
    past = change(gusto, token, person, version=after["version"], effective_date=day(-2))
    assert past.json()["active"] is True
    assert gusto.told()[-1] == ("employee.termination_effective", person)
    late = change(gusto, token, person, version=past.json()["version"], effective_date=day(8))
    assert messages(late) == [("base", "Employee has already been terminated")]


def test_a_change_needs_the_newest_version_and_a_day(gusto: Any, token: str) -> None:
    person = plain(gusto)
    end = terminate(gusto, token, person, effective_date=day(10)).json()
    for version in ({}, {"version": "stale"}):
        refused = change(gusto, token, person, effective_date=day(4), **version)
        assert refused.status_code == 409
        assert gusto.error(refused)["category"] == "invalid_resource_version"
    for when, message in (
        ({}, "Effective date is required"),
        ({"effective_date": "soon"}, "Effective date is not a valid date"),
        ({"effective_date": "1999-01-01"}, "Invalid hire date"),
    ):
        refused = change(gusto, token, person, version=end["version"], **when)
        assert (refused.status_code, messages(refused)[0][1]) == (422, message)
    assert listed(gusto, token, person) == [end]


def test_a_termination_ahead_can_be_cancelled(gusto: Any, token: str) -> None:
    person = plain(gusto)
    terminate(gusto, token, person, effective_date=day(1))
    cancelled = cancel(gusto, token, person)
    assert (cancelled.status_code, cancelled.content) == (204, b"")
    assert listed(gusto, token, person) == []
    assert show(gusto, token, person)["terminations"] == []
    assert gusto.told()[-1] == ("employee.termination_cancelled", person)
    gusto.admin.move_days(2)
    assert show(gusto, token, person)["terminated"] is False
    assert ("employee.termination_effective", person) not in gusto.told()
    assert terminate(gusto, token, person, effective_date=day(9)).status_code == 201


def test_a_termination_of_today_or_before_cannot_be_cancelled(gusto: Any, token: str) -> None:
    person = plain(gusto)
    terminate(gusto, token, person, effective_date=day(0))
    for each in (person, gone(gusto, token)):
        refused = cancel(gusto, token, each)
        assert refused.status_code == 422
        assert messages(refused) == [("base", "Employee has already been terminated")]


def test_where_nobody_leaves_nothing_can_be_cancelled(gusto: Any, token: str) -> None:
    refused = cancel(gusto, token, plain(gusto))
    assert refused.status_code == 404
    assert gusto.error(refused)["message"] == (
        "The employee has not been terminated. Please terminate the employee first."
    )


def test_a_termination_with_a_future_rehire_stays_as_it_is(gusto: Any, token: str) -> None:
    person = plain(gusto)
    end = terminate(gusto, token, person, effective_date=day(5)).json()
    place = show(gusto, token, person)["jobs"][0]["location_uuid"]
    rehire = {"effective_date": day(30), "file_new_hire_report": True, "work_location_uuid": place}
    assert gusto.call("POST", f"/v1/employees/{person}/rehire", token, json=rehire).status_code == 201
    for refused in (
        cancel(gusto, token, person),
        change(gusto, token, person, version=end["version"], effective_date=day(6)),
    ):
        assert refused.status_code == 422
        assert messages(refused) == [("base", "Unable to modify a termination with a future rehire.")]
    assert listed(gusto, token, person) == [end]


def test_nobody_and_somebody_elses_people_are_not_found(gusto: Any, token: str) -> None:
    other = gusto.admin.people(gusto.admin.create_company(people=1))[0]["uuid"]
    for person in ("nobody", other):
        answers = (
            gusto.get(f"/v1/employees/{person}/terminations", token),
            gusto.get(f"/v1/terminations/{person}", token),
            terminate(gusto, token, person, effective_date=day(3)),
            change(gusto, token, person, version="x", effective_date=day(3)),
            cancel(gusto, token, person),
        )
        assert [each.status_code for each in answers] == [404] * 5
        assert {gusto.error(each)["message"] for each in answers} == {"The requested resource was not found."}
    assert change(gusto, token, plain(gusto), version="x", effective_date=day(3)).status_code == 404


def test_reading_and_writing_need_their_scopes(gusto: Any) -> None:
    person, reader = plain(gusto), gusto.partner("employments:read")
    assert terminate(gusto, reader, person, effective_date=day(3)).status_code == 403
    assert cancel(gusto, reader, person).status_code == 403
    writer = gusto.partner("employments:write")
    assert gusto.get(f"/v1/employees/{person}/terminations", writer).status_code == 403
    assert gusto.get(f"/v1/terminations/{person}", writer).status_code == 403


def test_somebody_can_be_dismissed_in_gusto(gusto: Any, token: str) -> None:
    person = plain(gusto)
    gusto.admin.dismiss(gusto.company, person, TODAY + timedelta(days=2), run_termination_payroll=True)
    (end,) = listed(gusto, token, person)
    assert (end["effective_date"], end["run_termination_payroll"]) == (day(2), True)
    assert gusto.told()[-1] == ("employee.terminated", person)
    with pytest.raises(HarnessBug, match="already"):
        gusto.admin.dismiss(gusto.company, person, TODAY)
    with pytest.raises(HarnessBug, match="no employee"):
        gusto.admin.dismiss(gusto.company, "nobody", TODAY)
