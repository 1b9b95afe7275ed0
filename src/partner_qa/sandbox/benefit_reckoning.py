"""What benefits take from somebody's pay and what the company adds, payroll by payroll.

[D] how amounts, percentages, matches and tiers work: schema `Employee-Benefit-Create-Request`
(https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_id-employee_benefits). Yearly
limits are benefit_limits.py. [I] premiums of a life insurance by coverage are not reckoned, and what a
benefit imputes is shown and not taxed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from partner_qa.model import Json
from partner_qa.sandbox.benefit_types import type_of
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.payroll import DISMISSAL, Payroll, Row
from partner_qa.sandbox.payroll_reckoning import NOT_WAGES, ZERO, rows_in
from partner_qa.sandbox.wire import to_cents, to_money
from partner_qa.sandbox.work import group

_EARNINGS = ("hourly_compensations", "paid_time_off", "fixed_compensations")
_KEPT = (
    "employee_deduction_annual_maximum",
    "company_contribution_annual_maximum",
    "deduct_as_percentage",
    "contribution",
    "elective",
    "catch_up",
)


def take_benefits(company: Company, payroll: Payroll, rows: Mapping[str, Row]) -> None:
    """Put into the rows of a payroll, by employee, what they take part in as it is calculated."""
    enrolments = group(company.employee_benefits, "employee_uuid")
    for employee, row in rows.items():
        row["benefits"] = _list_due(company, payroll, enrolments.get(employee, ()))


def _list_due(company: Company, payroll: Payroll, enrolments: Iterable[Record]) -> list[Json]:
    """Return what somebody's enrolments ask of a payroll.

    [I] a benefit counts on check dates within its days. [D] `skip_regular_deductions` blocks all of them;
    [I] off-cycle payrolls take percentages, and fixed amounts only where they are the last pay.
    """
    if payroll.skip_regular_deductions is True:
        return []
    day = payroll.check_date.isoformat()
    found: list[Json] = []
    for each in enrolments:
        benefit = company.company_benefits[str(each["company_benefit_uuid"])]
        is_due = str(each["effective_date"]) <= day and (
            each["expiration_date"] is None or day <= str(each["expiration_date"])
        )
        if is_due and each["active"] is True and benefit["active"] is True:
            takes_fixed = not payroll.is_off_cycle or payroll.reason == DISMISSAL
            found.append(_snap(company, benefit, each, takes_fixed=takes_fixed))
    return found


def _snap(company: Company, benefit: Record, enrolment: Record, *, takes_fixed: bool) -> Record:
    marks = type_of(benefit).marks
    contribution = enrolment["contribution"]
    is_fixed = isinstance(contribution, dict) and contribution.get("type") == "amount"
    keeps = takes_fixed or enrolment["deduct_as_percentage"] is True
    excluded: list[Json] = [*sorted(company.contribution_exclusions.get(str(benefit["uuid"]), ()))]
    return {
        **{name: enrolment[name] for name in _KEPT},
        "contribution": None if is_fixed and not takes_fixed else contribution,
        "rate": enrolment["employee_deduction"] if keeps else "0.00",
        "enrolment_uuid": enrolment["uuid"],
        "company_benefit_uuid": benefit["uuid"],
        "benefit_type": benefit["benefit_type"],
        "name": benefit["description"],
        "pretax": "pretax" in marks,
        "imputed": "imputed" in marks,
        "excluded": excluded,
    }


def reckon_benefits(row: Row) -> None:
    """Put amounts to the benefits of a row whose earnings have theirs; before taxes are reckoned.

    [I] together they take no more than what was earned, in the order of enrolment; nothing where the row is
    excluded.
    """
    left = ZERO if row["excluded"] else _sum_earnings(row, ())
    for each in rows_in(row, "benefits"):
        names = each["excluded"] if isinstance(each["excluded"], list) else []
        base = ZERO if row["excluded"] else _sum_earnings(row, [str(name) for name in names])
        rate = Decimal(str(each["rate"]))
        wanted = to_cents(base * rate / 100 if each["deduct_as_percentage"] is True else rate)
        deduction = min(wanted, left, _room(each, "deduction_room", wanted))
        added = ZERO if row["excluded"] else to_cents(_contribute(each, base, deduction))
        left -= deduction
        each["employee_deduction"] = to_money(deduction)
        each["company_contribution"] = to_money(min(added, _room(each, "contribution_room", added)))


def _contribute(entry: Record, base: Decimal, deduction: Decimal) -> Decimal:
    """[D] an elective contribution matches the deduction, dollar for dollar, up to its own size."""
    contribution = entry["contribution"]
    if not isinstance(contribution, dict):
        return ZERO
    value = contribution["value"]
    if contribution["type"] == "tiered":
        return _match_in_tiers(value, base, deduction)
    amount = Decimal(str(value))
    whole = base * amount / 100 if contribution["type"] == "percentage" else amount
    return min(whole, deduction) if entry["elective"] is True else whole


def _match_in_tiers(value: Json, base: Decimal, deduction: Decimal) -> Decimal:
    """[D] each tier matches a share of what is deducted between the end of the one before and its own."""
    tiers = value["tiers"] if isinstance(value, dict) else []
    matched, below = ZERO, ZERO
    for tier in tiers if isinstance(tiers, list) else []:
        if not isinstance(tier, dict):
            continue
        above = base * Decimal(str(tier["threshold"])) / 100
        matched += max(min(deduction, above) - below, ZERO) * Decimal(str(tier["rate"])) / 100
        below = above
    return matched


def _room(entry: Record, name: str, otherwise: Decimal) -> Decimal:
    room = entry.get(name)
    return otherwise if room is None else max(Decimal(str(room)), ZERO)


def _sum_earnings(row: Row, excluded: Iterable[str]) -> Decimal:
    left_out = frozenset((*excluded, *NOT_WAGES))
    return sum(
        (
            Decimal(str(each["amount"]))
            for name in _EARNINGS
            for each in rows_in(row, name)
            if each["name"] not in left_out
        ),
        ZERO,
    )
