"""Acme Time does what its README says: connects safely, reads everything, believes only Gusto."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import yaml
from acme_time import accounts, events, grants, jobs, people
from acme_time.connecting import finish_connecting
from acme_time.defects import KNOWN, parse_defects
from acme_time.gusto import read_retry_after
from acme_time.matching import count_agreements, match_people
from acme_time.notices import list_notices
from acme_time.parts import Parts
from acme_time.webhooks import receive
from acme_time.worker import Worker, find_pause

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
EMPLOYEES = "/v1/companies/hill/employees"


def make_people(count: int, *, prefix: str = "person") -> list[dict[str, Any]]:
    return [
        {
            "uuid": f"{prefix}-{number}",
            "first_name": f"First{number}",
            "last_name": f"Last{number}",
            "email": f"{prefix}{number}@mail.test",
            "work_email": None,
            "date_of_birth": f"19{number % 60 + 30}-02-03",
            "a_field_from_next_year": {"deep": [1]},
        }
        for number in range(count)
    ]


def connect(gusto: Any, acme: Parts, account: str = "anna", company: str = "hill", count: int = 3) -> None:
    gusto.companies.setdefault(company, make_people(count, prefix=company))
    gusto.codes["code"] = company
    accounts.create_account(acme.database, account)
    finish_connecting(acme, account, "code")


def work_all(acme: Parts, *, patience: float = 10.0) -> None:
    """Run the queue dry, jumping over pauses instead of sleeping through them."""
    worker = Worker(acme)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not worker.work_once():
            with acme.database.transaction() as db:
                db.execute("UPDATE jobs SET not_before = 0")
                db.execute("DELETE FROM pauses")
                waiting = db.execute("SELECT 1 FROM jobs WHERE state = 'queued'").fetchone()
            if waiting is None:
                return
    raise AssertionError("the queue never ran dry")


def sync(acme: Parts, account: str = "anna") -> dict[str, str]:
    job = jobs.enqueue(acme.database, account, "sync_people")
    work_all(acme)
    found = jobs.find_status(acme.database, job)
    assert found is not None
    return found


def held(acme: Parts, account: str = "anna") -> list[str]:
    return [each["uuid"] for each in people.list_employees(acme.database, acme.config, account)]


# connecting


@pytest.fixture
def browser(gusto: Any, make_acme: Callable[..., Parts], make_browser: Callable[[Parts], Any]) -> Any:
    acme = make_acme()
    gusto.companies["hill"] = make_people(2)
    accounts.create_account(acme.database, "anna")
    return make_browser(acme)


def start(browser: Any, account: str = "anna") -> dict[str, str]:
    response = browser.get("/gusto/connect", params={"account": account})
    assert response.status_code == 302
    query = parse_qs(urlsplit(response.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def test_connect_asks_for_a_code_with_the_registered_redirect(browser: Any) -> None:
    query = start(browser)
    assert query["response_type"] == "code"
    assert query["redirect_uri"] == "http://127.0.0.1:4010/gusto/callback"
    assert len(query["state"]) >= 43


def test_the_callback_exchanges_the_code_once_with_secrets_in_the_body(browser: Any, gusto: Any) -> None:
    gusto.codes["good"] = "hill"
    answer = browser.get("/gusto/callback", params={"code": "good", "state": start(browser)["state"]})
    assert answer.headers["Location"] == "/accounts/anna"
    [exchange] = gusto.calls("/oauth/token")
    assert json.loads(exchange.content)["client_secret"] == "acme-secret"
    assert exchange.url.query == b""
    assert "Authorization" not in exchange.headers


def test_a_state_works_once(browser: Any, gusto: Any) -> None:
    gusto.codes |= {"first": "hill", "second": "hill"}
    state = start(browser)["state"]
    browser.get("/gusto/callback", params={"code": "first", "state": state})
    again = browser.get("/gusto/callback", params={"code": "second", "state": state})
    assert again.status_code == 400
    assert "second" in gusto.codes


@pytest.mark.parametrize("forged", [{}, {"state": ""}, {"state": "made-up"}])
def test_a_missing_or_foreign_state_is_refused(browser: Any, gusto: Any, forged: dict[str, str]) -> None:
    gusto.codes["good"] = "hill"
    start(browser)
    assert browser.get("/gusto/callback", params={"code": "good", **forged}).status_code == 400
    assert gusto.requests == []


def test_a_state_of_another_session_is_refused(browser: Any, gusto: Any) -> None:
    gusto.codes["good"] = "hill"
    state = start(browser)["state"]
    browser.forget_cookies()
    start(browser)
    assert browser.get("/gusto/callback", params={"code": "good", "state": state}).status_code == 400


def test_a_state_ends_after_ten_minutes(browser: Any, gusto: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    gusto.codes["good"] = "hill"
    state = start(browser)["state"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    assert browser.get("/gusto/callback", params={"code": "good", "state": state}).status_code == 400


def test_denied_consent_is_explained_and_leaves_nothing(browser: Any, gusto: Any) -> None:
    params = {"error": "access_denied", "state": start(browser)["state"]}
    answer = browser.get("/gusto/callback", params=params)
    assert answer.status_code == 200
    assert "full-access admin" in answer.text
    assert gusto.requests == []


def test_without_qa_nobody_connects_without_signing_in(
    gusto: Any, make_acme: Callable[..., Parts], make_browser: Callable[[Parts], Any]
) -> None:
    acme = make_acme(qa_token="")
    passcode = accounts.create_account(acme.database, "anna")
    client = make_browser(acme)
    assert client.get("/gusto/connect?account=anna").headers["Location"] == "/"
    assert client.get("/qa/people?account=anna").status_code == 404
    assert client.post("/sign-in", data={"account": "anna", "passcode": "no"}).status_code == 401
    client.post("/sign-in", data={"account": "anna", "passcode": passcode})
    assert "/oauth/authorize" in client.get("/gusto/connect?account=anna").headers["Location"]
    assert client.get("/accounts/berta").status_code == 303
    page = client.get("/accounts/anna").text
    assert client.post("/accounts/anna/sync", data={"form_token": "guess"}).status_code == 403
    token = re.search(r"name=form_token value='([^']+)'", page)
    assert token is not None
    done = client.post("/accounts/anna/sync", data={"form_token": token.group(1)})
    assert done.headers["Location"] == "/accounts/anna"


def test_tokens_and_people_are_unreadable_on_disk(gusto: Any, make_acme: Callable[..., Parts]) -> None:
    acme = make_acme()
    connect(gusto, acme)
    sync(acme)
    stored = b"".join(path.read_bytes() for path in acme.config.data_dir.glob("acme.sqlite3*"))
    for secret in (*gusto.access, *gusto.refresh, "hill0@mail.test"):
        assert secret.encode() not in stored


# tokens


def test_every_call_says_who_asks_in_which_version(gusto: Any, make_acme: Callable[..., Parts]) -> None:
    acme = make_acme()
    connect(gusto, acme)
    sync(acme)
    for request in gusto.requests:
        assert request.headers["X-Gusto-API-Version"] == "2026-06-15"
        assert request.headers["User-Agent"].startswith("AcmeTime/")
        assert "token" not in request.url.query.decode()


def test_an_expired_token_costs_one_refresh_and_one_replay(
    gusto: Any, make_acme: Callable[..., Parts]
) -> None:
    acme = make_acme()
    connect(gusto, acme)
    gusto.access.clear()
    gusto.requests.clear()
    assert sync(acme)["status"] == "done"
    assert [request.url.path for request in gusto.requests] == [EMPLOYEES, "/oauth/token", EMPLOYEES]


def test_a_dead_grant_asks_the_customer_and_is_left_alone(
    gusto: Any, make_acme: Callable[..., Parts]
) -> None:
    acme = make_acme()
    connect(gusto, acme)
    gusto.access.clear()
    gusto.refresh.clear()
    assert sync(acme)["status"] == "failed"
    before = len(gusto.requests)
    sync(acme)
    assert len(gusto.requests) == before
    found = grants.find_connection(acme.database, "anna")
    assert found is not None
    assert found.state == "reconnect_needed"
    assert "reconnect_needed" in {each["about"] for each in list_notices(acme.database, "anna")}


def test_a_token_that_is_about_to_expire_is_refreshed_before_use(
    gusto: Any, make_acme: Callable[..., Parts], monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = make_acme()
    connect(gusto, acme)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 7141)
    gusto.requests.clear()
    sync(acme)
    assert [request.url.path for request in gusto.requests] == ["/oauth/token", EMPLOYEES]


def test_the_new_pair_is_on_disk_before_it_is_used(gusto: Any, make_acme: Callable[..., Parts]) -> None:
    acme, witness = make_acme(), make_acme()
    connect(gusto, acme)
    gusto.access.clear()
    seen = []

    def look(request: httpx.Request) -> None:
        stored = grants.find_grant(witness.database, "anna")
        if request.url.path == EMPLOYEES and stored:
            seen.append(request.headers["Authorization"] == f"Bearer {stored.pair.access_token}")

    gusto.between.append(look)
    sync(acme)
    assert seen == [True, True]


def test_a_lost_refresh_answer_is_asked_for_again_with_the_stored_token(
    gusto: Any, make_acme: Callable[..., Parts]
) -> None:
    acme = make_acme()
    connect(gusto, acme)
    gusto.access.clear()
    lost = []

    def lose(request: httpx.Request) -> None:
        if request.url.path == "/oauth/token" and not lost:
            lost.append(request)
            raise httpx.ReadError("the connection broke", request=request)

    gusto.between.append(lose)
    assert sync(acme)["status"] == "done"
    exchange, first, second = gusto.calls("/oauth/token")
    assert first.content == second.content != exchange.content


def test_two_processes_that_see_a_401_refresh_once(gusto: Any, make_acme: Callable[..., Parts]) -> None:
    web, worker = make_acme(), make_acme()
    connect(gusto, web)
    gusto.access.clear()
    gusto.requests.clear()
    asked = threading.Barrier(2, timeout=5)

    def meet(request: httpx.Request) -> None:
        if request.url.path == EMPLOYEES and not gusto.access:
            asked.wait()

    gusto.between.append(meet)
    query = {"page": 1, "per": 100}
    threads = [
        threading.Thread(target=parts.company.get, args=("anna", "/v1/companies/{company}/employees", query))
        for parts in (web, worker)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(gusto.calls("/oauth/token")) == 1


# reading people


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (100, 1), (101, 2), (251, 3)])
def test_every_page_is_read(gusto: Any, make_acme: Callable[..., Parts], count: int, pages: int) -> None:
    acme = make_acme()
    connect(gusto, acme, count=count)
    sync(acme)
    assert len(held(acme)) == count
    assert len(gusto.calls(EMPLOYEES)) == pages


@pytest.mark.parametrize(("count", "requests"), [(99, 1), (100, 2), (251, 3)])
def test_every_page_is_read_without_headers(
    gusto: Any, make_acme: Callable[..., Parts], count: int, requests: int
) -> None:
    gusto.page_headers = False
    acme = make_acme()
    connect(gusto, acme, count=count)
    sync(acme)
    assert len(held(acme)) == count
    assert len(gusto.calls(EMPLOYEES)) == requests


def test_a_server_that_ignores_paging_is_not_asked_for_ever(
    gusto: Any, make_acme: Callable[..., Parts]
) -> None:
    acme = make_acme()
    connect(gusto, acme, count=100)
    everybody = gusto.companies["hill"]
    gusto.between.append(
        lambda request: httpx.Response(200, json=everybody) if request.url.path == EMPLOYEES else None
    )
    sync(acme)
    assert len(held(acme)) == 100
    assert len(gusto.calls(EMPLOYEES)) == 2


def answer_once(path: str, page: str, response: httpx.Response) -> Callable[[httpx.Request], Any]:
    used: list[bool] = []

    def answer(request: httpx.Request) -> httpx.Response | None:
        if used or request.url.path != path or request.url.params["page"] != page:
            return None
        used.append(True)
        return response

    return answer


def test_a_429_silences_the_account_for_as_long_as_gusto_asked(
    gusto: Any, make_acme: Callable[..., Parts]
) -> None:
    acme = make_acme()
    connect(gusto, acme, count=251)
    connect(gusto, acme, account="berta", company="vale")
    gusto.between.append(answer_once(EMPLOYEES, "2", httpx.Response(429, headers={"Retry-After": "30"})))
    worker = Worker(acme)
    jobs.enqueue(acme.database, "anna", "sync_people")
    worker.work_once()
    jobs.enqueue(acme.database, "anna", "process_events")
    with acme.database.reading() as db:
        [until] = db.execute("SELECT until FROM pauses").fetchone()
    assert 29 < until - time.time() < 32
    assert jobs.claim(acme.database) is None
    jobs.enqueue(acme.database, "berta", "sync_people")
    assert worker.work_once()
    work_all(acme)
    assert [request.url.params["page"] for request in gusto.calls(EMPLOYEES)] == ["1", "2", "2", "3"]
    assert len(held(acme)) == 251


def test_a_passing_500_costs_one_page(gusto: Any, make_acme: Callable[..., Parts]) -> None:
    acme = make_acme()
    connect(gusto, acme, count=251)
    gusto.between.append(answer_once(EMPLOYEES, "3", httpx.Response(502)))
    assert sync(acme)["status"] == "done"
    assert [request.url.params["page"] for request in gusto.calls(EMPLOYEES)] == ["1", "2", "3", "3"]


def test_a_lasting_500_ends_after_five_tries_and_is_told(gusto: Any, make_acme: Callable[..., Parts]) -> None:
    acme = make_acme()
    connect(gusto, acme)
    gusto.between.append(lambda request: httpx.Response(500) if request.url.path == EMPLOYEES else None)
    assert sync(acme)["status"] == "failed"
    assert len(gusto.calls(EMPLOYEES)) == 5
    assert [each["about"] for each in list_notices(acme.database, "anna")] == ["sync_failed"]
    gusto.between.clear()
    assert sync(acme)["status"] == "done"
    assert "sync_failed" not in [each["about"] for each in list_notices(acme.database, "anna")]


def test_pauses_grow() -> None:
    pauses = [find_pause(attempt) for attempt in range(1, 6)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 8 * pauses[0]


@pytest.mark.parametrize("status", [400, 403, 404, 406, 422])
def test_other_4xx_are_asked_once(gusto: Any, make_acme: Callable[..., Parts], status: int) -> None:
    acme = make_acme()
    connect(gusto, acme)
    gusto.between.append(lambda request: httpx.Response(status) if request.url.path == EMPLOYEES else None)
    assert sync(acme)["status"] == "failed"
    assert len(gusto.calls(EMPLOYEES)) == 1


def test_a_missing_scope_is_named_to_the_customer(gusto: Any, make_acme: Callable[..., Parts]) -> None:
    acme = make_acme()
    connect(gusto, acme)
    body = {"errors": [{"category": "nested_errors", "errors": [{"category": "missing_oauth_scopes"}]}]}
    gusto.between.append(
        lambda request: httpx.Response(403, json=body) if request.url.path == EMPLOYEES else None
    )
    sync(acme)
    assert "missing_scope" in [each["about"] for each in list_notices(acme.database, "anna")]


def test_a_killed_worker_goes_on_at_the_page_where_it_stopped(
    gusto: Any, make_acme: Callable[..., Parts]
) -> None:
    acme = make_acme()
    connect(gusto, acme, count=251)

    def die(request: httpx.Request) -> None:
        if request.url.path == EMPLOYEES and request.url.params["page"] == "2":
            raise KeyboardInterrupt

    gusto.between.append(die)
    jobs.enqueue(acme.database, "anna", "sync_people")
    with pytest.raises(KeyboardInterrupt):
        Worker(acme).work_once()
    gusto.between.clear()
    reborn = make_acme()
    jobs.requeue_interrupted(reborn.database)
    work_all(reborn)
    assert [request.url.params["page"] for request in gusto.calls(EMPLOYEES)] == ["1", "2", "2", "3"]
    assert len(held(reborn)) == 251


def test_people_who_left_the_company_are_removed_after_a_complete_pass(
    gusto: Any, make_acme: Callable[..., Parts]
) -> None:
    acme = make_acme()
    connect(gusto, acme)
    sync(acme)
    del gusto.companies["hill"][1]
    sync(acme)
    assert held(acme) == ["hill-0", "hill-2"]


def test_an_unreadable_record_is_told_and_the_rest_is_kept(
    gusto: Any, make_acme: Callable[..., Parts]
) -> None:
    acme = make_acme()
    connect(gusto, acme)
    gusto.companies["hill"].append({"first_name": "Nobody"})
    sync(acme)
    assert len(held(acme)) == 3
    assert "partial_failure" in [each["about"] for each in list_notices(acme.database, "anna")]


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [("2", 2, 2.5), (None, 60, 61), ("soon", 60, 61), ("Tue, 24 Nov 2020 00:00:00 GMT", 0, 1)],
)
def test_retry_after_is_seconds_or_a_date_or_the_whole_window(
    value: str | None, least: float, most: float
) -> None:
    assert least <= read_retry_after(value) <= most


def test_tenants_never_see_each_other(gusto: Any, make_acme: Callable[..., Parts]) -> None:
    acme = make_acme()
    connect(gusto, acme)
    connect(gusto, acme, account="berta", company="vale", count=2)
    for account in ("anna", "berta", "anna"):
        sync(acme, account)
    assert held(acme) == ["hill-0", "hill-1", "hill-2"]
    assert held(acme, "berta") == ["vale-0", "vale-1"]
    for request in gusto.requests:
        company = gusto.access.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if request.url.path.startswith("/v1/companies/"):
            assert request.url.path.split("/")[3] == company


# who is who


def own(person_id: str, **facts: Any) -> dict[str, Any]:
    return {"id": person_id, "first_name": "Lene", "last_name": "Nimptsch", "email": None, **facts}


def theirs(uuid: str, **facts: Any) -> dict[str, Any]:
    return {"uuid": uuid, "first_name": "Lene", "last_name": "Nimptsch", "email": None, **facts}


@pytest.mark.parametrize(
    ("mine", "other", "agreements"),
    [
        ({"email": "Lene@Mail.test "}, {"work_email": "lene@mail.TEST"}, 2),
        ({"date_of_birth": "1984-04-18"}, {"date_of_birth": "1984-04-18"}, 2),
        ({"date_of_birth": "1984-04-18"}, {"date_of_birth": "1979-04-18"}, 1),
        ({"email": ""}, {"email": ""}, 1),
        ({"date_of_birth": None}, {"date_of_birth": None}, 1),
        ({"first_name": "LENE "}, {}, 1),
        ({"first_name": None}, {"first_name": None}, 0),
    ],
)
def test_facts_agree_only_when_present_and_whole(
    mine: dict[str, Any], other: dict[str, Any], agreements: int
) -> None:
    assert count_agreements(own("p", **mine), theirs("g", **other)) == agreements


def test_one_agreeing_fact_is_a_question() -> None:
    [match] = match_people([own("p")], [theirs("g")], {})
    assert (match.state, match.gusto_uuid) == ("proposed", "g")


def test_two_agreeing_facts_are_a_match() -> None:
    [match] = match_people([own("p", email="l@m.test")], [theirs("g", email="l@m.test")], {})
    assert (match.state, match.gusto_uuid) == ("matched", "g")


def test_nothing_agreeing_is_nobody() -> None:
    [match] = match_people([own("p")], [theirs("g", first_name="Botho")], {})
    assert (match.state, match.gusto_uuid) == ("unmatched", None)


def test_two_candidates_are_a_conflict_from_either_side() -> None:
    twins = [theirs("g1", email="l@m.test"), theirs("g2", email="l@m.test")]
    assert [m.state for m in match_people([own("p", email="l@m.test")], twins, {})] == ["conflict"]
    rivals = [own("p1", email="l@m.test"), own("p2", email="l@m.test")]
    assert [m.state for m in match_people(rivals, twins[:1], {})] == ["conflict", "conflict"]


def matches_of(acme: Parts) -> dict[str, tuple[str, str | None]]:
    found = people.list_matches(acme.database, "anna")
    return {match.person_id: (match.state, match.gusto_uuid) for match in found}


def test_a_match_survives_a_new_name_and_address(gusto: Any, make_acme: Callable[..., Parts]) -> None:
    acme = make_acme()
    connect(gusto, acme)
    mine = {"id": "p0", "first_name": "First0", "last_name": "Last0", "email": "hill0@mail.test"}
    people.replace_own_people(acme.database, "anna", [mine])
    sync(acme)
    gusto.companies["hill"][0] |= {"last_name": "Franke", "email": "franke@mail.test"}
    sync(acme)
    assert matches_of(acme) == {"p0": ("matched", "hill-0")}


def test_a_persons_decision_stands_and_cannot_be_doubled(gusto: Any, make_acme: Callable[..., Parts]) -> None:
    acme = make_acme()
    connect(gusto, acme)
    people.replace_own_people(acme.database, "anna", [own("p0"), own("p1")])
    sync(acme)
    decide = people.decide_matches
    decide(acme.database, acme.config, "anna", [{"person_id": "p0", "gusto_uuid": "hill-2"}])
    decide(acme.database, acme.config, "anna", [{"person_id": "p1", "gusto_uuid": None}])
    sync(acme)
    assert matches_of(acme) == {"p0": ("matched", "hill-2"), "p1": ("unmatched", None)}
    with pytest.raises(people.DecisionRefused):
        decide(acme.database, acme.config, "anna", [{"person_id": "p1", "gusto_uuid": "hill-2"}])
    with pytest.raises(people.DecisionRefused):
        decide(acme.database, acme.config, "anna", [{"person_id": "p1", "gusto_uuid": "vale-0"}])


def test_reconnecting_the_same_company_keeps_matches_and_another_does_not(
    gusto: Any, make_acme: Callable[..., Parts]
) -> None:
    acme = make_acme()
    connect(gusto, acme)
    people.replace_own_people(acme.database, "anna", [own("p0")])
    sync(acme)
    people.decide_matches(acme.database, acme.config, "anna", [{"person_id": "p0", "gusto_uuid": "hill-0"}])
    connect(gusto, acme)
    assert matches_of(acme) == {"p0": ("matched", "hill-0")}
    connect(gusto, acme, company="vale")
    assert matches_of(acme) == {"p0": ("unmatched", None)}
    assert held(acme) == []


# webhooks


@pytest.fixture
def subscribed(gusto: Any, make_acme: Callable[..., Parts]) -> Parts:
    acme = make_acme()
    connect(gusto, acme)
    subscribe(gusto, acme)
    return acme


def subscribe(gusto: Any, acme: Parts) -> None:
    def send_token(token: str) -> None:
        assert receive(acme, b'{"verification_token": "somebody else"}', None) == 200
        body = json.dumps({"verification_token": token}).encode()
        assert receive(acme, body, None) == 200

    gusto.on_subscribe = send_token
    jobs.enqueue(acme.database, "anna", "subscribe_webhooks", lane=jobs.SYSTEM_LANE)
    work_all(acme)


def event(uuid: str = "e1", **fields: Any) -> bytes:
    body = {
        "uuid": uuid,
        "event_type": "employee.updated",
        "resource_type": "Company",
        "resource_uuid": "hill",
        "entity_type": "Employee",
        "entity_uuid": "hill-1",
        "timestamp": int(time.time()) + 5,
        **fields,
    }
    return json.dumps(body, indent=1).encode()


def signed(gusto: Any, raw: bytes) -> str:
    return hmac.new(gusto.secret.encode(), raw, hashlib.sha256).hexdigest()


def deliver(gusto: Any, acme: Parts, raw: bytes) -> int:
    return receive(acme, raw, signed(gusto, raw))


def states(acme: Parts) -> dict[str, str]:
    return {each.uuid: each.state for each in events.list_events(acme.database, "anna")}


def test_a_verification_token_counts_after_gusto_accepted_it(gusto: Any, subscribed: Parts) -> None:
    assert gusto.subscriptions[-1]["status"] == "verified"
    assert len(gusto.calls("/v1/webhook_subscriptions/subscription/verify")) == 2


def test_a_verification_token_nobody_waits_for_is_refused(subscribed: Parts) -> None:
    assert receive(subscribed, b'{"verification_token": "mine"}', None) == 401


def test_subscribing_again_makes_no_second_subscription(gusto: Any, subscribed: Parts) -> None:
    subscribe(gusto, subscribed)
    assert len(gusto.subscriptions) == 1


def test_the_signature_is_over_the_bytes_as_they_came(gusto: Any, subscribed: Parts) -> None:
    raw = event()
    rewritten = json.dumps(json.loads(raw)).encode()
    assert receive(subscribed, rewritten, signed(gusto, raw)) == 401
    assert receive(subscribed, raw, signed(gusto, raw)) == 200


@pytest.mark.parametrize("signature", [None, "", "0" * 64, "Zürich"])
def test_an_unsigned_or_forged_event_is_refused_and_forgotten(
    subscribed: Parts, signature: str | None
) -> None:
    assert receive(subscribed, event(), signature) == 401
    assert states(subscribed) == {}


def test_an_event_makes_the_worker_read_the_person_anew(gusto: Any, subscribed: Parts) -> None:
    sync(subscribed)
    gusto.companies["hill"][1]["first_name"] = "Ottilie"
    gusto.requests.clear()
    assert deliver(gusto, subscribed, event()) == 200
    assert gusto.requests == []
    work_all(subscribed)
    names = [
        each["first_name"] for each in people.list_employees(subscribed.database, subscribed.config, "anna")
    ]
    assert "Ottilie" in names
    assert states(subscribed) == {"e1": "processed"}


def test_an_event_delivered_twice_is_one_event(gusto: Any, subscribed: Parts) -> None:
    for _ in range(2):
        assert deliver(gusto, subscribed, event()) == 200
        work_all(subscribed)
    assert len(gusto.calls("/v1/employees/hill-1")) == 1


def test_a_person_read_anew_during_a_sync_is_not_taken_for_gone(gusto: Any, subscribed: Parts) -> None:
    job = jobs.enqueue(subscribed.database, "anna", "sync_people")
    work_all(subscribed)
    gusto.companies["hill"].append({"uuid": "hill-new"})
    deliver(gusto, subscribed, event(entity_uuid="hill-new"))
    work_all(subscribed)
    people.drop_employees_not_seen(subscribed.database, "anna", seen_by=job)
    assert "hill-new" in held(subscribed)


def test_a_deleted_person_is_removed(gusto: Any, subscribed: Parts) -> None:
    sync(subscribed)
    del gusto.companies["hill"][1]
    deliver(gusto, subscribed, event(event_type="employee.deleted"))
    work_all(subscribed)
    assert "hill-1" not in held(subscribed)


@pytest.mark.parametrize("fields", [{"resource_uuid": "unknown"}, {"resource_uuid": None}, {"uuid": None}])
def test_events_of_no_use_are_answered_and_dropped(
    gusto: Any, subscribed: Parts, fields: dict[str, Any]
) -> None:
    assert deliver(gusto, subscribed, event(**fields)) == 200
    assert states(subscribed) == {}


def test_an_unknown_event_type_is_ignored(gusto: Any, subscribed: Parts) -> None:
    deliver(gusto, subscribed, event(event_type="company.painted_green"))
    work_all(subscribed)
    assert states(subscribed) == {"e1": "ignored"}


def test_deprovisioned_ends_the_connection_unless_it_is_old_news(gusto: Any, subscribed: Parts) -> None:
    old = event("old", event_type="company.deprovisioned", timestamp=int(time.time()) - 3600)
    deliver(gusto, subscribed, old)
    work_all(subscribed)
    assert grants.find_grant(subscribed.database, "anna") is not None
    deliver(gusto, subscribed, event("new", event_type="company.deprovisioned"))
    work_all(subscribed)
    found = grants.find_connection(subscribed.database, "anna")
    assert found is not None
    assert found.state == "disconnected"


def test_catching_up_follows_the_cursor(gusto: Any, subscribed: Parts) -> None:
    missed = [json.loads(event(f"e{number}")) for number in range(3)]

    def list_events(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/events":
            return None
        after = request.url.params.get("starting_after_uuid")
        rest = missed[[each["uuid"] for each in missed].index(after) + 1 if after else 0 :]
        more = "true" if len(rest) > 2 else "false"
        return httpx.Response(200, json=rest[:2], headers={"X-Has-Next-Page": more})

    gusto.between.append(list_events)
    for _ in range(2):
        jobs.enqueue(subscribed.database, "anna", "catch_up_events", lane=jobs.SYSTEM_LANE)
        work_all(subscribed)
    cursors = [request.url.params.get("starting_after_uuid") for request in gusto.calls("/v1/events")]
    assert cursors == [None, "e1", "e2"]
    assert set(states(subscribed).values()) == {"processed"}


# disconnecting, and the doors for a harness


def test_disconnecting_tells_gusto_and_deletes_tokens(
    gusto: Any, make_acme: Callable[..., Parts], make_browser: Callable[[Parts], Any]
) -> None:
    acme = make_acme()
    connect(gusto, acme)
    sync(acme)
    client = make_browser(acme)
    client.as_qa()
    assert client.post("/qa/disconnect", json={"account": "anna"}).json()["status"] == "running"
    work_all(acme)
    told = client.get("/qa/connection?account=anna").json()
    assert told == {"state": "disconnected", "company_uuid": None, "company_name": None}
    assert len(gusto.calls("/v1/companies/hill/disconnect_app_integration")) == 1
    assert held(acme) == []
    with acme.database.reading() as db:
        assert db.execute("SELECT tokens FROM connections").fetchone()[0] is None


def test_the_qa_doors_open_to_their_token_only(
    make_acme: Callable[..., Parts], make_browser: Callable[[Parts], Any]
) -> None:
    client = make_browser(make_acme())
    assert client.get("/qa/people?account=anna").status_code == 401
    client.as_qa()
    assert client.get("/qa/people?account=anna").json() == {"people": []}
    assert client.get("/qa/logs?account=anna").json() == {"logs": []}
    assert client.post("/qa/set-people", json={"account": "anna"}).status_code == 422


def test_a_job_is_polled_until_it_is_done(
    gusto: Any, make_acme: Callable[..., Parts], make_browser: Callable[[Parts], Any]
) -> None:
    acme = make_acme()
    connect(gusto, acme)
    client = make_browser(acme)
    client.as_qa()
    begun = client.post("/qa/sync-people", json={"account": "anna"}).json()
    path = urlsplit(begun["poll"]).path
    assert client.get(path).json()["status"] == "running"
    work_all(acme)
    assert client.get(path).json() == {"status": "done", "detail": "3 people"}


def test_unknown_defects_are_an_error() -> None:
    with pytest.raises(ValueError, match="no_such"):
        parse_defects("first_page_only,no_such")


def test_every_defect_is_described_and_switches_something() -> None:
    described = yaml.safe_load((EXAMPLE / "defects.yaml").read_text())["defects"]
    assert [each["id"] for each in described] == list(dict.fromkeys(each["id"] for each in described))
    assert {each["id"] for each in described} == KNOWN
    code = "".join(
        path.read_text() for path in (EXAMPLE / "acme_time").glob("*.py") if path.stem != "defects"
    )
    assert all(f'"{name}" in ' in code for name in KNOWN)


def test_nothing_of_the_harness_is_imported() -> None:
    for path in (EXAMPLE / "acme_time").glob("*.py"):
        assert "partner_qa" not in path.read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_web_and_worker_run_as_two_processes(tmp_path: Path) -> None:
    port = free_port()
    env = {
        **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
        "GUSTO_API_BASE": "http://127.0.0.1:9",
        "GUSTO_CLIENT_ID": "client",
        "GUSTO_CLIENT_SECRET": "secret",
        "QA_TOKEN": "qa-token",
        "ACME_DATA_DIR": str(tmp_path / "var"),
        "ACME_PORT": str(port),
        "ACME_SECRET_KEY": "ZGV2ZWxvcG1lbnQtb25seS1rZXktMDEyMzQ1Njc4OSE=",
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "acme_time", name], cwd=EXAMPLE, env=env, stderr=subprocess.DEVNULL
        )
        for name in ("web", "worker")
    ]
    base, headers = f"http://127.0.0.1:{port}", {"Authorization": "Bearer qa-token"}
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=6), base_url=base, headers=headers) as client:
            assert client.get("/health").json() == {"status": "ok"}
            answer = client.post("/qa/sync-people", json={"account": "anna"}).json()
            deadline = time.monotonic() + 10
            while answer["status"] == "running" and time.monotonic() < deadline:
                answer = client.get(answer["poll"]).json()
            assert answer["status"] == "failed"
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=10)
