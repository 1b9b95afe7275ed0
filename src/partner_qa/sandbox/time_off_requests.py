"""Requests for time off: listed for applications, made and answered in Gusto (the admin side).

[D] app integrations read them only; an approved one is paid by the payroll of its days, which uses it up.
Events: https://docs.gusto.com/embedded-payroll/docs/time-off-request-events.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from partner_qa.errors import Impossible
from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.entry_form import find_day
from partner_qa.sandbox.payroll import Payroll
from partner_qa.sandbox.problem import unprocessable
from partner_qa.sandbox.time_off_hours import find_policy
from partner_qa.sandbox.wire import to_hours
from partner_qa.sandbox.world import World

Kind = Literal["vacation", "sick"]


def list_requests(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-time_off_requests`, in the order in which they were made.

    [D] `start_date` and `end_date` are inclusive; [I] a request counts where one of its days lies between.
    """
    company = world.companies[call.company]
    bounds: dict[str, date | None] = {}
    for name in ("start_date", "end_date"):
        text = call.find_query(name)
        bounds[name] = find_day(text)
        if text and bounds[name] is None:
            return unprocessable(name, "invalid_parameter", f"Invalid parameter '{name}'.")
    first, last = bounds["start_date"] or date.min, bounds["end_date"] or date.max
    return Reply.of(
        200,
        [
            _to_json(company, each)
            for each in company.time_off_requests.values()
            if any(first.isoformat() <= day <= last.isoformat() for day in _days_of(each))
        ],
    )


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {"get-v1-companies-company_id-time_off_requests": list_requests}
)


def request_time_off(
    world: World, company: Company, employee: str, days: Mapping[date, Decimal], kind: Kind
) -> Record:
    """Let somebody ask for hours off on these days; tells `time_off_request.created`."""
    policy = find_policy(company, employee, kind)
    if policy is None or not days:
        raise Impossible(f"employee {employee} has no active {kind} policy, or asks for no day")
    request: Record = {
        "uuid": str(uuid.uuid4()),
        "employee_uuid": employee,
        "policy_uuid": policy["uuid"],
        "policy_type": kind,
        "status": "pending",
        "days": _to_days(days),
        "employee_note": "",
        "employer_note": "",
        "approver": None,
        "initiator": employee,
    }
    company.time_off_requests[str(request["uuid"])] = request
    _tell(world, company, request, "created")
    return request


def answer_request(
    world: World,
    company: Company,
    request: Record,
    *,
    approves: bool,
    note: str = "",
    days: Mapping[date, Decimal] | None = None,
) -> None:
    """Approve or decline a request, as the primary admin does; tells `time_off_request.updated`.

    `days`: it is for these instead [I].
    """
    if request["status"] == "consumed":
        raise Impossible(f"time off request {request['uuid']} was paid already")
    approver = next(iter(company.admins)) if approves else None
    status = "approved" if approves else "declined"
    request.update({"status": status, "approver": approver, "employer_note": note})
    if days:
        request["days"] = _to_days(days)
    _tell(world, company, request, "updated")


def delete_request(world: World, company: Company, request: Record) -> None:
    """Take a request back; tells `time_off_request.deleted`."""
    del company.time_off_requests[str(request["uuid"])]
    _tell(world, company, request, "deleted")


def consume_requests(world: World, company: Company, payroll: Payroll) -> None:
    """Use up the requests that a payroll pays to their last day; tells `time_off_request.updated`."""
    if payroll.schedule is None:
        return
    for request in company.time_off_requests.values():
        is_due = max(_days_of(request), default="") <= payroll.end.isoformat()
        if request["status"] == "approved" and is_due and request["employee_uuid"] in (payroll.rows or {}):
            request["status"] = "consumed"
            payroll.consumed.append(str(request["uuid"]))
            _tell(world, company, request, "updated")


def restore_requests(world: World, company: Company, payroll: Payroll) -> None:
    """Let the requests that a payroll paid which is cancelled be approved again."""
    for request in [company.time_off_requests.get(each) for each in payroll.consumed]:
        if request is not None:
            request["status"] = "approved"
            _tell(world, company, request, "updated")
    payroll.consumed = []


def _to_days(days: Mapping[date, Decimal]) -> Record:
    return {day.isoformat(): to_hours(hours) for day, hours in sorted(days.items())}


def _days_of(request: Record) -> list[str]:
    days = request["days"]
    return list(days) if isinstance(days, dict) else []


def _to_json(company: Company, request: Record) -> Record:
    """Return a request (schema `Time-Off-Request`); [D] `approver` is null until it is approved."""
    shown = {name: value for name, value in request.items() if name != "employee_uuid"}
    return {
        **shown,
        "request_type": request["policy_type"],
        "employee": _to_person(company, request["employee_uuid"]),
        "initiator": _to_person(company, request["initiator"]),
        "approver": None if request["approver"] is None else _to_person(company, request["approver"]),
    }


def _to_person(company: Company, who: Json) -> Record:
    person = company.employees.get(str(who)) or company.admins.get(str(who)) or {}
    return {"uuid": who, "full_name": f"{person.get('first_name', '')} {person.get('last_name', '')}".strip()}


def _tell(world: World, company: Company, request: Record, what: str) -> None:
    world.events.append(company.uuid, f"time_off_request.{what}", "TimeOffRequest", str(request["uuid"]))
