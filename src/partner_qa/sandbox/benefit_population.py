"""The benefits that a company begins with, and who takes part in them.

[I] a demo company's are not published: one 401(k), one health plan that Gusto runs itself, and one that a
partner brought along, so that each source of a company benefit is there. Small companies offer them and
nobody is enrolled yet.
"""

from __future__ import annotations

from datetime import date, timedelta

from partner_qa.model import Json
from partner_qa.sandbox.benefit_types import BENEFIT_TYPES, K401, MEDICAL
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.company_benefits import make_company_benefit
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.enrolments import make_enrolment

_LARGE = 10  # people, from which on some are enrolled
_COMMUTER = 114
_TIERS: tuple[Json, ...] = (
    {"rate": "100.0", "threshold": "3.0", "threshold_delta": "3.0"},
    {"rate": "50.0", "threshold": "5.0", "threshold_delta": "2.0"},
)


def settle_benefits(company: Company, *, anchor: date, dice: Dice) -> None:
    """Give a company whose people are there its benefits, long before its first payroll."""
    savings = _offer(company, dice, K401, description="Pemberley 401(k)")
    health = _offer(company, dice, MEDICAL, description="Northanger Health Gold", source="internal")
    _offer(
        company,
        dice,
        _COMMUTER,
        description="Wickham Rail Pass",
        source="partnered",
        partner_name="Meryton Commuters",
    )
    if len(company.employees) < _LARGE:
        return
    people = [each for each in company.employees.values() if each["onboarded"] and not each["terminations"]]
    since = (anchor - timedelta(days=400)).isoformat()
    for index, person in enumerate(people):
        if index % 3 == 2:
            match: Json = {"type": "tiered", "value": {"tiers": list(_TIERS)}}
            share: Record = {"employee_deduction": "4.00", "deduct_as_percentage": True, "elective": True}
            _enrol(company, dice, person, savings, {**share, "contribution": match, "effective_date": since})
        if index % 4 == 3:
            paid: Json = {"type": "amount", "value": "210.00"}
            plan: Record = {"employee_deduction": "45.00", "contribution": paid, "effective_date": since}
            _enrol(company, dice, person, health, plan)


def _offer(company: Company, dice: Dice, kind: int, **given: Json) -> str:
    benefit = make_company_benefit(company, BENEFIT_TYPES[kind])
    benefit |= {"uuid": dice.uuid(), "version": dice.hexadecimal(32), **given}
    company.company_benefits[str(benefit["uuid"])] = benefit
    return str(benefit["uuid"])


def _enrol(company: Company, dice: Dice, person: Record, benefit: str, given: Record) -> None:
    enrolment = make_enrolment(str(person["uuid"]), benefit)
    enrolment |= {"uuid": dice.uuid(), "version": dice.hexadecimal(32), **given}
    company.employee_benefits[str(enrolment["uuid"])] = enrolment
