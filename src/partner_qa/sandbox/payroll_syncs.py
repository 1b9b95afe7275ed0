"""Hours on their way from time sheets into a payroll: asked for, worked on, done or not.

[D] https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data: a sync takes the approved hours
of one pay period, is `pending`, then `in_progress`, then done; its warnings say what was left out. Sheets
that are not approved are ignored [O], and the payroll need not be prepared before [O]. [I] throughout: which
hours are left out with a warning, and that a payroll that is run without a sync takes none.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from zoneinfo import ZoneInfo

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.locking import fresh_version, write
from partner_qa.sandbox.payroll import Payroll
from partner_qa.sandbox.payroll_opening import tell_payroll
from partner_qa.sandbox.payroll_people import Payee, find_payees, find_schedule
from partner_qa.sandbox.payroll_reckoning import rows_in
from partner_qa.sandbox.payroll_rows import prepare_rows, reprice, to_hours_key
from partner_qa.sandbox.payrolls import BLOCKED, find_obstacle, is_blocked
from partner_qa.sandbox.problem import not_found, to_entry, unprocessable
from partner_qa.sandbox.time_sheets import is_open
from partner_qa.sandbox.wire import to_hours, to_time
from partner_qa.sandbox.world import World

# [D] what a classification of hours is called on a payroll
_NAMES: Mapping[str, str] = MappingProxyType(
    {"Regular": "Regular Hours", "Overtime": "Overtime", "Double overtime": "Double overtime"}
)


def create_sync(world: World, call: Call) -> Reply:
    """Answer `post-companies-company_uuid-time_tracking-payroll_syncs`; tells `payroll_sync.created` [I].

    [D] the literals of the schedule, the employees and the hours; [O] those of a company that is blocked and
    of one that never sent a time sheet.
    """
    company = world.companies[call.company]
    body = call.object()
    if body["pay_schedule_uuid"] not in company.pay_schedules:
        return unprocessable(
            "pay_schedule_uuid", "invalid_attribute_value", "Pay schedule uuid could not be found."
        )
    refusal = _find_refusal(company, body)
    if refusal is not None:
        return unprocessable("base", "invalid_operation", refusal)
    sync = open_sync(world, company, body)
    answer = Reply.of(202, sync)
    world.chores.later(world.settings.sync_seconds, lambda: begin_sync(world, company, sync))
    return answer


def start_sync(world: World, company: Company, period: Mapping[str, Json]) -> Record | None:
    """Begin a sync of a pay period as an admin does in Gusto; `None` where Gusto would not."""
    return None if _find_refusal(company, period) else open_sync(world, company, period)


def open_sync(world: World, company: Company, period: Mapping[str, Json]) -> Record:
    """Make a sync of a pay period that waits to be worked on; tells `payroll_sync.created` [I]."""
    sync: Record = {
        "uuid": str(uuid.uuid4()),
        "company_uuid": company.uuid,
        "kind": "regular",
        **{name: period[name] for name in _PERIOD},
        "status": "pending",
        "submitted_at": to_time(world.now()),
        "completed_at": None,
        "errors": [],
        "warnings": [],
    }
    company.payroll_syncs[str(sync["uuid"])] = sync
    _tell(world, company, sync, "created")
    return sync


def show_sync(world: World, call: Call) -> Reply:
    """Answer `get-time_tracking-payroll_syncs-payroll_sync_uuid`."""
    found = world.companies[call.company].payroll_syncs.get(call.params["payroll_sync_uuid"])
    return not_found() if found is None else Reply.of(200, found)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "post-companies-company_uuid-time_tracking-payroll_syncs": create_sync,
        "get-time_tracking-payroll_syncs-payroll_sync_uuid": show_sync,
    }
)

_PERIOD = ("pay_schedule_uuid", "pay_period_start_date", "pay_period_end_date")


def begin_sync(world: World, company: Company, sync: Record) -> None:
    """Let a sync that waits be worked on; tells `payroll_sync.updated` [I]."""
    if sync["status"] == "pending":
        sync["status"] = "in_progress"
        _tell(world, company, sync, "updated")
        world.chores.later(world.settings.sync_seconds, lambda: finish_sync(world, company, sync))


def finish_sync(world: World, company: Company, sync: Record) -> None:
    """Let a sync that is worked on come to its end; tells `payroll_sync.updated`, and `payroll.updated`."""
    if sync["status"] != "in_progress":
        return
    payroll = find_payroll(company, sync)
    obstacle = "The payroll could not be found." if payroll is None else find_obstacle(company, payroll)
    if payroll is None or obstacle is not None:
        sync["status"] = "failure"
        sync["errors"] = [to_entry("base", "invalid_operation", obstacle or "")]
    else:
        outcome = _import_hours(world, company, payroll)
        warnings: list[Json] = list(outcome.warnings)
        sync["warnings"] = warnings
        sync["status"] = _to_status(outcome)
        if outcome.status_error:
            sync["errors"] = [to_entry("base", "invalid_operation", outcome.status_error)]
    sync["completed_at"] = to_time(world.now())
    _tell(world, company, sync, "updated")


def resume_syncs(world: World, company: Company) -> None:
    """Go on with the syncs that a restart interrupted."""
    for sync in company.payroll_syncs.values():
        step = {"pending": begin_sync, "in_progress": finish_sync}.get(str(sync["status"]))
        if step is not None:
            world.chores.later(world.settings.sync_seconds, partial(step, world, company, sync))


def find_payroll(company: Company, period: Mapping[str, Json]) -> Payroll | None:
    """Return the regular payroll of exactly this pay period, or `None`."""
    wanted = tuple(str(period[name]) for name in _PERIOD)
    return next(
        (
            each
            for each in company.payrolls.values()
            if (each.schedule, each.start.isoformat(), each.end.isoformat()) == wanted
        ),
        None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """How many sheets went into a payroll, and what did not."""

    taken: int
    warnings: tuple[str, ...]

    @property
    def status_error(self) -> str:
        return "" if self.taken else "No hours could be synced to the payroll."


def _to_status(outcome: _Outcome) -> str:
    if not outcome.taken:
        return "failure"
    return "partial_success" if outcome.warnings else "success"


def _find_refusal(company: Company, body: Mapping[str, Json]) -> str | None:
    if is_blocked(company):
        return BLOCKED
    if not company.time_sheets:
        return "Time Api integration is not enabled or hasn't been configured."  # [O]
    payroll = find_payroll(company, body)
    if payroll is None or next(find_payees(company, payroll), None) is None:
        return "There are no employees to run payroll for in the selected pay period."  # [D]
    if all(each["synced_to_payroll_at"] for each in list_sheets(company, payroll)):
        return "There are no hours to sync to payroll for the selected pay period."  # [D]
    return None


def list_sheets(company: Company, payroll: Payroll) -> list[Record]:
    """Return employees' approved sheets with hours whose shift began in a period, by its own clock.

    [I] who is paid by another schedule is no part of it, and no reason for a warning.
    """
    return [
        each
        for each in company.time_sheets.values()
        if each["status"] == "approved"
        and each["entity_type"] == "Employee"
        and each["entries"]
        and payroll.start <= _begins_at(each).date() <= payroll.end
        and find_schedule(company, company.employees[str(each["entity_uuid"])], payroll.end)
        == payroll.schedule
    ]


def _begins_at(sheet: Record) -> datetime:
    moment = datetime.fromisoformat(str(sheet["shift_started_at"]))
    return moment.astimezone(ZoneInfo(str(sheet["time_zone"])))


def _import_hours(world: World, company: Company, payroll: Payroll) -> _Outcome:
    """Put the hours of all approved sheets of a period into its payroll, and mark the sheets."""
    prepare_rows(company, payroll)
    payees = {each.uuid: each for each in find_payees(company, payroll)}
    by_person: dict[str, list[Record]] = {}
    for sheet in list_sheets(company, payroll):
        by_person.setdefault(str(sheet["entity_uuid"]), []).append(sheet)
    taken, warnings = 0, []
    for employee, sheets in by_person.items():
        row = (payroll.rows or {}).get(employee)
        payee = payees.get(employee)
        obstacle = _find_obstacle(sheets, payee)
        if row is None or payee is None or obstacle is not None:
            warnings.append(f"{_name_of(company, employee)}: {obstacle or _NOT_PAID}")
            continue
        _write_hours(payroll, row, sheets)
        reprice(company, payroll, row, payee)
        row["version"] = fresh_version()
        taken += len(sheets)
        for sheet in sheets:
            if sheet["synced_to_payroll_at"] is None:
                write(sheet, {"synced_to_payroll_at": to_time(world.now())})
    if taken:
        tell_payroll(world, company, payroll, "updated")
    return _Outcome(taken=taken, warnings=tuple(warnings))


_NOT_PAID = "is not on this payroll, so no hours were synced."


def _find_obstacle(sheets: Iterable[Record], payee: Payee | None) -> str | None:
    """Return why somebody's hours cannot be synced, or `None`."""
    if payee is None:
        return _NOT_PAID
    for sheet in sheets:
        pay = payee.pays.get(str(sheet["job_uuid"]))
        if is_open(sheet):
            return "a shift has not ended, so no hours were synced."
        if pay is None or pay["payment_unit"] != "Hour":
            return "is not paid by the hour in this job, so no hours were synced."
    return None


def _write_hours(payroll: Payroll, row: Record, sheets: Iterable[Record]) -> None:
    sums: dict[str, Decimal] = {}
    for sheet in sheets:
        for entry in rows_in(sheet, "entries"):
            name = _NAMES[str(entry["pay_classification"])]
            key = to_hours_key({"job_uuid": sheet["job_uuid"], "name": name})
            sums[key] = sums.get(key, Decimal(0)) + Decimal(str(entry["hours_worked"]))
    jobs = {str(sheet["job_uuid"]) for sheet in sheets}
    for each in rows_in(row, "hourly_compensations"):
        if each["job_uuid"] in jobs:
            each["hours"] = to_hours(sums.get(to_hours_key(each), Decimal(0)))
            payroll.edited.add((str(row["employee_uuid"]), to_hours_key(each)))


def _name_of(company: Company, employee: str) -> str:
    person = company.employees.get(employee, {})
    return f"{person.get('first_name', '')} {person.get('last_name', employee)}".strip()


def _tell(world: World, company: Company, sync: Record, what: str) -> None:
    """Tell of a sync. [I] the names of the events: Gusto names the type `PayrollSync` and no event."""
    world.events.append(company.uuid, f"payroll_sync.{what}", "PayrollSync", str(sync["uuid"]))
