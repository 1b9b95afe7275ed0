"""The OAuth endpoints over HTTP, against the whole sandbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from partner_qa.contract.catalogue import load_contract
from partner_qa.sandbox.app import Sandbox, SandboxSettings

CALLBACK = "http://127.0.0.1:4000/gusto/callback"
CLIENT = {"client_id": "client", "client_secret": "s3cret"}
SCOPES = ("companies:read", "employees:read", "companies:disconnect_app_integration", "events:read")
VERSION = {"X-Gusto-API-Version": "2026-06-15"}


class Gusto:
    """A sandbox and an HTTP client of it."""

    def __init__(self, **options: Any) -> None:
        settings = SandboxSettings(
            seed=1,
            anchor=date(2026, 10, 20),
            redirect_uris=(CALLBACK,),
            scopes=SCOPES,
            minimum_version="2026-06-15",
            **CLIENT,
            **options,
        )
        self.sandbox = Sandbox(contract=load_contract(), settings=settings)
        self.http = TestClient(self.sandbox, base_url="http://127.0.0.1:8080", follow_redirects=False)
        self.company = self.sandbox.admin.create_company(people=3)

    def code(self) -> str:
        (admin,) = self.sandbox.admin.admins(self.company)[:1]
        return self.sandbox.world.grants.issue_code(
            company=self.company, owner=str(admin["uuid"]), redirect_uri=CALLBACK
        )

    def token(self, **parameters: str) -> Any:
        return self.http.post("/oauth/token", json={**CLIENT, **parameters})

    def connect(self) -> dict[str, Any]:
        answer = self.token(grant_type="authorization_code", code=self.code(), redirect_uri=CALLBACK)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str, token: str) -> Any:
        return self.http.get(path, headers={"Authorization": f"Bearer {token}", **VERSION})

    def system(self) -> str:
        return str(self.token(grant_type="system_access").json()["access_token"])


@pytest.fixture
def gusto() -> Gusto:
    return Gusto()


@pytest.fixture
def open_gusto() -> Callable[..., Gusto]:
    return Gusto


def test_a_code_becomes_a_token_that_knows_its_company(gusto: Gusto) -> None:
    issued = gusto.connect()
    assert issued["token_type"] == "Bearer"
    assert issued["expires_in"] == 7200
    assert isinstance(issued["created_at"], int)
    assert set(issued["scope"].split()) == {*SCOPES, "public"}
    info = gusto.get("/v1/token_info", issued["access_token"]).json()
    assert info["resource"] == {"type": "Company", "uuid": gusto.company}
    assert info["resource_owner"]["type"] == "CompanyAdmin"
    assert set(info["scope"].split()) == {*SCOPES, "public"}


def test_a_token_answer_may_not_be_stored(gusto: Gusto) -> None:
    answer = gusto.token(grant_type="system_access")
    assert answer.headers["cache-control"] == "no-store"


def test_form_encoding_is_taken_too(gusto: Gusto) -> None:
    answer = gusto.http.post("/oauth/token", data={"grant_type": "system_access", **CLIENT})
    assert answer.status_code == 200


def test_a_system_token_belongs_to_the_application(gusto: Gusto) -> None:
    answer = gusto.token(grant_type="system_access").json()
    assert answer["refresh_token"] is None
    assert "scope" not in answer
    info = gusto.get("/v1/token_info", answer["access_token"]).json()
    assert info["resource"]["type"] == "Oauth::Application"
    assert info["resource_owner"] is None


def test_a_wrong_client_is_401_with_a_challenge(gusto: Gusto) -> None:
    answer = gusto.token(grant_type="system_access", client_secret="wrong")
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert "www-authenticate" in answer.headers


def test_a_secret_in_the_url_is_400(gusto: Gusto) -> None:
    answer = gusto.http.post(
        "/oauth/token", params={"client_secret": "s3cret"}, json={"grant_type": "system_access", **CLIENT}
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


def test_a_spent_refresh_token_is_an_invalid_grant(gusto: Gusto) -> None:
    first = gusto.connect()
    spend = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert gusto.token(**spend).status_code == 200
    again = gusto.token(**spend)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_using_the_new_access_token_ends_the_old_pair(open_gusto: Callable[..., Gusto]) -> None:
    gusto = open_gusto(rotation="grace")
    first = gusto.connect()
    spend = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    gusto.token(**spend)
    second = gusto.token(**spend).json()
    assert gusto.get("/v1/token_info", first["access_token"]).status_code == 200
    assert gusto.get("/v1/token_info", second["access_token"]).status_code == 200
    assert gusto.get("/v1/token_info", first["access_token"]).status_code == 401
    assert gusto.token(**spend).status_code == 400


def test_a_revoked_token_is_dead_and_revoking_again_is_200(gusto: Gusto) -> None:
    issued = gusto.connect()
    revoke = {**CLIENT, "token": issued["access_token"]}
    assert gusto.http.post("/oauth/revoke", json=revoke).status_code == 200
    assert gusto.get("/v1/token_info", issued["access_token"]).status_code == 401
    refreshed = gusto.token(grant_type="refresh_token", refresh_token=issued["refresh_token"])
    assert refreshed.status_code == 400
    assert gusto.http.post("/oauth/revoke", json=revoke).status_code == 200


def test_revoking_needs_the_client_and_a_token(gusto: Gusto) -> None:
    wrong = gusto.http.post("/oauth/revoke", json={**CLIENT, "client_secret": "x", "token": "t"})
    assert wrong.status_code == 401
    assert gusto.http.post("/oauth/revoke", json=CLIENT).status_code == 400


def test_disconnecting_ends_every_grant_of_the_company_and_is_told(gusto: Gusto) -> None:
    one, two, system = gusto.connect(), gusto.connect(), gusto.system()
    path = f"/v1/companies/{gusto.company}/disconnect_app_integration"
    headers = {"Authorization": f"Bearer {system}", **VERSION}
    assert gusto.http.post(path, headers=headers).status_code == 204
    assert gusto.get("/v1/token_info", one["access_token"]).status_code == 401
    assert gusto.get("/v1/token_info", two["access_token"]).status_code == 401
    events = gusto.get("/v1/events", system).json()
    assert [each["event_type"] for each in events][-1] == "company.deprovisioned"
    assert gusto.http.post(path, headers=headers).status_code == 404


def test_connecting_is_told_once_and_a_refresh_is_not(gusto: Gusto) -> None:
    issued = gusto.connect()
    gusto.token(grant_type="refresh_token", refresh_token=issued["refresh_token"])
    events = gusto.get("/v1/events", gusto.system()).json()
    assert [each["event_type"] for each in events] == ["company.provisioned"]
    assert events[0]["resource_uuid"] == events[0]["entity_uuid"] == gusto.company


def test_a_short_lifetime_can_be_asked_for(gusto: Gusto) -> None:
    gusto.sandbox.world.grants.set_expires_in(1, company=gusto.company)
    assert gusto.connect()["expires_in"] == 1
