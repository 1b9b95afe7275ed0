"""What the hours and amounts on a payroll come to: gross, taxes, net, and the totals of all.

[I] throughout: real withholding is Gusto's business. Ours has flat rates, so that figures are plausible, add
up to the cent, and can be checked by hand. Employer and employee pay 6.2% and 1.45% each (FICA,
26 U.S.C. 3101 and 3111), the employee a flat 10% of income tax on what is left after
pre-tax benefits, the employer 0.6% (FUTA).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.company import Record
from partner_qa.sandbox.payroll import Row
from partner_qa.sandbox.wire import to_cents, to_money

ZERO = Decimal(0)
FULL_YEAR = 2080  # hours
NOT_WAGES = frozenset({"Owner's Draw", "Reimbursement"})  # paid, but no wages
PAID_IN_CASH = "Cash Tips"  # wages that were paid already

# [D] company `compensations.hourly`: what an hour of each kind counts
MULTIPLES: Mapping[str, Decimal] = MappingProxyType(
    {"Regular Hours": Decimal(1), "Overtime": Decimal("1.5"), "Double overtime": Decimal(2)}
)
_INCOME_TAX = "Federal Income Tax"
_TAXES = (
    (_INCOME_TAX, False, Decimal("0.1")),
    ("Social Security", False, Decimal("0.062")),
    ("Social Security", True, Decimal("0.062")),
    ("Medicare", False, Decimal("0.0145")),
    ("Medicare", True, Decimal("0.0145")),
    ("FUTA", True, Decimal("0.006")),
)
_A_YEAR: Mapping[str, int] = MappingProxyType({"Week": 52, "Month": 12, "Year": 1})
_TOTALS = (
    "company_debit",
    "net_pay_debit",
    "tax_debit",
    "reimbursement_debit",
    "child_support_debit",
    "reimbursements",
    "net_pay",
    "gross_pay",
    "employee_bonuses",
    "employee_commissions",
    "employee_cash_tips",
    "employee_paycheck_tips",
    "additional_earnings",
    "owners_draw",
    "check_amount",
    "employer_taxes",
    "employee_taxes",
    "benefits",
    "employee_benefits_deductions",
    "imputed_pay",
    "deferred_payroll_taxes",
    "other_deductions",
)
_EARNING_TOTALS: Mapping[str, str] = MappingProxyType(
    {
        "Bonus": "employee_bonuses",
        "Commission": "employee_commissions",
        "Cash Tips": "employee_cash_tips",
        "Paycheck Tips": "employee_paycheck_tips",
        "Owner's Draw": "owners_draw",
    }
)


def to_hourly(pay: Record) -> Decimal:
    """Return what an hour of somebody's job is worth, whatever unit it is paid by; a paycheck's hour: 0."""
    rate, unit = Decimal(str(pay["rate"])), str(pay["payment_unit"])
    if unit == "Hour":
        return rate
    return rate * _A_YEAR[unit] / FULL_YEAR if unit in _A_YEAR else ZERO


def price(row: Row, pays: Mapping[str, Record], primary: str, full_hours: Decimal) -> None:
    """Put amounts to the hours of a row; `pays` are compensations by job.

    Somebody with a salary gets it for `full_hours`, whole, and paid time off is a part of it.
    """
    main = pays.get(primary)
    hourly = ZERO if main is None else to_hourly(main)
    off = ZERO
    for each in rows_in(row, "paid_time_off"):
        amount = to_cents(Decimal(str(each["hours"])) * hourly)
        each["amount"] = to_money(amount)
        off += amount
    for each in rows_in(row, "hourly_compensations"):
        pay = pays.get(str(each["job_uuid"]))
        amount = ZERO if pay is None else _to_amount(each, pay, full_hours)
        is_salary = pay is not None and pay["payment_unit"] != "Hour" and each["name"] == "Regular Hours"
        each["amount"] = to_money(max(amount - off, ZERO) if is_salary else amount)
        each["compensation_multiplier"] = float(MULTIPLES[str(each["name"])])
        if pay is not None:
            each["flsa_status"] = pay["flsa_status"]


def calculate(row: Row) -> None:
    """Put gross, taxes, net and check amount into a row whose hours and benefits have their amounts."""
    fixed = sum_of(row, "fixed_compensations", without=NOT_WAGES)
    gross = sum_of(row, "hourly_compensations") + sum_of(row, "paid_time_off") + fixed
    if row["excluded"]:
        gross = ZERO
    income = gross - sum_benefits(row, "employee_deduction", pretax=True)
    taxes: list[Json] = [
        {
            "name": name,
            "employer": employer,
            "amount": to_money((income if name == _INCOME_TAX else gross) * rate),
        }
        for name, employer, rate in _TAXES
    ]
    row["taxes"] = taxes
    withheld = sum((Decimal(str(each["amount"])) for each in taxes_of(row, employer=False)), ZERO)
    cash = ZERO if row["excluded"] else sum_of(row, "fixed_compensations", only=PAID_IN_CASH)
    kept = deducted(row, gross) + sum_benefits(row, "employee_deduction")
    net = max(gross - withheld - cash - kept, ZERO)
    row["gross_pay"], row["net_pay"] = to_money(gross), to_money(net)
    row["check_amount"] = to_money(net + paid_back(row))


def forget(row: Row) -> None:
    """Take a calculation out of a row again."""
    row.update({"gross_pay": None, "net_pay": None, "check_amount": None})
    row.pop("taxes", None)
    row.pop("benefits", None)


def deducted(row: Row, gross: Decimal) -> Decimal:
    """Return what is deducted from somebody's wages after taxes, never more than the wages."""
    total = ZERO
    for each in rows_in(row, "deductions"):
        amount = Decimal(str(each["amount"]))
        total += gross * amount / 100 if each["amount_type"] == "percent" else amount
    return min(to_cents(total), gross)


def paid_back(row: Row) -> Decimal:
    """Return what somebody gets that is no wages: reimbursements, and a draw of the owner's."""
    if row["excluded"]:
        return ZERO
    wages = sum_of(row, "fixed_compensations", without=NOT_WAGES)
    return sum_of(row, "reimbursements") + sum_of(row, "fixed_compensations") - wages


def total(rows: Iterable[Row]) -> Record:
    """Return the totals of a payroll whose rows are calculated (schema `Payroll-Totals-Type`)."""
    sums = dict.fromkeys(_TOTALS, ZERO)
    for row in rows:
        if not row["excluded"]:
            _add(sums, row)
    sums["company_debit"] = sums["net_pay_debit"] + sums["tax_debit"] + sums["reimbursement_debit"]
    return {name: to_money(amount) for name, amount in sums.items()}


def total_taxes(rows: Iterable[Row]) -> list[Json]:
    """Return what each tax comes to over all rows ([D] `payroll_taxes`: amounts are numbers)."""
    sums = {(name, employer): ZERO for name, employer, _ in _TAXES}
    for row in rows:
        for each in rows_in(row, "taxes"):
            sums[str(each["name"]), bool(each["employer"])] += Decimal(str(each["amount"]))
    return [
        {"name": name, "employer": employer, "amount": float(amount)}
        for (name, employer), amount in sums.items()
    ]


def rows_in(row: Row, name: str) -> list[Record]:
    """Return the objects of a list in a row."""
    kept = row.get(name)
    return [each for each in kept if isinstance(each, dict)] if isinstance(kept, list) else []


def taxes_of(row: Row, *, employer: bool) -> list[Record]:
    """Return the taxes of a row that the employer, or the employee, pays."""
    return [each for each in rows_in(row, "taxes") if each["employer"] is employer]


def sum_of(row: Row, name: str, *, only: str = "", without: Iterable[str] = ()) -> Decimal:
    """Return the sum of the amounts of a list in a row."""
    left_out = frozenset(without)
    return sum(
        (
            Decimal(str(each["amount"]))
            for each in rows_in(row, name)
            if each.get("name") not in left_out and (not only or each.get("name") == only)
        ),
        ZERO,
    )


def sum_benefits(row: Row, field: str, **only: Json) -> Decimal:
    """Return what the benefits of a row come to, of all or of those with these values; 0 until reckoned."""
    return sum(
        (
            Decimal(str(each[field]))
            for each in rows_in(row, "benefits")
            if field in each and all(each[name] == value for name, value in only.items())
        ),
        ZERO,
    )


def _to_amount(entry: Record, pay: Record, full_hours: Decimal) -> Decimal:
    hours = Decimal(str(entry["hours"]))
    if pay["payment_unit"] == "Hour" or entry["name"] != "Regular Hours" or not full_hours:
        return to_cents(hours * to_hourly(pay) * MULTIPLES[str(entry["name"])])
    periods = (Decimal(FULL_YEAR) / full_hours).to_integral_value()  # hours are rounded, a salary is not
    return to_cents(to_hourly(pay) * FULL_YEAR / periods * hours / full_hours)


def _add(sums: dict[str, Decimal], row: Row) -> None:
    gross, net = Decimal(str(row["gross_pay"])), Decimal(str(row["net_pay"]))
    back = paid_back(row)
    own, theirs = (
        sum((Decimal(str(each["amount"])) for each in taxes_of(row, employer=who)), ZERO)
        for who in (False, True)
    )
    sums["gross_pay"] += gross
    sums["net_pay"] += net
    sums["employee_taxes"] += own
    sums["employer_taxes"] += theirs
    sums["tax_debit"] += own + theirs
    sums["reimbursements"] += sum_of(row, "reimbursements") + sum_of(
        row, "fixed_compensations", only="Reimbursement"
    )
    sums["other_deductions"] += deducted(row, gross)
    sums["benefits"] += sum_benefits(row, "company_contribution")
    sums["employee_benefits_deductions"] += sum_benefits(row, "employee_deduction")
    sums["imputed_pay"] += sum_benefits(row, "company_contribution", imputed=True)
    if row["payment_method"] == "Direct Deposit":
        sums["net_pay_debit"] += net
        sums["reimbursement_debit"] += back
    else:
        sums["check_amount"] += net + back
    for each in rows_in(row, "fixed_compensations"):
        name = str(each["name"])
        key = _EARNING_TOTALS.get(name, "" if name in NOT_WAGES else "additional_earnings")
        if key:
            sums[key] += Decimal(str(each["amount"]))
