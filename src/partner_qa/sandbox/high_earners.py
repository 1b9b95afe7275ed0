"""Whose catch-up contributions must be post-tax: list, show, create and update high earner statuses by year.

[D] section 603 of the SECURE 2.0 Act, and
https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_uuid-section603_high_earner_statuses.
What follows from a status on payday is benefit_limits.py. [I] no event, and age is not looked at.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.problem import not_found, refuse, to_entry, unprocessable
from partner_qa.sandbox.wire import find_number
from partner_qa.sandbox.world import World

_SHOWN = ("id", "effective_year", "is_high_earner")
_FIRST, _LAST = 2000, 2999  # [I] as of a tax year, which is [D]


def list_statuses(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees-employee_uuid-section603_high_earner_statuses`, by year [I]."""
    company, employee = world.companies[call.company], call.params["employee_uuid"]
    if employee not in company.employees:
        return not_found()
    rows = sorted(_list(company, employee), key=lambda each: int(str(each["effective_year"])))
    return Reply.of(200, [_show(each) for each in rows])


def show_status(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees-employee_uuid-section603_high_earner_statuses-effective_year`.

    [I] 404 for a year that nobody wrote.
    """
    company, employee = world.companies[call.company], call.params["employee_uuid"]
    if employee not in company.employees:
        return not_found()
    year = _read_year(call.params["effective_year"])
    if year is None:
        return _refuse_year("invalid_parameter")
    found = _find(company, employee, year)
    return not_found() if found is None else Reply.of(200, _show(found))


def create_status(world: World, call: Call) -> Reply:
    """Answer `post-v1-employees-employee_uuid-section603_high_earner_statuses`.

    [D] 409 where that year has one, in the envelope of a 422; the literal is that of its category.
    """
    company, employee, body = world.companies[call.company], call.params["employee_uuid"], call.object()
    if employee not in company.employees:
        return not_found()
    year = _read_year(body["effective_year"])
    if year is None:
        return _refuse_year("invalid_attribute_value")
    if _find(company, employee, year) is not None:
        message = "A resource with these attributes already exists."
        return refuse(409, [to_entry("base", "duplicate_operation", message)])
    status: Record = {
        "id": str(uuid.uuid4()),
        "employee_uuid": employee,
        "effective_year": year,
        "is_high_earner": body["is_high_earner"],
    }
    company.high_earner_statuses[str(status["id"])] = status
    return Reply.of(201, _show(status))


def update_status(world: World, call: Call) -> Reply:
    """Answer `patch-v1-employees-employee_uuid-section603_high_earner_statuses-effective_year`."""
    company, employee = world.companies[call.company], call.params["employee_uuid"]
    if employee not in company.employees:
        return not_found()
    year = _read_year(call.params["effective_year"])
    if year is None:
        return _refuse_year("invalid_parameter")
    found = _find(company, employee, year)
    if found is None:
        return not_found()
    found["is_high_earner"] = call.object()["is_high_earner"]
    return Reply.of(200, _show(found))


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-employees-employee_uuid-section603_high_earner_statuses": list_statuses,
        "post-v1-employees-employee_uuid-section603_high_earner_statuses": create_status,
        "get-v1-employees-employee_uuid-section603_high_earner_statuses-effective_year": show_status,
        "patch-v1-employees-employee_uuid-section603_high_earner_statuses-effective_year": update_status,
    }
)


def _list(company: Company, employee: str) -> list[Record]:
    return [each for each in company.high_earner_statuses.values() if each["employee_uuid"] == employee]


def _find(company: Company, employee: str, year: int) -> Record | None:
    return next((each for each in _list(company, employee) if each["effective_year"] == year), None)


def _show(status: Record) -> Record:
    return {name: status[name] for name in _SHOWN}


def _read_year(value: Json) -> int | None:
    """Return the year of a path or a body, or `None`; JSON may write a whole number as 2026.0."""
    year = find_number(value)
    return int(year) if year is not None and _FIRST <= year <= _LAST and year == int(year) else None


def _refuse_year(category: str) -> Reply:
    return unprocessable("effective_year", category, "Effective year is invalid")  # [I] the wording
