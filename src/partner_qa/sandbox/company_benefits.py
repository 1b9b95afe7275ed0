"""What a company offers its people: list, show, create, update and delete company benefits.

[D] https://docs.gusto.com/app-integrations/reference/post-v1-companies-company_id-company_benefits; the
literals of that page and its neighbours are [D] unless they are marked. Who is enrolled is
employee_benefits.py; what came of it on payrolls benefit_summary.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.benefit_types import (
    CATCH_UP_TYPED,
    SICK_PAY,
    BenefitType,
    find_type,
    is_hidden,
    refuse_type,
    type_of,
)
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.enrolments import (
    is_current,
    is_enrolled,
    is_over,
    list_enrolments,
    show_briefly,
)
from partner_qa.sandbox.entry_form import EntryForm
from partner_qa.sandbox.locking import fresh_version, is_stale, write
from partner_qa.sandbox.problem import conflict, not_found, refuse, unprocessable
from partner_qa.sandbox.visibility import hides
from partner_qa.sandbox.world import World

ENTITY = "CompanyBenefit"
_INVALID = "invalid_operation"
_RESPONSIBILITIES = ("responsible_for_employer_taxes", "responsible_for_employee_w2")


def list_company_benefits(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-company_benefits`, in the order of creation.

    [D] without `company_benefits:read:phi` those that tell of somebody's health are left out.
    """
    company = world.companies[call.company]
    rows = _choose(call, company.company_benefits.values())
    counted = call.find_query("enrollment_count") == "true"
    shown: list[Json] = []
    for benefit in rows:
        row = show_company_benefit(company, benefit)
        if counted:
            row["enrollment_count"] = len(_list_enrolled(world, company, benefit))
        shown.append(row)
    return Reply.of(200, shown)


def show_one(world: World, call: Call) -> Reply:
    """Answer `get-v1-company_benefits-company_benefit_id`.

    [D] `with_employee_benefits=true` adds who is enrolled for whoever has employee_benefits:read; [D]
    `include=all_benefits` those of other times too. [I] who is enrolled in what tells of somebody's health
    needs employee_benefits:read:phi here as in the lists.
    """
    company = world.companies[call.company]
    benefit = company.company_benefits.get(call.params["company_benefit_id"])
    if benefit is None:
        return not_found()
    shown = show_company_benefit(company, benefit)
    if call.find_query("with_employee_benefits") == "true" and not hides(call, "employee_benefits:read"):
        rows = list_enrolments(world, call, company, company_benefit=str(benefit["uuid"]))
        shown["employee_benefits"] = [show_briefly(each) for each in rows]
    return Reply.of(200, shown)


def create_company_benefit(world: World, call: Call) -> Reply:
    """Answer `post-v1-companies-company_id-company_benefits`; tells `company_benefit.created`.

    [D] what the API creates is `external`.
    """
    company, body = world.companies[call.company], call.object()
    if body.get("benefit_type") is None:
        return unprocessable("base", "missing_parameter", "benefit_type is required.")
    kind = find_type(body["benefit_type"])
    if kind is None:
        message = "Benefit type does not correspond with a supported benefit"
        return unprocessable("benefit_type", "invalid_attribute_value", message)
    refusal = refuse_type(call, kind)
    if refusal is not None:
        return refusal
    form = _read_form(body, kind, is_update=False)
    if form.mistakes:
        return refuse(422, form.mistakes)
    benefit = make_company_benefit(company, kind) | form.values
    company.company_benefits[str(benefit["uuid"])] = benefit
    _tell(world, company, benefit, "created")
    return Reply.of(201, show_company_benefit(company, benefit))


def update_company_benefit(world: World, call: Call) -> Reply:
    """Answer `put-v1-company_benefits-company_benefit_id`; tells `company_benefit.updated`.

    [D] it cannot become another kind, nor be disabled while somebody is enrolled; [I] somebody who will be
    counts as well.
    """
    company, body = world.companies[call.company], call.object()
    benefit = company.company_benefits.get(call.params["company_benefit_id"])
    if benefit is None:
        return not_found()
    kind = type_of(benefit)
    refusal = refuse_type(call, kind)
    if refusal is not None:
        return refusal
    if is_stale(benefit, body):
        return conflict()
    form = _read_form(body, kind, is_update=True)
    if body.get("benefit_type", kind.number) != kind.number:
        form.refuse("benefit_type", "The associated benefit cannot be changed")
    if form.mistakes:
        return refuse(422, form.mistakes)
    rows = company.employee_benefits.values()
    is_used = any(_is_of(each, benefit) and is_enrolled(each) and not is_over(world, each) for each in rows)
    if form.values.get("active") is False and is_used:
        message = "Company benefit cannot be disabled while employees are still enrolled"
        return unprocessable("base", _INVALID, message)
    write(benefit, form.values)
    _tell(world, company, benefit, "updated")
    return Reply.of(200, show_company_benefit(company, benefit))


def delete_company_benefit(world: World, call: Call) -> Reply:
    """Answer `delete-v1-company_benefits-company_benefit_id`, without a version; `company_benefit.deleted`.

    [D] it must be external, nobody's, and never paid.
    """
    company = world.companies[call.company]
    benefit = company.company_benefits.get(call.params["company_benefit_id"])
    if benefit is None:
        return not_found()
    refusal = refuse_type(call, type_of(benefit))
    if refusal is not None:
        return refusal
    reason = _find_obstacle(company, benefit)
    if reason is not None:
        return unprocessable("base", _INVALID, reason)
    del company.company_benefits[str(benefit["uuid"])]
    company.contribution_exclusions.pop(str(benefit["uuid"]), None)
    _tell(world, company, benefit, "deleted")
    return Reply(status=204)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-companies-company_id-company_benefits": list_company_benefits,
        "post-v1-companies-company_id-company_benefits": create_company_benefit,
        "get-v1-company_benefits-company_benefit_id": show_one,
        "put-v1-company_benefits-company_benefit_id": update_company_benefit,
        "delete-v1-company_benefits-company_benefit_id": delete_company_benefit,
    }
)


def make_company_benefit(company: Company, kind: BenefitType) -> Record:
    """Return a new company benefit of a kind, external and active, which is not kept yet."""
    return {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "company_uuid": company.uuid,
        "benefit_type": kind.number,
        "active": True,
        "description": kind.name,
        "source": "external",
        "partner_name": None,
        "supports_percentage_amounts": kind.takes_percentages,
        "responsible_for_employer_taxes": False,
        "responsible_for_employee_w2": False,
        "catch_up_type": None,
    }


def show_company_benefit(company: Company, benefit: Record) -> Record:
    """Return a company benefit as Gusto shows it (schema `Company-Benefit`), but for the count."""
    return {**benefit, "deletable": _find_obstacle(company, benefit) is None}


def _choose(call: Call, benefits: Iterable[Record]) -> list[Record]:
    """Return the benefits that a list asks for; [I] a kind that is none matches nothing."""
    active = {"true": True, "false": False}.get(call.find_query("active") or "")
    asked = call.find_query("benefit_type")
    wanted = None if asked is None else find_type(asked.strip())
    return [
        each
        for each in benefits
        if not is_hidden(call, type_of(each))
        and active in {None, each["active"]}
        and (asked is None or (wanted is not None and wanted.number == each["benefit_type"]))
    ]


def _list_enrolled(world: World, company: Company, benefit: Record) -> set[str]:
    """Return who takes part in a benefit today: an employee counts once."""
    return {
        str(each["employee_uuid"])
        for each in company.employee_benefits.values()
        if _is_of(each, benefit) and is_enrolled(each) and is_current(world, each)
    }


def _is_of(enrolment: Record, benefit: Record) -> bool:
    return enrolment["company_benefit_uuid"] == benefit["uuid"]


def _find_obstacle(company: Company, benefit: Record) -> str | None:
    """Return why a benefit cannot be deleted, or `None`; [I] in this order."""
    if benefit["source"] == "partnered":
        return "This benefit is managed by the partner and cannot be deleted."
    if benefit["source"] == "internal":
        return "This benefit is managed by Gusto and cannot be deleted."  # [I] the wording
    if any(_is_of(each, benefit) for each in company.employee_benefits.values()):
        return (
            "There are employees associated with this benefit, please remove these employees before deleting "
            "the benefit."
        )
    if _is_paid(company, str(benefit["uuid"])):
        return "This benefit has been used on a payroll and cannot be deleted."  # [I] the wording
    return None


def _is_paid(company: Company, benefit: str) -> bool:
    """Whether a processed payroll has items of a benefit; those of the past have all that were there then."""
    if company.founding is not None and benefit in company.founding.company_benefits:
        enrolled = company.founding.employee_benefits.values()
        if any(each["company_benefit_uuid"] == benefit for each in enrolled):
            return True
    return any(each.is_processed and benefit in each.benefits for each in company.payrolls.values())


def _read_form(body: Mapping[str, Json], kind: BenefitType, *, is_update: bool) -> EntryForm:
    """Read a company benefit; [I] what does not apply to its kind is ignored, but for a `catch_up_type`."""
    form = EntryForm(body, is_update=is_update)
    form.take("description", "Description is required", required=True)
    form.take_flag("active")
    if kind.number in SICK_PAY:
        for name in _RESPONSIBILITIES:
            form.take_flag(name)
    if "catch_up_type" in body:
        given = body["catch_up_type"]
        if given is not None and kind.number not in CATCH_UP_TYPED:
            words = (
                "Catch up type is only applicable to pre-tax 401(k) and 403(b) benefits"  # [I] the wording
            )
            form.refuse("catch_up_type", words)
        else:
            form.values["catch_up_type"] = given
    return form


def _tell(world: World, company: Company, benefit: Record, what: str) -> None:
    """[D] https://docs.gusto.com/app-integrations/docs/company-benefit-events: one event for each write."""
    world.events.append(company.uuid, f"company_benefit.{what}", ENTITY, str(benefit["uuid"]))
