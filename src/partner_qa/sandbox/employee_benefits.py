"""Who takes part in what: list, show, create, update and delete employee benefits, alone and in bulk.

[D] https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_id-employee_benefits and
https://docs.gusto.com/app-integrations/reference/put-v1-company_benefits-company_benefit_id-employee_benefits.
How a request is read is enrolment_form.py. [D] each write is told of (`employee_benefit.created` …).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.benefit_types import refuse_type, type_of
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.enrolment_form import read_enrolment
from partner_qa.sandbox.enrolments import (
    is_current,
    is_enrolled,
    is_hidden_enrolment,
    list_enrolments,
    make_enrolment,
    show_enrolment,
)
from partner_qa.sandbox.entry_form import find_day
from partner_qa.sandbox.locking import is_stale, write
from partner_qa.sandbox.paging import reply_with_page
from partner_qa.sandbox.problem import Entry, conflict, not_found, refuse, to_entry, to_nested
from partner_qa.sandbox.world import World

ENTITY = "EmployeeBenefit"
_ROWS = "employee_benefits"


def list_of_benefit(world: World, call: Call) -> Reply:
    """Answer `get-v1-company_benefits-company_benefit_id-employee_benefits`, by pages or whole.

    [D] without employee_benefits:read:phi those of what tells of health are left out.
    """
    company, benefit = world.companies[call.company], call.params["company_benefit_id"]
    if benefit not in company.company_benefits:
        return not_found()
    rows = list_enrolments(world, call, company, company_benefit=benefit)
    return reply_with_page(call, rows, show_enrolment)


def list_of_employee(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees-employee_id-employee_benefits`, inactive ones too [I]."""
    company, employee = world.companies[call.company], call.params["employee_id"]
    if employee not in company.employees:
        return not_found()
    rows = list_enrolments(world, call, company, employee=employee)
    return reply_with_page(call, rows, show_enrolment)


def show_employee_benefit(world: World, call: Call) -> Reply:
    """Answer `get-v1-employee_benefits-employee_benefit_id`; what is hidden is not found [I]."""
    company = world.companies[call.company]
    found = company.employee_benefits.get(call.params["employee_benefit_id"])
    if found is None or is_hidden_enrolment(call, _benefit_of(company, found)):
        return not_found()
    return Reply.of(200, show_enrolment(found))


def create_employee_benefit(world: World, call: Call) -> Reply:
    """Answer `post-v1-employees-employee_id-employee_benefits`.

    [I] 404 for a company benefit that is none.
    """
    company, body = world.companies[call.company], call.object()
    employee, benefit = call.params["employee_id"], str(body.get("company_benefit_uuid"))
    if employee not in company.employees or benefit not in company.company_benefits:
        return not_found()
    refusal = refuse_type(call, type_of(company.company_benefits[benefit]))
    if refusal is not None:
        return refusal
    enrolment = make_enrolment(employee, benefit)
    mistakes = _put(company, enrolment, body, is_update=False)
    if mistakes:
        return refuse(422, mistakes)
    _tell(world, company, enrolment, "created")
    return Reply.of(201, show_enrolment(enrolment))


def update_employee_benefit(world: World, call: Call) -> Reply:
    """Answer `put-v1-employee_benefits-employee_benefit_id`."""
    company, body = world.companies[call.company], call.object()
    enrolment = company.employee_benefits.get(call.params["employee_benefit_id"])
    if enrolment is None:
        return not_found()
    refusal = refuse_type(call, type_of(_benefit_of(company, enrolment)))
    if refusal is not None:
        return refusal
    if is_stale(enrolment, body):
        return conflict()
    mistakes = _put(company, enrolment, body, is_update=True)
    if mistakes:
        return refuse(422, mistakes)
    _tell(world, company, enrolment, "updated")
    return Reply.of(200, show_enrolment(enrolment))


def delete_employee_benefit(world: World, call: Call) -> Reply:
    """Answer `delete-v1-employee_benefits-employee_benefit_id`, without a version [D].

    [I] what payrolls have deducted already stays deducted.
    """
    company = world.companies[call.company]
    enrolment = company.employee_benefits.get(call.params["employee_benefit_id"])
    if enrolment is None:
        return not_found()
    refusal = refuse_type(call, type_of(_benefit_of(company, enrolment)))
    if refusal is not None:
        return refusal
    del company.employee_benefits[str(enrolment["uuid"])]
    _tell(world, company, enrolment, "deleted")
    return Reply(status=204)


def update_in_bulk(world: World, call: Call) -> Reply:
    """Answer `put-v1-company_benefits-company_benefit_id-employee_benefits`: all rows, or none [I].

    [D] somebody who is enrolled is updated, somebody who is not is created, and no version is asked for;
    [D] with `action` and `uuid` one of several enrolments is meant. [I] the answer is what was written, in
    the order of the rows; people without employee_benefits:read:phi get nothing of what it protects [D].
    """
    company = world.companies[call.company]
    benefit = company.company_benefits.get(call.params["company_benefit_id"])
    if benefit is None:
        return not_found()
    refusal = refuse_type(call, type_of(benefit))
    if refusal is not None:
        return refusal
    given = call.object().get(_ROWS)
    rows = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    before = {key: dict(each) for key, each in company.employee_benefits.items()}
    written: dict[str, str] = {}
    mistakes: list[Entry] = []
    for row in rows:
        mistakes += _put_row(world, company, str(benefit["uuid"]), row, written)
    if mistakes:
        company.employee_benefits.clear()
        company.employee_benefits.update(before)
        return refuse(422, mistakes)
    for key, what in written.items():
        _tell(world, company, company.employee_benefits[key], what)
    is_hidden = is_hidden_enrolment(call, benefit)
    shown = [] if is_hidden else [show_enrolment(company.employee_benefits[key]) for key in written]
    return Reply.of(200, list(shown))


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-company_benefits-company_benefit_id-employee_benefits": list_of_benefit,
        "put-v1-company_benefits-company_benefit_id-employee_benefits": update_in_bulk,
        "get-v1-employees-employee_id-employee_benefits": list_of_employee,
        "post-v1-employees-employee_id-employee_benefits": create_employee_benefit,
        "get-v1-employee_benefits-employee_benefit_id": show_employee_benefit,
        "put-v1-employee_benefits-employee_benefit_id": update_employee_benefit,
        "delete-v1-employee_benefits-employee_benefit_id": delete_employee_benefit,
    }
)


def _put(company: Company, enrolment: Record, body: Mapping[str, Json], *, is_update: bool) -> list[Entry]:
    """Write what a body says into an enrolment and keep it, or return what is wrong with it."""
    benefit = _benefit_of(company, enrolment)
    form = read_enrolment(enrolment, body, type_of(benefit), is_update=is_update)
    after = {**enrolment, **form.values}
    reason = _find_clash(company, benefit, after) if is_enrolled(after) and not form.mistakes else None
    if reason is not None:
        return [to_entry("base", "invalid_operation", reason)]
    if not form.mistakes:
        write(enrolment, form.values)
        company.employee_benefits[str(enrolment["uuid"])] = enrolment
    return form.mistakes


def _put_row(
    world: World, company: Company, benefit: str, row: Record, written: dict[str, str]
) -> list[Entry]:
    """Write one row of a bulk update; [I] its mistakes are nested, and say whose row it is."""
    employee = str(row["employee_uuid"])
    metadata: Record = {"entity_type": "Employee", "entity_uuid": employee}
    if employee not in company.employees:
        return [_nest([to_entry("employee_uuid", "invalid_attribute_value", "Employee not found")], metadata)]
    theirs = [
        each
        for each in company.employee_benefits.values()
        if each["employee_uuid"] == employee and each["company_benefit_uuid"] == benefit
    ]
    action, key = row.get("action"), row.get("uuid")
    found = _choose(world, theirs, action, key)
    if found is None and (action == "update" or key is not None):
        return [_nest([to_entry("uuid", "invalid_attribute_value", "Employee benefit not found")], metadata)]
    enrolment = make_enrolment(employee, benefit) if found is None else found
    if found is None and action == "create":
        for each in _end_before(theirs, row):
            written.setdefault(each, "updated")
    mistakes = _put(company, enrolment, row, is_update=found is not None)
    written.setdefault(str(enrolment["uuid"]), "created" if found is None else "updated")
    return [_nest(mistakes, metadata)] if mistakes else []


def _choose(world: World, theirs: list[Record], action: Json, key: Json) -> Record | None:
    """Return which of somebody's enrolments a row means, or `None` for a new one.

    [D] `uuid` names it; [I] without one it is that of today, or else the last.
    """
    if key is not None:
        return next((each for each in theirs if each["uuid"] == key), None)
    if action == "create":
        return None
    return next((each for each in theirs if is_current(world, each)), theirs[-1] if theirs else None)


def _end_before(theirs: list[Record], row: Record) -> list[str]:
    """[I] a new enrolment that begins on a day ends the open one on the day before; returns which did."""
    first = find_day(row.get("effective_date"))
    if first is None:
        return []
    open_ones = [
        each
        for each in theirs
        if each["expiration_date"] is None and str(each["effective_date"]) < first.isoformat()
    ]
    for each in open_ones:
        write(each, {"expiration_date": (first - timedelta(days=1)).isoformat()})
    return [str(each["uuid"]) for each in open_ones]


def _find_clash(company: Company, benefit: Record, after: Record) -> str | None:
    """Return why somebody cannot take part in a benefit, or `None`.

    [D] "employees cannot be added to more than one benefit" of a kind with a yearly limit; [I] at the same
    time, and no benefit is had twice at once, nor one that the company has disabled.
    """
    kind = type_of(benefit)
    if benefit["active"] is not True:
        return "Employees cannot be enrolled in a company benefit that is not active"  # [I] the wording
    for each in company.employee_benefits.values():
        if each["uuid"] == after["uuid"] or each["employee_uuid"] != after["employee_uuid"]:
            continue
        if not is_enrolled(each) or not _overlaps(each, after):
            continue
        if "yearly_limit" in kind.marks and type_of(_benefit_of(company, each)).number == kind.number:
            return f"Employee cannot have more than one {kind.name}"  # [D]
        if each["company_benefit_uuid"] == benefit["uuid"]:
            return "Employee is already enrolled in this benefit"  # [I] the wording
    return None


def _overlaps(one: Record, other: Record) -> bool:
    return all(
        last["expiration_date"] is None or str(first["effective_date"]) <= str(last["expiration_date"])
        for first, last in ((one, other), (other, one))
    )


def _nest(mistakes: list[Entry], metadata: Record) -> Entry:
    return to_nested(_ROWS, mistakes, metadata)


def _benefit_of(company: Company, enrolment: Record) -> Record:
    return company.company_benefits[str(enrolment["company_benefit_uuid"])]


def _tell(world: World, company: Company, enrolment: Record, what: str) -> None:
    """[D] https://docs.gusto.com/app-integrations/docs/employee-benefit-events."""
    world.events.append(company.uuid, f"employee_benefit.{what}", ENTITY, str(enrolment["uuid"]))
