"""The departments of a company, and who is in them.

Somebody is in one department at most, and their own record says in which; a department lists its people
from there. Gusto has no events for departments ([D] https://docs.gusto.com/app-integrations/docs/webhook-events);
[I] whoever comes or goes is told of as `employee.updated` or `contractor.updated`, since their record
shows it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record, Table
from partner_qa.sandbox.contractors import change_contractor
from partner_qa.sandbox.employee_record import is_terminated
from partner_qa.sandbox.employees import change_employee
from partner_qa.sandbox.entry_form import EntryForm
from partner_qa.sandbox.locking import fresh_version, is_stale, write
from partner_qa.sandbox.problem import conflict, not_found, refuse, unprocessable
from partner_qa.sandbox.work import Work
from partner_qa.sandbox.world import World


def list_departments(world: World, call: Call) -> Reply:
    """Answer `get-companies-departments`: all at once, without pages [O]."""
    company = world.companies[call.company]
    return Reply.of(200, [_to_json(company, each) for each in company.departments.values()])


def show_department(world: World, call: Call) -> Reply:
    """Answer `get-department`."""
    company = world.companies[call.company]
    found = company.departments.get(call.params["department_uuid"])
    return not_found() if found is None else Reply.of(200, _to_json(company, found))


def create_department(world: World, call: Call) -> Reply:
    """Answer `post-departments`."""
    company = world.companies[call.company]
    form = _read_form(company, call, None)
    if form.mistakes:
        return refuse(422, form.mistakes)
    department: Record = {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "company_uuid": company.uuid,
        **form.values,
    }
    company.departments[str(department["uuid"])] = department
    return Reply.of(201, _to_json(company, department))


def update_department(world: World, call: Call) -> Reply:
    """Answer `put-departments`: another title."""
    company = world.companies[call.company]
    department = _require(company, call)
    if isinstance(department, Reply):
        return department
    form = _read_form(company, call, department)
    if form.mistakes:
        return refuse(422, form.mistakes)
    write(department, form.values)
    return Reply.of(200, _to_json(company, department))


def delete_department(world: World, call: Call) -> Reply:
    """Answer `delete-department`: only one without "active team members", and without a version [D].

    [I] whoever has left the company does not count; their record loses the department.
    """
    company = world.companies[call.company]
    department = company.departments.get(call.params["department_uuid"])
    if department is None:
        return not_found()
    work = Work.of(company, world.today)
    members = _list_members(company.employees, department)
    others = _list_members(company.contractors, department)
    if not all(is_terminated(each, work) for each in members) or any(each["is_active"] for each in others):
        return unprocessable(
            "base",
            "invalid_operation",
            # [D] the literal
            "You cannot delete a department that has active team members. Please remove them first.",
        )
    del company.departments[str(department["uuid"])]
    for each in members:
        change_employee(world, company, each, {"department_uuid": None})
    for each in others:
        change_contractor(world, company, each, {"department_uuid": None})
    return Reply(status=204)


def add_people(world: World, call: Call) -> Reply:
    """Answer `put-add-people-to-department`; whoever was in another department leaves it [I]."""
    return _move_people(world, call, joins=True)


def remove_people(world: World, call: Call) -> Reply:
    """Answer `put-remove-people-from-department`; [I] whoever is not in it stays where they are."""
    return _move_people(world, call, joins=False)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-companies-departments": list_departments,
        "post-departments": create_department,
        "get-department": show_department,
        "put-departments": update_department,
        "delete-department": delete_department,
        "put-add-people-to-department": add_people,
        "put-remove-people-from-department": remove_people,
    }
)


def _move_people(world: World, call: Call, *, joins: bool) -> Reply:
    """Move everybody who is named, or nobody; the literals are [D]."""
    company = world.companies[call.company]
    department = _require(company, call)
    if isinstance(department, Reply):
        return department
    form = EntryForm(call.object(), is_update=True)
    wanted: dict[str, list[str]] = {}
    for kind, table in (("employees", company.employees), ("contractors", company.contractors)):
        uuids = _read_uuids(call.object().get(kind))
        if uuids is None or not set(uuids) <= set(table):
            form.refuse(kind, f"{kind.capitalize()} must be valid")
        else:
            wanted[kind] = uuids
    if form.mistakes:
        return refuse(422, form.mistakes)
    write(department, {})
    changes: Record = {"department_uuid": department["uuid"] if joins else None}
    for employee in wanted["employees"]:
        if _is_in(company.employees[employee], department) is not joins:
            change_employee(world, company, company.employees[employee], changes)
    for contractor in wanted["contractors"]:
        if _is_in(company.contractors[contractor], department) is not joins:
            change_contractor(world, company, company.contractors[contractor], changes)
    return Reply.of(200, _to_json(company, department))


def _require(company: Company, call: Call) -> Record | Reply:
    """Return the department of a versioned write, or why it cannot be written."""
    department = company.departments.get(call.params["department_uuid"])
    if department is None:
        return not_found()
    return conflict() if is_stale(department, call.object()) else department


def _read_form(company: Company, call: Call, department: Record | None) -> EntryForm:
    """Read a title; [D] no two departments have the same, [I] whatever its case."""
    form = EntryForm(call.object(), is_update=False)
    form.take("title", "Title is required", required=True)  # [I] the wording
    title = str(form.values.get("title", "")).casefold()
    others = [each for each in company.departments.values() if each is not department]
    if any(str(each["title"]).casefold() == title for each in others):
        form.refuse("title", "Department name has already been taken.")  # [D]
    return form


def _read_uuids(given: Json) -> list[str] | None:
    """Return the UUIDs of `[{"uuid": …}]`, or `None` where a row has none; nothing sent is nobody."""
    if given is None:
        return []
    rows = given if isinstance(given, list) else [None]
    uuids = [row["uuid"] for row in rows if isinstance(row, dict) and isinstance(row.get("uuid"), str)]
    return [str(each) for each in uuids] if len(uuids) == len(rows) else None


def _is_in(record: Record, department: Record) -> bool:
    return record["department_uuid"] == department["uuid"]


def _list_members(table: Table, department: Record) -> list[Record]:
    return [each for each in table.values() if _is_in(each, department)]


def _to_json(company: Company, department: Record) -> Record:
    employees, contractors = (
        [{"uuid": each["uuid"]} for each in _list_members(table, department)]
        for table in (company.employees, company.contractors)
    )
    return {**department, "employees": list(employees), "contractors": list(contractors)}
