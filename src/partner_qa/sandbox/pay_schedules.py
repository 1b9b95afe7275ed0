"""When a company pays: its schedules, who is paid by which, and the pay periods that follow.

Schedules are written in Gusto only (the admin side: `assign_schedules`). [D] operations and parameters:
https://docs.gusto.com/app-integrations/reference.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.employee_filters import read_list
from partner_qa.sandbox.employee_record import list_terminations
from partner_qa.sandbox.entry_form import find_day
from partner_qa.sandbox.locking import fresh_version, write
from partner_qa.sandbox.paging import reply_with_page
from partner_qa.sandbox.pay_calendar import shift_working_days
from partner_qa.sandbox.payroll import TRANSITION, Payroll
from partner_qa.sandbox.payroll_opening import AHEAD, open_payrolls
from partner_qa.sandbox.payroll_people import find_schedule
from partner_qa.sandbox.problem import not_found, unprocessable
from partner_qa.sandbox.wire import to_time
from partner_qa.sandbox.world import World

Assignment = Literal["single", "hourly_salaried", "by_employee", "by_department"]

HALF_YEAR = timedelta(days=182)  # [D] how far back lists of payrolls and pay periods go by default
TOO_FAR = "End date cannot be more than 3 months in future"  # [D]


def list_schedules(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-pay_schedules`."""
    return reply_with_page(call, list(world.companies[call.company].pay_schedules.values()), dict)


def show_schedule(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-pay_schedules-pay_schedule_id`."""
    found = world.companies[call.company].pay_schedules.get(call.params["pay_schedule_id"])
    return not_found() if found is None else Reply.of(200, found)


def show_assignments(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-pay_schedules-assignments`.

    [D] the `type` says which of the fields counts; [I] those that do not are null.
    """
    company = world.companies[call.company]
    kept = company.pay_schedule_assignment
    shown: Record = dict.fromkeys(
        (
            "type",
            "default_pay_schedule_uuid",
            "hourly_pay_schedule_uuid",
            "salaried_pay_schedule_uuid",
            "employees",
            "departments",
        )
    )
    shown.update(kept)
    for many, one, there in (
        ("employees", "employee_uuid", company.employees),
        ("departments", "department_uuid", company.departments),
    ):
        given = kept.get(many)
        if isinstance(given, dict):
            shown[many] = [{one: uuid_, "pay_schedule_uuid": given.get(uuid_)} for uuid_ in there]
    return Reply.of(200, shown)


def list_pay_periods(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-pay_periods`, oldest first.

    [D] the last six months unless days are given, three months ahead at most, regular ones unless
    `payroll_types` says otherwise. [O] an unknown type gives an empty list. [I] a period counts where it
    has a day in common with the days asked for, and periods from before the sandbox's past are not known.
    """
    today = world.today
    end = find_day(call.find_query("end_date")) or today
    start = find_day(call.find_query("start_date")) or half_a_year_before(min(today, end))
    if end > today + AHEAD:
        return unprocessable("end_date", "invalid_parameter", TOO_FAR)
    types = read_list(call, "payroll_types")
    wanted = frozenset({"regular"}) if types is None else types
    found = [
        each
        for each in world.companies[call.company].payrolls.values()
        if _type_of(each) in wanted and each.overlaps(start, end)
    ]
    found.sort(key=lambda each: (each.start, each.end))
    return Reply.of(200, [_to_period(each) for each in found])


def half_a_year_before(day: date) -> date:
    """Return the day from which lists show by default; the first day there is, where none is that early."""
    return day - min(HALF_YEAR, day - date.min)


def list_termination_periods(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-unprocessed_termination_pay_periods`.

    [D] the last pay periods of people whose dismissal said that they get a payroll of their own
    (`run_termination_payroll`), until that is run.
    """
    company = world.companies[call.company]
    found: list[Json] = []
    for record in company.employees.values():
        for termination in list_terminations(record):
            day = find_day(termination["effective_date"])
            if day is not None and termination["run_termination_payroll"]:
                found += _to_last_period(world, company, record, day)
    return Reply.of(200, found)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-companies-company_id-pay_schedules": list_schedules,
        "get-v1-companies-company_id-pay_schedules-pay_schedule_id": show_schedule,
        "get-v1-companies-company_id-pay_schedules-assignments": show_assignments,
        "get-v1-companies-company_id-pay_periods": list_pay_periods,
        "get-v1-companies-company_id-unprocessed_termination_pay_periods": list_termination_periods,
    }
)


def assign_schedules(world: World, company: Company, kind: Assignment) -> None:
    """Let a company pay some people twice per month, by its second schedule: what an admin does in Gusto.

    The hourly keep the first schedule and the salaried get the second; or every second department, or every
    second person does. Tells `pay_schedule.created`, `company.updated` and `payroll.created`.
    """
    first = next(iter(company.pay_schedules))
    company.profile["pay_schedule_type"] = kind
    world.events.append(company.uuid, "company.updated", "Company", company.uuid)
    if kind == "single":
        company.pay_schedule_assignment = {"type": kind, "default_pay_schedule_uuid": first}
        return
    second = _require_second(world, company)
    given: dict[str, Record] = {
        "hourly_salaried": {"hourly_pay_schedule_uuid": first, "salaried_pay_schedule_uuid": second},
        "by_employee": {"employees": _alternate(list(company.employees), first, second)},
        "by_department": {
            "default_pay_schedule_uuid": first,
            "departments": _alternate(list(company.departments), first, second),
        },
    }
    company.pay_schedule_assignment = {"type": kind, **given[kind]}
    open_payrolls(world, company)


def change_schedule(world: World, company: Company, schedule: str, changes: Mapping[str, Json]) -> Record:
    """Change a schedule's own fields, as an admin does in Gusto; tells `pay_schedule.updated` [D]."""
    record = company.pay_schedules[schedule]
    write(record, changes)
    world.events.append(company.uuid, "pay_schedule.updated", "PaySchedule", schedule)
    return record


def _alternate(keys: list[str], first: str, second: str) -> Record:
    return {key: (first, second)[index % 2] for index, key in enumerate(keys)}


def _require_second(world: World, company: Company) -> str:
    if len(company.pay_schedules) > 1:
        return list(company.pay_schedules)[1]
    created: Record = {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "frequency": "Twice per month",
        "anchor_pay_date": date(world.today.year, 1, 20).isoformat(),
        "anchor_end_of_pay_period": date(world.today.year, 1, 15).isoformat(),
        "day_1": 15,
        "day_2": 31,
        "name": None,
        "custom_name": "Twice per month",
        "active": True,
        "auto_payroll": False,
        "auto_payroll_enablement_blockers": None,
    }
    company.pay_schedules[str(created["uuid"])] = created
    world.events.append(company.uuid, "pay_schedule.created", "PaySchedule", str(created["uuid"]))
    return str(created["uuid"])


def _type_of(payroll: Payroll) -> str:
    if payroll.reason is None:
        return "regular"
    return "transition" if payroll.reason == TRANSITION else "off_cycle"


def _to_period(payroll: Payroll) -> Record:
    shown: Record = {
        "start_date": payroll.start.isoformat(),
        "end_date": payroll.end.isoformat(),
        "payroll": {
            "payroll_uuid": payroll.uuid,
            "check_date": payroll.check_date.isoformat(),
            "processed": payroll.is_processed,
            "payroll_deadline": to_time(payroll.deadline),
            "payroll_type": _type_of(payroll),
        },
    }
    if payroll.schedule is not None:  # the contract does not let it be null
        shown["pay_schedule_uuid"] = payroll.schedule
    return shown


def _to_last_period(world: World, company: Company, record: Record, day: date) -> list[Record]:
    """Return the period in which somebody's last day lies, cut off there, unless they got their last pay."""
    employee = str(record["uuid"])
    schedule = find_schedule(company, record, world.today)
    period = next(
        (each for each in company.payrolls.values() if each.schedule == schedule and each.overlaps(day, day)),
        None,
    )
    if period is None or period.is_processed or _is_paid_off(company, employee, period):
        return []
    check_date = max(shift_working_days(world.today, 4), day)
    return [
        {
            "start_date": period.start.isoformat(),
            "end_date": day.isoformat(),
            "check_date": check_date.isoformat(),
            "debit_date": shift_working_days(check_date, -2).isoformat(),
            "employee_name": f"{record['first_name']} {record['last_name']}",
            "employee_uuid": employee,
            "pay_schedule_uuid": str(schedule),
        }
    ]


def _is_paid_off(company: Company, employee: str, period: Payroll) -> bool:
    """Whether an off-cycle payroll was run that paid somebody for these days."""
    return any(
        each.is_processed
        and each.is_off_cycle
        and each.people is not None
        and employee in each.people
        and each.overlaps(period.start, period.end)
        for each in company.payrolls.values()
    )
