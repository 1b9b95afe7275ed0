"""Does the integration bear with answers that have unknown fields, unknown values or no date?"""

from __future__ import annotations

from partner_qa.checks import traffic
from partner_qa.contract.names import LIST_EMPLOYEES
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

_CHANGES = {
    "added": "fields that it does not know",
    "unknown": "values that it does not know, and a date that is missing",
}


def reads_tolerantly(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a sync works while answers have unknown fields, unknown values or missing dates.

    Works is: the action does not report a failure, and everybody of whom the audit read tells is held,
    where people can be looked at. Sources: https://docs.gusto.com/app-integrations/docs/api-versioning;
    https://docs.gusto.com/app-integrations/changelog/september-2026
    """
    findings = []
    for window, change in _CHANGES.items():
        calls = traffic.within(recording, window, Kind.API)
        changed = [call for call in calls if call.fault and traffic.is_success(call)]
        if not changed:
            raise NotObserved(
                "no changed answer was read in this scenario",
                missing=traffic.READS_PEOPLE,
            )
        failed = [each for each in traffic.within(recording, window, Kind.ACTION) if _has_failed(each)]
        if failed:
            findings.append(_finding(recording, [*changed, *failed], change, "the action reports a failure"))
        elif missing := _missing(recording, window):
            findings.append(_finding(recording, changed, change, f"{missing} people are not held"))
    return tuple(findings)


def _has_failed(action: Exchange) -> bool:
    told = traffic.json_of(action.response.body)
    return isinstance(told, dict) and told.get("status") == "failed"


def _missing(recording: Recording, window: str) -> int:
    told = traffic.told_in(recording, window, "people")
    if not told:
        return 0
    held = {str(row.get("gusto_uuid")) for row in _rows(told[-1]) if isinstance(row, dict)}
    there = {str(each["uuid"]) for each in traffic.audited(recording, LIST_EMPLOYEES)}
    return len(there - held)


def _rows(given: Json) -> list[Json]:
    return given if isinstance(given, list) else []


def _finding(recording: Recording, where: list[Exchange], change: str, seen: str) -> Finding:
    return Finding(
        check="reads_tolerantly",
        message=f"does not go on when an answer has {change}",
        places=traffic.places(recording, where[:20]),
        expected="what is unknown is ignored or kept as it is, and the rest works",
        seen=seen,
        hint="read the fields that you use and no others; treat an unknown value as `other`, null as absent",
        key=change,
    )
