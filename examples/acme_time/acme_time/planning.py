"""Which time sheets are to stand in Gusto: what becomes of shifts by what is known of people and jobs.

Only shifts that are approved, that have ended, and whose person is matched for certain are to be sent; Gusto
takes a sheet that comes by its API for approved. Everything else is withheld, and it is said why.
Source: https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from acme_time import people
from acme_time.overtime import RULES, Entries, Rule, Stretch, classify
from acme_time.parts import Parts
from acme_time.shifts import Shift, of_person

TAG = "acme_shift_id"  # in a sheet's metadata: whose it is

Sheet = dict[str, Any]
Plan = dict[str, Sheet | str]  # shift → the sheet that it wants, or why it is withheld


def make_plan(parts: Parts, account: str, held: Sequence[Shift]) -> Plan:
    """Return for each wanted shift the sheet that is to stand in Gusto, or the reason why none is."""
    defects = parts.config.defects
    matches = {each.person_id: each for each in people.list_matches(parts.database, account)}
    employees = {each["uuid"]: each for each in people.list_employees(parts.database, parts.config, account)}
    trusted = {"matched", "proposed"} if "sends_for_proposed" in defects else {"matched"}
    plan: Plan = {}
    for person, shifts in of_person(each for each in held if each.is_wanted).items():
        match = matches.get(person)
        employee = employees.get(match.gusto_uuid or "") if match and match.state in trusted else None
        ready = [each for each in shifts if not _why_withheld(each, defects)]
        entries = _classify(ready, defects)
        for each in shifts:
            why = _why_withheld(each, defects)
            if employee is None:
                plan[each.id] = "This person is not matched with anybody in Gusto yet."
            elif why:
                plan[each.id] = why
            else:
                plan[each.id] = _make_sheet(each, employee, entries[each.id], defects)
    return plan


def _why_withheld(shift: Shift, defects: frozenset[str]) -> str:
    """Return why a shift may not be sent, or nothing. Gusto takes what it is sent for approved."""
    if shift.facts["status"] != "approved" and "sends_unapproved" not in defects:
        return f"The shift is {shift.facts['status']}; only approved ones are sent."
    if shift.ended is None:
        return "" if "ends_open_shifts" in defects else "The shift has not ended."
    if shift.ended <= shift.started:
        return "The shift has no hours."
    if shift.facts["rule"] not in RULES and not shift.facts.get("hours"):
        return "Overtime of this kind is not counted here."
    return ""


def _classify(ready: Sequence[Shift], defects: frozenset[str]) -> dict[str, Entries]:
    """Return the hours of one person's shifts: as they came, or counted by the person's rule."""
    given = {each.id: _read_entries(each) for each in ready if each.facts.get("hours")}
    counted = [each for each in ready if each.id not in given]
    if not counted:
        return given
    rule = Rule(week=Decimal(10_000)) if "counts_no_overtime" in defects else RULES[counted[0].facts["rule"]]
    return given | classify([_to_stretch(each, defects) for each in counted], rule)


def _read_entries(shift: Shift) -> Entries:
    return [(row["classification"], Decimal(row["hours"])) for row in shift.facts["hours"]]


def _to_stretch(shift: Shift, defects: frozenset[str]) -> Stretch:
    started, ended = shift.started, shift.ended or shift.started + timedelta(hours=8)
    if "reads_wall_clocks" in defects:
        started, ended = (each.replace(tzinfo=started.tzinfo) for each in (started, ended))
    return Stretch(id=shift.id, started=started, ended=ended, time_zone=shift.facts["time_zone"])


def _make_sheet(
    shift: Shift, employee: Mapping[str, Any], entries: Entries, defects: frozenset[str]
) -> dict[str, Any] | str:
    """Return a time sheet as Gusto takes it; one of an employee names the job that was worked."""
    job = find_job(employee, shift.facts.get("job"), defects)
    if job is None:
        return "Please say which of this person's jobs in Gusto it was."
    rows = [{"pay_classification": name, "hours_worked": float(hours)} for name, hours in entries]
    if "sends_unrounded_hours" in defects and shift.ended is not None and len(rows) == 1:
        rows[0]["hours_worked"] = (shift.ended - shift.started).total_seconds() / 3600
    ended = shift.ended or shift.started + timedelta(hours=8)
    return {
        "entity_type": "Employee",
        "entity_uuid": employee["uuid"],
        "job_uuid": job["uuid"],
        "time_zone": shift.facts["time_zone"],
        "shift_started_at": shift.started.isoformat(),
        "shift_ended_at": ended.isoformat(),
        "entries": rows,
        "metadata": {TAG: shift.id},
    }


def find_job(
    employee: Mapping[str, Any], title: str | None, defects: frozenset[str]
) -> Mapping[str, Any] | None:
    """Return the job of somebody that was worked; `None` where only a person can say which it was.

    Each job pays otherwise, so the first one is no answer for somebody who has two. A job is looked up among
    the person's own: others may have one of the same title, and its UUID is theirs.
    """
    jobs = employee.get("jobs") or []
    if "takes_the_first_job" in defects:
        return next(iter(jobs), None)
    if title is None:
        return jobs[0] if len(jobs) == 1 else None
    return next((each for each in jobs if each.get("title") == title), None)
