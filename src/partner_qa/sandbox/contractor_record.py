"""A contractor as Gusto shows one, and which of them a list asks for.

The record is kept whole in its company; the department's title, what can still be cancelled and what was
asked for are put in as it is shown. Changes of the day (somebody's last day went by) are made by
contractor_work.py, so `is_active` is true as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.employee_filters import read_list

_PORTAL = ("member_portal_invitation_status", "partner_portal_invitation_sent")  # [D] with an `include` only
_INCLUDES = frozenset({"company_name", "portal_invitations"})


def read_include(call: Call) -> frozenset[str]:
    """Return what a call wants included; [O] an unknown token is dropped silently."""
    return (read_list(call, "include") or frozenset()) & _INCLUDES


def show_contractor(company: Company, record: Record, today: date, include: frozenset[str]) -> Record:
    """Return a contractor (schema `Contractor`) as they are today.

    [D] both `department` and `department_title` are the title.
    """
    shown: Record = {name: value for name, value in record.items() if name not in _PORTAL}
    department = company.departments.get(str(record["department_uuid"]))
    title = None if department is None else department["title"]
    shown["department"] = shown["department_title"] = title
    shown["dismissal_cancellation_eligible"] = is_leaving(record, today)
    shown["rehire_cancellation_eligible"] = record["upcoming_employment"] is not None
    if "portal_invitations" in include:
        shown |= {name: record[name] for name in _PORTAL}
    if "company_name" in include:
        shown["company_name"] = company.profile["name"]
    return shown


def is_leaving(record: Record, today: date) -> bool:
    """Whether a contractor's last day is set and has not gone by."""
    day = record["dismissal_date"]
    return record["is_active"] is True and day is not None and str(day) >= today.isoformat()


def to_name(record: Record) -> str:
    """Return what a contractor is called: a business by its name, a person by both of theirs."""
    if record["type"] == "Business":
        return str(record["business_name"] or "")
    return " ".join(str(record[name]) for name in ("first_name", "last_name") if record[name])


def choose(call: Call, company: Company, today: date) -> list[Record]:
    """Return the contractors that a list asks for, in its order; without one in the order of creation.

    [D] get-v1-companies-company_uuid-contractors; flags, search and order are read as for employees [I].
    """
    rows = list(company.contractors.values())
    for name, holds in _FLAGS.items():
        wanted = {"true": True, "false": False}.get(call.find_query(name) or "")
        if wanted is not None:
            rows = [row for row in rows if holds(row, today) is wanted]
    term = (call.find_query("search_term") or "").strip().casefold()
    if term:
        return [row for row in rows if all(word in to_name(row).casefold() for word in term.split())]
    return _sort(rows, call.find_query("sort_by") or "")


_FLAGS: Mapping[str, Callable[[Record, date], bool]] = MappingProxyType(
    {
        "onboarded": lambda record, _: record["onboarded"] is True,
        "onboarded_active": lambda record, _: record["onboarded"] is True and record["is_active"] is True,
        "terminated": lambda record, today: record["is_active"] is not True or is_leaving(record, today),
        "terminated_today": lambda record, _: record["is_active"] is not True,
    }
)


def _sort(rows: list[Record], sort_by: str) -> list[Record]:
    """Sort by `field[:asc|desc]`, the first field counting most; the gate has seen that they are fields."""
    places: dict[Json, int] = {row["uuid"]: index for index, row in enumerate(rows)}
    ordered = list(rows)
    for part in reversed(sort_by.split(",")):
        name, _, direction = part.strip().partition(":")
        is_backwards = direction == "desc"
        if name == "created_at":
            ordered.sort(key=lambda row: places[row["uuid"]], reverse=is_backwards)
        elif name in _KEYS:
            ordered.sort(key=_KEYS[name], reverse=is_backwards)
    return ordered


# [I] a person is sorted by their last name
_KEYS: Mapping[str, Callable[[Record], tuple[str, ...]]] = MappingProxyType(
    {
        "type": lambda row: (str(row["type"]),),
        "onboarding_status": lambda row: (str(row["onboarding_status"]),),
        "name": lambda row: (
            str(row["business_name"] if row["type"] == "Business" else row["last_name"]).casefold(),
            str(row["first_name"] or "").casefold(),
        ),
    }
)
