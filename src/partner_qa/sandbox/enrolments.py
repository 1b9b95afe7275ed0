"""Somebody's part in a company benefit: from when to when, who may see it, and how it is shown.

[D] schemas `Employee-Benefit` and `Company-Benefit-With-Employee-Benefits`. An enrolment is kept in the shape
of the first, without what Gusto keeps for older clients (`company_contribution`, `contribute_as_percentage`).
"""

from __future__ import annotations

import uuid

from partner_qa.sandbox.benefit_types import type_of
from partner_qa.sandbox.call import Call
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.locking import fresh_version
from partner_qa.sandbox.visibility import hides
from partner_qa.sandbox.world import World

EPOCH = "1970-01-01"  # [D] from when a benefit counts whose beginning nobody gave
_BRIEF = (
    "employee_uuid",
    "company_benefit_uuid",
    "active",
    "deduct_as_percentage",
    "employee_deduction",
    "effective_date",
    "contribution",
)


def make_enrolment(employee: str, company_benefit: str) -> Record:
    """Return a new enrolment with the defaults of schema `Employee-Benefit-Create-Request`."""
    return {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "employee_uuid": employee,
        "company_benefit_uuid": company_benefit,
        "active": True,
        "employee_deduction": "0.00",
        "deduct_as_percentage": False,
        "employee_deduction_annual_maximum": None,
        "contribution": {"type": "amount", "value": "0.00"},
        "elective": False,
        "company_contribution_annual_maximum": None,
        "limit_option": None,
        "catch_up": False,
        "retirement_loan_identifier": None,
        "coverage_amount": None,
        "coverage_salary_multiplier": "0.00",
        "deduction_reduces_taxable_income": "unset",
        "effective_date": EPOCH,
        "expiration_date": None,
    }


def list_enrolments(
    world: World, call: Call, company: Company, *, company_benefit: str = "", employee: str = ""
) -> list[Record]:
    """Return the enrolments in a benefit, or of somebody, that a call may see, in the order of creation.

    [D] those of today, or of all times with `include=all_benefits`; [I] one that ended or has yet to begin
    is not of today, one that is not active is.
    """
    wants_all = "all_benefits" in (call.find_query("include") or "").split(",")
    hidden = {
        benefit for benefit, each in company.company_benefits.items() if is_hidden_enrolment(call, each)
    }
    return [
        each
        for each in company.employee_benefits.values()
        if (company_benefit in {"", each["company_benefit_uuid"]})
        and employee in {"", each["employee_uuid"]}
        and each["company_benefit_uuid"] not in hidden
        and (wants_all or is_current(world, each))
    ]


def show_enrolment(enrolment: Record) -> Record:
    """Return an enrolment as Gusto shows it (schema `Employee-Benefit`).

    [D] the two older fields say what `contribution` says, and a match in tiers has neither.
    """
    given = enrolment["contribution"]
    contribution = given if isinstance(given, dict) else {}
    if contribution.get("type") == "tiered":
        return dict(enrolment)
    return {
        **enrolment,
        "company_contribution": contribution.get("value"),
        "contribute_as_percentage": contribution.get("type") == "percentage",
    }


def show_briefly(enrolment: Record) -> Record:
    """Return an enrolment as its company benefit shows it; [D] there is no null there."""
    shown = show_enrolment(enrolment)
    brief: Record = {name: shown[name] for name in _BRIEF}
    optional = ("company_contribution", "expiration_date")
    return brief | {name: shown[name] for name in optional if shown.get(name) is not None}


def is_enrolled(enrolment: Record) -> bool:
    """Whether somebody takes part, whenever that is."""
    return enrolment["active"] is True


def is_current(world: World, enrolment: Record) -> bool:
    """Whether an enrolment is of the business day; its last day counts [I]."""
    today = world.today.isoformat()
    return str(enrolment["effective_date"]) <= today and not is_over(world, enrolment)


def is_over(world: World, enrolment: Record) -> bool:
    """Whether an enrolment has ended."""
    last = enrolment["expiration_date"]
    return last is not None and str(last) < world.today.isoformat()


def is_hidden_enrolment(call: Call, company_benefit: Record) -> bool:
    """Whether a grant may not know who takes part: what tells of health needs a scope of its own [D]."""
    return type_of(company_benefit).is_protected and hides(call, "employee_benefits:read:phi")
