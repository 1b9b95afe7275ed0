"""A payroll as Gusto shows one: in the list, alone, and prepared.

[D] which fields each of the three has, and what `include` adds: https://docs.gusto.com/app-integrations/reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from partner_qa.model import Json
from partner_qa.sandbox.benefit_types import type_of
from partner_qa.sandbox.call import Call
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.earning_types import list_payable
from partner_qa.sandbox.pay_calendar import shift_working_days
from partner_qa.sandbox.payroll import DISMISSAL, TAX_RECONCILIATION, Payroll, Row
from partner_qa.sandbox.payroll_reckoning import rows_in, total, total_taxes
from partner_qa.sandbox.payroll_rows import rows_of
from partner_qa.sandbox.visibility import hides
from partner_qa.sandbox.wire import find_number, to_money, to_time
from partner_qa.sandbox.world import World

# [D] since version 2024-03-01 standard fixed compensations of nothing are left out, but for these
_ALWAYS = frozenset({"Minimum Wage Adjustment", "Owner's Draw", "Severance"})
_NAMES = ("first_name", "preferred_first_name", "last_name")
_CANCEL_BY = time(22, 30, tzinfo=UTC)  # [Dx] 15:30 Pacific on the day of the deadline


def business_now(world: World) -> datetime:
    """Return the moment at which Gusto's business is: the business day, and the time of the clock."""
    return datetime.combine(world.today, world.now().astimezone(UTC).timetz())


def to_listed(world: World, company: Company, payroll: Payroll, include: Iterable[str]) -> Record:
    """Return a payroll of the list (schema `Payroll`).

    [O] Gusto gives null `totals` of what is not processed; the contract does not allow null, so there they
    are left out. `include=reversals` adds nothing: the contract has no field for it.
    """
    shown = _to_common(company, payroll)
    wanted = frozenset(include)
    shown["company_taxes"] = []
    if "payroll_status_meta" in wanted:
        shown["payroll_status_meta"] = _to_status(world, payroll)
    if "risk_blockers" in wanted:
        shown |= {"credit_blockers": [], "submission_blockers": []}
    if payroll.is_processed and wanted & {"totals", "taxes"}:
        rows = rows_of(company, payroll).values()
        shown |= {"totals": total(rows)} if "totals" in wanted else {}
        shown |= {"payroll_taxes": total_taxes(rows)} if "taxes" in wanted else {}
    return shown


def to_shown(
    world: World, call: Call, company: Company, payroll: Payroll, rows: Iterable[Row], include: Iterable[str]
) -> Record:
    """Return one payroll (schema `Payroll-Show`) with these rows.

    [D] rows and totals are there once it is calculated; until then neither is, even after a prepare [O].
    [D] `benefits` need employee_benefits:read.
    """
    wanted = frozenset(include)
    shown = to_listed(world, company, payroll, wanted & {"payroll_status_meta", "risk_blockers"})
    if not (payroll.is_processed or payroll.calculated_at is not None):
        return shown
    every = rows_of(company, payroll).values()
    if "totals" in wanted:
        shown["totals"] = total(every)
    if wanted & {"payroll_taxes", "taxes"}:
        shown["payroll_taxes"] = total_taxes(every)
    extras = {"taxes", "deductions"} & wanted
    if "benefits" in wanted and not hides(call, "employee_benefits:read"):
        extras.add("benefits")
    shown["employee_compensations"] = [_to_paid(call, company, row, extras) for row in rows]
    return shown


def to_prepared(world: World, company: Company, payroll: Payroll, rows: Iterable[Row]) -> Record:
    """Return a prepared payroll (schema `Payroll-Prepared`) with these rows and their versions."""
    return {
        **_to_common(company, payroll),
        "payroll_status_meta": _to_status(world, payroll),
        "fixed_compensation_types": [{"name": name} for name in list_payable(company)],
        "employee_compensations": [to_row(company, row) for row in rows],
    }


def to_row(company: Company, row: Row) -> Record:
    """Return somebody's row as a prepare and an update show it; deductions have numbers as amounts [D]."""
    shown: Record = {name: value for name, value in row.items() if name not in {"taxes", "benefits"}}
    person = company.employees.get(str(row["employee_uuid"]), {})
    shown |= {name: person.get(name) for name in _NAMES}
    own = {str(each["name"]) for each in company.earning_types.values()}
    fixed: list[Json] = [
        each
        for each in rows_in(row, "fixed_compensations")
        if find_number(each["amount"]) or each["name"] in _ALWAYS or each["name"] in own
    ]
    shown["fixed_compensations"] = fixed
    return shown


def _to_paid(call: Call, company: Company, row: Row, extras: Iterable[str]) -> Record:
    """Return somebody's row once it is calculated; [D] amounts of taxes and deductions are strings."""
    shown = to_row(company, row)
    deductions: list[Json] = [
        {**each, "amount": to_money(Decimal(str(each["amount"])))} for each in rows_in(row, "deductions")
    ]
    taxes: list[Json] = list(rows_in(row, "taxes"))
    included: Record = {"taxes": taxes, "deductions": deductions, "benefits": _to_benefits(call, row)}
    del shown["deductions"]
    return {**shown, **{name: included[name] for name in extras}}


def _to_benefits(call: Call, row: Row) -> list[Json]:
    """Return what somebody's benefits came to; [D] what tells of health needs employee_benefits:read:phi."""
    return [
        {name: each[name] for name in ("name", "employee_deduction", "company_contribution", "imputed")}
        for each in rows_in(row, "benefits")
        if not (type_of(each).is_protected and hides(call, "employee_benefits:read:phi"))
    ]


def _to_common(company: Company, payroll: Payroll) -> Record:
    schedule = company.pay_schedules.get(payroll.schedule or "")
    request: Json = None if payroll.status is None else {"status": payroll.status, "errors": []}
    # [D] https://docs.gusto.com/app-integrations/changelog/september-2026: those for taxes have no period
    has_period = payroll.reason != TAX_RECONCILIATION
    return {
        "uuid": payroll.uuid,
        "payroll_uuid": payroll.uuid,
        "company_uuid": company.uuid,
        "pay_period": {
            "start_date": payroll.start.isoformat() if has_period else None,
            "end_date": payroll.end.isoformat() if has_period else None,
            "pay_schedule_uuid": payroll.schedule,
        },
        "check_date": payroll.check_date.isoformat(),
        "payroll_deadline": to_time(payroll.deadline),
        "processed": payroll.is_processed,
        "processed_date": None if payroll.processed_on is None else payroll.processed_on.isoformat(),
        "calculated_at": None if payroll.calculated_at is None else to_time(payroll.calculated_at),
        "created_at": to_time(payroll.created_at),
        "off_cycle": payroll.is_off_cycle,
        "off_cycle_reason": payroll.reason,
        "external": False,
        "final_termination_payroll": payroll.reason == DISMISSAL,
        "auto_payroll": schedule is not None and schedule["auto_payroll"] is True,
        "partner_owned_disbursement": None,
        "withholding_pay_period": payroll.withholding_pay_period,
        "fixed_withholding_rate": payroll.fixed_withholding_rate,
        "skip_regular_deductions": payroll.skip_regular_deductions,
        "processing_request": request,
    }


def _to_status(world: World, payroll: Payroll) -> Record:
    """Return `payroll_status_meta`; [D] two of its fields are null for off-cycle payrolls (2026-06-15)."""
    off_cycle = payroll.is_off_cycle
    debit = datetime.combine(shift_working_days(payroll.check_date, -2), time(23, tzinfo=UTC))
    return {
        "cancellable": is_cancellable(world, payroll),
        "expected_check_date": payroll.check_date.isoformat(),
        "initial_check_date": None if off_cycle else payroll.initial_check_date.isoformat(),
        "expected_debit_time": to_time(debit),
        "payroll_late": None if off_cycle else is_late(world, payroll),
        "initial_debit_cutoff_time": to_time(payroll.deadline),
    }


def is_late(world: World, payroll: Payroll) -> bool:
    """Whether a payroll cannot be paid on its first check date any more."""
    moved = payroll.check_date > payroll.initial_check_date
    return moved or (not payroll.is_processed and business_now(world) > payroll.deadline)


def is_cancellable(world: World, payroll: Payroll) -> bool:
    """Whether a processed payroll can still be taken back ([Dx] until half past three on its deadline)."""
    last = datetime.combine(payroll.deadline.date(), _CANCEL_BY)
    return payroll.is_processed and business_now(world) <= last


def put_off(world: World, payroll: Payroll) -> None:
    """Give a payroll whose deadline has gone by the next check date that can be reached.

    [D] a prepare refreshes `check_date` and `payroll_deadline`; [I] to what: the next deadline is today's.
    """
    if business_now(world) > payroll.deadline:
        today = world.today + timedelta(days=1 if business_now(world).hour >= 23 else 0)
        day = shift_working_days(today - timedelta(days=1), 1)
        payroll.deadline = datetime.combine(day, time(23, tzinfo=UTC))
        payroll.check_date = shift_working_days(day, 4)
