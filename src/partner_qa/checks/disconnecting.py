"""How a connection ends: from the product, from Gusto, or because its grant is dead."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from partner_qa.checks import traffic
from partner_qa.checks.callbacks import TOKEN_INFO
from partner_qa.contract.names import TOKEN_ENDPOINT
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Exchange, Finding, Kind, Recording

_TELLS_GUSTO = frozenset({"post-v1-disconnect-app-integration", "revoke-access-token"})
_ENDED = frozenset({"disconnected", "reconnect_needed"})
_MOST_CALLS = 6  # our number: after the end was known, for a sync that somebody asks for all the same
_MOST_REFRESHES = 2  # our number: likewise
_DEPROVISIONED = "company.deprovisioned"
_OF_CONSENT = frozenset({TOKEN_INFO, "get-v1-companies"})
_BETWEEN_PAGES = timedelta(
    seconds=1
)  # our number: how long a job may take from one page of a list to the next


def ends_the_connection(recording: Recording) -> tuple[Finding, ...]:
    """Judge that disconnecting in the product tells Gusto, and that the old grant is silent afterwards.

    Disconnecting the application and revoking the token are both right, also from a queue. The company's
    grants are watched from the end of the action, or from when Gusto was told where that was later, until the
    recording ends. A job that was reading a list at that moment may ask for one page more. Where the
    connection is shown, it shows as ended. Source:
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
        raise NotObserved("nothing was connected when it was asked to disconnect", missing=traffic.CONNECTS)
    again = _next_exchange(recording, begun)
    told = [
        call
        for call in calls
        if begun <= call.started < again and call.operation in _TELLS_GUSTO and traffic.is_success(call)
    ]
    late = _find_late(
        [call for call in calls if call.grant in before and call.operation not in _TELLS_GUSTO],
        since=max([over, *(traffic.ended(call) for call in told[:1])]),
    )
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


def _find_late(calls: list[Exchange], *, since: datetime) -> list[Exchange]:
    """Return the calls after a moment, but for the next one of each list that was being read right then.

    What is asked for after the disconnect was never being read.
    """
    read = {
        traffic.path_of(call)
        for call in calls
        if call.started <= since and since - traffic.ended(call) < _BETWEEN_PAGES
    }
    late = []
    for call in calls:
        if call.started <= since:
            continue
        path = traffic.path_of(call)
        if path in read and call.during == Action.DISCONNECT:
            read.remove(path)
        else:
            late.append(call)
    return late


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


def gives_up_a_dead_grant(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a refresh that is answered `invalid_grant` ends the calls, and that the customer is told.

    What is asked for by hand may try once more each time. Told is: a connection that is shown as ended, or a
    notice to reconnect; where neither can be looked at, the wire alone is judged. A new consent brings the
    work back. Proof of life: a later consent was exchanged. Sources:
    https://docs.gusto.com/app-integrations/docs/authentication; RFC 6749 section 5.2
    """
    return _judge_end(recording, "dead", "gives_up_a_dead_grant", "whose grant is dead")


def notices_a_removal(recording: Recording) -> tuple[Finding, ...]:
    """Judge that removing the application in Gusto ends the calls, and that the customer is told.

    It is right to learn it from `company.deprovisioned` and right to learn it from the next 401. Source:
    https://docs.gusto.com/app-integrations/docs/company-events
    """
    return _judge_end(recording, "removed", "notices_a_removal", "that has removed the integration")


def _judge_end(recording: Recording, window: str, check: str, whose: str) -> tuple[Finding, ...]:
    calls = traffic.within(recording, window, Kind.API)
    looks = traffic.within(recording, window, Kind.OBSERVATION)
    connected = [call for call in traffic.code_exchanges(recording) if traffic.is_success(call)]
    edge = max((each.sequence for each in (*calls, *looks)), default=0)
    if not edge or not any(call.sequence > edge for call in connected):
        raise NotObserved(
            f"no company {whose} was met and then connected again",
            missing=("actions.sync_people in partner.yaml",),
        )
    owned = [call for call in calls if call.company]
    own = _after_the_end_was_known(owned)
    renewals = [call for call in own if call.operation == TOKEN_ENDPOINT]
    findings = []
    if len(own) > _MOST_CALLS or len(renewals) > _MOST_REFRESHES:
        seen = f"{len(own)} requests more, {len(renewals)} of them refreshes"
        findings.append(_stop_finding(recording, check, own, f"stop calling for a company {whose}", seen))
    states = traffic.told_in(recording, window, "state")
    notices = traffic.notices_in(recording, window)
    told = bool(states and states[-1] in _ENDED) or "reconnect_needed" in (notices or ())
    if looks and not told and not _has_met_the_end(recording, owned):
        reason = f"no request was refused for a company {whose}"
        raise NotObserved(reason, missing=traffic.READS_A_LIST)
    if looks and not told:
        what = f"tell the customer of a company {whose}"
        findings.append(_stop_finding(recording, check, list(looks), what, "neither a state nor a notice"))
    again = next(call for call in connected if call.sequence > edge)
    return (*findings, *_stays_dead(recording, check, again))


def _stays_dead(recording: Recording, check: str, again: Exchange) -> list[Finding]:
    """Return a finding where work was asked for after a new consent, and nothing was done for the company.

    What comes with any consent does not count: whose token it is, and what the company is called.
    """
    asked = [each for each in traffic.askings(recording) if each.started > again.started]
    calls = [call for call in traffic.api_calls(recording) if call.started > again.started]
    if not asked or any(traffic.serves_company(call) and call.operation not in _OF_CONSENT for call in calls):
        return []
    what = "take its work up again once the customer has connected anew"
    found = _stop_finding(
        recording, check, [again, *calls, *asked], what, "no later request for it succeeded"
    )
    return [
        replace(
            found,
            expected="what the customer asks for after a new consent is done with the new pair",
            hint="where a new pair is stored, clear what marked the connection as ended, and start its jobs",
        )
    ]


def _has_met_the_end(recording: Recording, calls: list[Exchange]) -> bool:
    """Whether the integration could know: a request was refused, or a webhook about it was taken."""
    taken = filter(traffic.is_success, recording.of_kind(Kind.WEBHOOK))
    news = [traffic.json_of(each.request.body) for each in taken]
    told = any(isinstance(each, dict) and each.get("event_type") == _DEPROVISIONED for each in news)
    return told or any(call.response.status in (400, 401) for call in calls)


def _after_the_end_was_known(calls: list[Exchange]) -> list[Exchange]:
    """Return the calls that began once a refresh was refused, or any call where none was refreshed.

    What was on its way already, as requests side by side are, could not know.
    """
    refused = [call for call in calls if call.response.status in (400, 401)]
    final = [call for call in refused if call.operation == TOKEN_ENDPOINT] or refused
    known = min(map(traffic.ended, final), default=None)
    return [call for call in calls if known is not None and call.started >= known]


def _stop_finding(recording: Recording, check: str, where: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check=check,
        message=f"does not {what}",
        places=traffic.places(recording, where[:20]),
        expected="the connection is marked as ended, its jobs stop, and the customer is asked to reconnect",
        seen=seen,
        hint="treat invalid_grant as final: mark the connection, cancel its jobs, post a notice; act on "
        "company.deprovisioned likewise",
        key=what,
    )
