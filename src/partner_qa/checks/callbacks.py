"""What the integration does when a browser comes back from Gusto: with a code, twice, or with a refusal."""

from __future__ import annotations

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Finding, Place, Run

TOKEN_INFO = "get-v1-token-info"  # noqa: S105 - an operationId
_LEGACY_USER = "/v1/me"


def asks_whose_token_it_is(run: Run) -> tuple[Finding, ...]:
    """Judge that each new grant is introspected: company, owner and scopes, and by no legacy call.

    A grant is new where a code was exchanged for it; asking at any later moment of the same scenario counts.
    Source: https://docs.gusto.com/app-integrations/reference/get-v1-token-info
    """
    fresh = [
        (each, call) for each in run for call in traffic.code_exchanges(each) if traffic.is_success(call)
    ]
    if not fresh:
        raise NotObserved("no code was exchanged for a token in this run", missing=("actions.connect",))
    unasked = [
        place
        for each, call in fresh
        if call.grant not in {asked.grant for asked in traffic.api_calls(each, TOKEN_INFO)}
        for place in traffic.places(each, [call])
    ]
    legacy = [
        place
        for each in run
        for call in traffic.api_calls(each)
        if traffic.path_of(call) == _LEGACY_USER
        for place in traffic.places(each, [call])
    ]
    return (
        *_introspection(
            unasked, "ask whom a new token belongs to", "a code was exchanged, and no token_info"
        ),
        *_introspection(legacy, "do without the call for the current user", f"GET {_LEGACY_USER}"),
    )


def _introspection(places: list[Place], what: str, seen: str) -> tuple[Finding, ...]:
    if not places:
        return ()
    return (
        Finding(
            check="asks_whose_token_it_is",
            message=f"does not {what}",
            places=tuple(places[:20]),
            expected="GET /v1/token_info with each new token tells company, owner and scopes",
            seen=f"{seen} ({len(places)} time{'s' if len(places) != 1 else ''})",
            hint="store the company's UUID from token_info in the row of the pair, before anything else",
            key=what,
        ),
    )
