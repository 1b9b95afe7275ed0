"""What the integration does when a browser comes back from Gusto: with a code, twice, or with a refusal."""

from __future__ import annotations

from datetime import timedelta

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Place, Recording, Run

TOKEN_INFO = "get-v1-token-info"  # noqa: S105 - an operationId
_LEGACY_USER = "/v1/me"
_AUTHORIZE = "/oauth/authorize"
_CODE_LIFETIME = timedelta(minutes=10)


def asks_whose_token_it_is(run: Run) -> tuple[Finding, ...]:
    """Judge that each new grant is introspected: company, owner and scopes, and by no legacy call.

    A grant is new where a code was exchanged for it; asking at any later moment of the same scenario counts.
    Source: https://docs.gusto.com/app-integrations/reference/get-v1-token-info
    """
    fresh = [
        (each, call) for each in run for call in traffic.code_exchanges(each) if traffic.is_success(call)
    ]
    if not fresh:
        raise NotObserved("no code was exchanged for a token in this run", missing=traffic.CONNECTS)
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


def exchanges_each_code_once(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a code is sent once, within ten minutes, and that one that was refused is no dead end.

    Sending it again after an answer that never arrived is no finding; after any answer it is, also where the
    same callback is visited twice. Which page the customer sees is not judged, nor whether there is one.
    Proof of life: a code was refused, a callback was repeated, and a connection came about after the refusal;
    where Gusto refused the code of the next consent as well, starting again was not what failed. Source:
    https://github.com/emorale112/5936/blob/HEAD/docs/basics/Authentication.md [O]; RFC 6749 section 4.1.2
    """
    exchanges = traffic.code_exchanges(recording)
    refused = [call for call in exchanges if call.fault and call.response.status >= 400]
    repeated = [each for each in recording.of_kind(Kind.BROWSER) if each.facts.get("repeated")]
    if not refused or not repeated:
        raise NotObserved("no code was refused and no callback repeated", missing=traffic.CONNECTS)
    findings = []
    sent: dict[str, Exchange] = {}
    for call in exchanges:
        code = traffic.fields_of(call.request.body)["code"]
        if code in sent and sent[code].response.status:
            findings.append(
                _code_finding(recording, [sent[code], call], "use a code only once", "sent again")
            )
        sent[code] = call
        visit = _find_callback(recording, code)
        if visit is not None and call.started - visit.started > _CODE_LIFETIME:
            late = f"sent {call.started - visit.started} later"
            findings.append(_code_finding(recording, [visit, call], "exchange a code at once", late))
    later = [call for call in exchanges if call.started > refused[0].started]
    if not any(map(traffic.is_success, later)):
        _require_no_other_trouble(refused, later, findings)
        what = "let a customer start again after a code was refused"
        findings.append(_code_finding(recording, refused, what, "no later connection came about"))
    return tuple(findings)


def _require_no_other_trouble(
    refused: list[Exchange], later: list[Exchange], findings: list[Finding]
) -> None:
    """Raise `NotObserved` where the customer did start again, and Gusto took no code at all."""
    spent = {traffic.fields_of(call.request.body)["code"] for call in refused}
    fresh = [call for call in later if traffic.fields_of(call.request.body)["code"] not in spent]
    if fresh and not findings:
        raise NotObserved(
            f"the code of the next consent was refused as well ({fresh[-1].response.status}), so nothing was "
            "seen of starting again",
            missing=traffic.CONNECTS,
        )


def _find_callback(recording: Recording, code: str) -> Exchange | None:
    visits = (each for each in recording.of_kind(Kind.BROWSER) if traffic.path_of(each) != _AUTHORIZE)
    return next((each for each in visits if traffic.find_query(each, "code") == code), None)


def _code_finding(recording: Recording, where: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="exchanges_each_code_once",
        message=f"does not {what}",
        places=traffic.places(recording, where),
        expected="one exchange for each code, at once; where it fails, the customer starts again",
        seen=seen,
        hint="spend the state before the exchange, never retry an exchange that was answered, and offer the "
        "connect button again",
        key=what,
    )


def takes_no_for_an_answer(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a denied consent ends on a page, sends nothing to the token endpoint and connects nothing.

    Any page is right that is no server error; a connection that breaks off without an answer is no page.
    Proof of life: a later consent was exchanged. Source:
    https://docs.gusto.com/app-integrations/docs/oauth2; RFC 6749 section 4.1.2.1
    """
    browsed = recording.of_kind(Kind.BROWSER)
    denied = [each for each in browsed if traffic.find_query(each, "error") and not _is_gustos(each)]
    connected = [call for call in traffic.code_exchanges(recording) if traffic.is_success(call)]
    if not denied or not any(call.started > denied[0].started for call in connected):
        raise NotObserved("no consent was denied before one that was given", missing=traffic.CONNECTS)
    findings = []
    for visit in denied:
        # By time: a request that the callback made has a smaller number than the visit, which ends after it.
        again = min(
            (each.started for each in browsed if _is_gustos(each) and each.started > visit.started),
            default=traffic.ended(visit),
        )
        meanwhile = [each for each in recording.exchanges if visit.started <= each.started < again]
        findings += _half_connections(recording, visit, meanwhile)
    return tuple(findings)


def _is_gustos(visit: Exchange) -> bool:
    return traffic.path_of(visit) == _AUTHORIZE


def _half_connections(recording: Recording, visit: Exchange, meanwhile: list[Exchange]) -> list[Finding]:
    visits = [each for each in meanwhile if each.kind is Kind.BROWSER]
    broken = [each for each in visits if each.response.status >= 500]
    silent = [each for each in visits if not each.response.status]
    asked = [each for each in meanwhile if each in traffic.code_exchanges(recording)]
    shown = [each for each in meanwhile if _shows_connected(each)]
    wrong = (
        (broken, "meet a denied consent with a page", "a server error"),
        (silent, "answer a denied consent at all", "the connection was closed in place of an answer"),
        (asked, "leave the token endpoint alone after a denied consent", "a request for a token"),
        (shown, "stay unconnected after a denied consent", "the connection is shown as connected"),
    )
    return [
        Finding(
            check="takes_no_for_an_answer",
            message=f"does not {what}",
            places=traffic.places(recording, [visit, *(each for each in where if each is not visit)]),
            expected="a page that says what happened and how to try again; no connection",
            seen=seen,
            hint="look at `error` of the callback before `code`, and say that only an admin can allow access",
            key=what,
        )
        for where, what, seen in wrong
        if where
    ]


def _shows_connected(each: Exchange) -> bool:
    told = traffic.json_of(each.response.body) if each.kind is Kind.OBSERVATION else None
    return isinstance(told, dict) and told.get("state") == "connected"
