"""Acme Time as a whole: disconnecting, the doors for a harness, the switches, the two processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from acme_time.qa_actions import ACTIONS
from acme_time.qa_observations import OBSERVATIONS
from acme_time.web import make_app

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
EMPLOYEES = "/v1/companies/hill/employees"


def test_disconnecting_tells_gusto_and_deletes_tokens(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.sync(acme)
    client = bench.browser(acme)
    client.as_qa()
    assert client.post("/qa/disconnect", json={"account": "anna"}).json()["status"] == "running"
    bench.work_all(acme)
    told = client.get("/qa/connection?account=anna").json()
    assert told == {"state": "disconnected", "company_uuid": None, "company_name": None}
    assert len(bench.gusto.calls("/v1/companies/hill/disconnect_app_integration")) == 1
    assert bench.held(acme) == []
    with acme.database.reading() as db:
        assert db.execute("SELECT tokens FROM connections").fetchone()[0] is None


def test_the_qa_doors_open_to_their_token_only(bench: Any) -> None:
    client = bench.browser(bench.make())
    assert client.get("/qa/people?account=anna").status_code == 401
    client.as_qa()
    assert client.get("/qa/people?account=anna").json() == {"people": []}
    assert client.get("/qa/logs?account=anna").json() == {"logs": []}
    assert client.post("/qa/set-people", json={"account": "anna"}).status_code == 422


def test_a_job_is_polled_until_it_is_done(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    client = bench.browser(acme)
    client.as_qa()
    begun = client.post("/qa/sync-people", json={"account": "anna"}).json()
    path = urlsplit(begun["poll"]).path
    assert client.get(path).json()["status"] == "running"
    assert client.get("/qa/idle?account=anna").json() == {"idle": False}
    assert client.get("/qa/idle?account=somebody-else").json() == {"idle": True}
    bench.work_all(acme)
    assert client.get("/qa/idle?account=anna").json() == {"idle": True}
    assert client.get(path).json() == {"status": "done", "detail": "3 people"}


def test_nothing_of_the_harness_is_imported() -> None:
    for path in (EXAMPLE / "acme_time").glob("*.py"):
        assert "partner_qa" not in path.read_text()


MODULES = sorted(path.name for path in (EXAMPLE / "acme_time").glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("name", [*MODULES, *ACTIONS, *OBSERVATIONS])
def test_the_readme_names_every_module_and_every_door(name: str) -> None:
    assert f"`{name}`" in (EXAMPLE / "README.md").read_text()


def test_the_readme_names_every_page(bench: Any) -> None:
    text = (EXAMPLE / "README.md").read_text()
    paths = [route.path for route in make_app(bench.make(qa_token="")).routes]
    spelt = {path: {path, path.removeprefix("/accounts/{account}") or path} for path in paths}
    assert [path for path, ways in spelt.items() if not any(f"`{way}`" in text for way in ways)] == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_short_and_says_what_it_is_for(name: str) -> None:
    text = (EXAMPLE / "acme_time" / name).read_text()
    assert len(text.splitlines()) <= 250
    assert text.startswith('"""')
