"""What Acme Time answers to the harness has the shapes that every integration is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from absences import CONTRACTORS, POLICIES, answer, ask_for
from acme_time import jobs
from acme_time.notices import post_notice
from acme_time.qa_actions import ACTIONS
from acme_time.qa_observations import OBSERVATIONS

from partner_qa.model import Action, Observation
from partner_qa.profile.shapes import find_shape_violations

PERSON = {"id": "p1", "first_name": "First1", "last_name": "Last1", "email": "hill1@mail.test"}
STRANGER = {"id": "p2", "first_name": "Nobody", "last_name": "Known", "email": None, "date_of_birth": None}
DOUBTFUL = {"id": "p3", "first_name": "Some", "last_name": "Body", "email": "hill2@mail.test"}
INPUTS: dict[str, dict[str, Any]] = {
    "set-people": {"people": [PERSON, STRANGER, DOUBTFUL]},
    "confirm-matches": {"decisions": [{"person_id": "p3", "gusto_uuid": None}]},
    "create-hire": {"person": PERSON},  # whom Gusto has already
    "withdraw-hire": {"person_id": "p1"},  # who was never hired
    "send-hours": {"shifts": []},
    "update-payroll": {"lines": []},
    "add-reimbursement": {"reimbursements": []},
    "enroll-benefit": {"enrollments": []},
    "provision-company": {
        "user": {"first_name": "Ann", "last_name": "Ash", "email": "ann@mail.test"},
        "company": {"name": "Ash Inc."},
    },
}
# What the tiny Gusto of these tests does not play ends as failed, in shape too.
UNPLAYED = {"withdraw-hire", "add-reimbursement", "post-journal", "provision-company", "update-payroll"}

Do = Callable[..., Any]


@pytest.fixture
def do(bench: Any) -> Do:
    """Do or look through the QA routes, input and output judged by their shapes."""
    acme = bench.make()
    browser = bench.browser(acme)
    browser.as_qa()
    bench.connect(acme)
    answer(bench, "/v1/companies/hill/time_off_requests", [ask_for("r"), ask_for("s", "declined")])
    answer(bench, "/v1/companies/hill/time_off_policies", POLICIES)
    answer(bench, "/v1/companies/hill/contractors", CONTRACTORS)

    def through_the_door(name: str, **given: Any) -> Any:
        given = {"account": "anna", **given}
        if name in ACTIONS:
            which: Action | Observation = Action(name.replace("-", "_"))
            answer = browser.post(f"/qa/{name}", json=given)
        else:
            which = Observation(name.replace("-", "_"))
            answer = browser.get(f"/qa/{name}?account=anna")
        assert find_shape_violations(which, "input", given) == ()
        assert find_shape_violations(which, "output", answer.json()) == (), answer.text
        told = answer.json()
        if told.get("status") == "running":
            bench.work_all(acme)
            told = browser.get(told["poll"]).json()
            assert find_shape_violations(which, "output", told) == ()
        return told

    through_the_door.acme = acme  # type: ignore[attr-defined]
    return through_the_door


def test_every_observation_has_its_shape_when_there_is_something_to_see(bench: Any, do: Do) -> None:
    acme: Any = do.acme  # type: ignore[attr-defined]
    bench.subscribe(acme)
    do("set-people", **INPUTS["set-people"])
    assert do("sync-people")["status"] == "done"
    assert bench.deliver(acme, bench.event()) == 200
    bench.work_all(acme)
    assert [do(name)["status"] for name in ("sync-time-off", "list-contractors")] == ["done", "done"]
    seen = {name: do(name) for name in OBSERVATIONS if name.replace("-", "_") in set(Observation)}
    assert [each["status"] for each in seen["time-off"]["time_off"]] == ["approved", "declined"]
    names = [each["name"] for each in seen["contractors"]["contractors"]]
    assert names == ["Ada Lovel", "Wilkins Micawber", "Tom Pinch"]
    assert seen["connection"]["state"] == "connected"
    assert len(seen["people"]["people"]) == 3
    assert {each["state"] for each in seen["matches"]["matches"]} == {"matched", "unmatched", "proposed"}
    assert [each["state"] for each in seen["events"]["events"]] == ["processed"]
    assert [each["about"] for each in seen["notices"]["notices"]] == ["unmatched"]


@pytest.mark.parametrize("name", sorted(set(ACTIONS) - {"subscribe-webhooks", "catch-up-events"}))
def test_every_action_has_its_shape(do: Do, name: str) -> None:
    if name == "confirm-matches":
        do("set-people", **INPUTS["set-people"])
    expected = "failed" if name in UNPLAYED else "done"
    assert do(name, **INPUTS.get(name, {}))["status"] == expected


def test_a_refused_decision_says_why(do: Do) -> None:
    told = do("confirm-matches", decisions=[{"person_id": "nobody", "gusto_uuid": None}])
    assert told["status"] == "failed"


def test_an_observation_of_nothing_has_its_shape(do: Do) -> None:
    do("disconnect")
    assert do("connection") == {"state": "disconnected", "company_uuid": None, "company_name": None}


@pytest.mark.parametrize(
    "about",
    [
        "reconnect_needed",
        "missing_scope",
        "sync_failed",
        "throttled",
        "partial_failure",
        "conflict",
        "unmatched",
    ],
)
def test_what_acme_tells_its_customers_is_in_the_closed_list(do: Do, about: str) -> None:
    post_notice(do.acme.database, "anna", about, "a sentence")  # type: ignore[attr-defined]
    assert do("notices")["notices"][0]["about"] == about


def test_jobs_that_fail_say_so_in_shape(bench: Any, do: Do) -> None:
    acme: Any = do.acme  # type: ignore[attr-defined]
    job = jobs.enqueue(acme.database, "anna", "no_such_kind")
    bench.work_all(acme)
    found = jobs.find_status(acme.database, job)
    assert found is not None
    assert found["status"] == "failed"
    assert find_shape_violations(Action.SYNC_PEOPLE, "output", dict(found)) == ()
