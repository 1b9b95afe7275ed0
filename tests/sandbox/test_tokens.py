"""The OAuth endpoints over HTTP, against the whole sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

CALLBACK = "http://127.0.0.1:4000/gusto/callback"
CLIENT = {"client_id": "client", "client_secret": "s3cret"}
SCOPES = ("companies:read", "employees:read", "companies:disconnect_app_integration", "events:read")
VERSION = {"X-Gusto-API-Version": "2026-06-15"}


class Client:
    """The partner's application at a sandbox."""

    def __init__(self, gusto: Any) -> None:
        self.sandbox = gusto.sandbox
        self.http = gusto.http
        self.company = gusto.company
        self.get = gusto.get

    def code(self) -> str:
        (admin,) = self.sandbox.admin.admins(self.company)[:1]
        return str(
            self.sandbox.world.grants.issue_code(
                company=self.company, owner=str(admin["uuid"]), redirect_uri=CALLBACK
            )
        )

    def token(self, **parameters: str) -> Any:
        return self.http.post("/oauth/token", json={**CLIENT, **parameters})

    def connect(self) -> dict[str, Any]:
        answer = self.token(grant_type="authorization_code", code=self.code(), redirect_uri=CALLBACK)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    def system(self) -> str:
        return str(self.token(grant_type="system_access").json()["access_token"])


@pytest.fixture
def open_client(open_gusto: Callable[..., Any]) -> Callable[..., Client]:
    return lambda **options: Client(open_gusto(scopes=SCOPES, **options))


@pytest.fixture
def client(open_client: Callable[..., Client]) -> Client:
    return open_client()


def test_a_code_becomes_a_token_that_knows_its_company(client: Client) -> None:
    issued = client.connect()
    assert issued["token_type"] == "Bearer"
    assert issued["expires_in"] == 7200
    assert isinstance(issued["created_at"], int)
    assert set(issued["scope"].split()) == {*SCOPES, "public"}
    info = client.get("/v1/token_info", issued["access_token"]).json()
    assert info["resource"] == {"type": "Company", "uuid": client.company}
    assert info["resource_owner"]["type"] == "CompanyAdmin"
    assert set(info["scope"].split()) == {*SCOPES, "public"}


def test_a_token_answer_may_not_be_stored(client: Client) -> None:
    answer = client.token(grant_type="system_access")
    assert answer.headers["cache-control"] == "no-store"


def test_form_encoding_is_taken_too(client: Client) -> None:
    answer = client.http.post("/oauth/token", data={"grant_type": "system_access", **CLIENT})
    assert answer.status_code == 200


def test_a_system_token_belongs_to_the_application(client: Client) -> None:
    answer = client.token(grant_type="system_access").json()
    assert answer["refresh_token"] is None
    assert "scope" not in answer
    info = client.get("/v1/token_info", answer["access_token"]).json()
    assert info["resource"]["type"] == "Oauth::Application"
    assert info["resource_owner"] is None


def test_a_wrong_client_is_401_with_a_challenge(client: Client) -> None:
    answer = client.token(grant_type="system_access", client_secret="wrong")
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert "www-authenticate" in answer.headers


def test_a_secret_in_the_url_is_400(client: Client) -> None:
    answer = client.http.post(
        "/oauth/token", params={"client_secret": "s3cret"}, json={"grant_type": "system_access", **CLIENT}
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


def test_a_spent_refresh_token_is_an_invalid_grant(client: Client) -> None:
    first = client.connect()
    spend = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert client.token(**spend).status_code == 200
    again = client.token(**spend)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_using_the_new_access_token_ends_the_old_pair(open_client: Callable[..., Client]) -> None:
    client = open_client(rotation="grace")
    first = client.connect()
    spend = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    client.token(**spend)
    second = client.token(**spend).json()
    assert client.get("/v1/token_info", first["access_token"]).status_code == 200
    assert client.get("/v1/token_info", second["access_token"]).status_code == 200
    assert client.get("/v1/token_info", first["access_token"]).status_code == 401
    assert client.token(**spend).status_code == 400


def test_a_revoked_token_is_dead_and_revoking_again_is_200(client: Client) -> None:
    issued = client.connect()
    revoke = {**CLIENT, "token": issued["access_token"]}
    assert client.http.post("/oauth/revoke", json=revoke).status_code == 200
    assert client.get("/v1/token_info", issued["access_token"]).status_code == 401
    refreshed = client.token(grant_type="refresh_token", refresh_token=issued["refresh_token"])
    assert refreshed.status_code == 400
    assert client.http.post("/oauth/revoke", json=revoke).status_code == 200


def test_revoking_needs_the_client_and_a_token(client: Client) -> None:
    wrong = client.http.post("/oauth/revoke", json={**CLIENT, "client_secret": "x", "token": "t"})
    assert wrong.status_code == 401
    assert client.http.post("/oauth/revoke", json=CLIENT).status_code == 400


def test_disconnecting_ends_every_grant_of_the_company_and_is_told(client: Client) -> None:
    one, two, system = client.connect(), client.connect(), client.system()
    path = f"/v1/companies/{client.company}/disconnect_app_integration"
    headers = {"Authorization": f"Bearer {system}", **VERSION}
    assert client.http.post(path, headers=headers).status_code == 204
    assert client.get("/v1/token_info", one["access_token"]).status_code == 401
    assert client.get("/v1/token_info", two["access_token"]).status_code == 401
    events = client.get("/v1/events", system).json()
    assert [each["event_type"] for each in events][-1] == "company.deprovisioned"
    assert client.http.post(path, headers=headers).status_code == 404


def test_connecting_is_told_once_and_a_refresh_is_not(client: Client) -> None:
    issued = client.connect()
    client.token(grant_type="refresh_token", refresh_token=issued["refresh_token"])
    events = client.get("/v1/events", client.system()).json()
    assert [each["event_type"] for each in events] == ["company.provisioned"]
    assert events[0]["resource_uuid"] == events[0]["entity_uuid"] == client.company


def test_a_short_lifetime_can_be_asked_for(client: Client) -> None:
    client.sandbox.world.grants.set_expires_in(1, company=client.company)
    assert client.connect()["expires_in"] == 1
