"""Does the integration keep to Gusto's rate limit: wait when told to, and lose nothing by it?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Recording, Run, find_header

_CLOCK_SLACK = timedelta(seconds=0.05)  # our number: what two clocks on one machine may differ by
_ON_ITS_WAY = timedelta(seconds=0.2)  # our number: what other workers sent before they could hear of a 429
_SLOWER = 1.5  # our number: how much longer than usual a queue may take by chance
_WINDOW_SECONDS = 60.0
_MOST_IN_WINDOW = 200


def honours_retry_after(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a grant sends nothing until `Retry-After` seconds after a 429, and then resumes.

    Without the header the whole window of 60 s is to be waited out. Requests already on their way when
    the 429 was answered do not count, nor what another worker sends in the next moment. Sources: RFC 9110
    section 10.2.3;
    https://docs.gusto.com/app-integrations/docs/rate-limits
    """
    calls = traffic.api_calls(recording)
    throttled = [call for call in calls if call.response.status == 429]
    if not throttled:
        raise NotObserved(
            "no request was answered 429 in this scenario",
            missing=traffic.READS_A_LIST,
        )
    findings: list[Finding] = []
    for refused in throttled:
        later = [
            call for call in calls if call.grant == refused.grant and call.started >= traffic.ended(refused)
        ]
        findings += _too_early(recording, refused, later)
        findings += _never_resumed(recording, refused, later)
    return tuple(findings)


def _wait_of(refused: Exchange) -> float:
    value = find_header(refused.response.headers, "Retry-After") or ""
    return float(value) if value.isdigit() else _WINDOW_SECONDS


def _too_early(recording: Recording, refused: Exchange, later: list[Exchange]) -> list[Finding]:
    wait = _wait_of(refused)
    allowed = traffic.ended(refused) + timedelta(seconds=wait) - _CLOCK_SLACK
    heard = traffic.ended(refused) + _ON_ITS_WAY
    early = [
        call
        for call in later
        if call.started < allowed and (call.started >= heard or call.request.url == refused.request.url)
    ]
    if not early:
        return []
    waited = (early[0].started - traffic.ended(refused)).total_seconds()
    return [
        Finding(
            check="honours_retry_after",
            message="does not wait as long as the 429 asked it to",
            places=traffic.places(recording, [refused, *early]),
            expected=f"no request of this grant for {wait:g} s after the 429",
            seen=f"{len(early)} request{'s' if len(early) != 1 else ''}, the first after {waited:.2f} s",
            hint="sleep for Retry-After seconds before any further call of the same company",
            key="too early",
        )
    ]


def _never_resumed(recording: Recording, refused: Exchange, later: list[Exchange]) -> list[Finding]:
    same_call = [call for call in later if traffic.asks_again(call, refused)]
    if any(traffic.is_success(call) for call in same_call):
        return []
    return [
        Finding(
            check="honours_retry_after",
            message="does not resume after a 429",
            places=traffic.places(recording, [refused, *same_call]),
            expected="the refused request is sent again after the wait, and the work goes on",
            seen="it was never sent again" if not same_call else "it was sent again but never succeeded",
            hint="keep the work queued, and send the refused request again after the wait",
            key="never resumed",
        )
    ]


def throttles_one_company_only(recording: Recording) -> tuple[Finding, ...]:
    """Judge that work for another company begins while the one that got a 429 waits.

    A queue that is looked at now and then begins late by itself: where other syncs of the scenario took as
    long to begin, the delay tells nothing. Proof of life: the other company's list was read at some time.
    Source: https://docs.gusto.com/app-integrations/docs/rate-limits
    """
    calls, reading = traffic.api_calls(recording), traffic.reading_of(recording)
    refused = next((call for call in calls if call.response.status == 429 and call.company), None)
    others = [
        call
        for call in traffic.api_calls(recording, reading.operation)
        if refused and call.company not in (None, refused.company) and call.started > refused.started
    ]
    if refused is None or not any(map(traffic.is_success, others)):
        raise NotObserved(
            "no company was throttled while another was synced",
            missing=("tenancy.mode: per_scenario and actions.sync_people in partner.yaml",),
        )
    waits_until = traffic.ended(refused) + timedelta(seconds=_wait_of(refused))
    if others[0].started < waits_until:
        return ()
    late = (others[0].started - traffic.ended(refused)).total_seconds()
    usual = max(_delays_of_syncs(recording, before=refused), default=0.0)
    if late <= _SLOWER * usual:
        raise NotObserved(
            f"syncs begin up to {usual:.1f} s after they are asked for, so one of {late:.1f} s tells nothing",
            missing=("a queue that is looked at every second or so while it is tested",),
        )
    return (
        Finding(
            check="throttles_one_company_only",
            message="does not go on with other companies while one waits",
            places=traffic.places(recording, [refused, others[0]]),
            expected="the limit counts for each grant: only the company that got the 429 waits",
            seen=f"the other company's list was asked for {late:.1f} s after the 429",
            hint="keep the time to wait with the company; put its job back and take another company's",
            key="everybody waits",
        ),
    )


def _delays_of_syncs(recording: Recording, *, before: Exchange) -> Iterator[float]:
    """Yield how many seconds each sync took to begin: from its being asked for to the first call for it.

    Only those count that were asked for before a company was refused, and so had to wait.
    """
    companies = {each.account: each.company for each in recording.tenants}
    action = traffic.reading_of(recording).action
    syncs = [each for each in traffic.askings(recording) if each.during == action]
    for asked in syncs:
        if asked.started > before.started:
            continue
        later = [each.started for each in syncs if each.started > asked.started]
        begun = [
            call.started
            for call in traffic.api_calls(recording)
            if call.during == action and call.company == companies.get(asked.account or "")
        ]
        first = min((each for each in begun if each >= asked.started), default=None)
        if first is not None and all(first < each for each in later):
            yield (first - asked.started).total_seconds()


def stays_under_the_limit(run: Run) -> tuple[Finding, ...]:
    """Judge that no grant asks more than 200 times within any 60 seconds, a first import included.

    The limit is counted for each OAuth grant, as the newest text says; an older one counts for each user of
    an application, which is stricter. Source: https://docs.gusto.com/app-integrations/docs/rate-limits
    """
    by_grant: dict[str, list[tuple[Recording, Exchange]]] = {}
    for recording in run:
        for call in traffic.api_calls(recording):
            if call.grant and traffic.path_of(call).startswith("/v1/"):
                by_grant.setdefault(call.grant, []).append((recording, call))
    if not by_grant:
        raise NotObserved("the integration sent no request to /v1 in this run", missing=traffic.CALLS)
    findings = []
    for calls in by_grant.values():
        crowd = _fullest_window(sorted(calls, key=_start_of))
        if len(crowd) > _MOST_IN_WINDOW:
            findings.append(_crowd(crowd))
    return tuple(findings)


def _start_of(call: tuple[Recording, Exchange]) -> datetime:
    return call[1].started


def _fullest_window(calls: list[tuple[Recording, Exchange]]) -> list[tuple[Recording, Exchange]]:
    """Return the calls of the 60 seconds with the most of them; `calls` are in order of their start."""
    fullest, first = (0, 0), 0
    for last, (_, call) in enumerate(calls):
        while (call.started - calls[first][1].started).total_seconds() >= _WINDOW_SECONDS:
            first += 1
        fullest = max(fullest, (first, last + 1), key=lambda span: span[1] - span[0])
    return calls[slice(*fullest)]


def _crowd(crowd: list[tuple[Recording, Exchange]]) -> Finding:
    recording, call = crowd[0]
    over = crowd[_MOST_IN_WINDOW : _MOST_IN_WINDOW + 20]
    return Finding(
        check="stays_under_the_limit",
        message="does not stay under the rate limit",
        places=tuple(place for each, one in over for place in traffic.places(each, [one])),
        expected=f"at most {_MOST_IN_WINDOW} requests of one grant within {_WINDOW_SECONDS:g} s",
        seen=f"{len(crowd)} requests of {call.grant} within {_WINDOW_SECONDS:g} s",
        hint="read lists in pages of 100 instead of one by one, take events about one thing together, and "
        "spread a first import over time",
        key=f"crowd in {recording.scenario}",
    )
