"""Is each request that the integration sends valid for its operation?"""

from __future__ import annotations

from collections.abc import Mapping

from partner_qa.checks import traffic
from partner_qa.contract.names import TOKEN_ENDPOINT
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Recording, Run, find_header


def sends_valid_requests(run: Run) -> tuple[Finding, ...]:
    """Judge each request's path, query, body and headers against the contract.

    The violations were found by the recorder, before redaction, and are kept in the fact `violations`
    (where, pointer, rule, message, mild). What Gusto ignores, such as a query parameter that no operation
    knows, is mild and no finding; so is an address that Gusto itself gave, such as that of a report.
    Source: https://docs.gusto.com/app-integrations/reference
    """
    calls = [(each, call) for each in run for call in traffic.api_calls(each)]
    if not calls:
        raise NotObserved("the integration sent no request in this run", missing=traffic.CALLS)
    faulty: dict[str, list[tuple[Recording, Exchange, str]]] = {}
    given = traffic.given_addresses(run)
    for recording, call in calls:
        if call.operation is None and not traffic.is_given_address(call, given):
            where = f"{call.request.method} {traffic.path_of(call)}"
            faulty.setdefault("unknown path", []).append((recording, call, where))
        for violation in _violations(call):
            place = f"{violation.get('where')} {violation.get('pointer')}"
            key = f"{call.operation} {place} {violation.get('rule')}"
            faulty.setdefault(key, []).append((recording, call, f"{place}: {violation.get('message')}"))
    return tuple(_finding(key, where) for key, where in faulty.items())


def _violations(call: Exchange) -> list[Mapping[str, Json]]:
    given = call.facts.get("violations")
    rows = given if isinstance(given, list) else []
    return [row for row in rows if isinstance(row, dict) and not row.get("mild")]


def _finding(key: str, where: list[tuple[Recording, Exchange, str]]) -> Finding:
    recording, call, text = where[0]
    unknown = key == "unknown path"
    return Finding(
        check="sends_valid_requests",
        message="does not keep to the operations that Gusto has"
        if unknown
        else f"does not send a valid request to {call.operation}",
        places=tuple(place for each, one, _ in where[:20] for place in traffic.places(each, [one])),
        expected="a request that the operation's published contract allows",
        seen=f"{text} ({len(where)} request{'s' if len(where) != 1 else ''}, "
        f"first answered {call.response.status})",
        hint=_find_hint(call),
        key=key if not unknown else f"unknown path {recording.scenario}",
    )


def _find_hint(call: Exchange) -> str:
    if call.operation is None:
        return "list the operations with `partner-qa contract show`"
    scheme = (find_header(call.request.headers, "Authorization") or "").partition(" ")[0].lower()
    if call.operation == TOKEN_ENDPOINT and scheme == "basic":
        return (
            "send client_id and client_secret in the body; Gusto documents no Authorization: Basic. OAuth "
            "libraries call this client_secret_post"
        )
    return f"compare with `partner-qa contract show {call.operation}`"
