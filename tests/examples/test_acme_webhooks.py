"""Acme Time believes what Gusto signed, and asks Gusto for the present state."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from acme_time import grants, jobs, people, subscription
from acme_time.notices import list_notices
from acme_time.webhooks import receive
from acme_time.worker import Worker

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
EMPLOYEES = "/v1/companies/hill/employees"


@pytest.fixture
def subscribed(bench: Any) -> Any:
    acme = bench.make()
    bench.connect(acme)
    bench.subscribe(acme)
    return acme


def test_a_verification_token_counts_after_gusto_accepted_it(bench: Any, subscribed: Any) -> None:
    assert bench.gusto.subscriptions[-1]["status"] == "verified"
    assert len(bench.gusto.calls("/v1/webhook_subscriptions/subscription/verify")) == 2


def test_a_verification_token_nobody_waits_for_is_refused(bench: Any, subscribed: Any) -> None:
    assert receive(subscribed, b'{"verification_token": "mine"}', None) == 401


def test_subscribing_again_makes_no_second_subscription(bench: Any, subscribed: Any) -> None:
    bench.subscribe(subscribed)
    assert len(bench.gusto.subscriptions) == 1


def test_the_signature_is_over_the_bytes_as_they_came(bench: Any, subscribed: Any) -> None:
    raw = bench.event()
    rewritten = json.dumps(json.loads(raw)).encode()
    assert receive(subscribed, rewritten, bench.sign(raw)) == 401
    assert receive(subscribed, raw, bench.sign(raw)) == 200


@pytest.mark.parametrize("signature", [None, "", "0" * 64, "Zürich"])
def test_an_unsigned_or_forged_event_is_refused_and_forgotten(
    bench: Any, subscribed: Any, signature: str | None
) -> None:
    assert receive(subscribed, bench.event(), signature) == 401
    assert bench.states(subscribed) == {}


def test_an_event_makes_the_worker_read_the_person_anew(bench: Any, subscribed: Any) -> None:
    bench.sync(subscribed)
    bench.gusto.companies["hill"][1]["first_name"] = "Ottilie"
    bench.gusto.requests.clear()
    assert bench.deliver(subscribed, bench.event()) == 200
    assert bench.gusto.requests == []
    bench.work_all(subscribed)
    names = [
        each["first_name"] for each in people.list_employees(subscribed.database, subscribed.config, "anna")
    ]
    assert "Ottilie" in names
    assert bench.states(subscribed) == {"e1": "processed"}


def test_an_event_delivered_twice_is_one_event(bench: Any, subscribed: Any) -> None:
    for _ in range(2):
        assert bench.deliver(subscribed, bench.event()) == 200
        bench.work_all(subscribed)
    assert len(bench.gusto.calls("/v1/employees/hill-1")) == 1


def test_a_burst_of_events_makes_one_read_of_each_person(bench: Any, subscribed: Any) -> None:
    for number in range(30):
        bench.deliver(subscribed, bench.event(f"e{number}", entity_uuid=f"hill-{number % 3}"))
    bench.work_all(subscribed)
    assert [len(bench.gusto.calls(f"/v1/employees/hill-{number}")) for number in range(3)] == [1, 1, 1]
    assert set(bench.states(subscribed).values()) == {"processed"}


def test_a_person_read_anew_during_a_sync_is_not_taken_for_gone(bench: Any, subscribed: Any) -> None:
    job = jobs.enqueue(subscribed.database, "anna", "sync_people")
    bench.work_all(subscribed)
    bench.gusto.companies["hill"].append({"uuid": "hill-new"})
    bench.deliver(subscribed, bench.event(entity_uuid="hill-new"))
    bench.work_all(subscribed)
    assert people.list_not_seen(subscribed.database, "anna", seen_by=job) == []
    assert "hill-new" in bench.held(subscribed)


def test_one_person_whom_gusto_refuses_costs_the_others_nothing(bench: Any, subscribed: Any) -> None:
    bench.sync(subscribed)
    bench.gusto.between.append(
        lambda request: httpx.Response(422) if request.url.path.endswith("/hill-0") else None
    )
    bench.gusto.companies["hill"][1]["first_name"] = "Ottilie"
    for uuid in ("hill-0", "hill-1"):
        bench.deliver(subscribed, bench.event(uuid=f"about-{uuid}", entity_uuid=uuid))
    bench.work_all(subscribed)
    names = [
        each["first_name"] for each in people.list_employees(subscribed.database, subscribed.config, "anna")
    ]
    assert "Ottilie" in names
    assert bench.states(subscribed) == {"about-hill-0": "failed", "about-hill-1": "processed"}
    assert "partial_failure" in [each["about"] for each in list_notices(subscribed.database, "anna")]


def test_a_deleted_person_is_removed(bench: Any, subscribed: Any) -> None:
    bench.sync(subscribed)
    del bench.gusto.companies["hill"][1]
    bench.deliver(subscribed, bench.event(event_type="employee.deleted"))
    bench.work_all(subscribed)
    assert "hill-1" not in bench.held(subscribed)


@pytest.mark.parametrize("fields", [{"resource_uuid": "unknown"}, {"resource_uuid": None}, {"uuid": None}])
def test_events_of_no_use_are_answered_and_dropped(
    bench: Any, subscribed: Any, fields: dict[str, Any]
) -> None:
    assert bench.deliver(subscribed, bench.event(**fields)) == 200
    assert bench.states(subscribed) == {}


def test_an_unknown_event_type_is_ignored(bench: Any, subscribed: Any) -> None:
    bench.deliver(subscribed, bench.event(event_type="company.painted_green"))
    bench.work_all(subscribed)
    assert bench.states(subscribed) == {"e1": "ignored"}


def test_deprovisioned_ends_the_connection_unless_it_is_old_news(bench: Any, subscribed: Any) -> None:
    old = bench.event("old", event_type="company.deprovisioned", timestamp=int(time.time()) - 3600)
    bench.deliver(subscribed, old)
    bench.work_all(subscribed)
    assert grants.find_grant(subscribed.database, "anna") is not None
    bench.deliver(subscribed, bench.event("new", event_type="company.deprovisioned"))
    bench.work_all(subscribed)
    found = grants.find_connection(subscribed.database, "anna")
    assert found is not None
    assert found.state == "disconnected"


def test_catching_up_follows_the_cursor(bench: Any, subscribed: Any) -> None:
    missed = [json.loads(bench.event(f"e{number}")) for number in range(3)]

    def list_events(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/events":
            return None
        after = request.url.params.get("starting_after_uuid")
        rest = missed[[each["uuid"] for each in missed].index(after) + 1 if after else 0 :]
        more = "true" if len(rest) > 2 else "false"
        return httpx.Response(200, json=rest[:2], headers={"X-Has-Next-Page": more})

    bench.gusto.between.append(list_events)
    for _ in range(2):
        jobs.enqueue(subscribed.database, "anna", "catch_up_events", lane=jobs.SYSTEM_LANE)
        bench.work_all(subscribed)
    cursors = [request.url.params.get("starting_after_uuid") for request in bench.gusto.calls("/v1/events")]
    assert cursors == [None, "e1", "e2"]
    assert set(bench.states(subscribed).values()) == {"processed"}


def test_a_job_that_awaits_its_token_keeps_nobody_waiting(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    job = jobs.enqueue(acme.database, "anna", "subscribe_webhooks", lane=jobs.SYSTEM_LANE)
    jobs.enqueue(acme.database, "anna", "sync_people")
    worker = Worker(acme)
    assert [worker.work_once(), worker.work_once()] == [True, True]
    assert (bench.held(acme) != [], jobs.find_status(acme.database, job)["status"]) == (True, "running")
    body = json.dumps({"verification_token": bench.gusto.secret}).encode()
    assert receive(acme, body, None) == 200
    bench.work_all(acme)
    assert jobs.find_status(acme.database, job) == {"status": "done", "detail": "subscribed"}
    assert len(bench.gusto.subscriptions) == 1


def test_a_token_that_never_comes_ends_the_job(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription, "TOKEN_PATIENCE", 0.0)
    acme = bench.make()
    bench.connect(acme)
    job = jobs.enqueue(acme.database, "anna", "subscribe_webhooks", lane=jobs.SYSTEM_LANE)
    bench.work_all(acme)
    assert jobs.find_status(acme.database, job)["status"] == "failed"
    assert len(bench.gusto.subscriptions) == 1


def test_a_burst_keeps_no_other_account_waiting(bench: Any, subscribed: Any) -> None:
    for number in range(12):
        bench.deliver(subscribed, bench.event(f"e{number}"))
    other = jobs.enqueue(subscribed.database, "berta", "list_contractors")
    worker = Worker(subscribed)
    with subscribed.database.transaction() as db:  # as if the last one had come just now
        db.execute("UPDATE events SET received_at = ?", (time.time() + 60,))
    assert [worker.work_once(), worker.work_once()] == [True, True]
    assert jobs.find_status(subscribed.database, other)["status"] == "failed"
    assert set(bench.states(subscribed).values()) == {"pending"}
