"""What a job pays: list, show, create, update and delete compensations.

Jobs themselves are written in Gusto only ([D]: app integrations have no operation for it since 2025-06-15);
they are read inside employees. Every write of a compensation is told as `employee_job_compensation.…` [D].
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.employee_filters import read_include
from partner_qa.sandbox.entry_form import EntryForm, is_day
from partner_qa.sandbox.locations import MINIMUM_WAGES
from partner_qa.sandbox.locking import fresh_version, is_stale, write
from partner_qa.sandbox.paging import reply_with_page
from partner_qa.sandbox.payroll_rows import is_paid
from partner_qa.sandbox.problem import conflict, not_found, refuse, unprocessable
from partner_qa.sandbox.work import Work
from partner_qa.sandbox.world import World

_RATE = re.compile(r"\d{1,9}(\.\d+)?", re.ASCII)
_UNITS = ("Hour", "Week", "Month", "Year", "Paycheck")
_FLSA = (
    "Exempt",
    "Salaried Nonexempt",
    "Nonexempt",
    "Owner",
    "Commission Only Exempt",
    "Commission Only Nonexempt",
)


def list_compensations(world: World, call: Call) -> Reply:
    """Answer `get-v1-jobs-job_id-compensations`: the current one, or all with `include` [D]."""
    company = world.companies[call.company]
    job = call.params["job_id"]
    if job not in company.jobs:
        return not_found()
    work = Work.of(company, world.today)
    if "all_compensations" in read_include(call):
        return reply_with_page(call, work.list_compensations(job), lambda row: row)
    current = work.find_current(job)
    return reply_with_page(call, [] if current is None else [current], lambda row: row)


def show_compensation(world: World, call: Call) -> Reply:
    """Answer `get-v1-compensations-compensation_id`."""
    found = world.companies[call.company].compensations.get(call.params["compensation_id"])
    return not_found() if found is None else Reply.of(200, found)


def create_compensation(world: World, call: Call) -> Reply:
    """Answer `post-v1-compensations-compensation_id`: what a job pays from a day on, or from today."""
    company = world.companies[call.company]
    job = company.jobs.get(call.params["job_id"])
    if job is None:
        return not_found()
    form = _read_form(call.object(), is_update=False)
    refusal = _find_refusal(company, job, form)
    if refusal is not None:
        return refusal
    compensation: Record = {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "employee_uuid": job["employee_uuid"],
        "job_uuid": job["uuid"],
        "effective_date": world.today.isoformat(),
        "adjust_for_minimum_wage": False,
        "minimum_wages": [],
        **form.values,
    }
    company.compensations[str(compensation["uuid"])] = compensation
    _tell(world, company, compensation, "created")
    return Reply.of(201, compensation)


def update_compensation(world: World, call: Call) -> Reply:
    """Answer `put-v1-compensations-compensation_id`."""
    company = world.companies[call.company]
    compensation = company.compensations.get(call.params["compensation_id"])
    if compensation is None:
        return not_found()
    if is_stale(compensation, call.object()):
        return conflict()
    form = _read_form(call.object(), is_update=True)
    refusal = _find_refusal(company, company.jobs[str(compensation["job_uuid"])], form)
    if refusal is not None:
        return refusal
    write(compensation, form.values)
    _tell(world, company, compensation, "updated")
    return Reply.of(200, compensation)


def delete_compensation(world: World, call: Call) -> Reply:
    """Answer `delete-v1-compensations-compensation_id`: only one that was never on a payroll [D]."""
    company = world.companies[call.company]
    compensation = company.compensations.get(call.params["compensation_id"])
    if compensation is None:
        return not_found()
    if is_paid(company, compensation):
        return unprocessable(
            "base",
            "invalid_operation",
            "Compensation has already been processed on payroll.",  # [D]
        )
    del company.compensations[str(compensation["uuid"])]
    _tell(world, company, compensation, "deleted")
    return Reply(status=204)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-jobs-job_id-compensations": list_compensations,
        "post-v1-compensations-compensation_id": create_compensation,
        "get-v1-compensations-compensation_id": show_compensation,
        "put-v1-compensations-compensation_id": update_compensation,
        "delete-v1-compensations-compensation_id": delete_compensation,
    }
)


def _tell(world: World, company: Company, compensation: Record, what: str) -> None:
    """Tell of a write ([D] https://docs.gusto.com/app-integrations/docs/employee-job-compensation-events)."""
    world.events.append(
        company.uuid,
        f"employee_job_compensation.{what}",
        "EmployeeJobCompensation",
        str(compensation["uuid"]),
    )


def _read_form(body: Mapping[str, Json], *, is_update: bool) -> EntryForm:
    """Read a compensation. Rates are kept in cents.

    [D] "Rate is not a valid number", "Payment unit must be one of Hour, Week, Month, or Year"; [I] the
    others.
    """
    form = EntryForm(body, is_update=is_update)
    form.take("rate", "Rate is not a valid number", _is_rate, required=True)
    if "rate" in form.values:
        form.values["rate"] = _to_cents(str(form.values["rate"]))
    form.take(
        "payment_unit",
        "Payment unit must be one of Hour, Week, Month, or Year",
        _UNITS.__contains__,
        required=True,
    )
    form.take("flsa_status", "FLSA status is not included in the list", _FLSA.__contains__, required=True)
    form.take("effective_date", "Effective date is not a valid date", is_day)
    form.take("title", "Title can't be blank")
    form.take_flag("adjust_for_minimum_wage")
    if "minimum_wages" in body:
        _take_minimum_wages(form, body["minimum_wages"])
    return form


def _take_minimum_wages(form: EntryForm, given: Json) -> None:
    rows = given if isinstance(given, list) else []
    wanted = [str(row.get("uuid")) for row in rows if isinstance(row, dict)]
    known = {each["uuid"]: each for each in MINIMUM_WAGES}
    if not set(wanted) <= set(known):
        form.refuse("minimum_wages", "Minimum wages must be valid")
        return
    form.values["minimum_wages"] = [
        {name: known[each][name] for name in ("uuid", "wage", "effective_date")} for each in wanted
    ]


def _find_refusal(company: Company, job: Record, form: EntryForm) -> Reply | None:
    """Return why a compensation cannot be like this, or `None`. [D] the literal of several jobs."""
    if form.mistakes:
        return refuse(422, form.mistakes)
    others = [each for each in company.jobs.values() if each["employee_uuid"] == job["employee_uuid"]]
    if len(others) > 1 and form.values.get("flsa_status", "Nonexempt") != "Nonexempt":
        return unprocessable("base", "invalid_operation", "Only hourly employees can have multiple jobs.")
    return None


def _is_rate(text: str) -> bool:
    return _RATE.fullmatch(text) is not None


def _to_cents(text: str) -> str:
    return str(Decimal(text).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))
