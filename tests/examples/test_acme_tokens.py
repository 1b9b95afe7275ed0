"""Acme Time refreshes once, stores before it uses, and knows when a grant is dead."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from acme_time import grants
from acme_time.notices import list_notices

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
EMPLOYEES = "/v1/companies/hill/employees"


def test_every_call_says_who_asks_in_which_version(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.sync(acme)
    for request in bench.gusto.requests:
        assert request.headers["X-Gusto-API-Version"] == "2026-06-15"
        assert request.headers["User-Agent"].startswith("AcmeTime/")
        assert "token" not in request.url.query.decode()


def test_an_expired_token_costs_one_refresh_and_one_replay(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.gusto.access.clear()
    bench.gusto.requests.clear()
    assert bench.sync(acme)["status"] == "done"
    assert [request.url.path for request in bench.gusto.requests] == [EMPLOYEES, "/oauth/token", EMPLOYEES]


def test_a_dead_grant_asks_the_customer_and_is_left_alone(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.gusto.access.clear()
    bench.gusto.refresh.clear()
    assert bench.sync(acme)["status"] == "failed"
    before = len(bench.gusto.requests)
    bench.sync(acme)
    assert len(bench.gusto.requests) == before
    found = grants.find_connection(acme.database, "anna")
    assert found is not None
    assert found.state == "reconnect_needed"
    assert "reconnect_needed" in {each["about"] for each in list_notices(acme.database, "anna")}


def test_a_token_that_is_about_to_expire_is_refreshed_before_use(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = bench.make()
    bench.connect(acme)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 7141)
    bench.gusto.requests.clear()
    bench.sync(acme)
    assert [request.url.path for request in bench.gusto.requests] == ["/oauth/token", EMPLOYEES]


def test_the_new_pair_is_on_disk_before_it_is_used(bench: Any) -> None:
    acme, witness = bench.make(), bench.make()
    bench.connect(acme)
    bench.gusto.access.clear()
    seen = []

    def look(request: httpx.Request) -> None:
        stored = grants.find_grant(witness.database, "anna")
        if request.url.path == EMPLOYEES and stored:
            seen.append(request.headers["Authorization"] == f"Bearer {stored.pair.access_token}")

    bench.gusto.between.append(look)
    bench.sync(acme)
    assert seen == [True, True]


def test_a_lost_refresh_answer_is_asked_for_again_with_the_stored_token(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.gusto.access.clear()
    lost = []

    def lose(request: httpx.Request) -> None:
        if request.url.path == "/oauth/token" and not lost:
            lost.append(request)
            raise httpx.ReadError("the connection broke", request=request)

    bench.gusto.between.append(lose)
    assert bench.sync(acme)["status"] == "done"
    exchange, first, second = bench.gusto.calls("/oauth/token")
    assert first.content == second.content != exchange.content


def test_two_processes_that_see_a_401_refresh_once(bench: Any) -> None:
    web, worker = bench.make(), bench.make()
    bench.connect(web)
    bench.gusto.access.clear()
    bench.gusto.requests.clear()
    asked = threading.Barrier(2, timeout=5)

    def meet(request: httpx.Request) -> None:
        if request.url.path == EMPLOYEES and not bench.gusto.access:
            asked.wait()

    bench.gusto.between.append(meet)
    query = {"page": 1, "per": 100}
    threads = [
        threading.Thread(target=parts.company.get, args=("anna", "/v1/companies/{company}/employees", query))
        for parts in (web, worker)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bench.gusto.calls("/oauth/token")) == 1


def test_a_refresh_that_a_reconnect_overtakes_changes_nothing(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.gusto.access.clear()
    overtaken: list[bool] = []

    def reconnect(request: httpx.Request) -> None:
        if b"refresh_token" in request.content and not overtaken:
            overtaken.append(True)
            bench.connect(acme, company="vale")

    bench.gusto.between.append(reconnect)
    assert bench.sync(acme)["status"] == "done"
    assert overtaken
    assert bench.held(acme) == ["vale-0", "vale-1", "vale-2"]


def test_a_refresh_that_a_disconnect_overtakes_stores_no_token(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.gusto.access.clear()

    def disconnect(request: httpx.Request) -> None:
        if b"refresh_token" in request.content:
            grants.forget(acme.database, "anna")

    bench.gusto.between.append(disconnect)
    assert bench.sync(acme)["status"] == "failed"
    with acme.database.reading() as db:
        assert db.execute("SELECT tokens FROM connections").fetchone()[0] is None
