"""When tokens are refreshed: before they expire, once for all jobs, and again where the answer was lost."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from partner_qa.checks import traffic
from partner_qa.contract.names import TOKEN_ENDPOINT
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Recording

_NEEDED = traffic.READS_A_LIST


def refreshes_before_expiry(recording: Recording) -> tuple[Finding, ...]:
    """Judge that no call is sent with an access token whose `expires_in` has gone by.

    How early it is refreshed is not judged: a minute, or half of its life, are both right. Proof of life:
    something was sent for the company after its token had expired. Source:
    https://docs.gusto.com/app-integrations/docs/authentication
    """
    ends: dict[str, datetime] = {}
    for call in traffic.api_calls(recording, TOKEN_ENDPOINT):
        told = traffic.json_of(call.response.body)
        if isinstance(told, dict) and isinstance(told.get("expires_in"), int | float):
            lifetime = timedelta(seconds=float(str(told["expires_in"])))
            ends[str(told.get("access_token"))] = traffic.ended(call) + lifetime
    calls = [call for call in traffic.api_calls(recording) if call.company]
    if not any(call.started > end for call in calls for end in ends.values()):
        raise NotObserved("nothing was sent after an access token had expired", missing=_NEEDED)
    late = [
        call
        for call in calls
        if (token := traffic.find_bearer(call)) and token in ends and call.started > ends[token]
    ]
    if not late:
        return ()
    return (
        _finding(
            recording,
            "refreshes_before_expiry",
            late,
            what="refresh its token before it expires",
            expected="the token is refreshed some time before expires_in has gone by, by default a minute",
            seen=f"calls with a token that had expired: {len(late)}",
            hint="store the time of expiry with the pair, less 60 seconds, and look at it before each call; "
            "a timer that goes by two hours, and not by expires_in, does not know of a shorter life",
        ),
    )


def refreshes_once_for_all(recording: Recording) -> tuple[Finding, ...]:
    """Judge that jobs that meet an expired token at once lead to one refresh.

    A lock, a single refresher and jobs that run one after another are all right, the latter also where each
    begins with a refresh of its own; what the jobs read is their affair. Proof of life: a token was
    refreshed, and a job got something done with it. Source:
    https://docs.gusto.com/app-integrations/docs/authentication
    """
    window = traffic.within(recording, "parallel", Kind.API)
    renewals = [call for call in window if call in traffic.refreshes(recording)]
    reads = [call for call in window if traffic.serves_company(call)]
    if not traffic.refreshes(recording):
        raise NotObserved("no token was refreshed when several jobs began at once", missing=_NEEDED)
    spent = Counter(traffic.fields_of(call.request.body).get("refresh_token") for call in renewals)
    findings = []
    herd = [call for call in renewals if not _begins_the_next_job(call, renewals, window)]
    if len(herd) > 1 or any(count > 1 for count in spent.values()):
        twice = any(count > 1 for count in spent.values())
        findings.append(
            _finding(
                recording,
                "refreshes_once_for_all",
                renewals,
                what="refresh once for jobs that run at the same time",
                expected="one refresh for the company, however many jobs wait for it",
                seen=f"{len(renewals)} refreshes" + (", with the same refresh token" if twice else ""),
                hint="take a lock for the company that all workers share, and read the pair again under it",
            )
        )
    if not reads:
        findings.append(
            _finding(
                recording,
                "refreshes_once_for_all",
                renewals,
                what="get its work done when several jobs begin at once",
                expected="people, or whatever else a sync is for, are read with the refreshed token",
                seen="no request for the company succeeded",
                hint="let the jobs that lost the race use the pair that the winner has stored",
            )
        )
    return tuple(findings)


def _begins_the_next_job(renewal: Exchange, renewals: list[Exchange], window: tuple[Exchange, ...]) -> bool:
    """Whether work was done with the pair of the refresh before, and was over when this one began.

    That is how jobs look that run one after another and each refresh first. Whoever waited for a lock and
    then refreshes all the same does so before anything was done with the pair that was new.
    """
    before = max((traffic.ended(each) for each in renewals if each.started < renewal.started), default=None)
    calls = [each for each in window if each.company and each.operation != TOKEN_ENDPOINT]
    is_working = any(
        each.started < traffic.ended(renewal) and traffic.ended(each) > renewal.started for each in calls
    )
    return (
        before is not None
        and not is_working
        and any(traffic.serves_company(each) and before <= each.started < renewal.started for each in calls)
    )


def survives_a_lost_refresh(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a refresh whose answer is lost, and one that is answered 503, do not cost the connection.

    The old refresh token is good until the new access token is used, so sending it again is right; going on
    with an access token that is still good would be too. Source:
    https://docs.gusto.com/app-integrations/v2024-04-01/reference/refresh-access-token
    """
    lost = [
        call
        for call in traffic.refreshes(recording)
        if call.fault and call.fault.name == "drop_response" and call.response.status == 0
    ]
    if not lost:
        raise NotObserved("no answer to a refresh was lost", missing=_NEEDED)
    later = [call for call in traffic.api_calls(recording) if call.started > lost[0].started]
    if any(map(traffic.serves_company, later)):
        return ()
    failed = [call for call in traffic.refreshes(recording) if call.fault and call.response.status >= 500]
    trouble = (
        f"a refresh is answered {failed[0].response.status}" if failed else "the answer to a refresh is lost"
    )
    return (
        _finding(
            recording,
            "survives_a_lost_refresh",
            [lost[0], *later[:10]],
            what=f"keep its connection when {trouble}",
            expected="the stored refresh token is sent again, and work goes on",
            seen="no request for the company succeeded afterwards",
            hint="on a timeout, a broken connection or a 5xx keep the old pair and refresh with it again; "
            "only invalid_grant means that it is dead",
        ),
    )


def _finding(
    recording: Recording, check: str, where: list[Exchange], *, what: str, expected: str, seen: str, hint: str
) -> Finding:
    return Finding(
        check=check,
        message=f"does not {what}",
        places=traffic.places(recording, where[:20]),
        expected=expected,
        seen=seen,
        hint=hint,
        key=what,
    )
