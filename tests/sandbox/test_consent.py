"""The consent page over HTTP: shown, answered, denied, refused; walked as a machine and as a browser would."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from partner_qa.contract.catalogue import load_contract
from partner_qa.sandbox.app import Sandbox, SandboxSettings

CALLBACK = "http://127.0.0.1:4000/gusto/callback"
GOOD = {"client_id": "client", "redirect_uri": CALLBACK, "response_type": "code", "state": "s=1&t=é"}


class Page(HTMLParser):
    """What a machine can read of a page: fields, buttons and choices of the form `consent`, and all tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.form = ""
        self.action = ""
        self.fields: dict[str, str] = {}
        self.choices: dict[str, list[str]] = {}
        self.buttons: list[str] = []
        self.tags: list[str] = []
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if tag == "form":
            self.form = given["id"]
            self.action = given["action"] if self.form == "consent" else self.action
        if tag == "select":
            self._select = f"{self.form}.{given['name']}"
        if tag == "option":
            self.choices.setdefault(self._select, []).append(given["value"])
        if tag == "input" and self.form == "consent":
            self.fields[given["name"]] = given["value"]
        if tag == "button" and self.form == "consent":
            self.buttons.append(given["value"])


class Gusto:
    """A sandbox with two companies, and a browser at it."""

    def __init__(self) -> None:
        settings = SandboxSettings(
            seed=1,
            anchor=date(2026, 10, 20),
            client_id="client",
            client_secret="s3cret",
            redirect_uris=(CALLBACK,),
            scopes=("companies:read", "employees:read"),
            minimum_version="2026-06-15",
        )
        self.sandbox = Sandbox(contract=load_contract(), settings=settings)
        self.http = TestClient(self.sandbox, base_url="http://127.0.0.1:8080", follow_redirects=False)
        self.company = self.sandbox.admin.create_company(people=3)
        self.other = self.sandbox.admin.create_company(people=3)

    def authorize(self, **changes: str) -> Any:
        return self.http.get("/oauth/authorize", params={**GOOD, **changes})

    def page(self, **changes: str) -> Page:
        answer = self.authorize(**changes)
        assert answer.status_code == 200
        return Page(answer.text)

    def decide(self, page: Page, decision: str = "allow", **changes: str) -> Any:
        form = {**page.fields, "company": self.company, "decision": decision, **changes}
        return self.http.post(page.action, data=form)


@pytest.fixture
def gusto() -> Gusto:
    return Gusto()


def redirected(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 302
    location = answer.headers["location"]
    assert location.startswith(CALLBACK + "?")
    return parse_qs(urlsplit(location).query)


def exchange(gusto: Gusto, code: str) -> Any:
    return gusto.http.post(
        "/oauth/token",
        json={
            "grant_type": "authorization_code",
            "client_id": "client",
            "client_secret": "s3cret",
            "redirect_uri": CALLBACK,
            "code": code,
        },
    )


def test_the_page_names_the_scopes_and_offers_every_company(gusto: Gusto) -> None:
    answer = gusto.authorize()
    page = Page(answer.text)
    assert "employees:read" in answer.text
    assert {gusto.company, gusto.other} <= set(page.choices["consent.company"])
    assert page.buttons == ["allow", "deny"]


def test_the_page_needs_no_script_and_allows_none(gusto: Gusto) -> None:
    answer = gusto.authorize()
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "script" not in Page(answer.text).tags
    assert answer.headers["cache-control"] == "no-store"


def test_allowing_leads_back_with_a_code_and_the_same_state(gusto: Gusto) -> None:
    answer = redirected(gusto.decide(gusto.page()))
    assert answer["state"] == [GOOD["state"]]
    issued = exchange(gusto, answer["code"][0])
    assert issued.status_code == 200


def test_the_token_is_for_the_chosen_company(gusto: Gusto) -> None:
    answer = redirected(gusto.decide(gusto.page(), company=gusto.other))
    token = exchange(gusto, answer["code"][0]).json()["access_token"]
    info = gusto.http.get(
        "/v1/token_info", headers={"Authorization": f"Bearer {token}", "X-Gusto-API-Version": "2026-06-15"}
    )
    assert info.json()["resource"]["uuid"] == gusto.other


def test_denying_leads_back_with_access_denied_and_no_code(gusto: Gusto) -> None:
    answer = redirected(gusto.decide(gusto.page(), "deny"))
    assert answer["error"] == ["access_denied"]
    assert answer["state"] == [GOOD["state"]]
    assert "code" not in answer


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_a_page_is_answered_once(gusto: Gusto, decision: str) -> None:
    page = gusto.page()
    gusto.decide(page, decision)
    again = gusto.decide(page, decision)
    assert again.status_code == 400
    assert "location" not in again.headers


def test_a_form_without_a_page_of_ours_is_refused(gusto: Gusto) -> None:
    answer = gusto.decide(gusto.page(), request="guessed")
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_form_from_another_site_is_refused(gusto: Gusto) -> None:
    page = gusto.page()
    form = {**page.fields, "company": gusto.company, "decision": "allow"}
    answer = gusto.http.post(page.action, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert gusto.decide(page).status_code == 302


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"redirect_uri": "http://evil.example/"}])
def test_a_wrong_client_or_redirect_uri_shows_an_error_and_sends_nobody_on(
    gusto: Gusto, changes: dict[str, str]
) -> None:
    answer = gusto.authorize(**changes)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "form" not in Page(answer.text).tags


def test_another_response_type_leads_back_with_an_error(gusto: Gusto) -> None:
    answer = redirected(gusto.authorize(response_type="token"))
    assert answer["error"] == ["unsupported_response_type"]
    assert answer["state"] == [GOOD["state"]]


def test_somebody_who_is_no_admin_cannot_give_access_and_can_go_back(gusto: Gusto) -> None:
    person = str(gusto.sandbox.admin.people(gusto.company)[0]["uuid"])
    answer = gusto.authorize(person=person)
    assert answer.status_code == 403
    page = Page(answer.text)
    assert page.buttons == ["deny"]
    back = gusto.http.post(page.action, data={**page.fields, "decision": "deny"})
    assert redirected(back)["error"] == ["access_denied"]


def test_a_form_in_the_name_of_somebody_who_is_no_admin_is_refused(gusto: Gusto) -> None:
    person = str(gusto.sandbox.admin.people(gusto.company)[0]["uuid"])
    answer = gusto.decide(gusto.page(), person=person)
    assert answer.status_code == 403
    assert "location" not in answer.headers


def test_an_admin_of_one_company_cannot_give_access_to_another(gusto: Gusto) -> None:
    admin = str(gusto.sandbox.admin.admins(gusto.company)[0]["uuid"])
    assert gusto.page(person=admin).choices["consent.company"] == [gusto.company]
    assert gusto.decide(gusto.page(), person=admin, company=gusto.other).status_code == 403
    assert gusto.decide(gusto.page(), person=admin).status_code == 302


def test_an_accountant_chooses_among_several_companies(gusto: Gusto) -> None:
    everybody = gusto.page().choices["sign-in.person"]
    choices = {
        person: answer
        for person in everybody
        if (answer := gusto.authorize(person=person)).status_code == 200
    }
    several = [
        person
        for person, answer in choices.items()
        if {gusto.company, gusto.other} <= set(Page(answer.text).choices["consent.company"])
    ]
    assert several
    page = Page(choices[several[0]].text)
    code = redirected(gusto.decide(page, company=gusto.other))["code"][0]
    assert exchange(gusto, code).status_code == 200


def test_a_decision_that_is_neither_can_be_made_again(gusto: Gusto) -> None:
    page = gusto.page()
    assert gusto.decide(page, "perhaps").status_code == 400
    assert gusto.decide(page, company="nowhere").status_code == 400
    assert gusto.decide(page).status_code == 302


def test_hostile_text_stays_text(gusto: Gusto) -> None:
    answer = gusto.authorize(state='"><script>alert(1)</script>')
    assert "<script" not in answer.text
    assert Page(answer.text).tags.count("form") == 2
