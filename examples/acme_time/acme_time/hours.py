"""Hours on their way to Gusto: a time sheet for each shift that may be sent, and nothing else.

The work is a comparison: what is to stand in Gusto, and what we know that stands there. What is new is
created, what differs is changed under its newest version, what is no longer wanted is deleted, and what is
the same is left alone, so that sending everything again costs nothing and doubles nothing. A payroll that
took a sheet has it for good: a change that comes later is told to the customer, and not written.
Sources: https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data;
https://docs.gusto.com/app-integrations/reference/put-time_tracking-time_sheets-time_sheet_uuid
"""

from __future__ import annotations

from typing import Any

from acme_time import grants, people, shifts
from acme_time.gusto import PER_PAGE, Refused, Unavailable, read_json
from acme_time.jobs import Job
from acme_time.notices import clear_notices, post_notice
from acme_time.oauth import ReconnectNeeded
from acme_time.parts import Parts
from acme_time.payroll_sync import Calendar, list_syncs, read_calendar, sync_to_payroll, write_into_payrolls
from acme_time.planning import TAG, Sheet, make_plan
from acme_time.shifts import Shift, list_shifts
from acme_time.sync import sync_people

SHEETS = "/v1/companies/{company}/time_tracking/time_sheets"
SHEET = "/v1/time_tracking/time_sheets/"
LATE = "A payroll has these hours already; change them there in Gusto, or add the difference to the next one."


def send_hours(parts: Parts, job: Job) -> str:
    """Bring the time sheets in Gusto to what the account wants, then sync the periods that it asked for."""
    if grants.find_connection(parts.database, job.account) is None:
        raise ReconnectNeeded
    if not people.list_employees(parts.database, parts.config, job.account):
        sync_people(parts, job)  # nobody can be paid for hours before it is known who is who
    _find_lost_sheets(parts, job.account)
    held = list_shifts(parts.database, job.account)
    plan = make_plan(parts, job.account, held)
    pending = [each for each in held if _is_open(each, plan.get(each.id))]
    if pending:
        days = [each.started.date() for each in pending]
        calendar = read_calendar(parts, job.account, min(days), max(days))
        for each in pending:
            _bring_about(parts, job.account, each, plan.get(each.id), calendar)
    if "writes_into_payrolls" in parts.config.defects:
        write_into_payrolls(parts, job.account, plan)
    tell(parts, job.account)
    try:
        sync_to_payroll(parts, job)
    finally:
        tell(parts, job.account)
    return f"{len(pending)} of {len(held)} shifts brought up to date"


def _is_open(shift: Shift, wanted: Sheet | str | None) -> bool:
    """Whether a shift stands otherwise than it is to stand."""
    if isinstance(wanted, dict):
        return shift.state != shifts.SENT or dict(shift.sent) != wanted
    return bool(shift.sheet_uuid) or shift.state not in {shifts.WITHHELD, shifts.DELETED}


def _find_lost_sheets(parts: Parts, account: str) -> None:
    """Look for the sheets that were asked for when an answer was lost: they may be there or not."""
    trying = {each.id: each for each in list_shifts(parts.database, account) if each.state == shifts.TRYING}
    page = 1
    while trying:
        query: dict[str, str | int] = {"page": page, "per": PER_PAGE, "sort_order": "desc"}
        response = parts.company.get(account, SHEETS, query)
        rows = read_json(response)
        for row in rows:
            shift = trying.pop((row.get("metadata") or {}).get(TAG, ""), None)
            if shift is not None:
                # What it says is not compared: it will be written once more.
                shifts.settle(parts.database, account, shift, state=shifts.PENDING, sheet=row["uuid"])
        total = response.headers.get("X-Total-Pages", "")
        if not rows or (total.isdigit() and page >= int(total)):
            return
        page += 1


def _bring_about(
    parts: Parts, account: str, shift: Shift, wanted: Sheet | str | None, calendar: Calendar
) -> None:
    """Create, change or delete the sheet of one shift. One that Gusto refuses does not stop the others."""
    try:
        if not isinstance(wanted, dict):
            _withdraw(parts, account, shift, wanted)
        elif shift.sheet_uuid and not _is_taken_for_new(shift, wanted, parts.config.defects):
            _change(parts, account, shift, wanted)
        else:
            is_late = calendar.is_past(shift.started.date())
            _create(parts, account, shift, wanted, detail=LATE if is_late else None)
    except Refused as error:
        if error.status != 422:
            raise
        why = "; ".join(error.messages) or "Gusto did not take this shift."
        _settle(parts, account, shift, state=shifts.REFUSED, sheet=shift.sheet_uuid, detail=why)


def _is_taken_for_new(shift: Shift, wanted: Sheet, defects: frozenset[str]) -> bool:
    """Whether a correction makes another sheet instead of changing the one that is there; only defects do."""
    has_moved = shift.sent.get("shift_started_at", wanted["shift_started_at"]) != wanted["shift_started_at"]
    return "corrects_by_new_sheets" in defects or (has_moved and "knows_shifts_by_their_start" in defects)


def _create(parts: Parts, account: str, shift: Shift, wanted: Sheet, *, detail: str | None) -> None:
    # Written down before it is asked for: if the answer is lost we know that there may be a sheet.
    _settle(parts, account, shift, state=shifts.TRYING, sheet=None)
    answer = read_json(parts.company.send("POST", account, SHEETS, json=wanted))
    if not isinstance(answer, dict) or not answer.get("uuid"):
        raise Unavailable("a time sheet was made, and its answer does not say which")
    sheet = None if "forgets_sheets" in parts.config.defects else answer["uuid"]
    state = shifts.PENDING if "forgets_sheets" in parts.config.defects else shifts.SENT
    _settle(parts, account, shift, state=state, sheet=sheet, sent=wanted, detail=detail)


def _change(parts: Parts, account: str, shift: Shift, wanted: Sheet) -> None:
    """Change a sheet under the version that it has now; one that is gone is made anew."""
    if dict(shift.sent) == wanted:  # a change that was refused was taken back
        _settle(parts, account, shift, state=shifts.SENT, sheet=shift.sheet_uuid, sent=wanted)
        return
    found = _find_sheet(parts, account, shift)
    if found is None:
        _create(parts, account, shift, wanted, detail=None)
    elif found.get("synced_to_payroll_at"):
        _come_too_late(parts, account, shift)
    else:
        body = {**wanted, "version": found["version"]}
        parts.company.send("PUT", account, f"{SHEET}{shift.sheet_uuid}", json=body)
        _settle(parts, account, shift, state=shifts.SENT, sheet=shift.sheet_uuid, sent=wanted)


def _withdraw(parts: Parts, account: str, shift: Shift, why: str | None) -> None:
    """Delete the sheet of a shift that was deleted here, or that may no longer be sent."""
    if shift.sheet_uuid and "leaves_deleted_shifts" not in parts.config.defects:
        found = _find_sheet(parts, account, shift)
        if found is not None and found.get("synced_to_payroll_at"):
            _come_too_late(parts, account, shift)
            return
        if found is not None:
            query = {"version": found["version"]}
            parts.company.send("DELETE", account, f"{SHEET}{shift.sheet_uuid}", query=query)
    state = shifts.WITHHELD if why else shifts.DELETED
    _settle(parts, account, shift, state=state, sheet=None, detail=why)


def _find_sheet(parts: Parts, account: str, shift: Shift) -> dict[str, Any] | None:
    try:
        found = read_json(parts.company.get(account, f"{SHEET}{shift.sheet_uuid}"))
    except Refused as error:
        if error.status == 404:
            return None
        raise
    if not isinstance(found, dict):
        raise Unavailable("asked for one time sheet, was given something else")
    return found


def _come_too_late(parts: Parts, account: str, shift: Shift) -> None:
    hides = "swallows_late_changes" in parts.config.defects
    state, detail = (shifts.SENT, None) if hides else (shifts.REFUSED, LATE)
    _settle(parts, account, shift, state=state, sheet=shift.sheet_uuid, sent=shift.sent, detail=detail)


def _settle(parts: Parts, account: str, shift: Shift, **outcome: Any) -> None:
    shifts.settle(parts.database, account, shift, **outcome)


def tell(parts: Parts, account: str) -> None:
    """Show the customer what did not reach Gusto or its payroll, and of whom; take away what is over."""
    held = list_shifts(parts.database, account)
    syncs = list_syncs(parts.database, account)
    latest = {(each.start, each.end): each for each in syncs}.values()
    late = [each.id for each in held if each.detail == LATE]
    partial = [each.detail for each in held if each.state == shifts.REFUSED and each.detail != LATE]
    partial += [text for each in latest if each.status == "partial_success" for text in each.messages]
    failed = [text for each in latest if each.status == "failure" for text in each.messages]
    if "hides_warnings" in parts.config.defects:
        partial, failed = [], []
    _show(parts, account, "late_change", [f"{LATE} Shifts: {', '.join(late)}."] if late else [])
    _show(parts, account, "partial_failure", [text for text in partial if text])
    _show(parts, account, "sync_failed", failed)


def _show(parts: Parts, account: str, about: str, messages: list[str]) -> None:
    if messages:
        post_notice(parts.database, account, about, " ".join(messages))
    else:
        clear_notices(parts.database, account, about)
