"""Gusto's side of the sandbox: companies, people, access, webhooks, time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from partner_qa.errors import HarnessBug, NotObserved

URL = "http://127.0.0.1:4000/gusto/webhooks"
TOKEN = "the-token-of-the-portal"
EVENTS = ("employees:read", "events:read")
TODAY = date(2026, 10, 20)


@pytest.fixture
def told(open_gusto: Callable[..., Any]) -> Any:
    """A sandbox with a connected company and a subscription of the portal to its employees."""
    gusto = open_gusto(scopes=EVENTS, people=12)
    gusto.admin.add_subscription(URL, ["Employee"], TOKEN)
    gusto.partner()
    assert gusto.admin.wait_for_deliveries(20)
    return gusto


def bodies(gusto: Any) -> list[dict[str, Any]]:
    return [json.loads(each.body.content) for each in gusto.received]


def test_a_company_has_as_many_people_as_were_asked_for(gusto: Any) -> None:
    company = gusto.admin.create_company(people=26)
    assert len(gusto.admin.people(company)) == 26
    assert gusto.admin.company_name(company)
    assert gusto.admin.admins(company)


def test_a_company_can_be_made_of_named_people(gusto: Any) -> None:
    roster = [
        {"first_name": "Effi", "last_name": "Briest", "email": "e@b.example", "date_of_birth": "1978-08-03"}
    ]
    company = gusto.admin.create_company(employees=roster)
    (person,) = gusto.admin.people(company)
    assert {name: person[name] for name in roster[0]} == roster[0]


def test_nobody_can_change_what_is_handed_out(gusto: Any) -> None:
    gusto.admin.people(gusto.company)[0]["first_name"] = "Somebody"
    assert gusto.admin.people(gusto.company)[0]["first_name"] != "Somebody"


def test_a_change_is_told_and_seen_and_has_another_version(told: Any) -> None:
    before = told.admin.people(told.company)[0]
    changed = told.admin.change_employee(told.company, before["uuid"], first_name="Ottilie")
    assert changed["first_name"] == "Ottilie"
    assert changed["version"] != before["version"]
    assert told.admin.people(told.company)[0] == changed
    assert told.admin.wait_for_deliveries(20)
    event = bodies(told)[-1]
    assert (event["event_type"], event["entity_uuid"]) == ("employee.updated", before["uuid"])
    token = told.partner()
    assert told.get(f"/v1/employees/{before['uuid']}", token).json()["first_name"] == "Ottilie"


def test_a_dismissal_that_is_taken_back_never_was(told: Any) -> None:
    person = told.admin.people(told.company)[0]["uuid"]
    tomorrow = TODAY + timedelta(days=1)
    told.admin.dismiss(told.company, person, tomorrow)
    told.admin.cancel_dismissal(told.company, person)
    assert told.admin.people(told.company)[0]["terminations"] == []
    assert told.admin.wait_for_deliveries(20)
    assert [each["event_type"] for each in bodies(told)[-2:]] == [
        "employee.terminated",
        "employee.termination_cancelled",
    ]
    with pytest.raises(HarnessBug, match="no dismissal"):
        told.admin.cancel_dismissal(told.company, person)


def test_whoever_has_left_can_be_hired_again(told: Any) -> None:
    person = told.admin.people(told.company)[0]["uuid"]
    with pytest.raises(HarnessBug, match="has not left"):
        told.admin.rehire(told.company, person, TODAY)
    told.admin.dismiss(told.company, person, TODAY - timedelta(days=30))
    told.admin.rehire(told.company, person, TODAY)
    assert told.get(f"/v1/employees/{person}", told.partner()).json()["terminated"] is False


def test_lost_webhooks_reach_nobody_and_stay_in_the_list(told: Any) -> None:
    person = told.admin.people(told.company)[0]["uuid"]
    before = len(told.received)
    told.admin.lose_webhooks(True)
    told.admin.change_employee(told.company, person, first_name="Ottilie")
    told.admin.lose_webhooks(False)
    told.admin.change_employee(told.company, person, first_name="Leberecht")
    assert told.admin.wait_for_deliveries(20)
    assert len(told.received) == before + 1


def test_what_is_not_there_is_our_own_mistake(gusto: Any) -> None:
    person = gusto.admin.people(gusto.company)[0]["uuid"]
    with pytest.raises(HarnessBug, match="no company"):
        gusto.admin.people("nowhere")
    with pytest.raises(HarnessBug, match="no employee"):
        gusto.admin.change_employee(gusto.company, "nobody", first_name="x")
    with pytest.raises(HarnessBug, match="shoe_size"):
        gusto.admin.change_employee(gusto.company, person, shoe_size=43)


def test_a_grant_of_the_harness_is_no_connection(told: Any) -> None:
    told.admin.disconnect(told.company)
    token = told.admin.issue_grant(told.company, ["employees:read"])
    assert not told.world.grants.is_connected(told.company)
    assert told.get(f"/v1/companies/{told.company}/employees", token).status_code == 200
    assert told.get(f"/v1/companies/{told.company}", token).status_code == 403
    assert told.admin.disconnect(told.company) == 0
    assert told.get("/v1/token_info", token).status_code == 200


def test_a_disconnect_ends_every_connection_and_is_told(told: Any) -> None:
    first, second = told.partner(), told.partner()
    assert told.admin.disconnect(told.company) == 3
    assert {told.get("/v1/token_info", each).status_code for each in (first, second)} == {401}
    listed = told.get("/v1/events", told.system()).json()
    assert listed[-1]["event_type"] == "company.deprovisioned"


def test_expired_tokens_can_be_refreshed(gusto: Any) -> None:
    token, refresh = gusto.admin.connect(gusto.company)
    assert gusto.admin.expire_tokens(gusto.company) == 1
    assert gusto.get("/v1/token_info", token).status_code == 401
    renewed = gusto.world.grants.refresh(refresh)
    assert gusto.get("/v1/token_info", renewed.access_token).status_code == 200


def test_the_lifetime_of_a_companys_next_tokens_can_be_set(gusto: Any) -> None:
    _, refresh = gusto.admin.connect(gusto.company)
    gusto.admin.set_token_lifetime(gusto.company, 2)
    assert gusto.world.grants.refresh(refresh).expires_in == 2


def test_a_refresh_token_may_be_good_until_its_successor_is_used(gusto: Any) -> None:
    before = gusto.admin.set_rotation("grace")
    _, refresh = gusto.admin.connect(gusto.company)
    lost, found = (gusto.world.grants.refresh(refresh) for _ in range(2))
    assert lost.access_token != found.access_token
    assert gusto.admin.set_rotation(before) == "grace"


def test_the_newest_verified_subscription_is_found(gusto: Any) -> None:
    gusto.admin.add_subscription(URL, ["Employee"], "older")
    newer = gusto.admin.add_subscription(URL, ["Company"], TOKEN)
    with gusto.world.lock:
        gusto.world.subscriptions.add(url=URL, types=["Employee"])
    found = gusto.admin.require_subscription()
    assert found == newer
    assert found.secret == TOKEN


def test_without_a_subscription_it_is_said_how_to_get_one(gusto: Any) -> None:
    with pytest.raises(NotObserved) as nothing:
        gusto.admin.require_subscription()
    assert "actions.subscribe_webhooks" in nothing.value.missing[0]


def test_an_unverified_subscription_is_said_to_be_unverified(gusto: Any) -> None:
    with gusto.world.lock:  # so that nothing is posted meanwhile
        gusto.world.subscriptions.add(url=URL, types=["Employee"])
        with pytest.raises(NotObserved, match="pending") as unverified:
            gusto.admin.require_subscription()
    assert "verify" in unverified.value.missing[0]
    assert "the post" not in unverified.value.reason  # nothing was posted


@pytest.mark.parametrize(
    ("status", "said"), [(0, "got no answer"), (500, "was answered 500"), (200, "was answered 200")]
)
def test_it_is_said_what_the_url_made_of_its_verification_token(
    open_gusto: Callable[..., Any], status: int, said: str
) -> None:
    gusto = open_gusto()
    gusto.webhooks_answer = status
    with gusto.world.lock:
        subscription = gusto.world.subscriptions.add(url=URL, types=["Employee"])
        gusto.world.subscriptions.send_token(subscription.uuid)
    deadline = time.monotonic() + 10
    while not any(each.attempts for each in gusto.world.subscriptions.deliveries()):
        assert time.monotonic() < deadline, "the token was never posted"
        time.sleep(0.01)
    with pytest.raises(NotObserved, match=said):
        gusto.admin.require_subscription()


def test_days_go_by_without_the_tokens_noticing(told: Any) -> None:
    token, today = told.partner(), told.world.today
    told.admin.move_days(30)
    assert (told.world.today - today).days == 30
    assert told.get("/v1/token_info", token).status_code == 200


def test_whoever_leaves_as_days_go_by_is_told_of_once(told: Any) -> None:
    leaving = next(
        each["uuid"]
        for each in told.admin.people(told.company)
        if any(row["effective_date"] >= told.world.today.isoformat() for row in each["terminations"])
    )
    token = told.partner()
    assert told.get(f"/v1/employees/{leaving}", token).json()["terminated"] is False
    told.admin.move_days(90)
    told.admin.move_days(90)
    assert told.admin.wait_for_deliveries(20)
    effective = [each for each in bodies(told) if each["event_type"] == "employee.termination_effective"]
    assert [each["entity_uuid"] for each in effective] == [leaving]
    assert told.get(f"/v1/employees/{leaving}", token).json()["terminated"] is True


def test_many_threads_at_once_lose_nothing(told: Any) -> None:
    people = [each["uuid"] for each in told.admin.people(told.company)]
    count = len(bodies(told))

    def rename(person: str) -> None:
        for number in range(5):
            told.admin.change_employee(told.company, person, first_name=f"Name {number}")

    threads = [threading.Thread(target=rename, args=(person,)) for person in people]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=20)
    assert told.admin.wait_for_deliveries(20)
    assert {each["first_name"] for each in told.admin.people(told.company)} == {"Name 4"}
    assert len(bodies(told)) - count == 5 * len(people)


def test_somebody_begins_to_be_hired_and_is_deleted_again(told: Any) -> None:
    uuid = told.admin.add_employee(told.company, first_name="Aaron", last_name="Aaronsen")
    assert told.admin.people(told.company)[-1]["onboarded"] is False
    told.admin.remove_employee(told.company, uuid)
    assert uuid not in [each["uuid"] for each in told.admin.people(told.company)]
    assert told.admin.wait_for_deliveries(20)
    types = [each.get("event_type") for each in bodies(told) if each.get("entity_uuid") == uuid]
    assert types == ["employee.created", "employee.deleted"]


def test_whoever_is_onboarded_cannot_be_deleted(gusto: Any) -> None:
    with pytest.raises(HarnessBug, match="being onboarded"):
        gusto.admin.remove_employee(gusto.company, gusto.admin.people(gusto.company)[0]["uuid"])
