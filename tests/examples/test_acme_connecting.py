"""Acme Time connects safely: state, code, consent, sessions, and what lies on disk."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from acme_time import accounts

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
EMPLOYEES = "/v1/companies/hill/employees"


@pytest.fixture
def browser(bench: Any) -> Any:
    acme = bench.make()
    bench.gusto.companies["hill"] = bench.people(2)
    accounts.create_account(acme.database, "anna")
    return bench.browser(acme)


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


def test_the_callback_exchanges_the_code_once_with_secrets_in_the_body(bench: Any, browser: Any) -> None:
    bench.gusto.codes["good"] = "hill"
    answer = browser.get("/gusto/callback", params={"code": "good", "state": start(browser)["state"]})
    assert answer.headers["Location"] == "/accounts/anna"
    [exchange] = bench.gusto.calls("/oauth/token")
    assert json.loads(exchange.content)["client_secret"] == "acme-secret"
    assert exchange.url.query == b""
    assert "Authorization" not in exchange.headers


def test_a_state_works_once(bench: Any, browser: Any) -> None:
    bench.gusto.codes |= {"first": "hill", "second": "hill"}
    state = start(browser)["state"]
    browser.get("/gusto/callback", params={"code": "first", "state": state})
    again = browser.get("/gusto/callback", params={"code": "second", "state": state})
    assert again.status_code == 400
    assert "second" in bench.gusto.codes


@pytest.mark.parametrize("forged", [{}, {"state": ""}, {"state": "made-up"}])
def test_a_missing_or_foreign_state_is_refused(bench: Any, browser: Any, forged: dict[str, str]) -> None:
    bench.gusto.codes["good"] = "hill"
    start(browser)
    assert browser.get("/gusto/callback", params={"code": "good", **forged}).status_code == 400
    assert bench.gusto.requests == []


def test_a_state_of_another_session_is_refused(bench: Any, browser: Any) -> None:
    bench.gusto.codes["good"] = "hill"
    state = start(browser)["state"]
    browser.forget_cookies()
    start(browser)
    assert browser.get("/gusto/callback", params={"code": "good", "state": state}).status_code == 400


def test_a_state_ends_after_ten_minutes(bench: Any, browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.gusto.codes["good"] = "hill"
    state = start(browser)["state"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    assert browser.get("/gusto/callback", params={"code": "good", "state": state}).status_code == 400


def test_denied_consent_is_explained_and_leaves_nothing(bench: Any, browser: Any) -> None:
    params = {"error": "access_denied", "state": start(browser)["state"]}
    answer = browser.get("/gusto/callback", params=params)
    assert answer.status_code == 200
    assert "full-access admin" in answer.text
    assert bench.gusto.requests == []


def test_without_qa_nobody_connects_without_signing_in(bench: Any) -> None:
    acme = bench.make(qa_token="")
    passcode = accounts.create_account(acme.database, "anna")
    client = bench.browser(acme)
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


def test_tokens_and_people_are_unreadable_on_disk(bench: Any) -> None:
    acme = bench.make()
    bench.connect(acme)
    bench.sync(acme)
    stored = b"".join(path.read_bytes() for path in acme.config.data_dir.glob("acme.sqlite3*"))
    for secret in (*bench.gusto.access, *bench.gusto.refresh, "hill0@mail.test"):
        assert secret.encode() not in stored


def test_signing_out_ends_the_session_wherever_its_cookie_is(bench: Any, browser: Any) -> None:
    start(browser)
    page = browser.get("/accounts/anna").text
    [token, *_] = re.findall(r"name=form_token value='([^']+)'", page)
    assert browser.post("/accounts/anna/sign-out", data={"form_token": "forged"}).status_code == 303
    assert browser.get("/accounts/anna").status_code == 200
    browser.post("/accounts/anna/sign-out", data={"form_token": token})
    assert browser.get("/accounts/anna").status_code == 303
