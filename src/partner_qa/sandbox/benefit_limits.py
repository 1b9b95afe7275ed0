"""How much of a benefit is left in a year: maxima that were agreed, and what the law allows to be deferred.

[D] `employee_deduction_annual_maximum` and `company_contribution_annual_maximum` of an enrolment; what was
paid at another company counts (post-employee-ytd-benefit-amounts-from-different-company). The law: 26 U.S.C.
402(g) and 414(v), with the amounts of IRS Notices 2024-80 and 2025-67. [I] other limits (HSA, FSA, SIMPLE)
are the partner's own business here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.benefit_types import CATCH_UP_TYPED, K401, K401S, K403
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.payroll import Payroll
from partner_qa.sandbox.payroll_reckoning import ZERO, rows_in
from partner_qa.sandbox.payroll_rows import rows_of

# year: deferral, catch-up from 50 on, catch-up from 60 to 63; [I] other years have those of the nearest
_DEFERRALS: Mapping[int, tuple[int, int, int]] = MappingProxyType(
    {2025: (23_500, 7_500, 11_250), 2026: (24_500, 8_000, 11_250)}
)
_DEFERRED = frozenset({K401, K403, *K401S, 110})


def set_rooms(company: Company, payroll: Payroll) -> None:
    """Note in each benefit of a payroll how much of it is left this year, where something limits it.

    The year is that of the check date [I].
    """
    entries = [
        (employee, each)
        for employee, row in rows_of(company, payroll).items()
        for each in rows_in(row, "benefits")
    ]
    limited = [(employee, each) for employee, each in entries if _is_limited(each)]
    if not limited:
        return
    paid = _sum_year(company, payroll)
    for employee, each in limited:
        key = (employee, str(each["company_benefit_uuid"]))
        deducted, added = paid.get(key, (ZERO, ZERO))
        rooms = [_less(each["employee_deduction_annual_maximum"], deducted)]
        if each["benefit_type"] in _DEFERRED:
            rooms.append(_find_deferral(company, employee, each, payroll.check_date.year, paid))
        given = [room for room in rooms if room is not None]
        room = _less(each["company_contribution_annual_maximum"], added)
        each["deduction_room"] = str(min(given)) if given else None
        each["contribution_room"] = None if room is None else str(room)


def _is_limited(entry: Record) -> bool:
    maxima = (entry["employee_deduction_annual_maximum"], entry["company_contribution_annual_maximum"])
    return entry["benefit_type"] in _DEFERRED or any(each is not None for each in maxima)


def _less(maximum: Json, paid: Decimal) -> Decimal | None:
    return None if maximum is None else max(Decimal(str(maximum)) - paid, ZERO)


def _sum_year(company: Company, payroll: Payroll) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """Return deductions and contributions of the year's processed payrolls, by employee and benefit."""
    sums: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for other in company.payrolls.values():
        if not other.is_processed or other.check_date.year != payroll.check_date.year:
            continue
        for employee, row in rows_of(company, other).items():
            for each in rows_in(row, "benefits"):
                key = (employee, str(each["company_benefit_uuid"]))
                deducted, added = sums.get(key, (ZERO, ZERO))
                sums[key] = (
                    deducted + Decimal(str(each["employee_deduction"])),
                    added + Decimal(str(each["company_contribution"])),
                )
    return sums


def _find_deferral(
    company: Company,
    employee: str,
    entry: Record,
    year: int,
    paid: Mapping[tuple[str, str], tuple[Decimal, Decimal]],
) -> Decimal:
    """Return what somebody may still defer this year, in all plans of this kind and company together."""
    limit, catch_up, super_catch_up = _DEFERRALS[min(max(year, min(_DEFERRALS)), max(_DEFERRALS))]
    allowed = Decimal(limit)
    if entry["catch_up"] is True and _may_catch_up(company, employee, entry, year):
        age = _age(company, employee, year)
        allowed += super_catch_up if 60 <= age <= 63 else catch_up if age >= 50 else 0
    plans = {key for key, each in company.company_benefits.items() if each["benefit_type"] in _DEFERRED} | {
        str(entry["company_benefit_uuid"])
    }
    deferred = sum((paid[employee, plan][0] for plan in plans if (employee, plan) in paid), ZERO)
    return max(allowed - deferred - _sum_outside(company.outside_benefits.values(), employee, year), ZERO)


def _may_catch_up(company: Company, employee: str, entry: Record, year: int) -> bool:
    """[D] a high earner's catch-up must be post-tax (section 603 of the SECURE 2.0 Act).

    [I] so a pre-tax plan takes none of it, unless its `catch_up_type` is `deemed`: then it is post-tax.
    """
    if entry["benefit_type"] not in CATCH_UP_TYPED:
        return True
    benefit = company.company_benefits.get(str(entry["company_benefit_uuid"]), {})
    return benefit.get("catch_up_type") == "deemed" or not any(
        each["employee_uuid"] == employee
        and each["effective_year"] == year
        and each["is_high_earner"] is True
        for each in company.high_earner_statuses.values()
    )


def _age(company: Company, employee: str, year: int) -> int:
    """Return how old somebody is at the end of a year, 0 where nobody knows; [D] what `catch_up` goes by."""
    born = company.employees.get(employee, {}).get("date_of_birth")
    return year - int(str(born)[:4]) if born is not None else 0


def _sum_outside(rows: Iterable[Record], employee: str, year: int) -> Decimal:
    return sum(
        (
            Decimal(str(each["ytd_employee_deduction_amount"]))
            for each in rows
            if each["employee_uuid"] == employee and each["tax_year"] == year
        ),
        ZERO,
    )
