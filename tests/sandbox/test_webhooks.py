"""The webhook and event operations over HTTP, against the whole sandbox."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.model import Request, find_header
from partner_qa.sandbox.subscriptions import SUBSCRIPTION_TYPES, UNSHOWN_TYPES

URL = "http://127.0.0.1:4000/gusto/webhooks"
SUBSCRIPTIONS = "/v1/webhook_subscriptions"
PATIENCE = 20.0  # seconds; only ever spent when something is broken
SCOPES = (
    "employees:read",
    "companies:read",
    "events:read",
    "webhook_subscriptions:read",
    "webhook_subscriptions:write",
)


class Application:
    """The partner's application with a connected company, a system token, and a receiver of webhooks."""

    def __init__(self, gusto: Any) -> None:
        self.received: list[Request] = gusto.received
        self.sandbox = gusto.sandbox
        self.contract = gusto.contract
        self.http = gusto.http
        self.company = gusto.company
        self.world = gusto.world
        self.world.grants.issue_to_partner(company=self.company, owner="admin")
        self.http.headers["Authorization"] = f"Bearer {gusto.system()}"
        self.http.headers["X-Gusto-API-Version"] = "2026-06-15"

    def subscribe(self, *types: str) -> dict[str, Any]:
        answer = self.http.post(SUBSCRIPTIONS, json={"url": URL, "subscription_types": list(types)})
        assert answer.status_code == 201
        found: dict[str, Any] = answer.json()
        return found

    def token(self) -> str:
        assert self.world.subscriptions.wait_until_idle(PATIENCE)
        return str(json.loads(self.received[0].body.content)["verification_token"])

    def verify(self, subscription: dict[str, Any], token: str) -> Any:
        path = f"{SUBSCRIPTIONS}/{subscription['uuid']}/verify"
        return self.http.put(path, json={"verification_token": token})

    def append(self, event_type: str = "employee.updated") -> Any:
        return self.world.events.append(self.company, event_type, "Employee", "person")


@pytest.fixture
def application(open_gusto: Callable[..., Any]) -> Application:
    return Application(open_gusto(scopes=SCOPES))


def test_a_subscription_is_made_verified_and_told_of_an_event(application: Application) -> None:
    made = application.subscribe("Employee")
    assert made["status"] == "pending"
    assert made["url"] == URL
    token = application.token()
    assert token not in json.dumps(made)
    assert application.verify(made, token).json()["status"] == "verified"
    event = application.append()
    assert application.world.subscriptions.wait_until_idle(PATIENCE)
    pushed = application.received[-1]
    assert json.loads(pushed.body.content) == event.to_json()
    expected = hmac.new(token.encode(), pushed.body.content, hashlib.sha256).hexdigest()
    assert find_header(pushed.headers, "X-Gusto-Signature") == expected


def test_the_pushed_event_is_listed_with_the_same_uuid(application: Application) -> None:
    made = application.subscribe("Employee")
    application.verify(made, application.token())
    application.append()
    assert application.world.subscriptions.wait_until_idle(PATIENCE)
    listed = application.http.get("/v1/events").json()
    assert listed[-1] == json.loads(application.received[-1].body.content)


def test_a_wrong_token_does_not_verify(application: Application) -> None:
    made = application.subscribe("Employee")
    answer = application.verify(made, "wrong")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["error_key"], error["message"]) == ("base", "Invalid verification token")
    assert application.http.get(f"{SUBSCRIPTIONS}/{made['uuid']}").json()["status"] == "pending"


def test_the_token_can_be_asked_for_again(application: Application) -> None:
    made = application.subscribe("Employee")
    token = application.token()
    answer = application.http.get(f"{SUBSCRIPTIONS}/{made['uuid']}/request_verification_token")
    assert "will be notified" in answer.json()["message"]
    assert application.world.subscriptions.wait_until_idle(PATIENCE)
    assert json.loads(application.received[-1].body.content) == {"verification_token": token}
    assert len(application.received) == 2


@pytest.mark.parametrize(
    ("body", "key", "message"),
    [
        ({"subscription_types": ["Employee"]}, "url", "URL can't be blank"),
        ({"url": " ", "subscription_types": ["Employee"]}, "url", "URL can't be blank"),
        ({"url": "http://10.0.0.1/", "subscription_types": ["Employee"]}, "url", None),
        (
            {"url": URL, "subscription_types": ["Unicorn"]},
            "subscription_entities.entity_type",
            "Entity type is not included in the list",
        ),
        ({"url": URL}, "subscription_types", None),
        ({"url": URL, "subscription_types": "Employee"}, "subscription_entities.entity_type", None),
    ],
)
def test_a_subscription_that_cannot_be_is_422(
    application: Application, body: dict[str, Any], key: str, message: str | None
) -> None:
    answer = application.http.post(SUBSCRIPTIONS, json=body)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["error_key"] == key
    assert message in {None, error["message"]}
    assert application.http.get(SUBSCRIPTIONS).json() == []


def test_an_update_changes_the_types_and_nothing_else(application: Application) -> None:
    made = application.subscribe("Employee")
    answer = application.http.put(
        f"{SUBSCRIPTIONS}/{made['uuid']}",
        json={"subscription_types": ["Company"], "url": "https://elsewhere.example/"},
    )
    assert answer.json() == {**made, "subscription_types": ["Company"]}
    assert application.http.get(SUBSCRIPTIONS).json() == [answer.json()]


def test_a_removed_subscription_is_not_found(application: Application) -> None:
    made = application.subscribe("Employee")
    path = f"{SUBSCRIPTIONS}/{made['uuid']}"
    assert application.http.delete(path).status_code == 204
    assert application.http.get(path).status_code == 404
    assert application.http.delete(path).status_code == 404
    assert application.http.put(path, json={"subscription_types": ["Company"]}).status_code == 404
    assert application.http.get(f"{path}/request_verification_token").status_code == 404
    assert application.verify(made, "x").status_code == 404


def test_health_is_unknown_until_something_was_sent(application: Application) -> None:
    assert application.http.get("/v1/webhooks/health_check").json()["status"] == "unknown"
    application.subscribe("Employee")
    application.token()
    assert application.http.get("/v1/webhooks/health_check").json()["status"] == "healthy"


def test_a_company_token_is_refused_here(application: Application) -> None:
    issued = application.world.grants.issue_to_partner(company=application.company, owner="admin")
    answer = application.http.get("/v1/events", headers={"Authorization": f"Bearer {issued.access_token}"})
    assert answer.status_code in {401, 403}


def test_events_are_read_page_by_page(application: Application) -> None:
    made = [application.append() for _ in range(30)]
    first = application.http.get("/v1/events")
    assert len(first.json()) == 25
    assert first.headers["x-has-next-page"] == "true"
    cursor = first.json()[-1]["uuid"]
    rest = application.http.get("/v1/events", params={"starting_after_uuid": cursor})
    assert rest.headers["x-has-next-page"] == "false"
    listed = [each["uuid"] for each in first.json() + rest.json()]
    assert listed == [each.uuid for each in made]


def test_events_can_be_filtered_limited_and_turned_round(application: Application) -> None:
    application.append()
    created = application.append("employee.created")
    only = application.http.get("/v1/events", params={"event_type": "employee.cre*"}).json()
    assert [each["uuid"] for each in only] == [created.uuid]
    newest = application.http.get("/v1/events", params={"sort_order": "desc", "limit": "1"}).json()
    assert [each["uuid"] for each in newest] == [created.uuid]
    company = application.http.get("/v1/events", params={"resource_uuid": application.company}).json()
    assert len(company) == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("starting_after_uuid", "Parameter 'starting_after_uuid' does not correspond to a valid event."),
        ("resource_uuid", "Parameter 'resource_uuid' does not correspond to a valid resource."),
    ],
)
def test_an_unknown_event_or_resource_is_422(application: Application, name: str, message: str) -> None:
    answer = application.http.get("/v1/events", params={name: "11111111-1111-4111-8111-111111111111"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["error_key"], error["message"]) == (name, message)


@pytest.mark.parametrize(
    ("limit", "count"), [("0", 1), ("-1", 25), ("many", 25), ("999999999999", 100), ("100", 100)]
)
def test_a_limit_out_of_range_is_clamped_and_a_bad_one_ignored(
    application: Application, limit: str, count: int
) -> None:
    for _ in range(101):
        application.append()
    assert len(application.http.get("/v1/events", params={"limit": limit}).json()) == count


def test_old_events_are_not_listed(application: Application) -> None:
    application.world.events.append(
        application.company,
        "employee.created",
        "Employee",
        "person",
        at=application.world.now() - timedelta(days=31),
    )
    assert application.http.get("/v1/events").json() == []


def test_the_subscription_types_are_those_of_the_contract() -> None:
    contract = load_contract()
    assert _enum(contract, "post-v1-webhook-subscription") == SUBSCRIPTION_TYPES
    answer = contract.resolve(contract.require_operation("post-v1-webhook-subscription").responses[201] or {})
    shown = answer["properties"]["subscription_types"]["items"]["enum"]  # type: ignore[index,call-overload]
    assert set(shown) == SUBSCRIPTION_TYPES - UNSHOWN_TYPES


def _enum(contract: Contract, operation_id: str) -> set[str]:
    body = contract.require_operation(operation_id).body
    assert body is not None
    schema: Any = contract.resolve(body.schema)
    return set(schema["properties"]["subscription_types"]["items"]["enum"])
