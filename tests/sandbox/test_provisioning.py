"""A partner founds a company, its user claims the account and connects it: over HTTP, as a browser would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

SCOPES = ("accounts:write", "companies:read", "company_admin:read", "employees:read")
USER = {"first_name": "Betsey", "last_name": "Trotwood", "email": "betsey@trotwood.example"}
COMPANY = {
    "name": " Trotwood Donkeys ",
    "trade_name": "Donkeys",
    "ein": "00-7654321",
    "number_employees": 3,
    "addresses": [
        {"street_1": "1 Cliff Road", "city": "Ely", "state": "NV", "zip": "89301", "phone": "7755550101"},
        {"city": "Nowhere"},
    ],
}
CALLBACK = "http://127.0.0.1:4000/gusto/callback"


@pytest.fixture
def gusto(open_gusto: Callable[..., Any]) -> Any:
    return open_gusto(scopes=SCOPES)


def provision(gusto: Any, **body: Any) -> Any:
    return gusto.call(
        "POST", "/v1/provision", gusto.system(), json={"user": USER, "company": COMPANY, **body}
    )


def consent(gusto: Any, company: str) -> Any:
    query = {"client_id": "client", "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    page = gusto.http.get("/oauth/authorize", params=query)
    request = page.text.partition('name="request" value="')[2].partition('"')[0]
    form = {"request": request, "person": "", "company": company, "decision": "allow"}
    return gusto.http.post("/oauth/authorize", data=form)


def newest(gusto: Any) -> Any:
    return list(gusto.world.companies.values())[-1]


def test_a_company_is_founded_claimed_and_connected(gusto: Any) -> None:
    created = provision(gusto)
    assert created.status_code == 201
    assert list(created.json()) == ["account_claim_url"]
    company = newest(gusto)
    assert company.uuid not in created.text
    page = gusto.http.get(created.json()["account_claim_url"])
    assert (page.status_code, "Your account is ready" in page.text) == (200, True)
    assert "Trotwood Donkeys" in page.text
    sent_back = consent(gusto, company.uuid)
    code = parse_qs(urlsplit(sent_back.headers["location"]).query)["code"][0]
    body = {
        "client_id": "client",
        "client_secret": "s3cret",
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
    }
    token = gusto.http.post("/oauth/token", json=body).json()["access_token"]
    assert gusto.get("/v1/token_info", token).json()["resource"]["uuid"] == company.uuid
    shown = gusto.get(f"/v1/companies/{company.uuid}", token).json()
    assert (shown["name"], shown["trade_name"], shown["ein"]) == ("Trotwood Donkeys", "Donkeys", "00-7654321")
    assert shown["primary_payroll_admin"] == {**USER, "phone": None}
    assert [each["street_1"] for each in shown["locations"]] == ["1 Cliff Road"]
    assert gusto.get(f"/v1/companies/{company.uuid}/employees", token).json() == []
    events = gusto.world.events.find_page(scopes=frozenset(SCOPES), company=company.uuid).events
    assert [each.event_type for each in events] == ["company.provisioned"]


def test_an_account_that_nobody_claimed_cannot_be_connected(gusto: Any) -> None:
    url = provision(gusto).json()["account_claim_url"]
    company = newest(gusto).uuid
    query = {"client_id": "client", "redirect_uri": CALLBACK, "response_type": "code"}
    assert company not in gusto.http.get("/oauth/authorize", params=query).text
    assert consent(gusto, company).status_code == 403
    gusto.http.get(url)
    assert company in gusto.http.get("/oauth/authorize", params=query).text
    assert consent(gusto, company).status_code == 302


def test_the_link_says_when_it_was_used_or_is_none(gusto: Any) -> None:
    url = provision(gusto).json()["account_claim_url"]
    gusto.http.get(url)
    assert "claimed already" in gusto.http.get(url).text
    for wrong in ("/claim_account", "/claim_account?token=", "/claim_account?token=%C3%A9"):
        assert gusto.http.get(wrong).status_code == 404


def test_the_smallest_request_founds_a_company(gusto: Any) -> None:
    assert provision(gusto, company={"name": "Small"}).status_code == 201
    gusto.admin.move_days(40)
    token = gusto.partner(company=newest(gusto).uuid)
    shown = gusto.get(f"/v1/companies/{newest(gusto).uuid}", token).json()
    assert (shown["name"], shown["locations"], shown["company_status"]) == ("Small", [], "Not Approved")


def test_an_email_that_somebody_has_is_refused(gusto: Any) -> None:
    known = gusto.admin.admins(gusto.company)[0]["email"]
    employee = gusto.admin.people(gusto.company)[0]["email"]
    assert provision(gusto).status_code == 201
    count = len(gusto.world.companies)
    for email in (known, known.upper(), employee, f" {USER['email']} "):
        refused = provision(gusto, user={**USER, "email": email})
        assert refused.status_code == 422
        assert gusto.error(refused)["category"] == "duplicate_operation"
    assert len(gusto.world.companies) == count


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"user": None}, ("user", "missing_parameter", "user is required.")),
        (
            {"user": {**USER, "email": "nobody"}},
            ("base", "invalid_attribute_value", "Invalid email address."),
        ),
        (
            {"user": {**USER, "first_name": " "}},
            ("user.first_name", "invalid_attribute_value", "First name is required"),
        ),
        (
            {"company": {"name": ""}},
            ("company.name", "invalid_attribute_value", "Name is required"),
        ),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_founded(
    gusto: Any, body: Any, expected: tuple[str, str, str]
) -> None:
    refused = provision(gusto, **body)
    assert refused.status_code == 422
    assert tuple(gusto.error(refused).values()) == expected
    assert len(gusto.world.companies) == 1


def test_without_a_user_that_is_said_in_gustos_words(gusto: Any) -> None:
    refused = gusto.call("POST", "/v1/provision", gusto.system(), json={"company": COMPANY})
    assert gusto.error(refused)["message"] == "user is required."


def test_a_company_token_and_a_missing_scope_are_refused(open_gusto: Callable[..., Any], gusto: Any) -> None:
    body = {"user": USER, "company": COMPANY}
    assert gusto.call("POST", "/v1/provision", gusto.partner(), json=body).status_code == 403
    narrow = open_gusto(scopes=("companies:read",))
    assert narrow.call("POST", "/v1/provision", narrow.system(), json=body).status_code == 403
