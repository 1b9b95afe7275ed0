"""The consent page over HTTP: shown, answered, denied, refused; walked by machine and by browser."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

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


class Visit:
    """A sandbox with two companies, and a browser at it."""

    def __init__(self, gusto: Any) -> None:
        self.sandbox = gusto.sandbox
        self.http = gusto.http
        self.company = gusto.company
        self.other = gusto.admin.create_company(people=3)

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
def visit(gusto: Any) -> Visit:
    return Visit(gusto)


def redirected(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 302
    location = answer.headers["location"]
    assert location.startswith(CALLBACK + "?")
    return parse_qs(urlsplit(location).query)


def exchange(visit: Visit, code: str) -> Any:
    return visit.http.post(
        "/oauth/token",
        json={
            "grant_type": "authorization_code",
            "client_id": "client",
            "client_secret": "s3cret",
            "redirect_uri": CALLBACK,
            "code": code,
        },
    )


def test_the_page_names_the_scopes_and_offers_every_company(visit: Visit) -> None:
    answer = visit.authorize()
    page = Page(answer.text)
    assert "employees:read" in answer.text
    assert {visit.company, visit.other} <= set(page.choices["consent.company"])
    assert page.buttons == ["allow", "deny"]


def test_the_page_needs_no_script_and_allows_none(visit: Visit) -> None:
    answer = visit.authorize()
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "script" not in Page(answer.text).tags
    assert answer.headers["cache-control"] == "no-store"


def test_allowing_leads_back_with_a_code_and_the_same_state(visit: Visit) -> None:
    answer = redirected(visit.decide(visit.page()))
    assert answer["state"] == [GOOD["state"]]
    issued = exchange(visit, answer["code"][0])
    assert issued.status_code == 200


def test_the_token_is_for_the_chosen_company(visit: Visit) -> None:
    answer = redirected(visit.decide(visit.page(), company=visit.other))
    token = exchange(visit, answer["code"][0]).json()["access_token"]
    info = visit.http.get(
        "/v1/token_info", headers={"Authorization": f"Bearer {token}", "X-Gusto-API-Version": "2026-06-15"}
    )
    assert info.json()["resource"]["uuid"] == visit.other


def test_denying_leads_back_with_access_denied_and_no_code(visit: Visit) -> None:
    answer = redirected(visit.decide(visit.page(), "deny"))
    assert answer["error"] == ["access_denied"]
    assert answer["state"] == [GOOD["state"]]
    assert "code" not in answer


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_a_page_is_answered_once(visit: Visit, decision: str) -> None:
    page = visit.page()
    visit.decide(page, decision)
    again = visit.decide(page, decision)
    assert again.status_code == 400
    assert "location" not in again.headers


def test_a_form_without_a_page_of_ours_is_refused(visit: Visit) -> None:
    answer = visit.decide(visit.page(), request="guessed")
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_form_from_another_site_is_refused(visit: Visit) -> None:
    page = visit.page()
    form = {**page.fields, "company": visit.company, "decision": "allow"}
    answer = visit.http.post(page.action, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert visit.decide(page).status_code == 302


@pytest.mark.parametrize("changes", [{"client_id": "other"}, {"redirect_uri": "http://evil.example/"}])
def test_a_wrong_client_or_redirect_uri_shows_an_error_and_sends_nobody_on(
    visit: Visit, changes: dict[str, str]
) -> None:
    answer = visit.authorize(**changes)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "form" not in Page(answer.text).tags


def test_another_response_type_leads_back_with_an_error(visit: Visit) -> None:
    answer = redirected(visit.authorize(response_type="token"))
    assert answer["error"] == ["unsupported_response_type"]
    assert answer["state"] == [GOOD["state"]]


def test_somebody_who_is_no_admin_cannot_give_access_and_can_go_back(visit: Visit) -> None:
    person = str(visit.sandbox.admin.people(visit.company)[0]["uuid"])
    answer = visit.authorize(person=person)
    assert answer.status_code == 403
    page = Page(answer.text)
    assert page.buttons == ["deny"]
    back = visit.http.post(page.action, data={**page.fields, "decision": "deny"})
    assert redirected(back)["error"] == ["access_denied"]


def test_a_form_in_the_name_of_somebody_who_is_no_admin_is_refused(visit: Visit) -> None:
    person = str(visit.sandbox.admin.people(visit.company)[0]["uuid"])
    answer = visit.decide(visit.page(), person=person)
    assert answer.status_code == 403
    assert "location" not in answer.headers


def test_an_admin_of_one_company_cannot_give_access_to_another(visit: Visit) -> None:
    admin = str(visit.sandbox.admin.admins(visit.company)[0]["uuid"])
    assert visit.page(person=admin).choices["consent.company"] == [visit.company]
    assert visit.decide(visit.page(), person=admin, company=visit.other).status_code == 403
    assert visit.decide(visit.page(), person=admin).status_code == 302


def test_an_accountant_chooses_among_several_companies(visit: Visit) -> None:
    everybody = visit.page().choices["sign-in.person"]
    choices = {
        person: answer
        for person in everybody
        if (answer := visit.authorize(person=person)).status_code == 200
    }
    several = [
        person
        for person, answer in choices.items()
        if {visit.company, visit.other} <= set(Page(answer.text).choices["consent.company"])
    ]
    assert several
    page = Page(choices[several[0]].text)
    code = redirected(visit.decide(page, company=visit.other))["code"][0]
    assert exchange(visit, code).status_code == 200


def test_a_decision_that_is_neither_can_be_made_again(visit: Visit) -> None:
    page = visit.page()
    assert visit.decide(page, "perhaps").status_code == 400
    assert visit.decide(page, company="nowhere").status_code == 400
    assert visit.decide(page).status_code == 302


def test_hostile_text_stays_text(visit: Visit) -> None:
    answer = visit.authorize(state='"><script>alert(1)</script>')
    assert "<script" not in answer.text
    assert Page(answer.text).tags.count("form") == 2
