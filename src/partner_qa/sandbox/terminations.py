"""The end of an employment: list, show, create, change and cancel terminations.

[D] a termination is told at once (`employee.terminated`); the employee is `terminated` only when their last
day of work has gone by, and that is told again (`employee.termination_effective`). The literals are [D]
(https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_id-terminations and its
neighbours) unless they are marked.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.employee_record import list_terminations, show_termination
from partner_qa.sandbox.employees import tell
from partner_qa.sandbox.employment import Employment, day_of, take_effective_date
from partner_qa.sandbox.entry_form import EntryForm
from partner_qa.sandbox.locking import fresh_version, is_stale, write
from partner_qa.sandbox.problem import conflict, not_found, refuse, unprocessable
from partner_qa.sandbox.work import Work
from partner_qa.sandbox.world import World

NOT_TERMINATED = "The employee has not been terminated. Please terminate the employee first."  # [O]
_GONE = "Employee has already been terminated"
_COMES_BACK = "Unable to modify a termination with a future rehire."


def list_employee_terminations(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees-employee_id-terminations`: one at most [O], so there are no pages."""
    found = _find(world, call)
    if found is None:
        return not_found()
    termination = found.find_termination()
    return Reply.of(200, [] if termination is None else [_show(world, call, termination)])


def show_employee_termination(world: World, call: Call) -> Reply:
    """Answer `get-v1-terminations-employee_id`; [O] the id is the employee's."""
    found = _find(world, call)
    termination = None if found is None else found.find_termination()
    return not_found() if termination is None else Reply.of(200, _show(world, call, termination))


def create_termination(world: World, call: Call) -> Reply:
    """Answer `post-v1-employees-employee_id-terminations`."""
    found = _find(world, call)
    if found is None:
        return not_found()
    form = _read_form(call)
    if form.mistakes:
        return refuse(422, form.mistakes)
    if found.find_termination() is not None:
        return _refuse(_GONE if found.has_ended() else "Employee may only have one termination")
    if found.hired is None or str(form.values["effective_date"]) < found.hired:
        return _refuse("Invalid hire date")  # [O] for somebody without a job; [I] for a day before the first
    company = world.companies[call.company]
    termination = dismiss(world, company, found.record, form.values)
    return Reply.of(201, _show(world, call, termination))


def update_termination(world: World, call: Call) -> Reply:
    """Answer `put-v1-terminations-employee_id`; [I] only while it is not in effect.

    [I] there is no event of its own, so it is told as `employee.updated`.
    """
    found = _find(world, call)
    termination = None if found is None else found.find_termination()
    if found is None or termination is None:
        return not_found()
    if is_stale(termination, call.object()):
        return conflict()
    form = _read_form(call)
    if form.mistakes:
        return refuse(422, form.mistakes)
    if found.find_future_rehire() is not None:
        return _refuse(_COMES_BACK)
    if found.has_ended():
        return _refuse(_GONE)
    if found.hired is None or str(form.values["effective_date"]) < found.hired:
        return _refuse("Invalid hire date")  # [I] as in create_termination
    write(termination, form.values)
    company = world.companies[call.company]
    tell(world, company, found.record, "updated")
    _tell_of_the_past(world, company, found.record, termination)
    return Reply.of(200, _show(world, call, termination))


def cancel_termination(world: World, call: Call) -> Reply:
    """Answer `delete-v1-employees-employee_id-terminations`: it never was.

    [D] only one that is `cancelable`. Tells `employee.termination_cancelled`.
    """
    found = _find(world, call)
    if found is None:
        return not_found()
    termination = found.find_termination()
    if termination is None:
        return not_found(NOT_TERMINATED)
    if found.find_future_rehire() is not None:
        return _refuse(_COMES_BACK)
    if termination["run_termination_payroll"]:
        return _refuse("Cannot cancel a termination with a termination payroll")
    if day_of(termination) <= world.today.isoformat():
        return _refuse(_GONE)
    call_off(world, world.companies[call.company], found.record, termination)
    return Reply(status=204)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-employees-employee_id-terminations": list_employee_terminations,
        "post-v1-employees-employee_id-terminations": create_termination,
        "delete-v1-employees-employee_id-terminations": cancel_termination,
        "get-v1-terminations-employee_id": show_employee_termination,
        "put-v1-terminations-employee_id": update_termination,
    }
)


def dismiss(world: World, company: Company, record: Record, given: Record) -> Record:
    """End somebody's employment on the `effective_date` given, and return the termination.

    Tells `employee.terminated`, and [D] `employee.termination_effective` at once for a day gone by.
    """
    termination: Record = {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "employee_uuid": record["uuid"],
        "run_termination_payroll": False,
        **given,
    }
    record["terminations"] = [*list_terminations(record), termination]
    tell(world, company, record, "terminated")
    _tell_of_the_past(world, company, record, termination)
    return termination


def call_off(world: World, company: Company, record: Record, termination: Record) -> None:
    """Take a termination back as if it had never been; tells `employee.termination_cancelled`."""
    kept = [each for each in list_terminations(record) if each is not termination]
    record["terminations"] = list(kept)
    tell(world, company, record, "termination_cancelled")


def _tell_of_the_past(world: World, company: Company, record: Record, termination: Record) -> None:
    if day_of(termination) < world.today.isoformat():
        tell(world, company, record, "termination_effective")


def _find(world: World, call: Call) -> Employment | None:
    company = world.companies[call.company]
    record = company.employees.get(call.params["employee_id"])
    return None if record is None else Employment.of(company, record, world.today)


def _show(world: World, call: Call, termination: Record) -> Record:
    work = Work.of(world.companies[call.company], world.today, only=str(termination["employee_uuid"]))
    return show_termination(termination, work)


def _read_form(call: Call) -> EntryForm:
    form = EntryForm(call.object(), is_update=False)
    take_effective_date(form)
    form.take_flag("run_termination_payroll")
    return form


def _refuse(message: str) -> Reply:
    return unprocessable("base", "invalid_operation", message)
