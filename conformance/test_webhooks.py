"""Whether the integration subscribes rightly, believes only Gusto, and takes webhooks as they come."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from partner_qa.checks import deliveries, subscriptions, suspension, webhooks
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording, Run
from partner_qa.spoiler import (
    Chooser,
    changing,
    dropping,
    in_every_recording,
    repeating,
    with_answer_json,
    with_request_json,
    with_status,
)
from partner_qa.suite import item, require


def _calls(operation: str) -> Chooser:
    return lambda each: each.operation == operation


@item("WH-01", spoiled_by=in_every_recording(dropping(_calls(subscriptions.VERIFY))))
def test_verifies_its_subscription(run: Run) -> None:
    """Look at each subscription that was made, and at the address that is declared for production."""
    require(subscriptions.verifies_its_subscription(run))


@item(
    "WH-02",
    spoiled_by=changing(
        lambda each: each.kind is Kind.WEBHOOK and each.facts.get("signature") == "forged", with_status(200)
    ),
)
def test_refuses_forged_webhooks(webhook_forgeries: Recording) -> None:
    """Post webhooks unsigned, signed with another key and altered, between two genuine ones."""
    require(webhooks.refuses_forged_webhooks(webhook_forgeries))


def _delivered(what: str) -> Chooser:
    return lambda each: each.facts.get("delivered") == what


def _answers_late(exchange: Exchange) -> Exchange:
    return replace(exchange, elapsed=10.5)


@item("WH-03", spoiled_by=changing(_delivered("last"), _answers_late))
def test_acknowledges_webhooks_in_time(webhook_deliveries: Recording) -> None:
    """Time every answer to a genuine webhook; for the first one, every read of people is held for long."""
    require(deliveries.acknowledges_webhooks_in_time(webhook_deliveries))


def _reads_the_person_again(recording: Recording) -> Recording:
    first = next(filter(_delivered("first"), recording.exchanges))
    person = json.loads(first.request.body.content)["entity_uuid"]
    return repeating(lambda each: each.kind is Kind.API and person in each.request.url, _unchanged)(recording)


def _unchanged(exchange: Exchange) -> Exchange:
    return exchange


@item("WH-04", spoiled_by=_reads_the_person_again)
def test_processes_duplicates_once(webhook_deliveries: Recording) -> None:
    """Deliver one event three times, and watch for reads and for what is listed afterwards."""
    require(deliveries.processes_duplicates_once(webhook_deliveries))


def _believes_the_older(recording: Recording) -> Recording:
    older = next(filter(_delivered("older"), recording.exchanges))
    person = json.loads(older.request.body.content)["entity_uuid"]

    def dismiss(told: dict[str, Any]) -> Json:
        gone = {"gusto_uuid": person, "employment": "terminated"}
        return {"people": [gone if each["gusto_uuid"] == person else each for each in told["people"]]}

    return changing(_tells_people, with_answer_json(dismiss))(recording)


def _tells_people(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"people"' in exchange.response.body.content


@item("WH-05", spoiled_by=_believes_the_older, evidence=Evidence.REPORTED)
def test_keeps_newer_state(webhook_deliveries: Recording) -> None:
    """Tell first that a dismissal was taken back, then that there was one, and look at the person."""
    require(deliveries.keeps_newer_state(webhook_deliveries))


@item("WH-06", spoiled_by=changing(_delivered("burst"), with_status(503), last=True))
def test_survives_a_burst(webhook_outage: Recording) -> None:
    """Deliver 200 events within seconds, and look at each answer and at what is listed afterwards."""
    require(deliveries.survives_a_burst(webhook_outage))


def _adds_notifications(sent: dict[str, Any]) -> Json:
    return {**sent, "subscription_types": [*sent["subscription_types"], "Notification"]}


@item(
    "WH-07",
    spoiled_by=in_every_recording(
        changing(_calls(subscriptions.CREATE), with_request_json(_adds_notifications))
    ),
)
def test_subscribes_to_what_it_needs(run: Run) -> None:
    """Compare the types of each subscription with what the application's scopes let it read."""
    require(subscriptions.subscribes_to_what_it_needs(run))


def _reads_nothing_to_catch_up(recording: Recording) -> Recording:
    window: Any = recording.situation["catching_up"]
    return dropping(lambda each: each.kind is Kind.API and each.sequence >= window[0])(recording)


@item("WH-08", spoiled_by=_reads_nothing_to_catch_up)
def test_recovers_missed_events(webhook_outage: Recording) -> None:
    """Let a change go untold, let the integration catch up, and watch what it reads."""
    require(deliveries.recovers_missed_events(webhook_outage))


@item("WH-09", spoiled_by=changing(_delivered("foreign_company"), with_status(500)))
def test_tolerates_strange_events(webhook_deliveries: Recording) -> None:
    """Deliver signed events that fit nothing the integration knows, then a usual one."""
    require(deliveries.tolerates_strange_events(webhook_deliveries))


def _tells_of_a_block(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"blocked"' in exchange.response.body.content


@item(
    "WH-10",
    spoiled_by=changing(_tells_of_a_block, with_answer_json(lambda _: {"notices": []}), last=True),
)
def test_pauses_while_suspended(suspended_company: Recording) -> None:
    """Suspend the company, ask for work that writes, and look at requests and at what the user is told."""
    require(suspension.pauses_while_suspended(suspended_company))
