"""What the integration makes of a 4xx: it tells, it keeps what it has, and it does not ask again.

The scenario keeps a window for each kind of refusal: `forbidden` (403 for want of a scope), `reworded` (the
same with another message), `outdated` (406), `invalid` (422 with nested errors), and `afterwards`, where
nothing is refused any more.
"""

from __future__ import annotations

from partner_qa.checks import traffic
from partner_qa.contract.versions import HEADER
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording, find_header

_WINDOWS = ("forbidden", "reworded", "outdated", "invalid")
# RFC 9110: what may pass by itself, or asks for something else before the next attempt.
_TRIED_AGAIN = frozenset({401, 408, 409, 425, 429})
_OF_SCOPES = frozenset({"missing_scope", "partial_failure", "sync_failed"})
_OF_VERSIONS = frozenset({"outdated_version", "sync_failed"})
_SYNCS = traffic.READS_A_LIST
_NOTICES = ("observations.notices in partner.yaml",)


def reports_a_missing_scope(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a list that is forbidden is reported, and not taken for an empty one.

    A notice of a missing scope, of a sync that failed or of a part that did are all right. People that were
    held before are held still, where they can be looked at. Source:
    https://docs.gusto.com/app-integrations/reference/get-v1-employees
    """
    refused = _require_refused(recording, "forbidden")
    notices = traffic.notices_in(recording, "forbidden")
    if notices is None:
        raise NotObserved("what the customer is told could not be looked at", missing=_NOTICES)
    findings = []
    if not notices & _OF_SCOPES:
        what = "report that Gusto withholds something for want of a scope"
        findings.append(_finding(recording, "reports_a_missing_scope", refused, what, _told(notices)))
    before, after = _held(recording, "before"), _held(recording, "forbidden")
    if before and after is not None and len(after) < len(before):
        what = "keep what it has when Gusto withholds a list"
        seen = f"{len(before)} people held before, {len(after)} after"
        findings.append(_finding(recording, "reports_a_missing_scope", refused, what, seen))
    return tuple(findings)


def takes_a_406_for_an_alarm(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a version that is refused (406) is not asked for again, and that somebody is told.

    To ask once with another version is right, and so is what was on its way already. Where notices cannot be
    looked at, the wire alone is judged.
    Source: https://docs.gusto.com/app-integrations/docs/error-categories (invalid_api_version)
    """
    refused = _require_refused(recording, "outdated")
    first = find_header(refused[0].request.headers, HEADER)
    again = [
        call
        for call in refused[1:]
        if find_header(call.request.headers, HEADER) == first and call.started >= traffic.ended(refused[0])
    ]
    notices = traffic.notices_in(recording, "outdated")
    findings = []
    if again:
        what = "stop asking with an API version that was refused"
        seen = f"{len(again)} more requests with {first or 'no version'}"
        findings.append(_finding(recording, "takes_a_406_for_an_alarm", [refused[0], *again], what, seen))
    if notices is not None and not notices & _OF_VERSIONS:
        what = "raise an alarm when its API version is refused"
        findings.append(_finding(recording, "takes_a_406_for_an_alarm", refused, what, _told(notices)))
    return tuple(findings)


def decides_by_category(recording: Recording) -> tuple[Finding, ...]:
    """Judge that the same error in other words leads to the same reaction, and nested errors break nothing.

    Between the two is a sync that works, so that each tells anew. Proof of life: the first was told of, and
    the sync after the last refusal works. Source:
    https://docs.gusto.com/app-integrations/docs/error-categories
    """
    for window in ("forbidden", "reworded", "invalid"):
        _require_refused(recording, window)
    plain, reworded = (traffic.notices_in(recording, each) for each in ("forbidden", "reworded"))
    if plain is None or reworded is None:
        raise NotObserved("what the customer is told of an error could not be looked at", missing=_NOTICES)
    if not plain:
        raise NotObserved(
            "of the first error nobody is told, so that nothing can be compared",
            missing=("a notice of what was refused, in observations.notices in partner.yaml",),
        )
    findings = []
    if plain != reworded:
        where = _require_refused(recording, "reworded")
        seen = f"told of {_words(plain)} first, of {_words(reworded)} when the message was another"
        what = "decide by the category of an error"
        findings.append(_finding(recording, "decides_by_category", where, what, seen))
    if not any(map(traffic.serves_company, traffic.within(recording, "afterwards", Kind.API))):
        where = _require_refused(recording, "invalid")
        what = "work again after an error with errors inside"
        findings.append(
            _finding(recording, "decides_by_category", where, what, "no call succeeded afterwards")
        )
    return tuple(findings)


def never_repeats_what_was_refused(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a request that was refused is not sent again unchanged.

    401, 409 and 429 have a second attempt; so may 408 and 425 (RFC 9110). Requests that were on their way
    already are no second attempt, nor is a sync that is asked for anew. Source:
    https://docs.gusto.com/app-integrations/docs/error-categories
    """
    met, repeated = False, dict[int, list[Exchange]]()
    for window in _WINDOWS:
        calls = traffic.within(recording, window, Kind.API)
        for refused in calls:
            status = refused.response.status
            if not 400 <= status < 500 or status in _TRIED_AGAIN:
                continue
            met = True
            again = [call for call in calls if _repeats(call, refused)]
            if again and status not in repeated:
                repeated[status] = [refused, *again]
    if not met:
        raise NotObserved("no request was refused", missing=_SYNCS)
    return tuple(
        _finding(
            recording,
            "never_repeats_what_was_refused",
            calls,
            f"take a {status} for an answer",
            f"the same request {len(calls) - 1} more time{'s' if len(calls) != 2 else ''}",
        )
        for status, calls in repeated.items()
    )


def _repeats(call: Exchange, refused: Exchange) -> bool:
    asked, before = call.request, refused.request
    same = (asked.method, asked.url, asked.body) == (before.method, before.url, before.body)
    same_version = find_header(asked.headers, HEADER) == find_header(before.headers, HEADER)
    return same and same_version and call.started >= traffic.ended(refused)


def _require_refused(recording: Recording, window: str) -> list[Exchange]:
    calls = traffic.within(recording, window, Kind.API)
    refused = [call for call in calls if call.fault and 400 <= call.response.status < 500]
    if not refused:
        raise NotObserved("no list of people was refused in this scenario", missing=_SYNCS)
    return refused


def _held(recording: Recording, window: str) -> frozenset[str] | None:
    told = traffic.told_in(recording, window, "people")
    rows: Json = told[-1] if told else None
    if not isinstance(rows, list):
        return None
    return frozenset(str(row.get("gusto_uuid")) for row in rows if isinstance(row, dict))


def _told(notices: frozenset[str]) -> str:
    return f"the customer is told of {_words(notices)}"


def _words(notices: frozenset[str]) -> str:
    return ", ".join(sorted(notices)) or "nothing"


def _finding(recording: Recording, check: str, where: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check=check,
        message=f"does not {what}",
        places=traffic.places(recording, where[:20]),
        expected="one attempt, what was held stays, and somebody is told what is wrong and what to do",
        seen=seen,
        hint="map status and category, nested ones too, to your own kinds of trouble in one place; messages "
        "are for people",
        key=what,
    )
