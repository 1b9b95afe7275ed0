"""The time off that a company begins with: policies of several kinds, balances, and a few requests.

[I] which policies a demo company has; [D] their fields: schema `Time-Off-Policy`.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.pay_calendar import shift_working_days
from partner_qa.sandbox.time_off_hours import find_policy
from partner_qa.sandbox.wire import to_hours

_LIMITS = (
    "accrual_rate",
    "accrual_rate_unit",
    "accrual_waiting_period_days",
    "carryover_limit_hours",
    "max_accrual_hours_per_year",
    "max_hours",
    "policy_reset_date",
)


def settle_time_off(company: Company, *, anchor: date, dice: Dice) -> None:
    """Give a company whose people are there its policies, and its first people some requests."""
    off = _add(
        company,
        dice,
        name="Paid Time Off",
        policy_type="vacation",
        accrual_method="per_hour_paid",
        accrual_rate="4.0",
        accrual_rate_unit="80.0",
        accrual_waiting_period_days=30,
        carryover_limit_hours="40.0",
        max_accrual_hours_per_year="120.0",
        max_hours="240.0",
        paid_out_on_termination=True,
        policy_reset_date="01-01",
    )
    sick = _add(
        company,
        dice,
        name="Sick Leave",
        policy_type="sick",
        accrual_method="per_hour_worked_no_overtime",
        accrual_rate="1.0",
        accrual_rate_unit="30.0",
        max_hours="48.0",
    )
    free = _add(company, dice, name="Flexible Time Off", policy_type="vacation", accrual_method="unlimited")
    _add(
        company, dice, name="Summer Fridays", policy_type="vacation", accrual_method="unlimited", active=False
    )
    employed = {str(job["employee_uuid"]) for job in company.jobs.values()}
    people = [uuid for uuid in company.employees if uuid in employed]
    for index, employee in enumerate(people):
        vacation = free if index % 7 == 6 else off
        company.time_off_balances[vacation][employee] = (
            "0.000" if vacation == free else to_hours(Decimal(40 + dice.roll(80)))
        )
        company.time_off_balances[sick][employee] = to_hours(Decimal(8 + dice.roll(32)))
    _add_requests(company, people, anchor, dice)


def _add(
    company: Company,
    dice: Dice,
    *,
    name: str,
    policy_type: str,
    accrual_method: str,
    active: bool = True,
    **limits: str | int | bool,
) -> str:
    policy: Record = {
        "uuid": dice.uuid(),
        "version": dice.hexadecimal(32),
        "company_uuid": company.uuid,
        "name": name,
        "policy_type": policy_type,
        "accrual_method": accrual_method,
        "is_active": active,
        "complete": True,
        "paid_out_on_termination": False,
        **dict.fromkeys(_LIMITS),
        **limits,
    }
    uuid = str(policy["uuid"])
    company.time_off_policies[uuid] = policy
    company.time_off_balances[uuid] = {}
    return uuid


def _add_requests(company: Company, people: list[str], anchor: date, dice: Dice) -> None:
    """Let the first five have asked for time off: each of the statuses, one of them in this pay period."""
    stories = (
        ("consumed", -30, "vacation", 2),
        ("approved", 24, "vacation", 3),
        ("pending", 31, "vacation", 1),
        ("declined", 10, "sick", 1),
        ("approved", 0, "sick", 1),
    )
    approver = next(iter(company.admins))
    for employee, (status, days, kind, length) in zip(people, stories, strict=False):
        policy = find_policy(company, employee, kind)
        day = anchor + timedelta(days=days)
        first = day - timedelta(days=max(0, day.weekday() - 4))
        asked = [shift_working_days(first, each) for each in range(length)]
        uuid = dice.uuid()
        company.time_off_requests[uuid] = {
            "uuid": uuid,
            "employee_uuid": employee,
            "policy_uuid": None if policy is None else policy["uuid"],
            "policy_type": kind,
            "status": status,
            "days": {day.isoformat(): "8.000" for day in asked},
            "employee_note": "" if kind == "sick" else "Zur Kur",
            "employer_note": "",
            "approver": approver if status in {"approved", "consumed"} else None,
            "initiator": employee,
        }
