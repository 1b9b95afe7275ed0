"""Hours from time sheets into a payroll: asked for one pay period, and followed to the end.

Gusto's answer to the request says only that it will try (202). What became of it is known when the sync has
ended: `success`, `failure`, or `partial_success` with a warning for each person who was left out. Which pay
schedule a period belongs to, and whether its payroll was run, is Gusto's to say: a company may have several
schedules, and its customers change them.
Sources: https://docs.gusto.com/app-integrations/reference/get-time_tracking-payroll_syncs-payroll_sync_uuid;
https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-pay_periods
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from acme_time.database import Database
from acme_time.gusto import Refused, Unavailable, read_json
from acme_time.jobs import Job, NotYet
from acme_time.parts import Parts

PERIODS = "/v1/companies/{company}/pay_periods"
SYNCS = "/v1/companies/{company}/time_tracking/payroll_syncs"
SYNC = "/v1/time_tracking/payroll_syncs/"
ASKED, ENDED = "asked", frozenset({"success", "failure", "partial_success"})
SHORTEST, LONGEST, PATIENCE = 0.2, 30.0, 3600.0  # seconds between looks, and in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A pay period of one schedule; `is_past` when its payroll was run."""

    start: date
    end: date
    schedule: str | None
    is_past: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The pay periods of a company around some days, of all its schedules."""

    periods: Sequence[Period]

    def find(self, start: date, end: date) -> Period | None:
        """Return the period of exactly these days, or `None`."""
        return next((each for each in self.periods if (each.start, each.end) == (start, end)), None)

    def is_past(self, day: date) -> bool:
        """Whether every payroll that this day belongs to was run."""
        found = [each for each in self.periods if each.start <= day <= each.end]
        return bool(found) and all(each.is_past for each in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """One sync to payroll; `messages` are what the customer must know of it."""

    id: int
    start: date
    end: date
    uuid: str | None
    status: str
    messages: tuple[str, ...]
    asked_at: float


def read_calendar(parts: Parts, account: str, start: date, end: date) -> Calendar:
    """Read the pay periods that have a day in common with these."""
    query: dict[str, str | int] = {"start_date": start.isoformat(), "end_date": end.isoformat()}
    rows = read_json(parts.company.get(account, PERIODS, query))
    if not isinstance(rows, list):
        raise Unavailable("the list of pay periods is not a list")
    return Calendar(periods=[_to_period(each) for each in rows if each.get("start_date")])


def _to_period(row: Mapping[str, Any]) -> Period:
    return Period(
        start=date.fromisoformat(row["start_date"]),
        end=date.fromisoformat(row["end_date"]),
        schedule=row.get("pay_schedule_uuid"),
        is_past=bool((row.get("payroll") or {}).get("processed")),
    )


def request_sync(database: Database, account: str, period: Mapping[str, str]) -> None:
    """Write down that the customer wants the hours of a pay period in its payroll."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO payroll_syncs (account, start_date, end_date, status, asked_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (account, period["start_date"], period["end_date"], ASKED, time.time()),
        )


def list_syncs(database: Database, account: str) -> list[Sync]:
    """Return the account's syncs to payroll, oldest first."""
    with database.reading() as db:
        rows = db.execute("SELECT * FROM payroll_syncs WHERE account = ? ORDER BY id", (account,)).fetchall()
    return [
        Sync(
            id=row["id"],
            start=date.fromisoformat(row["start_date"]),
            end=date.fromisoformat(row["end_date"]),
            uuid=row["uuid"],
            status=row["status"],
            messages=tuple(database.unseal(row["messages"])) if row["messages"] else (),
            asked_at=row["asked_at"],
        )
        for row in rows
    ]


def _store(parts: Parts, sync: Sync, *, status: str, uuid: str | None, messages: Sequence[str] = ()) -> None:
    with parts.database.transaction() as db:
        db.execute(
            "UPDATE payroll_syncs SET status = ?, uuid = ?, messages = ? WHERE id = ?",
            (status, uuid, parts.database.seal(list(messages)), sync.id),
        )


def sync_to_payroll(parts: Parts, job: Job) -> None:
    """Ask for each sync that waits, and look at those under way; raise `NotYet` until all have ended."""
    for each in list_syncs(parts.database, job.account):
        if each.status == ASKED:
            _ask(parts, job.account, each)
    under_way = [each for each in list_syncs(parts.database, job.account) if each.status not in ENDED]
    if not under_way:
        return
    ended = [_follow(parts, job.account, each) for each in under_way]
    if not all(ended):
        waited = time.time() - min(each.asked_at for each in under_way)
        raise NotYet(min(LONGEST, max(SHORTEST, waited / 4)))


def _ask(parts: Parts, account: str, sync: Sync) -> None:
    """Ask for a sync of the schedule that Gusto names for these days."""
    calendar = read_calendar(parts, account, sync.start, sync.end)
    period = calendar.find(sync.start, sync.end)
    if period is None or period.schedule is None:
        message = f"Gusto has no pay period from {sync.start} to {sync.end}."
        _store(parts, sync, status="failure", uuid=None, messages=[message])
        return
    if period.is_past:
        message = f"The payroll of {sync.start} to {sync.end} was run already; nothing was sent to it."
        _store(parts, sync, status="failure", uuid=None, messages=[message])
        return
    schedule = period.schedule
    if "takes_the_first_schedule" in parts.config.defects:
        schedule = next(each.schedule for each in calendar.periods if each.schedule)
    body = {
        "kind": "regular",
        "pay_schedule_uuid": schedule,
        "pay_period_start_date": sync.start.isoformat(),
        "pay_period_end_date": sync.end.isoformat(),
    }
    try:
        answer = read_json(parts.company.send("POST", account, SYNCS, json=body))
    except Refused as error:
        if error.status != 422:
            raise
        messages = error.messages or ("Gusto did not take the hours of this period.",)
        _store(parts, sync, status="failure", uuid=None, messages=messages)
        return
    status = "success" if "believes_202" in parts.config.defects else answer["status"]
    _store(parts, sync, status=status, uuid=answer["uuid"])


def _follow(parts: Parts, account: str, sync: Sync) -> bool:
    """Look at a sync that is under way; whether it has ended."""
    found = read_json(parts.company.get(account, f"{SYNC}{sync.uuid}"))
    if not isinstance(found, dict) or "status" not in found:
        raise Unavailable("asked for a sync, was given something else")
    messages = [str(each) for each in found.get("warnings") or []]
    messages += [str(each.get("message", "")) for each in found.get("errors") or []]
    status = found["status"]
    if status not in ENDED and time.time() - sync.asked_at > PATIENCE:
        status, messages = "failure", ["Gusto has not taken these hours within an hour."]
    _store(parts, sync, status=status, uuid=sync.uuid, messages=messages)
    return status in ENDED


def write_into_payrolls(parts: Parts, account: str, sheets: Mapping[str, Any]) -> None:
    """Write everybody's hours into the next payroll, as one did before there were time sheets; a defect."""
    query = {"processing_statuses": "unprocessed"}
    rows = read_json(parts.company.get(account, "/v1/companies/{company}/payrolls", query))
    path = f"/v1/companies/{{company}}/payrolls/{rows[0]['payroll_uuid']}"
    versions: dict[str, str] = {}
    with contextlib.suppress(Refused):
        prepared = read_json(parts.company.send("PUT", account, f"{path}/prepare"))
        versions = {each["employee_uuid"]: each["version"] for each in prepared["employee_compensations"]}
    first = next(each for each in sheets.values() if isinstance(each, dict))
    hours = sum(each["hours_worked"] for each in first["entries"])
    row = {"name": "Regular Hours", "hours": f"{hours:.3f}", "job_uuid": first["job_uuid"]}
    body = {
        "employee_uuid": first["entity_uuid"],
        "version": versions.get(first["entity_uuid"], ""),
        "hourly_compensations": [row],
    }
    with contextlib.suppress(Refused):
        parts.company.send("PUT", account, path, json={"employee_compensations": [body]})
