"""What came of a company benefit on payrolls: how much was deducted and added, in all and by person.

[D] https://docs.gusto.com/app-integrations/reference/get-v1-benefits-company_benefit_id-summary. [I] payrolls
count by their check date, and a day that cannot be read counts as not sent, like a page that cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.benefit_types import is_hidden, type_of
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.entry_form import find_day
from partner_qa.sandbox.payroll import Payroll, Row
from partner_qa.sandbox.payroll_reckoning import ZERO, rows_in, sum_benefits
from partner_qa.sandbox.payroll_rows import rows_of
from partner_qa.sandbox.problem import not_found
from partner_qa.sandbox.wire import to_money
from partner_qa.sandbox.world import World

Paid = tuple[Payroll, Row]


def summarize(world: World, call: Call) -> Reply:
    """Answer `get-v1-benefits-company_benefit_id-summary`.

    [D] until today unless `end_date` says otherwise; [I] from the first day of that year, and from both ends
    inclusive. [D] `detailed=true` adds each payroll; [D] without company_benefits:read:phi what tells of
    health is hidden: not found [I].
    """
    company = world.companies[call.company]
    benefit = company.company_benefits.get(call.params["company_benefit_id"])
    if benefit is None or is_hidden(call, type_of(benefit)):
        return not_found()
    end = find_day(call.find_query("end_date")) or world.today
    start = find_day(call.find_query("start_date")) or date(end.year, 1, 1)
    paid = _collect(company, start, end)
    is_detailed = call.find_query("detailed") == "true"
    people = [
        _show_person(benefit, employee, theirs, is_detailed=is_detailed)
        for employee, theirs in paid.items()
        if any(_entries(row, benefit) for _, row in theirs)
    ]
    every = [row for theirs in paid.values() for _, row in theirs]
    rows: list[Json] = list(people)
    return Reply.of(
        200,
        {
            "start_date": start.isoformat(),
            "end_date": end.isoformat(),
            "description": benefit["description"],
            **_sum(every, benefit),
            "employees": rows,
        },
    )


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {"get-v1-benefits-company_benefit_id-summary": summarize}
)


def _collect(company: Company, start: date, end: date) -> dict[str, list[Paid]]:
    """Return what each was paid by processed payrolls with a check date in these days, oldest first."""
    found: dict[str, list[Paid]] = {}
    payrolls = [
        each for each in company.payrolls.values() if each.is_processed and start <= each.check_date <= end
    ]
    for payroll in sorted(payrolls, key=lambda each: each.check_date):
        for employee, row in rows_of(company, payroll).items():
            found.setdefault(employee, []).append((payroll, row))
    return found


def _show_person(benefit: Record, employee: str, paid: list[Paid], *, is_detailed: bool) -> Record:
    rows = [row for _, row in paid]
    kind = benefit["benefit_type"]
    shown: Record = {
        "uuid": employee,
        **_sum(rows, benefit),
        "benefit_deduction": to_money(_total(rows, "employee_deduction", benefit_type=kind)),
        "benefit_contribution": to_money(_total(rows, "company_contribution", benefit_type=kind)),
        "gross_pay": to_money(sum((Decimal(str(row["gross_pay"])) for row in rows), ZERO)),
        "imputed_pay": to_money(_total(rows, "company_contribution", imputed=True)),
    }
    if is_detailed:
        shown["payroll_benefits"] = [
            _show_payroll(benefit, payroll, row) for payroll, row in paid if _entries(row, benefit)
        ]
    return shown


def _show_payroll(benefit: Record, payroll: Payroll, row: Row) -> Record:
    """[D] the type of an off-cycle payroll is its reason, and it is for no period."""
    is_regular = not payroll.is_off_cycle
    return {
        "payroll_uuid": payroll.uuid,
        "payroll_type": payroll.reason or "Regular",
        "check_date": payroll.check_date.isoformat(),
        "gross_pay": row["gross_pay"],
        "imputed_pay": to_money(_total([row], "company_contribution", imputed=True)),
        **_sum([row], benefit),
        "pay_period": {
            "start_date": payroll.start.isoformat() if is_regular else None,
            "end_date": payroll.end.isoformat() if is_regular else None,
        },
    }


def _entries(row: Row, benefit: Record) -> list[Record]:
    return [each for each in rows_in(row, "benefits") if each["company_benefit_uuid"] == benefit["uuid"]]


def _sum(rows: Iterable[Row], benefit: Record) -> Record:
    every, key = list(rows), benefit["uuid"]
    return {
        "company_benefit_deduction": to_money(_total(every, "employee_deduction", company_benefit_uuid=key)),
        "company_benefit_contribution": to_money(
            _total(every, "company_contribution", company_benefit_uuid=key)
        ),
    }


def _total(rows: Iterable[Row], field: str, **only: Json) -> Decimal:
    return sum((sum_benefits(row, field, **only) for row in rows), ZERO)
