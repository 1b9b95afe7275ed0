"""Do hours reach Gusto as time sheets: of the right people, approved only, each once, and corrected in place?

All checks look at the scenarios of `conformance/scenarios/hours.py`. Source of all:
https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from partner_qa.checks import traffic
from partner_qa.checks.time_sheets import (
    Sheet,
    require_sheets,
    sheets_of,
    shifts_in,
    states_in,
)
from partner_qa.contract.names import (
    CREATE_TIME_SHEET,
    LIST_EMPLOYEES,
    SHOW_EMPLOYEE,
    UPDATE_PAYROLL,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Exchange, Finding, Recording

_ROSTER = frozenset({LIST_EMPLOYEES, SHOW_EMPLOYEE})
_APPROVED = ("an actions.send_hours in partner.yaml that sends approved shifts",)
_NAMED = 5  # our number: shifts that a finding names
_CLOSE = Decimal("0.01")  # hours: what rounding may make of a shift


def sends_time_sheets(recording: Recording) -> tuple[Finding, ...]:
    """Judge that hours are sent as time sheets, and none are written into a payroll.

    Writing hours by `update_payroll`, where the customer asked for that, is another thing. Proof of life: a
    sheet was made. Source: https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data
    """
    updates = traffic.api_calls(recording, UPDATE_PAYROLL)
    writes = [each for each in updates if each.during != Action.UPDATE_PAYROLL and _has_hours(each)]
    if not writes:
        _require_sheet(recording)
        return ()
    return (
        Finding(
            check="sends_time_sheets",
            message="does not keep to time sheets: it writes hours into a payroll",
            places=traffic.places(recording, writes[:20]),
            expected="hours reach Gusto as time sheets, and a payroll by a payroll sync",
            seen=f"{len(writes)} payroll updates with hours while hours were sent",
            hint="POST each shift to /v1/companies/{company_uuid}/time_tracking/time_sheets, and have them "
            "synced by /v1/companies/{company_id}/time_tracking/payroll_syncs",
            key="payroll update",
        ),
    )


def _require_sheet(recording: Recording) -> None:
    if not any(traffic.is_success(call) for call in traffic.api_calls(recording, CREATE_TIME_SHEET)):
        raise NotObserved("no time sheet was made", missing=_APPROVED)


def _has_hours(update: Exchange) -> bool:
    sent = traffic.json_of(update.request.body)
    rows = sent.get("employee_compensations") if isinstance(sent, dict) else None
    return any(
        isinstance(row, dict) and bool(row.get("hourly_compensations"))
        for row in (rows if isinstance(rows, list) else [])
    )


def reads_people_before_hours(recording: Recording) -> tuple[Finding, ...]:
    """Judge that people were read before the first time sheet, and that sheets are of people who are matched.

    Of one person of the situation (`unconfirmed`) only the name agrees: no sheet may be of whoever has that
    name in Gusto. Source: https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data
    """
    _require_sheet(recording)
    first = traffic.api_calls(recording, CREATE_TIME_SHEET)[0]
    read = [
        each
        for each in traffic.api_calls(recording)
        if each.operation in _ROSTER and traffic.is_success(each) and each.sequence < first.sequence
    ]
    found: list[tuple[Exchange, str]] = []
    if not read:
        found.append((first, "a time sheet was sent before anybody was read"))
    people = recording.situation.get("people")
    given = people if isinstance(people, dict) else {}
    matched = {uuid for person, uuid in given.items() if person != "unconfirmed"}
    strangers = [each for each in require_sheets(recording, "first") if each.entity not in matched]
    found += [(each.seen, "hours were sent for somebody whom nobody matched") for each in strangers[:1]]
    return tuple(
        Finding(
            check="reads_people_before_hours",
            message=f"does not settle who is who before it sends hours: {words}",
            places=traffic.places(recording, [seen]),
            expected="people are read and matched first; the shifts of others wait",
            seen=words,
            hint="read GET /v1/companies/{company_id}/employees, match, and withhold the shifts of everybody "
            "whose match is not certain or was not confirmed",
            key=words,
        )
        for seen, words in found
    )


def carries_corrections_over(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a corrected shift stands in Gusto as corrected, once, and a deleted one no longer.

    Changing the sheet under its version and deleting it for a new one are both accepted: Gusto then holds the
    same. Source: https://docs.gusto.com/app-integrations/reference/put-time_tracking-time_sheets-time_sheet_uuid
    """
    before, after = require_sheets(recording, "first"), require_sheets(recording, "corrected")
    shifts, corrected = shifts_in(recording), shifts_in(recording, "corrected_shifts")
    was_there = [each for each in shifts.values() if sheets_of(each, before)]
    deleted = [each for each in was_there if each.id not in corrected]
    changed = [each for each in was_there if each.id in corrected and corrected[each.id].ended != each.ended]
    if not deleted or not changed:
        raise NotObserved("what was corrected and deleted had never been sent", missing=_APPROVED)
    found: list[tuple[Sheet, str, str]] = []
    for shift in deleted:
        left = sheets_of(shift, after)
        words = "a deleted shift still stands in Gusto"
        found += [(each, words, f"{shift.id}: {each.total} hours") for each in left[:1]]
    for shift in changed:
        wanted, stand = corrected[shift.id], sheets_of(shift, after)
        total = sum((each.total for each in stand), Decimal(0))
        if abs(total - wanted.hours) > _CLOSE:
            words = "a corrected shift stands twice" if total > shift.hours else "a correction did not arrive"
            seen = f"{shift.id}: {total} hours in {len(stand)} time sheets, not {wanted.hours:.3f}"
            found.append((stand[0] if stand else before[0], words, seen))
    return tuple(
        Finding(
            check="carries_corrections_over",
            message=f"does not carry corrections over: {words}",
            places=traffic.places(recording, [sheet.seen]),
            expected="the corrected shift once, with its new hours, and the deleted one not at all",
            seen=seen,
            hint="keep the time sheet's UUID with your shift: PUT the correction there with its current "
            "version, and DELETE what was deleted",
            key=words,
        )
        for sheet, words, seen in found
    )


def sends_each_shift_once(recording: Recording) -> tuple[Finding, ...]:
    """Judge that sending the same shifts again makes no second time sheets.

    How the link is kept, in a table or in the sheet's metadata, is the integration's affair. Source:
    https://docs.gusto.com/app-integrations/reference/post-companies-company_uuid-time_tracking-time_sheets
    """
    before, after = require_sheets(recording, "first"), require_sheets(recording, "again")
    if not before:
        raise NotObserved("no shift was sent at first", missing=_APPROVED)
    doubled = [
        (shift, sheets_of(shift, after))
        for shift in shifts_in(recording).values()
        if len(sheets_of(shift, after)) > len(sheets_of(shift, before)) > 0
    ]
    if not doubled:
        return ()
    return (
        Finding(
            check="sends_each_shift_once",
            message="does not know which of its shifts stand in Gusto already",
            places=traffic.places(recording, [doubled[0][1][0].seen]),
            expected="the same time sheets as before, when the same shifts are sent again",
            seen=f"{len(doubled)} shift{'s have' if len(doubled) != 1 else ' has'} more time sheets than "
            f"before: {_name_some([shift.id for shift, _ in doubled])}",
            hint="store the UUID of the time sheet with your shift, or your shift's id in the sheet's "
            "metadata, and look it up before you POST",
            key="doubled",
        ),
    )


def _name_some(names: Sequence[str]) -> str:
    """Return the first few names, and how many there are besides."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def sends_approved_hours_only(recording: Recording) -> tuple[Finding, ...]:
    """Judge that shifts that wait for approval or were rejected do not stand in Gusto.

    A sheet made by the API counts as approved there. Proof of life: a shift that waited was sent once it was
    approved. Source:
    https://docs.gusto.com/app-integrations/reference/post-companies-company_uuid-time_tracking-payroll_syncs
    """
    found: list[tuple[Sheet, str, str]] = []
    for window, name in (("first", "shifts"), ("corrected", "corrected_shifts")):
        sheets = require_sheets(recording, window)
        for shift in shifts_in(recording, name).values():
            stand = sheets_of(shift, sheets)
            if shift.status != "approved" and stand:
                found.append((stand[0], shift.status, f"{shift.id}: {stand[0].total} hours"))
    if not found:
        _require_later_approval(recording)
    return tuple(
        Finding(
            check="sends_approved_hours_only",
            message=f"does not withhold a shift that is {status}",
            places=traffic.places(recording, [sheet.seen]),
            expected="only approved shifts stand in Gusto, and one that is rejected later is taken back",
            seen=seen,
            hint="send a shift when it is approved, and delete its sheet when the approval is taken back",
            key=f"status={status}",
        )
        for sheet, status, seen in {each[1]: each for each in found}.values()
    )


def _require_later_approval(recording: Recording) -> None:
    waited = {each.id for each in shifts_in(recording).values() if each.status != "approved"}
    sheets = require_sheets(recording, "corrected")
    approved = [
        each
        for each in shifts_in(recording, "corrected_shifts").values()
        if each.id in waited and each.status == "approved"
    ]
    if not any(sheets_of(each, sheets) for each in approved):
        states = states_in(recording, "corrected")
        told = ", ".join(f"{each.id}: {states.get(each.id, 'not told')}" for each in approved)
        raise NotObserved(
            f"a shift that was approved later was not sent either ({told})",
            missing=("an actions.send_hours in partner.yaml that sends shifts once they are approved",),
        )
