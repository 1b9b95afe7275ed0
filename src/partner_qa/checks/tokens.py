"""What becomes of a token pair: refreshed once when it dies, kept before it is used, used for one company."""

from __future__ import annotations

from datetime import datetime

from partner_qa.checks import traffic
from partner_qa.contract.catalogue import Contract
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

_EXPIRED = "expire_token"


def recovers_from_expiry(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a 401 leads to one refresh and one replay of the refused call, or to a plea to reconnect.

    The 401 is the one that the `expire_token` fault gave. Source:
    https://docs.gusto.com/app-integrations/docs/authentication
    """
    refused = [
        call
        for call in traffic.api_calls(recording)
        if call.fault and call.fault.name == _EXPIRED and call.response.status == 401
    ]
    if not refused:
        raise NotObserved(
            "no access token expired under this integration's hands",
            missing=traffic.READS_A_LIST,
        )
    first = refused[0]
    later = [call for call in traffic.api_calls(recording) if call.started >= traffic.ended(first)]
    renewed = [call for call in traffic.refreshes(recording) if call.started >= traffic.ended(first)]
    if not renewed:
        if _asked_to_reconnect(recording):
            return ()
        return (
            _expiry(recording, [first], "refresh its token after a 401", "no refresh, no plea to reconnect"),
        )
    findings = []
    if len(renewed) > 1:
        findings.append(
            _expiry(recording, [first, *renewed], "refresh once after a 401", f"{len(renewed)} refreshes")
        )
    again = _used_again(refused, renewed)
    if again:
        seen = f"{len(again)} more call{'s' if len(again) != 1 else ''} with it"
        findings.append(_expiry(recording, [first, *again], "stop using a token that got a 401", seen))
    replays = [call for call in later if _is_same_call(call, first)]
    if not any(traffic.is_success(call) for call in replays):
        findings.append(
            _expiry(recording, [first, *replays], "replay the call that got a 401", "it never succeeded")
        )
    return tuple(findings)


def _used_again(refused: list[Exchange], renewed: list[Exchange]) -> list[Exchange]:
    """Return the calls with the dead token that nothing excuses.

    Jobs that work side by side may each meet the 401, until the new pair is there; the same call may not
    meet it a second time.
    """
    there = traffic.ended(renewed[0])
    return [
        call
        for at, call in enumerate(refused)
        if call.started >= there
        or any(_is_same_call(call, other) and call.started >= traffic.ended(other) for other in refused[:at])
    ]


def _is_same_call(call: Exchange, other: Exchange) -> bool:
    return (call.request.method, call.request.url) == (other.request.method, other.request.url)


def _asked_to_reconnect(recording: Recording) -> bool:
    for seen in recording.of_kind(Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        if isinstance(told, dict) and (told.get("state") == "reconnect_needed" or _has_notice(told)):
            return True
    return False


def _has_notice(told: dict[str, Json]) -> bool:
    notices = told.get("notices")
    return isinstance(notices, list) and any(
        isinstance(each, dict) and each.get("about") == "reconnect_needed" for each in notices
    )


def _expiry(recording: Recording, calls: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="recovers_from_expiry",
        message=f"does not {what}",
        places=traffic.places(recording, calls),
        expected="one refresh, then the refused call once more with the new token",
        seen=seen,
        hint="on 401 refresh under a lock, store the new pair, send the same request again, once",
        key=what,
    )


def keeps_rotated_pair(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a process killed at the first use of a new access token still holds the new pair.

    After the kill, work goes on without a new consent and the spent refresh token is not sent. Source:
    https://docs.gusto.com/app-integrations/v2024-04-01/reference/refresh-access-token
    """
    kills = [each for each in recording.of_kind(Kind.PROCESS) if each.request.url == "process:kill"]
    renewed = [call for call in traffic.refreshes(recording) if traffic.is_success(call)]
    before = [call for call in renewed if kills and call.started < kills[0].started]
    if not before:
        raise NotObserved(
            "the integration was not killed between a refresh and the first answer to its new token",
            missing=("run.processes in partner.yaml, so that the harness can kill it",),
        )
    later = [call for call in traffic.api_calls(recording) if call.started > kills[0].started]
    working = [call for call in later if traffic.serves_company(call)]
    findings = list(never_resends_spent_token(recording))
    if not working and not findings:
        findings.append(
            Finding(
                check="keeps_rotated_pair",
                message="does not keep the rotated pair over a crash",
                places=traffic.places(recording, [before[-1], kills[0], *later[:10]]),
                expected="after the restart, work goes on with the pair that was issued before the kill",
                seen="no call succeeded after the restart",
                hint="commit the new pair to durable storage before sending the first request with it",
                key="lost",
            )
        )
    return tuple(findings)


def never_resends_spent_token(recording: Recording) -> tuple[Finding, ...]:
    """Judge that no refresh token is sent again once a refresh with it was answered.

    Sending it again after an answer that never arrived is right, and not a finding. Source:
    https://docs.gusto.com/app-integrations/v2024-04-01/reference/refresh-access-token
    """
    spent: dict[str, tuple[datetime, Exchange]] = {}
    findings = []
    for call in traffic.refreshes(recording):
        token = traffic.fields_of(call.request.body).get("refresh_token", "")
        if token in spent and call.started >= spent[token][0]:
            findings.append(
                Finding(
                    check="never_resends_spent_token",
                    message="does not stop using a refresh token that is spent",
                    places=traffic.places(recording, [spent[token][1], call]),
                    expected="each refresh token is sent once; the answer brings its successor",
                    seen="the same refresh token was sent again after its refresh had been answered",
                    hint="store the successor before anything else, and read it again before each refresh",
                    key="spent",
                )
            )
        elif traffic.is_success(call):
            spent[token] = (traffic.ended(call), call)
    return tuple(findings)


def uses_tokens_for_their_company(recording: Recording, *, contract: Contract) -> tuple[Finding, ...]:
    """Judge that the company in each path is the company of the token that was sent.

    Proof of life: each of two tokens got something done. Source:
    https://docs.gusto.com/app-integrations/docs/strict-access
    """
    operations = {each.id: each.path for each in contract.operations}
    crossed = [
        call
        for call in traffic.api_calls(recording)
        if call.company and (named := _company_in_path(call, operations)) and named != call.company
    ]
    served = {call.company for call in filter(traffic.serves_company, traffic.api_calls(recording))}
    if not crossed and len(served) < 2:
        raise NotObserved(
            "two companies were not served side by side",
            missing=("tenancy.mode: per_scenario in partner.yaml", *traffic.READS_A_LIST),
        )
    if not crossed:
        return ()
    return (
        Finding(
            check="uses_tokens_for_their_company",
            message="does not keep tokens and companies together",
            places=traffic.places(recording, crossed[:20]),
            expected="a token is used for the company that it was granted for",
            seen=f"requests that named another company than the token's: {len(crossed)}",
            hint="store the company's UUID with the pair, and take both from the same row",
            key="crossed",
        ),
    )


def _company_in_path(call: Exchange, operations: dict[str, str]) -> str | None:
    template, actual = operations.get(call.operation or "", "").split("/"), traffic.path_of(call).split("/")
    pairs = zip(template, actual, strict=False)
    return next((value for name, value in pairs if name in {"{company_id}", "{company_uuid}"}), None)
