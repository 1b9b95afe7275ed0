"""The webhook and event operations on the wire (system token; the gate before them checks token and scope).

What a subscription is and how it is told stands in subscriptions.py; the list of events in events.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.events import DEFAULT_LIMIT, MAXIMUM_LIMIT
from partner_qa.sandbox.problem import not_found, unprocessable
from partner_qa.sandbox.subscriptions import SUBSCRIPTION_TYPES, Subscription, is_deliverable_url
from partner_qa.sandbox.world import World

_TOKEN_SENT = "Success! The subscriber will be notified with the verification token"  # noqa: S105 - [D]


def list_subscriptions(world: World, _call: Call) -> Reply:
    """Answer `get-v1-webhook-subscriptions`: every subscription that was not removed, unpaginated [D]."""
    return Reply.of(200, [each.to_json() for each in world.subscriptions.current()])


def create_subscription(world: World, call: Call) -> Reply:
    """Answer `post-v1-webhook-subscription`; the verification token goes to the URL, not into the answer.

    [D] the literals of the 422s, operation page of 2026-06-15.
    """
    body = call.object()
    url = body.get("url")
    if not isinstance(url, str) or not url.strip():
        return unprocessable("url", "invalid_attribute_value", "URL can't be blank")
    if not is_deliverable_url(url):
        return unprocessable("url", "invalid_attribute_value", "URL must be a public http or https URL")
    types = _read_types(body)
    if isinstance(types, Reply):
        return types
    return Reply.of(201, world.subscriptions.add(url=url, types=types).to_json())


def show_subscription(world: World, call: Call) -> Reply:
    """Answer `get-v1-webhook-subscription-uuid`."""
    found = _find(world, call)
    return not_found() if found is None else Reply.of(200, found.to_json())


def update_subscription(world: World, call: Call) -> Reply:
    """Answer `put-v1-webhook-subscription-uuid`: only the types can be changed [D], a `url` is ignored."""
    found = _find(world, call)
    if found is None:
        return not_found()
    types = _read_types(call.object())
    if isinstance(types, Reply):
        return types
    return Reply.of(200, world.subscriptions.set_types(found.uuid, types).to_json())


def remove_subscription(world: World, call: Call) -> Reply:
    """Answer `delete-v1-webhook-subscription-uuid`."""
    found = _find(world, call)
    if found is None:
        return not_found()
    world.subscriptions.remove(found.uuid)
    return Reply(status=204)


def verify_subscription(world: World, call: Call) -> Reply:
    """Answer `put-v1-verify-webhook-subscription-uuid`; the literal of the 422 is [D]."""
    found = _find(world, call)
    if found is None:
        return not_found()
    token = call.object().get("verification_token")
    verified = world.subscriptions.verify(found.uuid, token) if isinstance(token, str) else None
    if verified is None:
        return unprocessable("base", "invalid_attribute_value", "Invalid verification token")
    return Reply.of(200, verified.to_json())


def request_token(world: World, call: Call) -> Reply:
    """Answer `get-v1-webhook-subscription-verification-token-uuid`: a GET that sends the token again [D]."""
    found = _find(world, call)
    if found is None:
        return not_found()
    world.subscriptions.send_token(found.uuid)
    return Reply.of(200, {"message": _TOKEN_SENT})


def show_health(world: World, _call: Call) -> Reply:
    """Answer `get-v1-webhooks-health_check`: how deliveries went in the last ten minutes [D]."""
    checked = world.now().isoformat(timespec="seconds")
    return Reply.of(200, {"status": world.subscriptions.health().value, "last_checked_at": checked})


def list_events(world: World, call: Call) -> Reply:
    """Answer `get-events` ([D] parameters, header and literals; [I] a limit out of range is clamped)."""
    query = {name: value for name, value in call.query if value}
    after, company = query.get("starting_after_uuid"), query.get("resource_uuid")
    if after is not None and world.events.find(after) is None:
        return _invalid_parameter("starting_after_uuid", "event")
    if company is not None and not world.events.has_company(company):
        return _invalid_parameter("resource_uuid", "resource")
    page = world.events.find_page(
        scopes=call.grant.scopes,
        starting_after=after,
        company=company,
        event_type=query.get("event_type"),
        sort_order="desc" if query.get("sort_order") == "desc" else "asc",
        limit=_read_limit(query.get("limit")),
    )
    return Reply.of(
        200,
        [each.to_json() for each in page.events],
        headers=(("X-Has-Next-Page", "true" if page.has_next else "false"),),
    )


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-webhook-subscriptions": list_subscriptions,
        "post-v1-webhook-subscription": create_subscription,
        "get-v1-webhook-subscription-uuid": show_subscription,
        "put-v1-webhook-subscription-uuid": update_subscription,
        "delete-v1-webhook-subscription-uuid": remove_subscription,
        "put-v1-verify-webhook-subscription-uuid": verify_subscription,
        "get-v1-webhook-subscription-verification-token-uuid": request_token,
        "get-v1-webhooks-health_check": show_health,
        "get-events": list_events,
    }
)


def _find(world: World, call: Call) -> Subscription | None:
    return world.subscriptions.find(call.params["webhook_subscription_uuid"])


def _read_types(body: Mapping[str, Json]) -> Sequence[str] | Reply:
    given = body.get("subscription_types")
    if given is None:
        return unprocessable("subscription_types", "missing_parameter", "subscription_types is required.")
    types = [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
    if not isinstance(given, list) or len(types) < len(given) or not set(types) <= SUBSCRIPTION_TYPES:
        return unprocessable(
            "subscription_entities.entity_type",
            "invalid_attribute_value",
            "Entity type is not included in the list",  # [D]
        )
    return types


def _read_limit(given: str | None) -> int:
    if given is None or not (given.isascii() and given.isdigit()):
        return DEFAULT_LIMIT
    return max(1, min(int(given[:9]), MAXIMUM_LIMIT))


def _invalid_parameter(name: str, what: str) -> Reply:
    return unprocessable(
        name,
        "invalid_parameter",
        f"Parameter '{name}' does not correspond to a valid {what}.",  # [D]
    )
