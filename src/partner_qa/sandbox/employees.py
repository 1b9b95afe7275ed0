"""The people of a company: list, show, create, update, delete, and their custom fields.

How somebody is shown is employee_record.py, whom a list chooses employee_filters.py. What an application
creates is unfinished: an admin must complete it in Gusto before it can be paid
([O] https://gusto.com/about/bd/employee-sync).
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record, Table
from partner_qa.sandbox.employee_filters import choose, read_include
from partner_qa.sandbox.employee_record import People, list_terminations
from partner_qa.sandbox.entry_form import EntryForm, find_day
from partner_qa.sandbox.locking import fresh_version, is_stale, write
from partner_qa.sandbox.paging import reply_with_page, take_page
from partner_qa.sandbox.problem import conflict, not_found, refuse, unprocessable
from partner_qa.sandbox.world import World

_ENTITY = "Employee"


def list_employees(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-employees`: everybody, those who have left included [D]."""
    people = People.of(world.companies[call.company], world.today, include=read_include(call))
    return reply_with_page(call, choose(call, people), lambda record: people.show_to(call, record))


def show_employee(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees`."""
    company = world.companies[call.company]
    record = company.employees.get(call.params["employee_id"])
    return not_found() if record is None else _reply(world, call, 200, record)


def create_employee(world: World, call: Call) -> Reply:
    """Answer `post-v1-employees`; tells `employee.created`, and where they are to onboard themselves so.

    [D] the literals; [D] an e-mail is needed for self-onboarding (version 2026-02-01). An e-mail that
    somebody has already is taken again: Gusto does not promise to refuse it.
    """
    body = call.object()
    form = _read_form(world, body, is_update=False)
    invites = body.get("self_onboarding") is True
    if invites and not form.values.get("email"):
        form.refuse("email", "Email is required")
    if form.mistakes:
        return refuse(422, form.mistakes)
    record = add_employee(world, world.companies[call.company], form.values, invites=invites)
    return _reply(world, call, 201, record)


def update_employee(world: World, call: Call) -> Reply:
    """Answer `put-v1-employees`; tells `employee.updated`."""
    company = world.companies[call.company]
    record = company.employees.get(call.params["employee_id"])
    if record is None:
        return not_found()
    body = call.object()
    if is_stale(record, body):
        return conflict()
    form = _read_form(world, body, is_update=True)
    form.take_flag("two_percent_shareholder")
    if form.mistakes:
        return refuse(422, form.mistakes)
    change_employee(world, company, record, form.values)
    return _reply(world, call, 200, record)


def delete_employee(world: World, call: Call) -> Reply:
    """Answer `delete-v1-employee`; only somebody who is still being onboarded can be deleted [D]."""
    company = world.companies[call.company]
    record = company.employees.get(call.params["employee_id"])
    if record is None:
        return not_found()
    if record["onboarded"]:
        return unprocessable("base", "invalid_operation", "Cannot delete onboarded employee")  # [D]
    remove_employee(world, company, record)
    return Reply(status=204)


def remove_employee(world: World, company: Company, record: Record) -> None:
    """Remove somebody and everything that was theirs; tells `employee.deleted`."""
    employee = str(record["uuid"])
    del company.employees[employee]
    for table in _list_tables(company):
        for key in [key for key, row in table.items() if row["employee_uuid"] == employee]:
            del table[key]
    for other in company.employees.values():
        if other["manager_uuid"] == employee:
            write(other, {"manager_uuid": None})
    tell(world, company, record, "deleted")


def list_custom_fields(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees-employee_id-custom_fields`: an object that holds the page [D]."""
    record = world.companies[call.company].employees.get(call.params["employee_id"])
    if record is None:
        return not_found()
    kept = record["custom_fields"]
    page = take_page(call, kept if isinstance(kept, list) else [])
    return Reply.of(200, {"custom_fields": list(page.rows)}, headers=page.headers)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-companies-company_id-employees": list_employees,
        "post-v1-employees": create_employee,
        "get-v1-employees": show_employee,
        "put-v1-employees": update_employee,
        "delete-v1-employee": delete_employee,
        "get-v1-employees-employee_id-custom_fields": list_custom_fields,
    }
)


def add_employee(
    world: World, company: Company, given: Mapping[str, Json], *, invites: bool = False
) -> Record:
    """Begin somebody's onboarding, as their admin or an application would; tells `employee.created`."""
    record = _make_record(company, given, invites=invites)
    company.employees[str(record["uuid"])] = record
    tell(world, company, record, "created")
    if invites:
        tell(world, company, record, "marked_for_self_onboarding")
    return record


def change_employee(world: World, company: Company, record: Record, changes: Mapping[str, Json]) -> None:
    """Change somebody's own fields, as their admin or an application would; tells `employee.updated`."""
    write(record, changes)
    tell(world, company, record, "updated")


def tell(world: World, company: Company, record: Record, what: str) -> None:
    """Tell what happened to somebody: `employee.created`, `employee.updated` … [D]."""
    world.events.append(company.uuid, f"employee.{what}", _ENTITY, str(record["uuid"]))


def tell_departures(world: World, since: date) -> None:
    """Tell of everybody whose last day of work has gone by since a business day.

    [D] `employee.termination_effective` comes on the day after the last day
    (https://docs.gusto.com/embedded-payroll/changelog/added-webhooks-for-effective-employee-terminations-and-rehires).
    """
    for company in world.companies.values():
        for record in company.employees.values():
            days = [str(each["effective_date"]) for each in list_terminations(record)]
            if any(since.isoformat() <= day < world.today.isoformat() for day in days):
                tell(world, company, record, "termination_effective")


def _list_tables(company: Company) -> tuple[Table, ...]:
    """Return the tables of what belongs to somebody."""
    return (
        company.jobs,
        company.compensations,
        company.home_addresses,
        company.work_addresses,
        company.recurring_reimbursements,
        company.garnishments,
        company.employee_benefits,
        company.outside_benefits,
        company.high_earner_statuses,
        company.salary_estimates,
    )


def _reply(world: World, call: Call, status: int, record: Record) -> Reply:
    company, employee = world.companies[call.company], str(record["uuid"])
    people = People.of(company, world.today, include=read_include(call), only=employee)
    return Reply.of(status, people.show_to(call, record))


def _read_form(world: World, body: Mapping[str, Json], *, is_update: bool) -> EntryForm:
    """Read somebody's own fields. [D] "First name is required", "Date of birth is not a valid date"."""
    form = EntryForm(body, is_update=is_update)
    form.take("first_name", "First name is required", required=True)
    form.take("last_name", "Last name is required", required=True)
    for name in ("middle_initial", "preferred_first_name"):
        form.take_optional(name)
    form.take_optional("email", "Email is invalid", is_mail)
    form.take_optional("work_email", "Work email is invalid", is_mail)
    form.take_optional(
        "date_of_birth", "Date of birth is not a valid date", lambda text: _is_past(world, text)
    )
    if body.get("ssn"):  # the gate has seen that it is one; it is not kept
        form.values |= {"has_ssn": True, "hidden_ssn": "XXX-XX-XXXX"}
    return form


def is_mail(text: str) -> bool:
    """Whether a text can be an e-mail address; anything with something on both sides of an @ can [I]."""
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain) and " " not in text


def _is_past(world: World, text: str) -> bool:
    day = find_day(text)
    return day is not None and day <= world.today


def _make_record(company: Company, given: Mapping[str, Json], *, invites: bool) -> Record:
    """Return a new employee's record: no job, no address, unfinished [D]."""
    return {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "company_uuid": company.uuid,
        "employee_code": secrets.token_hex(3),
        "middle_initial": None,
        "preferred_first_name": None,
        "email": None,
        "work_email": None,
        "phone": None,
        "date_of_birth": None,
        "ssn": "",
        "has_ssn": False,
        "hidden_ssn": "",
        **given,
        "department_uuid": None,
        "manager_uuid": None,
        "onboarded": False,
        "onboarding_status": "self_onboarding_pending_invite" if invites else "admin_onboarding_incomplete",
        "onboarding_documents_config": {"uuid": None, "i9_document": False},
        "current_employment_status": None,
        "historical": False,
        "payment_method": "Check",
        "two_percent_shareholder": None,
        "applicable_tax_ids": [],
        "eligible_paid_time_off": [],
        "garnishments": [],
        "terminations": [],
        "custom_fields": [],
        "member_portal_invitation_status": None,
        "partner_portal_invitation_sent": None,
    }
