"""Somebody who left comes back: show, create, change and delete a rehire.

[D] the rehire of an employee has no UUID of its own, and one that is in effect cannot be deleted
(https://docs.gusto.com/app-integrations/reference/delete-v1-employees-employee_id-rehire). From its day on
they work at the location that it names. The literals are [D] unless they are marked.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.employees import tell
from partner_qa.sandbox.employment import STATUSES, Employment, bring_back, day_of, take_effective_date
from partner_qa.sandbox.entry_form import EntryForm
from partner_qa.sandbox.locking import fresh_version, is_stale, write
from partner_qa.sandbox.problem import conflict, not_found, refuse, unprocessable
from partner_qa.sandbox.world import World

_NO_FUTURE = "The employee does not have any future employment, please rehire the employee first."
_IN_EFFECT = "Unable to delete the rehire that is already effective, please terminate the employee instead."
_TOO_EARLY = "Effective date must be after the termination date"  # [I]
_SHOWN = ("version", "employee_uuid", "effective_date", "file_new_hire_report", "work_location_uuid")


def show_rehire(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees-employee_id-rehire`; [D] 204 for somebody without one (since 2025-06-15).

    [I] one that took effect is shown until they are terminated again.
    """
    found = _find(world, call)
    if found is None:
        return not_found()
    rehire = found.find_rehire()
    return Reply(status=204) if rehire is None else Reply.of(200, _show(world, rehire))


def create_rehire(world: World, call: Call) -> Reply:
    """Answer `post-v1-employees-employee_id-rehire`: after a termination, scheduled ones too [I].

    Tells `employee.rehired`, and [D] `employee.rehire_effective` at once for today or a day gone by.
    """
    found = _find(world, call)
    if found is None:
        return not_found()
    company = world.companies[call.company]
    form = _read_form(company, call)
    termination = found.find_termination()
    if termination is None:
        form.refuse("effective_date", "Cannot rehire if employee has not been terminated")
    _refuse_early_day(form, termination)
    if form.mistakes:
        return refuse(422, form.mistakes)
    if found.find_future_rehire() is not None:
        return _refuse("Employee has already been rehired")  # [I]
    rehire = hire_again(world, company, found.record, form.values)
    return Reply.of(201, _show(world, rehire))


def update_rehire(world: World, call: Call) -> Reply:
    """Answer `put-v1-employees-employee_id-rehire`: one that is not in effect.

    [I] there is no event of its own, so it is told as `employee.updated`.
    """
    found = _find(world, call)
    if found is None:
        return not_found()
    rehire = found.find_future_rehire()
    if rehire is None:
        return _refuse(_NO_FUTURE)
    if is_stale(rehire, call.object()):
        return conflict()
    company = world.companies[call.company]
    form = _read_form(company, call)
    _refuse_early_day(form, found.find_termination())
    if form.mistakes:
        return refuse(422, form.mistakes)
    write(rehire, form.values)
    tell(world, company, found.record, "updated")
    _follow(world, company, found.record, rehire)
    return Reply.of(200, _show(world, rehire))


def delete_rehire(world: World, call: Call) -> Reply:
    """Answer `delete-v1-employees-employee_id-rehire`; tells `employee.rehire_cancelled`."""
    found = _find(world, call)
    if found is None:
        return not_found()
    rehire = found.find_rehire()
    if rehire is None:
        return _refuse(_NO_FUTURE)
    if day_of(rehire) <= found.today:
        return _refuse(_IN_EFFECT)
    company = world.companies[call.company]
    del company.rehires[str(rehire["uuid"])]
    company.work_addresses.pop(str(rehire["work_address_uuid"]), None)
    tell(world, company, found.record, "rehire_cancelled")
    return Reply(status=204)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-employees-employee_id-rehire": show_rehire,
        "post-v1-employees-employee_id-rehire": create_rehire,
        "put-v1-employees-employee_id-rehire": update_rehire,
        "delete-v1-employees-employee_id-rehire": delete_rehire,
    }
)


def hire_again(world: World, company: Company, record: Record, given: Record) -> Record:
    """Hire somebody who left for the `effective_date` and `work_location_uuid` given; return the rehire.

    Tells `employee.rehired`, and [D] `employee.rehire_effective` at once for today or a day gone by.
    """
    rehire: Record = {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "employee_uuid": record["uuid"],
        **given,
    }
    company.rehires[str(rehire["uuid"])] = rehire
    tell(world, company, record, "rehired")
    _follow(world, company, record, rehire)
    return rehire


def _find(world: World, call: Call) -> Employment | None:
    company = world.companies[call.company]
    record = company.employees.get(call.params["employee_id"])
    return None if record is None else Employment.of(company, record, world.today)


def _follow(world: World, company: Company, record: Record, rehire: Record) -> None:
    """Let the work address follow a rehire, and let it take effect where its day has come."""
    address = company.work_addresses.get(str(rehire.get("work_address_uuid")))
    if address is None:
        address = {"uuid": str(uuid.uuid4()), "employee_uuid": record["uuid"]}
        company.work_addresses[str(address["uuid"])] = address
        rehire["work_address_uuid"] = address["uuid"]
    place = {"location_uuid": rehire["work_location_uuid"], "effective_date": rehire["effective_date"]}
    write(address, place)
    if day_of(rehire) <= world.today.isoformat():
        bring_back(world, company, record, rehire)


def _refuse_early_day(form: EntryForm, termination: Record | None) -> None:
    day = form.values.get("effective_date")
    if termination is not None and day is not None and str(day) <= day_of(termination):
        form.refuse("effective_date", _TOO_EARLY)


def _read_form(company: Company, call: Call) -> EntryForm:
    """Read a rehire; the gate has seen that the flags and the status are of their kind."""
    form = EntryForm(call.object(), is_update=False)
    take_effective_date(form)
    form.take("work_location_uuid", "Work location not found", company.locations.__contains__, required=True)
    form.take("employment_status", "Employment status is not included in the list", STATUSES.__contains__)
    form.take_flag("file_new_hire_report")
    form.take_flag("two_percent_shareholder")
    return form


def _show(world: World, rehire: Record) -> Record:
    """Return a rehire (schema `Rehire`) as it is today; [I] what was not sent is `not_set` and false."""
    return {
        **{name: rehire[name] for name in _SHOWN},
        "employment_status": rehire.get("employment_status", "not_set"),
        "two_percent_shareholder": rehire.get("two_percent_shareholder", False),
        "active": day_of(rehire) <= world.today.isoformat(),
    }


def _refuse(message: str) -> Reply:
    return unprocessable("base", "invalid_operation", message)
