"""Facts about the shapes of actions and observations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from partner_qa.errors import HarnessBug
from partner_qa.model import Action, Observation
from partner_qa.profile.shapes import Side, adapter_shape, find_shape_violations
from partner_qa.settings import find_shipped

NAMES = [*Action, *Observation]
WITH_STATUS = [each for each in Action if each is not Action.CONNECT]
FOLDER = find_shipped("schemas") / "adapter"


def messages(name: Action | Observation, side: Side, value: Any) -> list[str]:
    return [f"{each.pointer} {each.message}" for each in find_shape_violations(name, side, value)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("side", ["input", "output"])
def test_each_name_has_both_shapes(name: Action | Observation, side: Side) -> None:
    assert adapter_shape(name, side)["type"] == "object"


def test_there_is_no_shape_without_a_name() -> None:
    assert {each.stem for each in FOLDER.glob("*.json")} == {str(each) for each in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_each_shape_explains_itself(name: Action | Observation) -> None:
    whole = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert whole["title"].startswith(f"{name}: ")
    assert whole["description"].endswith(".")
    assert set(whole["$defs"]) >= {"input", "output"}


@pytest.mark.parametrize("name", [each for each in NAMES if each is not Action.RESTART])
def test_everything_is_done_for_an_account(name: Action | Observation) -> None:
    assert messages(name, "input", {})[:1] == ["$ does not have account"]


@pytest.mark.parametrize("name", WITH_STATUS)
@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"status": "done"}, []),
        ({"status": "done", "detail": "12 people", "more": [1]}, []),
        ({"status": "running", "poll": "http://127.0.0.1/jobs/1"}, []),
        ({"status": "failed", "detail": "Gusto said no"}, []),
        ({}, ["$ does not have status"]),
        ({"status": "ok"}, ["$.status is not one of the allowed values"]),
        ({"status": "running"}, ["$ does not have poll"]),
        ({"status": "failed"}, ["$ does not have detail"]),
        ({"status": "done", "detail": 12}, ["$.detail is not of type string"]),
        ([], ["$ is not of type object"]),
    ],
)
def test_an_action_answers_how_far_it_came(name: Action, answer: Any, found: list[str]) -> None:
    assert messages(name, "output", answer) == found


def test_connect_says_where_the_browser_begins() -> None:
    begins = {"start_url": "http://localhost/go", "cookies": {"sid": "1"}, "headers": {"X-QA": "1"}}
    assert messages(Action.CONNECT, "output", begins) == []
    assert messages(Action.CONNECT, "output", {"status": "done"}) == ["$ does not have start_url"]


@pytest.mark.parametrize(
    ("name", "given"),
    [
        (Action.SET_PEOPLE, {"people": [{"id": "p1", "first_name": "Effi", "last_name": "Briest"}]}),
        (Action.CONFIRM_MATCHES, {"decisions": [{"person_id": "p1", "gusto_uuid": None}]}),
        (
            Action.SEND_HOURS,
            {
                "shifts": [
                    {
                        "id": "s1",
                        "person_id": "p1",
                        "status": "approved",
                        "started_at": "2026-11-02T08:00:00-07:00",
                        "ended_at": None,
                        "time_zone": "America/Denver",
                        "hours": [{"classification": "Regular", "hours": "7.999"}],
                    }
                ]
            },
        ),
        (Action.UPDATE_PAYROLL, {"lines": [{"person_id": "p1", "earning": "Bonus", "amount": "200.00"}]}),
        (
            Action.ENROLL_BENEFIT,
            {
                "enrollments": [
                    {
                        "id": "e1",
                        "person_id": "p1",
                        "benefit_type": 1,
                        "employee_deduction": "10.00",
                        "active": True,
                    }
                ]
            },
        ),
    ],
)
def test_inputs_have_what_the_action_needs(name: Action, given: dict[str, Any]) -> None:
    assert messages(name, "input", {"account": "a", **given}) == []
    assert messages(name, "input", {"account": "a"}) != []


def test_amounts_and_hours_are_decimal_texts() -> None:
    line = {"person_id": "p1", "earning": "Bonus"}
    for wrong in ({"amount": 200.0}, {"amount": "200"}, {"hours": "1.2345"}, {}):
        assert messages(Action.UPDATE_PAYROLL, "input", {"account": "a", "lines": [line | wrong]}), wrong


@pytest.mark.parametrize(
    ("name", "answer", "found"),
    [
        (Observation.PEOPLE, {"people": [{"gusto_uuid": "u", "first_name": "Effi"}]}, []),
        (Observation.PEOPLE, {"people": [{"uuid": "u"}]}, ["$.people[0] does not have gusto_uuid"]),
        (Observation.PEOPLE, [], ["$ is not of type object"]),
        (
            Observation.MATCHES,
            {"matches": [{"person_id": "p", "gusto_uuid": None, "state": "maybe"}]},
            ["$.matches[0].state is not one of the allowed values"],
        ),
        (
            Observation.NOTICES,
            {"notices": [{"about": "weather", "message": "rain"}]},
            ["$.notices[0].about is not one of the allowed values"],
        ),
        (
            Observation.CONNECTION,
            {"state": "connected", "company_uuid": "u"},
            ["$ does not have company_name"],
        ),
        (Observation.LOGS, {"logs": "one text"}, ["$.logs is not of type array"]),
        (Observation.STORED_DATA, {"stored": [{"kind": "tokens", "count": 0}]}, []),
        (
            Observation.HOURS,
            {"shifts": [{"id": "s", "state": "withheld", "time_sheet_uuid": None}], "syncs": []},
            [],
        ),
        (
            Observation.JOURNAL,
            {
                "entries": [
                    {
                        "id": "j",
                        "payroll_uuid": "u",
                        "lines": [{"account": "6000", "debit": "1.00", "credit": None}],
                    }
                ]
            },
            [],
        ),
    ],
)
def test_observations_are_closed_where_a_check_reads_them(
    name: Observation, answer: Any, found: list[str]
) -> None:
    assert messages(name, "output", answer) == found


def test_a_shape_that_is_missing_is_our_mistake() -> None:
    with pytest.raises(HarnessBug):
        adapter_shape(Action.CONNECT, "throughput")  # type: ignore[arg-type]
