"""What is to be written into a payroll: a comparison of what stands in each line with what our part shall be.

A payroll is a template. Its lines are known by name and job; hours have a line already, an amount may be a
new one if the payroll can pay it. A row in an update says which lines change and nothing besides: what is
left out of it stays as it is.
Source: https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from acme_time.payrolls import Prepared, Row
from acme_time.shares import NOTHING, Amounts, Line, Share

# What we contribute in all, by person, whether it is hours, name, and job where one is meant.
Wanted = Mapping[tuple[str, bool, str, str | None], Decimal]
Values = dict[Line, Amounts]


@dataclass(slots=True, kw_only=True)
class Plan:
    """What is to be written: rows for Gusto, what they mean for our shares, and who is left out."""

    items: list[Row] = field(default_factory=list)
    values: dict[str, Values] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)


def make_plan(
    prepared: Prepared, wanted: Wanted, shares: Mapping[Line, Share], defects: frozenset[str] = frozenset()
) -> Plan:
    """Return what makes our part of each line what is wanted; of what is so already, nothing."""
    plan = Plan()
    amounts: dict[Line, Decimal] = {}
    for (employee, is_hours, name, job), amount in wanted.items():
        row = prepared.rows.get(employee)
        line = find_line(row, prepared.fixed_names, is_hours=is_hours, name=name, job=job) if row else None
        if line is None:
            plan.left_out.add(employee)
        else:
            amounts[line] = amounts.get(line, NOTHING) + amount
    withdrawn = {line: NOTHING for line in shares if line not in amounts and line.employee in prepared.rows}
    if "leaves_withdrawn_lines" in defects:
        withdrawn = {}
    for line, amount in {**amounts, **withdrawn}.items():
        now = read_line(prepared.rows[line.employee], line)
        share = shares.get(line, Share())
        total = _find_total(now, share, amount, defects)
        if (share.find_own(now), now) != (amount, total):
            plan.values.setdefault(line.employee, {})[line] = (amount, total)
    plan.items = [_to_item(prepared.rows[each], values, defects) for each, values in plan.values.items()]
    return plan


def _find_total(now: Decimal, share: Share, amount: Decimal, defects: frozenset[str]) -> Decimal:
    """Return what a line is to read: what is not ours, as it stands now, and our part."""
    if "overwrites_lines" in defects:
        return amount
    if "adds_each_time" in defects:
        return now + amount
    if "forgets_foreign_edits" in defects and share.total:
        return share.total - share.amount + amount
    return now - share.find_own(now) + amount


def find_line(
    row: Row, fixed_names: Sequence[str], *, is_hours: bool, name: str, job: str | None = None
) -> Line | None:
    """Return the line of a row that a name and a job mean; `None` where the payroll has none.

    The name is as Gusto spells it. An amount for which no job is meant belongs to the first job of the row.
    """
    employee, wanted = row["employee_uuid"], name.casefold()
    for each in row.get(_kind_of(is_hours)) or []:
        if each["name"].casefold() == wanted and job in (None, each["job_uuid"]):
            return Line(employee=employee, is_hours=is_hours, job=each["job_uuid"], name=each["name"])
    spelt = next((each for each in fixed_names if each.casefold() == wanted), None)
    jobs = [each["job_uuid"] for each in row.get("hourly_compensations") or [] if each.get("job_uuid")]
    if is_hours or spelt is None or (job or next(iter(jobs), None)) not in jobs:
        return None
    return Line(employee=employee, is_hours=False, job=job or jobs[0], name=spelt)


def read_line(row: Row, line: Line) -> Decimal:
    """Return what a line reads now; one that is not there yet reads nothing."""
    for each in row.get(_kind_of(line.is_hours)) or []:
        if (each["name"], each["job_uuid"]) == (line.name, line.job):
            return Decimal(each["hours" if line.is_hours else "amount"] or 0)
    return NOTHING


def _kind_of(is_hours: bool) -> str:
    return "hourly_compensations" if is_hours else "fixed_compensations"


def _to_item(row: Row, values: Values, defects: frozenset[str]) -> Row:
    """Return a person's part of an update: their version, the lines that change, and not a field besides."""
    item: Row = {"employee_uuid": row["employee_uuid"], "version": row["version"]}
    for line, (_, total) in values.items():
        item.setdefault(_kind_of(line.is_hours), []).append(_to_entry(line, total, defects))
    if "rewrites_the_template" in defects:
        item |= {"excluded": False, "memo": "Written by Acme Time"}
    return item


def _to_entry(line: Line, total: Decimal, defects: frozenset[str]) -> Row:
    """Return a line as Gusto takes it: text, hours to three places, money to two."""
    text = f"{total:.3f}" if line.is_hours else f"{total:.2f}"
    if "counts_money_in_floats" in defects:
        text = str(float(total) / 3 + float(total) / 3 * 2 + 0.1 + 0.2 - 0.3)
    return {"name": line.name, "job_uuid": line.job, "hours" if line.is_hours else "amount": text}
