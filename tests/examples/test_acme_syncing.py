"""Acme Time reads every page, waits as told, goes on where it stopped, and keeps customers apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from acme_time import jobs, people
from acme_time.gusto import read_retry_after
from acme_time.notices import list_notices
from acme_time.worker import Worker, find_pause

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
EMPLOYEES = "/v1/companies/hill/employees"


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (100, 1), (101, 2), (251, 3)])
def test_every_page_is_read(bench: Any, count: int, pages: int) -> None:
    acme = bench.make()
    bench.connect(acme, count=count)
    bench.sync(acme)
    assert len(bench.held(acme)) == count
    assert len(bench.gusto.calls(EMPLOYEES)) == pages


@pytest.mark.parametrize(("count", "requests"), [(99, 1), (100, 2), (251, 3)])
def test_every_page_is_read_without_headers(bench: Any, count: int, requests: int) -> None:
    bench.gusto.page_headers = False
    acme = bench.make()
    bench.connect(acme, count=count)
    bench.sync(acme)
    assert len(bench.held(acme)) == count
    assert len(bench.gusto.calls(EMPLOYEES)) == requests


def test_a_server_that_ignores_paging_is_not_asked_for_ever(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme, count=100)
    everybody = bench.gusto.companies["hill"]
    bench.gusto.between.append(
        lambda request: httpx.Response(200, json=everybody) if request.url.path == EMPLOYEES else None
    )
    bench.sync(acme)
    assert len(bench.held(acme)) == 100
    assert len(bench.gusto.calls(EMPLOYEES)) == 2


def answer_once(path: str, page: str, response: httpx.Response) -> Callable[[httpx.Request], Any]:
    used: list[bool] = []

    def answer(request: httpx.Request) -> httpx.Response | None:
        if used or request.url.path != path or request.url.params["page"] != page:
            return None
        used.append(True)
        return response

    return answer


def test_a_429_silences_the_account_for_as_long_as_gusto_asked(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme, count=251)
    bench.connect(acme, account="berta", company="vale")
    bench.gusto.between.append(
        answer_once(EMPLOYEES, "2", httpx.Response(429, headers={"Retry-After": "30"}))
    )
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
    bench.work_all(acme)
    assert [request.url.params["page"] for request in bench.gusto.calls(EMPLOYEES)] == ["1", "2", "2", "3"]
    assert len(bench.held(acme)) == 251


def test_a_passing_500_costs_one_page(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme, count=251)
    bench.gusto.between.append(answer_once(EMPLOYEES, "3", httpx.Response(502)))
    assert bench.sync(acme)["status"] == "done"
    assert [request.url.params["page"] for request in bench.gusto.calls(EMPLOYEES)] == ["1", "2", "3", "3"]


def test_a_lasting_500_ends_after_five_tries_and_is_told(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.gusto.between.append(lambda request: httpx.Response(500) if request.url.path == EMPLOYEES else None)
    assert bench.sync(acme)["status"] == "failed"
    assert len(bench.gusto.calls(EMPLOYEES)) == 5
    assert [each["about"] for each in list_notices(acme.database, "anna")] == ["sync_failed"]
    bench.gusto.between.clear()
    assert bench.sync(acme)["status"] == "done"
    assert "sync_failed" not in [each["about"] for each in list_notices(acme.database, "anna")]


def test_a_job_has_failed_only_when_its_failure_is_told(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    acme, told = bench.make(), []
    bench.connect(acme)
    bench.gusto.between.append(lambda request: httpx.Response(403) if request.url.path == EMPLOYEES else None)
    finish = jobs.finish

    def look_first(*given: Any, **named: Any) -> None:
        told.append([each["about"] for each in list_notices(acme.database, "anna")])
        finish(*given, **named)

    monkeypatch.setattr(jobs, "finish", look_first)
    assert bench.sync(acme)["status"] == "failed"
    assert told == [["sync_failed"]]


def test_pauses_grow() -> None:
    pauses = [find_pause(attempt) for attempt in range(1, 6)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 8 * pauses[0]


@pytest.mark.parametrize("status", [400, 403, 404, 406, 422])
def test_other_4xx_are_asked_once(bench: Any, status: int) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.gusto.between.append(
        lambda request: httpx.Response(status) if request.url.path == EMPLOYEES else None
    )
    assert bench.sync(acme)["status"] == "failed"
    assert len(bench.gusto.calls(EMPLOYEES)) == 1


def test_a_missing_scope_is_named_to_the_customer(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    body = {"errors": [{"category": "nested_errors", "errors": [{"category": "missing_oauth_scopes"}]}]}
    bench.gusto.between.append(
        lambda request: httpx.Response(403, json=body) if request.url.path == EMPLOYEES else None
    )
    bench.sync(acme)
    assert "missing_scope" in [each["about"] for each in list_notices(acme.database, "anna")]


def test_a_killed_worker_goes_on_at_the_page_where_it_stopped(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme, count=251)

    def die(request: httpx.Request) -> None:
        if request.url.path == EMPLOYEES and request.url.params["page"] == "2":
            raise KeyboardInterrupt

    bench.gusto.between.append(die)
    jobs.enqueue(acme.database, "anna", "sync_people")
    with pytest.raises(KeyboardInterrupt):
        Worker(acme).work_once()
    bench.gusto.between.clear()
    reborn = bench.make()
    jobs.requeue_interrupted(reborn.database)
    bench.work_all(reborn)
    assert [request.url.params["page"] for request in bench.gusto.calls(EMPLOYEES)] == ["1", "2", "2", "3"]
    assert len(bench.held(reborn)) == 251


def test_people_who_left_the_company_are_removed_after_a_complete_pass(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.sync(acme)
    del bench.gusto.companies["hill"][1]
    bench.sync(acme)
    assert bench.held(acme) == ["hill-0", "hill-2"]


def test_a_list_that_shifts_between_two_pages_is_read_again(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme, count=150)
    bench.gusto.total_header = True
    bench.gusto.between.append(_deleting(bench, at_page="2"))
    bench.sync(acme)
    assert bench.held(acme) == [f"hill-{number}" for number in range(1, 150)]


def test_whoever_a_list_does_not_show_is_asked_for_before_they_are_dropped(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme, count=150)
    bench.sync(acme)
    bench.gusto.between.append(_deleting(bench, at_page="2"))
    bench.sync(acme)
    assert sorted(bench.held(acme)) == sorted(f"hill-{number}" for number in range(150))
    asked = [each.url.path for each in bench.gusto.requests if each.url.path.startswith("/v1/employees/")]
    assert asked == ["/v1/employees/hill-100"]


def _deleting(bench: Any, *, at_page: str) -> Any:
    """Return what deletes the first of the company when a page is asked for, once."""
    left = ["once"]

    def delete(request: httpx.Request) -> None:
        if left and request.url.params.get("page") == at_page:
            left.pop()
            del bench.gusto.companies["hill"][0]

    return delete


def test_the_customer_learns_that_a_match_was_deleted_in_gusto(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    theirs = bench.gusto.companies["hill"][1]
    ours = {name: theirs[name] for name in ("first_name", "last_name", "email", "date_of_birth")}
    people.replace_own_people(acme.database, "anna", [{"id": "ours", **ours}])
    bench.sync(acme)
    assert bench.matches_of(acme) == {"ours": ("matched", "hill-1")}
    del bench.gusto.companies["hill"][1]
    bench.sync(acme)
    assert bench.matches_of(acme) == {"ours": ("unmatched", None)}
    assert "unlinked" in [each["about"] for each in list_notices(acme.database, "anna")]


def test_an_unreadable_record_is_told_and_the_rest_is_kept(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.gusto.companies["hill"].append({"first_name": "Nobody"})
    bench.sync(acme)
    assert len(bench.held(acme)) == 3
    assert "partial_failure" in [each["about"] for each in list_notices(acme.database, "anna")]


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [("2", 2, 2.5), (None, 60, 61), ("soon", 60, 61), ("Tue, 24 Nov 2020 00:00:00 GMT", 0, 1)],
)
def test_retry_after_is_seconds_or_a_date_or_the_whole_window(
    value: str | None, least: float, most: float
) -> None:
    assert least <= read_retry_after(value) <= most


def test_tenants_never_see_each_other(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.connect(acme, account="berta", company="vale", count=2)
    for account in ("anna", "berta", "anna"):
        bench.sync(acme, account)
    assert bench.held(acme) == ["hill-0", "hill-1", "hill-2"]
    assert bench.held(acme, "berta") == ["vale-0", "vale-1"]
    for request in bench.gusto.requests:
        company = bench.gusto.access.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if request.url.path.startswith("/v1/companies/"):
            assert request.url.path.split("/")[3] == company
