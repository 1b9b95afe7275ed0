"""Does the integration survive a Gusto that fails: retries that end, that back off, and that lose nothing?"""

from __future__ import annotations

from itertools import pairwise

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

_MOST_ATTEMPTS = 15  # our number: attempts at one request while Gusto keeps failing
_SHORTEST_PAUSE = 0.1  # our number: seconds between attempts, on average, below which it is hammering


def survives_server_errors(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a passing 5xx is retried to success, and that a lasting one ends after a few spaced tries.

    The situation names which action met which trouble: `passing` and `lasting` hold the sequence numbers
    of the action exchanges; who is held was looked at in `held` and, when Gusto had failed for good, in
    `kept`. Proof of life: `afterwards`, an action that works again. Source:
    https://docs.gusto.com/app-integrations/docs/error-categories (internal_error)
    """
    passing = _failures_during(recording, "passing")
    lasting = _failures_during(recording, "lasting")
    if not passing or not lasting:
        raise NotObserved(
            "no request was answered 5xx in this scenario",
            missing=traffic.READS_A_LIST,
        )
    return (
        *_never_succeeded(recording, passing),
        *_hammering(recording, lasting),
        *_lets_go(recording, lasting),
        *_not_alive_afterwards(recording, lasting[-1]),
    )


def _failures_during(recording: Recording, phase: str) -> list[Exchange]:
    window = _window(recording.situation.get(phase))
    return [
        call
        for call in traffic.api_calls(recording)
        if call.fault and call.response.status >= 500 and window[0] <= call.sequence <= window[1]
    ]


def _window(given: Json) -> tuple[int, int]:
    if isinstance(given, list) and len(given) == 2:
        first, last = given
        if isinstance(first, int) and isinstance(last, int):
            return first, last
    return 1, 0


def _never_succeeded(recording: Recording, failed: list[Exchange]) -> list[Finding]:
    last = _window(recording.situation.get("passing"))[1]
    for refused in failed:
        tries = [
            call
            for call in traffic.api_calls(recording)
            if traffic.asks_again(call, refused) and refused.sequence < call.sequence <= last
        ]
        if not any(traffic.is_success(call) for call in tries):
            return [
                _finding(
                    recording,
                    [refused, *tries],
                    "finish its work after a passing server error",
                    "the failed request is sent again until it succeeds",
                    f"{len(tries)} further tries, none successful",
                )
            ]
    return []


def _hammering(recording: Recording, failed: list[Exchange]) -> list[Finding]:
    findings = []
    by_url: dict[str, list[Exchange]] = {}
    for call in failed:
        by_url.setdefault(call.request.url, []).append(call)
    for tries in by_url.values():
        pauses = [
            (after.started - traffic.ended(before)).total_seconds() for before, after in pairwise(tries)
        ]
        if len(tries) > _MOST_ATTEMPTS:
            findings.append(
                _finding(
                    recording,
                    tries[:20],
                    "give up while Gusto keeps failing",
                    f"at most {_MOST_ATTEMPTS} attempts at one request",
                    f"{len(tries)} attempts",
                )
            )
        if pauses and sum(pauses) / len(pauses) < _SHORTEST_PAUSE:
            findings.append(
                _finding(
                    recording,
                    tries[:20],
                    "back off between attempts",
                    f"pauses of {_SHORTEST_PAUSE} s and more on average, growing",
                    f"{sum(pauses) / len(pauses):.3f} s on average over {len(tries)} attempts",
                )
            )
    return findings


def _lets_go(recording: Recording, failed: list[Exchange]) -> list[Finding]:
    """Return a finding where people were held before Gusto failed, and fewer of them afterwards."""
    before, after = (traffic.told_in(recording, each, "people") for each in ("held", "kept"))
    if not before or not after:
        return []
    held, kept = ({row.get("gusto_uuid") for row in traffic.rows_of(told[-1])} for told in (before, after))
    if held <= kept:
        return []
    looks = traffic.within(recording, "kept", Kind.OBSERVATION)
    return [
        _finding(
            recording,
            [failed[-1], *looks],
            "keep what it has while Gusto fails",
            "a list that could not be read changes nothing of what is held",
            f"{len(held)} people held before, {len(held - kept)} of them gone",
        )
    ]


def _not_alive_afterwards(recording: Recording, last_failure: Exchange) -> list[Finding]:
    first, last = _window(recording.situation.get("afterwards"))
    later = [
        call
        for call in traffic.api_calls(recording, traffic.reading_of(recording).operation)
        if first <= call.sequence <= last and traffic.is_success(call)
    ]
    actions = [each for each in recording.of_kind(Kind.ACTION) if first <= each.sequence <= last]
    if later:
        return []
    return [
        _finding(
            recording,
            [last_failure, *actions],
            "work again once Gusto does",
            "the next sync after the outage reads its list",
            "it never succeeded in reading it",
        )
    ]


def _finding(recording: Recording, calls: list[Exchange], what: str, expected: str, seen: str) -> Finding:
    return Finding(
        check="survives_server_errors",
        message=f"does not {what}",
        places=traffic.places(recording, calls),
        expected=expected,
        seen=seen,
        hint="retry 5xx and timeouts a few times with growing pauses, then report it and keep the work",
        key=what,
    )
