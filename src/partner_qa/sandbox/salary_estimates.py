"""What an owner should be paid: search occupations; create, show, update and accept salary estimates.

[D] https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_id-salary_estimates and its
neighbours. The wording of refusals is [I]: the pages say which there are, and print none. No event [I].
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.entry_form import EntryForm
from partner_qa.sandbox.occupations import Occupation, find_occupation, search_occupations
from partner_qa.sandbox.problem import not_found, refuse, unprocessable
from partner_qa.sandbox.wire import find_number, to_time
from partner_qa.sandbox.world import World

_INVALID = "invalid_operation"
_SHORTEST = 3  # [D] characters of a search
# [I] what experience makes of the median, and a place in the west or the north-east of the country
_EXPERIENCE: Mapping[str, Decimal] = MappingProxyType(
    {
        "novice": Decimal("0.6"),
        "intermediate": Decimal("0.8"),
        "average": Decimal(1),
        "skilled": Decimal("1.25"),
        "expert": Decimal("1.5"),
    }
)
_DEAR = ("0", "1", "9")


def list_occupations(_world: World, call: Call) -> Reply:
    """Answer `get-v1-salary_estimates-occupations`, with a system token [D]."""
    text = (call.find_query("search") or "").strip()
    if len(text) < _SHORTEST:
        message = f"Search must be at least {_SHORTEST} characters."
        return unprocessable("search", "invalid_parameter", message)
    return Reply.of(
        200,
        [
            {"code": each.code, "title": each.title, "description": f"People who work as: {each.title}."}
            for each in search_occupations(text)
        ],
    )


def show_estimate(world: World, call: Call) -> Reply:
    """Answer `get-v1-salary_estimates-id`."""
    found = world.companies[call.company].salary_estimates.get(call.params["uuid"])
    return not_found() if found is None else Reply.of(200, found)


def create_estimate(world: World, call: Call) -> Reply:
    """Answer `post-v1-employees-employee_id-salary_estimates`.

    [D] there is at most one for each person that is not accepted.
    """
    company, employee = world.companies[call.company], call.params["employee_id"]
    if employee not in company.employees:
        return not_found()
    if any(
        each["employee_uuid"] == employee and each["accepted_at"] is None
        for each in company.salary_estimates.values()
    ):
        message = "An in-progress salary estimate already exists. Accept or update it instead."
        return unprocessable("base", _INVALID, message)
    form = _read_form(call.object())
    if form.mistakes:
        return refuse(422, form.mistakes)
    now = to_time(world.now())
    estimate: Record = {
        "uuid": str(uuid.uuid4()),
        "employee_uuid": employee,
        "employee_job_uuid": None,
        "annual_net_revenue": None,
        **form.values,
        "accepted_at": None,
        "created_at": now,
        "updated_at": now,
    }
    estimate["result"] = _estimate(estimate)
    company.salary_estimates[str(estimate["uuid"])] = estimate
    return Reply.of(201, estimate)


def update_estimate(world: World, call: Call) -> Reply:
    """Answer `put-v1-salary_estimates-id`; [D] what was accepted can only be read.

    [I] revenue that is not sent stays as it is.
    """
    estimate = world.companies[call.company].salary_estimates.get(call.params["uuid"])
    if estimate is None:
        return not_found()
    if estimate["accepted_at"] is not None:
        return _refuse_final()
    form = _read_form(call.object())
    if form.mistakes:
        return refuse(422, form.mistakes)
    estimate |= {**form.values, "updated_at": to_time(world.now())}
    estimate["result"] = _estimate(estimate)
    return Reply.of(200, estimate)


def accept_estimate(world: World, call: Call) -> Reply:
    """Answer `post-v1-salary_estimates-uuid-accept`.

    [D] it is bound to one of the person's jobs and read-only from then on; what the job pays is up to the
    application, by the operations of compensations.
    """
    company = world.companies[call.company]
    estimate = company.salary_estimates.get(call.params["uuid"])
    if estimate is None:
        return not_found()
    if estimate["accepted_at"] is not None:
        return _refuse_final()
    job = str(call.object()["employee_job_uuid"])
    if not _is_job_of(company, job, estimate):
        message = "Employee job must be a job of the employee"
        return unprocessable("employee_job_uuid", "invalid_attribute_value", message)
    now = to_time(world.now())
    estimate |= {"employee_job_uuid": job, "accepted_at": now, "updated_at": now}
    return Reply.of(200, estimate)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-salary_estimates-occupations": list_occupations,
        "get-v1-salary_estimates-id": show_estimate,
        "post-v1-employees-employee_id-salary_estimates": create_estimate,
        "put-v1-salary_estimates-id": update_estimate,
        "post-v1-salary_estimates-uuid-accept": accept_estimate,
    }
)


def _refuse_final() -> Reply:
    return unprocessable("base", _INVALID, "This salary estimate has been accepted and cannot be changed.")


def _is_job_of(company: Company, job: str, estimate: Record) -> bool:
    return job in company.jobs and company.jobs[job]["employee_uuid"] == estimate["employee_uuid"]


def _read_form(body: Mapping[str, Json]) -> EntryForm:
    """Read an estimate; the gate has seen zip code, experience levels and that there is an occupation."""
    form = EntryForm(body, is_update=True)
    form.take("zip_code", "Zip code is invalid")
    if body.get("annual_net_revenue") is not None:
        revenue = find_number(body["annual_net_revenue"])
        if revenue is None or revenue <= 0:
            form.refuse("annual_net_revenue", "Annual net revenue must be greater than 0")  # [D] the rule
        else:
            form.values["annual_net_revenue"] = format(revenue.normalize(), "f")
    elif "annual_net_revenue" in body:
        form.values["annual_net_revenue"] = None
    _take_occupations(form, body)
    return form


def _take_occupations(form: EntryForm, body: Mapping[str, Json]) -> None:
    """Read occupations; [D] their shares come to 1. [I] at most one is primary, the first where none is."""
    given = body.get("occupations")
    rows = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    taken: list[Json] = []
    total = Decimal(0)
    for row in rows:
        known, share = find_occupation(str(row["code"])), find_number(row["time_percentage"])
        if known is None:
            form.refuse("occupations.code", "Code does not correspond with an occupation")
        if share is None or not 0 <= share <= 1:
            form.refuse("occupations.time_percentage", "Time percentage must be between 0 and 1")
        if known is not None and share is not None:
            total += share
            taken.append(_to_occupation(known, row, share))
    if form.mistakes:
        return
    if total != 1:
        form.refuse("occupations", "Time percentages must sum to 100%")
    primary = [each for each in taken if isinstance(each, dict) and each["primary"]]
    if len(primary) > 1:
        form.refuse("occupations", "Only one occupation can be primary")
    elif not primary and isinstance(taken[0], dict):
        taken[0]["primary"] = True
    form.values["occupations"] = taken


def _to_occupation(known: Occupation, row: Record, share: Decimal) -> Record:
    text = format(share.normalize(), "f")
    return {
        "code": known.code,
        "name": known.title,
        "experience_level": row["experience_level"],
        "time_percentage": text if "." in text else f"{text}.0",
        "primary": row.get("primary") is True,
    }


def _estimate(estimate: Record) -> int:
    """Return what somebody should earn in a year, in whole cents [D]; [I] no more than the revenue."""
    rows = estimate["occupations"]
    wages = Decimal(0)
    for row in rows if isinstance(rows, list) else []:
        known = find_occupation(str(row["code"])) if isinstance(row, dict) else None
        if known is not None and isinstance(row, dict):
            wages += (
                known.wage * _EXPERIENCE[str(row["experience_level"])] * Decimal(str(row["time_percentage"]))
            )
    if str(estimate["zip_code"]).startswith(_DEAR):
        wages *= Decimal("1.1")
    revenue = estimate["annual_net_revenue"]
    return int((wages if revenue is None else min(wages, Decimal(str(revenue)))) * 100)
