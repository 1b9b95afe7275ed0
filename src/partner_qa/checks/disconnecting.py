"""How a connection ends: from the product, from Gusto, or because its grant is dead."""

from __future__ import annotations

from datetime import datetime

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Exchange, Finding, Kind, Recording

_TELLS_GUSTO = frozenset({"post-v1-disconnect-app-integration", "revoke-access-token"})
_ENDED = frozenset({"disconnected", "reconnect_needed"})


def ends_the_connection(recording: Recording) -> tuple[Finding, ...]:
    """Judge that disconnecting in the product tells Gusto, and that the old grant is silent afterwards.

    Disconnecting the application and revoking the token are both right. The company's grants are watched from
    the end of the action until the recording ends; where the connection is shown, it shows as ended. Source:
    https://docs.gusto.com/app-integrations/reference/post-v1-disconnect-app-integration
    """
    asked = [each for each in recording.of_kind(Kind.ACTION) if each.during == Action.DISCONNECT]
    if not asked:
        raise NotObserved(
            "the integration was not asked to disconnect", missing=("actions.disconnect in partner.yaml",)
        )
    begun, over = asked[0].started, traffic.ended(asked[-1])
    calls = traffic.api_calls(recording)
    before = {call.grant for call in calls if call.company and call.grant and call.started < begun}
    if not before:
        raise NotObserved("nothing was connected when the integration was asked to disconnect")
    again = _next_exchange(recording, begun)
    told = [
        call
        for call in calls
        if begun <= call.started < again and call.operation in _TELLS_GUSTO and traffic.is_success(call)
    ]
    late = [call for call in calls if call.grant in before and call.started > over]
    shown = [
        each
        for each in recording.of_kind(Kind.OBSERVATION)
        if over <= each.started < again and _state_in(each) == "connected"
    ]
    return (
        *([] if told else [_ending(recording, asked, "tell Gusto that a company was disconnected", _UNTOLD)]),
        *(
            [_ending(recording, late, "stop calling for a company that was disconnected", _LATE)]
            if late
            else []
        ),
        *([_ending(recording, shown, "show that a company was disconnected", _SHOWN)] if shown else []),
    )


_UNTOLD = "neither disconnect_app_integration nor a revocation succeeded"
_LATE = "calls with the grant that was ended"
_SHOWN = "the connection is still shown as connected"


def _next_exchange(recording: Recording, since: datetime) -> datetime:
    """Return when the company was connected anew after `since`, or the end of time."""
    later = [call.started for call in traffic.code_exchanges(recording) if call.started > since]
    return min(later, default=datetime.max.replace(tzinfo=since.tzinfo))


def _state_in(seen: Exchange) -> str:
    told = traffic.json_of(seen.response.body)
    return str(told.get("state", "")) if isinstance(told, dict) else ""


def _ending(recording: Recording, where: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="ends_the_connection",
        message=f"does not {what}",
        places=traffic.places(recording, where[:20]),
        expected="Gusto is told, the tokens are deleted, and nothing more is sent for the company",
        seen=f"{seen} ({len(where)} exchange{'s' if len(where) != 1 else ''})",
        hint="mark the connection as ended first, call disconnect_app_integration with a system token, then "
        "delete the pair",
        key=what,
    )
