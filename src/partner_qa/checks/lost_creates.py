"""After the answer to a create was lost: does the integration look before it creates again?"""

from __future__ import annotations

from partner_qa.checks import traffic
from partner_qa.contract.names import TOKEN_ENDPOINT
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Recording, Run


def looks_before_creating_again(run: Run) -> tuple[Finding, ...]:
    """Judge that between a create whose answer was lost and the same create again, its collection was read.

    Any read of the same kind of thing by the same grant counts, and so does never creating it again. Source:
    https://docs.gusto.com/app-integrations/docs/idempotency ([I]: the page leaves looking to the client)
    """
    lost = [(recording, call) for recording in run for call in _lost_creates(recording)]
    if not lost:
        raise NotObserved(
            "no answer to a create was lost in this run",
            missing=("an action that creates something in Gusto: actions.create_hire in partner.yaml",),
        )
    return tuple(finding for recording, call in lost for finding in _find_blind(recording, call))


def _lost_creates(recording: Recording) -> list[Exchange]:
    return [
        call
        for call in traffic.api_calls(recording)
        if call.request.method == "POST"
        and call.operation != TOKEN_ENDPOINT
        and call.fault is not None
        and call.fault.name == "drop_response"
    ]


def _find_blind(recording: Recording, lost: Exchange) -> list[Finding]:
    """Return a finding for the first time that the same was created without a look in between."""
    calls = traffic.api_calls(recording)
    again = next((call for call in calls if call.sequence > lost.sequence and _is_same(call, lost)), None)
    if again is None:
        return []
    kind = traffic.path_of(lost).rpartition("/")[2]
    looks = [
        call
        for call in calls
        if lost.sequence < call.sequence < again.sequence
        and call.request.method == "GET"
        and call.grant == lost.grant
        and kind in traffic.path_of(call).split("/")
        and traffic.is_success(call)
    ]
    if looks:
        return []
    return [
        Finding(
            check="looks_before_creating_again",
            message=f"does not look for {kind} before it creates again what may be there",
            places=traffic.places(recording, [lost, again]),
            expected="after a lost answer the collection is read, and only what is not there is created",
            seen="the same request again, and no read in between",
            hint="a create whose outcome is unknown is no failure: keep it so, read, match, then decide",
            key=f"operation={lost.operation}",
        )
    ]


def _is_same(call: Exchange, lost: Exchange) -> bool:
    """Return whether a call asks for what the lost one asked for."""
    return (
        call.operation == lost.operation
        and call.grant == lost.grant
        and traffic.path_of(call) == traffic.path_of(lost)
        and traffic.json_of(call.request.body) == traffic.json_of(lost.request.body)
    )
