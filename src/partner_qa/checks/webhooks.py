"""Does the integration know a webhook of Gusto's from a forgery?"""

from __future__ import annotations

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Recording

_FORGERIES = {
    "missing": "a webhook without a signature",
    "forged": "a webhook signed with another key",
    "altered": "a webhook whose body was changed after signing",
}


def refuses_forged_webhooks(recording: Recording) -> tuple[Finding, ...]:
    """Judge that unsigned, wrongly signed and altered webhooks are refused and never acted upon.

    Each delivery says in its fact `signature` what it is (`valid`, `missing`, `forged`, `altered`). Proof
    of life: genuine deliveries before and after were answered 2xx. Acting upon is seen as a request for
    the forged event's entity before the integration is asked to catch up (which may read everybody one by
    one), or as an event that it says it processed. Source:
    https://docs.gusto.com/app-integrations/docs/webhooks
    """
    deliveries = [
        each for each in recording.of_kind(Kind.WEBHOOK) if isinstance(each.facts.get("signature"), str)
    ]
    genuine = [each for each in deliveries if each.facts["signature"] == "valid"]
    forged = [each for each in deliveries if each.facts["signature"] in _FORGERIES]
    if not genuine or not forged:
        raise NotObserved(
            "no genuine webhook was delivered beside the forged ones",
            missing=("webhooks.url and actions.subscribe_webhooks in partner.yaml",),
        )
    refused = [each for each in genuine if not traffic.is_success(each)]
    return (
        *(
            _finding(recording, [each], "accept a genuine webhook", f"{_status(each)}")
            for each in refused[:1]
        ),
        *(
            _finding(recording, [each], f"refuse {_FORGERIES[str(each.facts['signature'])]}", _status(each))
            for each in forged
            if traffic.is_success(each)
        ),
        *_acted_upon(recording, forged),
    )


def _status(exchange: Exchange) -> str:
    return f"answered {exchange.response.status}" if exchange.response.status else "no answer"


def _acted_upon(recording: Recording, forged: list[Exchange]) -> list[Finding]:
    findings = []
    processed = _processed_events(recording)
    catching_up = {each.sequence for each in traffic.within(recording, "catching_up", Kind.API)}
    for delivery in forged:
        event = traffic.json_of(delivery.request.body)
        if not isinstance(event, dict):
            continue
        entity = str(event.get("entity_uuid"))
        reads = [
            call
            for call in traffic.api_calls(recording)
            if call.started > delivery.started
            and entity in traffic.path_of(call)
            and call.sequence not in catching_up
        ]
        if reads or str(event.get("uuid")) in processed:
            findings.append(
                _finding(
                    recording,
                    [delivery, *reads],
                    f"leave {_FORGERIES[str(delivery.facts['signature'])]} alone",
                    "it asked Gusto for the entity named in it"
                    if reads
                    else "it says that it processed the event",
                )
            )
    return findings


def _processed_events(recording: Recording) -> set[str]:
    uuids: set[str] = set()
    for seen in recording.of_kind(Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        events = told.get("events") if isinstance(told, dict) else None
        for event in events if isinstance(events, list) else []:
            if isinstance(event, dict) and event.get("state") == "processed":
                uuids.add(str(event.get("uuid")))
    return uuids


def _finding(recording: Recording, exchanges: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="refuses_forged_webhooks",
        message=f"does not {what}",
        places=traffic.places(recording, exchanges),
        expected="2xx for what Gusto signed, 4xx and no effect for anything else",
        seen=seen,
        hint="compute HMAC-SHA256 over the raw bytes with the subscription's verification token, "
        "compare in constant time with X-Gusto-Signature, and only then parse the body",
        key=what,
    )
