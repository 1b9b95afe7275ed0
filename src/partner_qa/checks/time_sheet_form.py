"""Is each time sheet well formed: who, where, when, and hours that Gusto takes?

Source: https://docs.gusto.com/app-integrations/reference/post-companies-company_uuid-time_tracking-time_sheets
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from partner_qa.checks import traffic
from partner_qa.checks.time_sheets import find_moment
from partner_qa.contract.names import CREATE_TIME_SHEET, UPDATE_TIME_SHEET
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Recording

_CLASSES = frozenset({"Regular", "Overtime", "Double overtime"})


def sends_valid_time_sheets(recording: Recording) -> tuple[Finding, ...]:
    """Judge what each time sheet says: who, where, when with offset, and hours of three decimals at most.

    A sheet that Gusto refuses (422) for its content is a finding; one that is refused for its version is not.
    Source: https://docs.gusto.com/app-integrations/reference/post-companies-company_uuid-time_tracking-time_sheets
    """
    writes = traffic.api_calls(recording, CREATE_TIME_SHEET, UPDATE_TIME_SHEET)
    if not any(each.operation == CREATE_TIME_SHEET for each in writes):
        raise NotObserved(
            "no time sheet was sent",
            missing=("an actions.send_hours in partner.yaml that sends approved shifts",),
        )
    faulty: dict[str, list[Exchange]] = {}
    for each in writes:
        for words in _faults_of(each):
            faulty.setdefault(words, []).append(each)
    return tuple(
        Finding(
            check="sends_valid_time_sheets",
            message=f"does not send valid time sheets: {words}",
            places=traffic.places(recording, where[:20]),
            expected="entity_type and entity_uuid, an IANA time_zone, shift_started_at in ISO 8601 with an "
            "offset, entries of Regular, Overtime or Double overtime with hours of three decimals at most",
            seen=f"{words} ({len(where)} request{'s' if len(where) != 1 else ''})",
            hint="round hours to three decimals, write moments with their offset, and keep the zone's IANA "
            "name with each shift; `partner-qa contract show` of the operation lists all fields",
            key=words,
        )
        for words, where in faulty.items()
    )


def _faults_of(write: Exchange) -> Iterator[str]:
    sent = traffic.json_of(write.request.body)
    body = sent if isinstance(sent, dict) else {}
    is_new = write.operation == CREATE_TIME_SHEET
    if (is_new or "entity_type" in body) and body.get("entity_type") not in {"Employee", "Contractor"}:
        yield "entity_type is neither Employee nor Contractor"
    for name in ("shift_started_at", "shift_ended_at"):
        value = body.get(name)
        if (value is not None or (is_new and name == "shift_started_at")) and find_moment(value) is None:
            yield f"{name} is no ISO 8601 moment with an offset"
    entries = body.get("entries")
    yield from sorted(
        {words for each in (entries if isinstance(entries, list) else []) for words in _wrong(each)}
    )
    if write.response.status == 422 and "version" not in _refused_keys(write):
        yield f"Gusto refused {', '.join(sorted(_refused_keys(write))) or 'it'}"


def _wrong(entry: Json) -> Iterator[str]:
    row = entry if isinstance(entry, dict) else {}
    if row.get("pay_classification", "Regular") not in _CLASSES:
        yield "a pay_classification that Gusto does not have"
    try:
        hours = Decimal(str(row.get("hours_worked")))
    except InvalidOperation:
        yield "hours_worked is no number"
        return
    if hours != round(hours, 3):
        yield "hours_worked has more than three decimals"
    if hours <= 0:
        yield "hours_worked is not above zero"


def _refused_keys(write: Exchange) -> frozenset[str]:
    told = traffic.json_of(write.response.body)
    errors = told.get("errors") if isinstance(told, dict) else None
    rows = errors if isinstance(errors, list) else []
    return frozenset(str(row.get("error_key")) for row in rows if isinstance(row, dict))
