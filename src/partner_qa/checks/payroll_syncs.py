"""Are hours brought into the right payroll, is the outcome followed and told, and is a late change told too?

All checks look at the scenario `hours_into_payrolls`. Its situation holds `periods` (a window → the pay
period whose sync was asked for in it), `left_out` (the last name of who was dismissed) and `late_shifts`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

from partner_qa.checks import traffic
from partner_qa.checks.time_sheets import require_sheets, sheets_of, shifts_in, states_in
from partner_qa.contract.names import (
    CREATE_PAYROLL_SYNC,
    CREATE_TIME_SHEET,
    LIST_PAY_PERIODS,
    SHOW_PAYROLL_SYNC,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

WINDOWS = ("success", "failure", "partial")
_TROUBLE = frozenset({"sync_failed", "partial_failure", "blocked", "late_change", "excluded"})
_ENDED = frozenset({"success", "failure", "partial_success"})
_SYNCS = ("an actions.send_hours in partner.yaml that asks for a payroll sync of its period",)
_TAKEN = ("an actions.send_hours in partner.yaml whose shifts Gusto can pay: ended ones, with their end",)

Period = tuple[str, str, str]


def takes_periods_from_gusto(recording: Recording, *, may_sync: bool = True) -> tuple[Finding, ...]:
    """Judge that each sync names schedule and days of a pay period that Gusto has: the one asked for.

    Who may not ask for syncs (has no scope for it), and sends time sheets, leaves them to the admin, and is
    right: a sync may also be started in Gusto. Sources:
    https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data,
    https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-pay_periods
    """
    asked = traffic.api_calls(recording, CREATE_PAYROLL_SYNC)
    if not may_sync and not asked and _has_sent_hours(recording):
        return ()
    calendar = _calendar(recording)
    if not asked or not calendar:
        raise NotObserved("no sync to payroll was asked for", missing=_SYNCS)
    found: list[tuple[str, str, str, list[Exchange]]] = []
    for call in asked:
        if _period_of(call) not in calendar:
            words = "a sync of a pay period that Gusto does not have"
            found.append((words, "a pay period as Gusto lists it", _word(_period_of(call)), [call]))
    for window, wanted in _wanted(recording).items():
        calls = [each for each in traffic.within(recording, window, Kind.API) if each in asked]
        if not any(_period_of(each) == wanted for each in calls):
            seen = ", ".join(_word(_period_of(each)) for each in calls) or "no sync"
            found.append(("another period than the customer's, or none", _word(wanted), seen, calls))
    return tuple(
        Finding(
            check="takes_periods_from_gusto",
            message=f"does not sync hours by Gusto's own pay periods: {words}",
            places=traffic.places(recording, where),
            expected=expected,
            seen=seen,
            hint="read GET /v1/companies/{company_id}/pay_periods and send the pay_schedule_uuid, start_date "
            "and end_date of the period that holds the days; a company may have several schedules",
            key=words,
        )
        for words, expected, seen, where in {each[0]: each for each in found}.values()
    )


def _has_sent_hours(recording: Recording) -> bool:
    return any(map(traffic.is_success, traffic.api_calls(recording, CREATE_TIME_SHEET)))


def _wanted(recording: Recording) -> dict[str, Period]:
    periods = recording.situation.get("periods")
    rows = periods if isinstance(periods, dict) else {}
    return {window: _to_period(row) for window, row in rows.items() if isinstance(row, dict)}


def _to_period(row: Mapping[str, Json], prefix: str = "") -> Period:
    start, end = row.get(f"{prefix}start_date"), row.get(f"{prefix}end_date")
    return str(row.get("pay_schedule_uuid")), str(start), str(end)


def _period_of(call: Exchange) -> Period:
    sent = traffic.json_of(call.request.body)
    return _to_period(sent if isinstance(sent, dict) else {}, "pay_period_")


def _calendar(recording: Recording) -> frozenset[Period]:
    reads = [each for each in recording.of_kind(Kind.AUDIT) if each.operation == LIST_PAY_PERIODS]
    told = [traffic.json_of(each.response.body) for each in reads]
    rows = [row for each in told for row in (each if isinstance(each, list) else [])]
    return frozenset(_to_period(row) for row in rows if isinstance(row, dict))


def _word(period: Period) -> str:
    schedule, start, end = period
    return f"{start} to {end} of schedule {schedule}"


def follows_syncs_to_their_end(recording: Recording, *, may_sync: bool = True) -> tuple[Finding, ...]:
    """Judge that the outcome of a sync is known and told: failure, and who was left out of a partial success.

    Polling and webhooks are both accepted. The outcome is Gusto's own, read by the harness. A sync that the
    admin starts in Gusto is followed there: who may not ask for any has none to follow. Source:
    https://docs.gusto.com/app-integrations/reference/get-time_tracking-payroll_syncs-payroll_sync_uuid
    """
    asked = traffic.api_calls(recording, CREATE_PAYROLL_SYNC)
    if not may_sync and not asked and _has_sent_hours(recording):
        return ()
    outcomes = {window: _outcome(recording, window) for window in WINDOWS}
    ended = {window: sync for window, sync in outcomes.items() if sync and sync["status"] in _ENDED}
    looked = [window for window in ended if _looks(recording, window)]
    if not any(str(ended[window]["status"]) != "success" for window in looked):
        raise NotObserved(
            "no sync to payroll was seen to fail, or to succeed in part",
            missing=(*_SYNCS, "observations.hours and observations.notices in partner.yaml"),
        )
    found = {window: _miss(recording, window, ended[window]) for window in looked}
    return tuple(
        Finding(
            check="follows_syncs_to_their_end",
            message=f"does not follow a sync to its end and tell: {words}",
            places=traffic.places(recording, _looks(recording, window)),
            expected=f"the customer learns of {ended[window]['status']}"
            + (": " + "; ".join(_warnings(ended[window])) if _warnings(ended[window]) else ""),
            seen=words,
            hint="202 means that Gusto will try: poll the sync or take its webhooks until success, failure "
            "or partial_success, and show errors and warnings person by person",
            key=f"{window} {words}",
        )
        for window, words in found.items()
        if words
    )


def _outcome(recording: Recording, window: str) -> dict[str, Json] | None:
    """Return the sync of a window as Gusto held it at the end, if one was asked for in it."""
    asked = [
        each for each in traffic.within(recording, window, Kind.API) if each.operation == CREATE_PAYROLL_SYNC
    ]
    told = _held(recording, window)
    made = [traffic.json_of(each.response.body) for each in asked]
    uuids = [each.get("uuid") for each in made if isinstance(each, dict)]
    return told if told is not None and told.get("uuid") in uuids else None


def _held(recording: Recording, window: str) -> dict[str, Json] | None:
    """Return the last sync that Gusto had at the end of a window, whoever started it."""
    reads = [
        each for each in traffic.within(recording, window, Kind.AUDIT) if each.operation == SHOW_PAYROLL_SYNC
    ]
    told = traffic.json_of(reads[-1].response.body) if reads else None
    return told if isinstance(told, dict) else None


def _looks(recording: Recording, window: str) -> list[Exchange]:
    return list(traffic.within(recording, window, Kind.OBSERVATION))


def _warnings(sync: Mapping[str, Json]) -> list[str]:
    given = sync.get("warnings")
    return [str(each) for each in given] if isinstance(given, list) else []


def _errors(sync: Mapping[str, Json]) -> list[str]:
    return [str(each.get("message")) for each in traffic.rows_of(sync.get("errors"))]


def _miss(recording: Recording, window: str, sync: Mapping[str, Json]) -> str:
    """Return what of an outcome was not told, or nothing."""
    status = str(sync["status"])
    rows = traffic.told_in(recording, window, "syncs")
    told = {
        str(row.get("uuid")): str(row.get("status"))
        for row in (rows[-1] if rows and isinstance(rows[-1], list) else [])
        if isinstance(row, dict)
    }
    if rows and told.get(str(sync["uuid"])) != status:
        return f"the sync counts as {told.get(str(sync['uuid']), 'nothing')}, and is {status}"
    notices = traffic.notices_in(recording, window)
    if status != "success" and notices is not None and not notices & _TROUBLE:
        return f"nobody is told of {status}"
    shown = json.dumps([*traffic.told_in(recording, window, "notices"), *rows[-1:]], ensure_ascii=False)
    left_out = str(recording.situation.get("left_out"))
    if status == "partial_success" and left_out not in shown:
        return "nobody is told who was left out"
    return ""


def _notices(recording: Recording, window: str) -> frozenset[tuple[str, str]]:
    """Return what of trouble the customer read at the end of a window: subject and message."""
    told = traffic.told_in(recording, window, "notices")
    rows = told[-1] if told else None
    pairs = [
        (str(row.get("about")), str(row.get("message")))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
    ]
    return frozenset(each for each in pairs if each[0] in _TROUBLE)


def tells_of_late_changes(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a change of hours that a payroll took already is refused or told, and not lost in silence.

    Refused: the shift's state says so, with a reason. Told: a notice that was not there before. Which
    guidance is given is a person's to judge, and whether the integration or the admin had the payroll take
    the hours is all one. Source:
    https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-payrolls-payroll_id
    """
    shift = next(iter(shifts_in(recording, "late_shifts").values()))
    taken = _held(recording, "success")
    if taken is None:
        raise NotObserved("no hours were in a payroll when it was run", missing=_SYNCS)
    if taken["status"] != "success":
        why = "; ".join([*_errors(taken), *_warnings(taken)]) or "Gusto does not say why"
        raise NotObserved(
            f"no hours were in a payroll when it was run: their sync ended as {taken['status']} ({why})",
            missing=_TAKEN,
        )
    looks = _looks(recording, "late")
    if not looks:
        raise NotObserved(
            "what was told could not be seen", missing=("observations.notices in partner.yaml",)
        )
    state = states_in(recording, "late").get(shift.id)
    if state in {"refused", "withheld"} or _notices(recording, "late") - _notices(recording, "partial"):
        return ()
    held = sum((each.total for each in sheets_of(shift, require_sheets(recording, "late"))), Decimal(0))
    return (
        Finding(
            check="tells_of_late_changes",
            message="does not tell of a change that came after its payroll was run",
            places=traffic.places(recording, looks),
            expected="the change is refused, or the customer is told that it came too late and what to do",
            seen=f"the shift counts as {state or 'nothing'}, no notice; it has {shift.hours:.3f} hours, and "
            f"Gusto has {held}",
            hint="look at the pay period's payroll.processed and the sheet's synced_to_payroll_at before a "
            "change; then say that it goes into the next payroll, or needs a correction in Gusto",
            key="late",
        ),
    )
