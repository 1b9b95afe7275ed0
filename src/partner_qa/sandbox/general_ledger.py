"""A processed payroll as entries of a general ledger: what is owed to whom, debits as much as credits.

[O] the shape of the file: two blocks of headers and rows, the company's and then one in detail; a row is an
account type, a description, a debit and a credit, of which one is null. [I] the names of the accounts, that
the detail begins with whose it is, and that somebody with several jobs counts to their primary one.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from partner_qa.model import Json
from partner_qa.sandbox.company import Company
from partner_qa.sandbox.payroll import Payroll, Row
from partner_qa.sandbox.payroll_reckoning import (
    NOT_WAGES,
    PAID_IN_CASH,
    deducted,
    paid_back,
    sum_benefits,
    sum_of,
    taxes_of,
)
from partner_qa.sandbox.payroll_rows import rows_of
from partner_qa.sandbox.wire import to_money

HEADERS = ("Account Type", "Account Description", "Debit", "Credit")
AGGREGATIONS = ("default", "job", "department", "integration")  # [D]
_TITLES = {"job": "Job", "department": "Department"}

Account = tuple[str, str, bool]  # type, description, whether it is debited
Entries = dict[Account, Decimal]


def make_ledger(company: Company, payroll: Payroll, aggregation: str) -> Json:
    """Return the data of the report: for the whole company, then by person, by job or by department."""
    details: dict[tuple[str, str], Entries] = {}
    for employee, row in rows_of(company, payroll).items():
        if not row["excluded"]:
            _add(details.setdefault(_name_group(company, employee, aggregation), {}), _post(row))
    whole: Entries = {}
    for entries in details.values():
        _add(whole, entries)
    detail_rows: list[Json] = [
        [name, *row] for (name, _), entries in sorted(details.items()) for row in _to_rows(entries)
    ]
    return [
        {"headers": list(HEADERS), "rows": list(_to_rows(whole))},
        {"headers": [_TITLES.get(aggregation, "Employee"), *HEADERS], "rows": detail_rows},
    ]


def _post(row: Row) -> Entries:
    """Return the entries of one person's row. They balance: what is paid, withheld or owed was earned."""
    gross, net, back = Decimal(str(row["gross_pay"])), Decimal(str(row["net_pay"])), paid_back(row)
    own, theirs = (_sum_taxes(row, employer=employer) for employer in (False, True))
    cash = sum_of(row, "fixed_compensations", only=PAID_IN_CASH)
    kept, own_benefits = deducted(row, gross), sum_benefits(row, "employee_deduction")
    added = sum_benefits(row, "company_contribution")
    draw = sum_of(row, "fixed_compensations", only="Owner's Draw")
    is_direct = row["payment_method"] == "Direct Deposit"
    entries: Entries = {
        ("Expense", "Gross wages", True): gross,
        ("Expense", "Reimbursements", True): back - draw,
        ("Equity", "Owner's draw", True): draw,
        ("Asset", "Owed by employees", True): net - (gross - own - cash - kept - own_benefits),
        ("Asset" if is_direct else "Liability", "Bank account" if is_direct else "Checks", False): net + back,
        ("Asset", "Bank account: payroll taxes", False): own + theirs,
        ("Liability", "Deductions", False): kept,
        ("Expense", "Company contributions to benefits", True): added,
        ("Liability", "Benefits", False): own_benefits + added,
        ("Asset", "Cash tips paid out", False): cash,
    }
    for tax in taxes_of(row, employer=True):
        account = ("Expense", f"Employer taxes: {tax['name']}", True)
        entries[account] = entries.get(account, Decimal(0)) + Decimal(str(tax["amount"]))
    return entries


def sum_wages(row: Row) -> Decimal:
    """Return the wages of a row that Social Security and Medicare are paid on: all of them [I]."""
    if row["excluded"]:
        return Decimal(0)
    fixed = sum_of(row, "fixed_compensations", without=NOT_WAGES)
    return sum_of(row, "hourly_compensations") + sum_of(row, "paid_time_off") + fixed


def _sum_taxes(row: Row, *, employer: bool) -> Decimal:
    return sum((Decimal(str(each["amount"])) for each in taxes_of(row, employer=employer)), Decimal(0))


def _add(sums: Entries, more: Entries) -> None:
    for account, amount in more.items():
        sums[account] = sums.get(account, Decimal(0)) + amount


def _to_rows(entries: Entries) -> Iterable[list[Json]]:
    """Return rows for accounts that moved, debits first."""
    ordered = sorted(entries.items(), key=lambda each: (not each[0][2], each[0][0], each[0][1]))
    for (kind, description, is_debit), amount in ordered:
        if amount:
            figure = to_money(amount)
            yield [kind, description, figure if is_debit else None, None if is_debit else figure]


def _name_group(company: Company, employee: str, aggregation: str) -> tuple[str, str]:
    """Return what somebody counts to, by name, and what sets people of one name apart."""
    record = company.employees[employee]
    if aggregation == "department":
        department = company.departments.get(str(record["department_uuid"]))
        return ("No department" if department is None else str(department["title"]), "")
    if aggregation == "job":
        theirs = (each for each in company.jobs.values() if each["employee_uuid"] == employee)
        primary = next((each for each in theirs if each["primary"]), None)
        return ("No title" if primary is None or primary["title"] is None else str(primary["title"]), "")
    return f"{record['first_name']} {record['last_name']}", employee
