"""Does the integration subscribe to webhooks rightly: verified, at a public address, to what it needs?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from partner_qa.checks import declared, redirect_uris, traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Place, Run

CREATE = "post-v1-webhook-subscription"
CHANGE = "put-v1-webhook-subscription-uuid"
VERIFY = "put-v1-verify-webhook-subscription-uuid"

_PORTAL = "the Developer Portal"  # where a preset subscription was made
# [D] events are filtered by the application's scopes (operation get-events); [I] which scope opens which
# type: the one that reads the entity. Types of which we know none are not judged.
READ_SCOPE: Mapping[str, str] = MappingProxyType(
    {
        "CompanyBenefit": "company_benefits:read",
        "Contractor": "contractors:read",
        "ContractorPayment": "payrolls:read",
        "Employee": "employees:read",
        "EmployeeBenefit": "employee_benefits:read",
        "EmployeeJobCompensation": "compensations:read",
        "Notification": "notifications:read",
        "Payroll": "payrolls:read",
        "PayrollSync": "payroll_syncs:read",
        "PaySchedule": "pay_schedules:read",
        "TimeOffRequest": "time_off_requests:read",
    }
)


def verifies_its_subscription(run: Run) -> tuple[Finding, ...]:
    """Judge that a subscription that was made is verified with the token that was posted to its address.

    The address for production (`gusto.production.webhook_url`) is HTTPS on a public host; loopback is right
    on the wire. A subscription made in the Developer Portal (`webhooks.subscription: preset`) was verified
    there. Source:
    https://docs.gusto.com/app-integrations/reference/put-v1-verify-webhook-subscription-uuid
    """
    url = declared.production_webhook_url(run)
    made = [(place, call) for place, call in _calls(run, CREATE) if traffic.is_success(call)]
    preset = declared.has_preset_subscription(run)
    missing = () if url else ("gusto.production.webhook_url in partner.yaml",)
    if not made and not preset:
        missing = ("actions.subscribe_webhooks in partner.yaml", *missing)
    if missing:
        raise NotObserved("a subscription to webhooks could not be looked at whole", missing=missing)
    verified = {_subscription(call) for _, call in _calls(run, VERIFY) if traffic.is_success(call)}
    open_ones = [place for place, call in made if _subscription(call) not in verified]
    trouble = redirect_uris.find_trouble(url)
    return (
        *((_unverified(tuple(open_ones)),) if open_ones else ()),
        *((_unfit(url, trouble),) if trouble else ()),
    )


def _unverified(places: tuple[Place, ...]) -> Finding:
    return Finding(
        check="verifies_its_subscription",
        message="does not verify its webhook subscription",
        places=places[:5],
        expected="the verification_token that was posted to the address is sent back by PUT …/verify",
        seen="the subscription stayed pending, so no event will ever come",
        hint="keep the token that arrives at the webhook address, and send it to "
        "PUT /v1/webhook_subscriptions/{uuid}/verify; answering it in the HTTP response is not enough",
        key="unverified",
    )


def _unfit(url: str, trouble: str) -> Finding:
    return Finding(
        check="verifies_its_subscription",
        message=f"does not have a public webhook address for production: {url} {trouble}",
        expected="HTTPS on a host that Gusto can reach",
        seen=f"{url} {trouble}",
        hint="name the address under gusto.production.webhook_url in partner.yaml",
        key=f"{url} {trouble}",
    )


def subscribes_to_what_it_needs(run: Run) -> tuple[Finding, ...]:
    """Judge that no type is subscribed to whose events the integration could not read the subject of.

    What counts is how each subscription was left. One of the Developer Portal is not seen: for it counts what
    partner.yaml says was ticked there (`webhooks.types`). Source:
    https://docs.gusto.com/app-integrations/docs/best-practices
    """
    left: dict[str, tuple[tuple[Place, ...], list[str]]] = {}
    if declared.preset_types(run):
        left[_PORTAL] = ((), list(declared.preset_types(run)))
    for place, call in _calls(run, CREATE, CHANGE):
        types = _types(call)
        if traffic.is_success(call) and types:
            left[_subscription(call)] = ((place,), types)
    if not left and declared.has_preset_subscription(run):
        raise NotObserved(
            "which types a subscription of the Developer Portal is for cannot be seen",
            missing=("webhooks.types in partner.yaml: what was ticked in the Developer Portal",),
        )
    if not left:
        raise NotObserved(
            "the integration was not seen to subscribe to webhooks",
            missing=("actions.subscribe_webhooks in partner.yaml",),
        )
    scopes = declared.assigned_scopes(run)
    findings = []
    for places, types in left.values():
        unneeded = [each for each in types if each in READ_SCOPE and READ_SCOPE[each] not in scopes]
        if unneeded:
            findings.append(_too_much(places, unneeded))
    return tuple(findings[:1])


def _too_much(places: tuple[Place, ...], types: list[str]) -> Finding:
    return Finding(
        check="subscribes_to_what_it_needs",
        message="does not limit its webhook subscription to what it uses",
        places=places,
        expected="types whose subject the application may read and does something with",
        seen=f"{', '.join(types)}: no scope of the application reads that",
        hint="name the types that you act on in subscription_types, and no others",
        key=",".join(sorted(types)),
    )


def _calls(run: Run, *operations: str) -> Iterator[tuple[Place, Exchange]]:
    for recording in run:
        for call in traffic.api_calls(recording, *operations):
            yield Place(scenario=recording.scenario, sequence=call.sequence), call


def _subscription(call: Exchange) -> str:
    answered = traffic.json_of(call.response.body)
    return str(answered.get("uuid")) if isinstance(answered, dict) else ""


def _types(call: Exchange) -> list[str]:
    sent = traffic.json_of(call.request.body)
    given: Json = sent.get("subscription_types") if isinstance(sent, dict) else None
    return [str(each) for each in given] if isinstance(given, list) else []
