"""Acme Time's pages for books and new companies: buttons that queue, and a way to Gusto for newcomers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from acme_time import accounts
from acme_time.journal import MOST_LOOKS
from acme_time.notices import list_notices
from books import COMPANY, USER, Ledgers

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def sign_in(browser: Any, acme: Any) -> str:
    """Sign in as anna and return the token that each form needs."""
    browser.get("/gusto/connect?account=anna")
    found = re.search(r"name=form_token value='([^']+)'", browser.get("/accounts/anna").text)
    assert found is not None
    return found[1]


def press(browser: Any, path: str, **fields: str) -> httpx.Response:
    answer: httpx.Response = browser.post(path, content=urlencode(fields), headers=FORM)
    return answer


def test_the_button_posts_payrolls(bench: Any) -> None:
    acme = bench.make()
    books, browser = Ledgers(bench, acme), bench.browser(acme)
    token = sign_in(browser, acme)
    assert press(browser, "/accounts/anna/journal", form_token=token).status_code == 303
    bench.work_all(acme)
    assert [each["payroll_uuid"] for each in books.entries()] == ["regular"]


@pytest.mark.parametrize("path", ["journal", "company"])
def test_nobody_else_can_press_it(bench: Any, path: str) -> None:
    acme = bench.make()
    browser = bench.browser(acme)
    sign_in(browser, acme)
    assert press(browser, f"/accounts/anna/{path}", form_token="forged").status_code == 403


@pytest.mark.parametrize(
    ("status", "answered", "leads"),
    [
        (201, {"account_claim_url": "https://gusto.test/claim?token=t"}, "https://gusto.test/claim?token=t"),
        (422, {"errors": [{"category": "duplicate_operation", "message": "x"}]}, "connect it"),
        (422, {"errors": [{"category": "invalid_attribute_value", "message": "Odd name."}]}, "Odd name."),
        (500, {}, "ask once more"),
        (201, {}, "an e-mail from Gusto"),
    ],
)
def test_a_newcomer_is_led_on(bench: Any, status: int, answered: Any, leads: str) -> None:
    acme = bench.make()
    accounts.create_account(acme.database, "anna")
    browser = bench.browser(acme)
    token = sign_in(browser, acme)
    bench.gusto.between.insert(
        0, lambda asked: httpx.Response(status, json=answered) if asked.url.path == "/v1/provision" else None
    )
    fields = {**USER, "company_name": COMPANY["name"], "form_token": token}
    answer = press(browser, "/accounts/anna/company", **fields)
    assert leads in (answer.headers.get("location") or answer.text)


def test_what_balances_not_is_not_posted(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    acme = bench.make()
    books = Ledgers(bench, acme)
    monkeypatch.setattr("books.LEDGER", [["Expense", "Gross wages", "1.00", None]])
    assert books.post() == []


def test_one_job_asks_once_for_what_fails_while_another_is_pending(bench: Any) -> None:
    acme = bench.make()
    books = Ledgers(bench, acme)
    books.run("bonus", off_cycle=True)
    books.failing.add("regular")
    books.slow["bonus"] = 5
    assert books.post() == ["bonus"]
    assert books.asks() == 2
    assert [each["message"] for each in list_notices(acme.database, "anna")] == [
        "Gusto could not make the ledger of 1 payrolls. They are not in your books yet."
    ]
    books.failing.clear()
    assert set(books.post()) == {"bonus", "regular"}


def test_a_report_that_never_comes_is_told_of_and_asked_for_anew(bench: Any) -> None:
    acme = bench.make()
    books = Ledgers(bench, acme)
    books.pending = MOST_LOOKS
    assert books.post() == []
    assert [each["about"] for each in list_notices(acme.database, "anna")] == ["partial_failure"]
    assert books.post() == ["regular"]
    assert books.asks() == 2
    assert list_notices(acme.database, "anna") == []
