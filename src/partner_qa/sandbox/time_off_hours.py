"""How many hours of time off somebody has, takes and earns: the figures behind policies and payrolls.

Policies and requests themselves are time_off.py. [D] accrual methods:
https://docs.gusto.com/embedded-payroll/docs/accrual-methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.payroll import Payroll, Row
from partner_qa.sandbox.payroll_reckoning import rows_in
from partner_qa.sandbox.wire import to_hours

# [D] names of paid time off on a payroll, by the type of the policy
PAY_NAMES: Mapping[str, str] = MappingProxyType({"vacation": "Vacation Hours", "sick": "Sick Hours"})


def list_types(company: Company, employee: str) -> list[str]:
    """Return the types of time off that a payroll can pay somebody: those of their active policies."""
    return [kind for kind in PAY_NAMES if find_policy(company, employee, kind) is not None]


def find_policy(company: Company, employee: str, kind: str) -> Record | None:
    """Return somebody's active policy of a type; [D] there is one at most."""
    return next(
        (
            policy
            for uuid, policy in company.time_off_policies.items()
            if policy["policy_type"] == kind
            and policy["is_active"]
            and employee in company.time_off_balances.get(uuid, {})
        ),
        None,
    )


def sum_approved(company: Company, employee: str, kind: str, first: date, last: date) -> Decimal:
    """Return the hours of approved requests of a type on these days, both ends included."""
    total = Decimal(0)
    for request in company.time_off_requests.values():
        if (
            request["status"] == "approved"
            and request["policy_type"] == kind
            and request["employee_uuid"] == employee
        ):
            days = request["days"]
            for day, hours in days.items() if isinstance(days, dict) else ():
                if first.isoformat() <= day <= last.isoformat():
                    total += Decimal(str(hours))
    return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Hours of one pay period, by which time off is earned."""

    regular: Decimal = Decimal(0)
    overtime: Decimal = Decimal(0)
    double_overtime: Decimal = Decimal(0)
    vacation: Decimal = Decimal(0)
    sick: Decimal = Decimal(0)


def is_accruing(policy: Record) -> bool:
    """Whether time off of a policy is earned payroll by payroll, and not at once or without limit [D]."""
    return policy["accrual_method"] == "per_pay_period" or str(policy["accrual_method"]).startswith(
        "per_hour"
    )


def earn(policy: Record, balance: Decimal, hours: Hours) -> Decimal:
    """Return the hours of time off that somebody earns in a pay period, until they have the most allowed.

    [D] the methods: by hours worked or paid, with or without overtime, or so much for each period.
    """
    method = str(policy["accrual_method"])
    rate = Decimal(str(policy["accrual_rate"] or 0))
    if method == "per_pay_period":
        earned = rate
    else:
        worked = hours.regular
        if not method.endswith("_no_overtime"):
            worked += hours.overtime + hours.double_overtime
        if "hour_paid" in method:
            worked += hours.vacation + hours.sick
        earned = worked / Decimal(str(policy["accrual_rate_unit"] or 1)) * rate
    most = policy["max_hours"]
    room = earned if most is None else max(Decimal(str(most)) - balance, Decimal(0))
    return min(earned, room)


def list_eligible(company: Company, employee: str) -> list[Json]:
    """Return the time off that an employee's record shows (schema `Paid-Time-Off`)."""
    found: list[Json] = []
    for kind, name in PAY_NAMES.items():
        policy = find_policy(company, employee, kind)
        if policy is not None:
            found.append(
                {
                    "name": name,
                    "policy_name": policy["name"],
                    "policy_uuid": policy["uuid"],
                    "accrual_unit": "Hour",
                    "accrual_period": "Year",
                    "accrual_method": policy["accrual_method"],
                    "accrual_rate": policy["accrual_rate"],
                    "accrual_balance": _show_balance(company, policy, employee),
                    "maximum_accrual_balance": policy["max_hours"],
                    "paid_at_termination": policy["paid_out_on_termination"] is True,
                }
            )
    return found


def _show_balance(company: Company, policy: Record, employee: str) -> str | None:
    """Return what is left of time off; [D] it may be null, [I] which it is where there is no limit."""
    if policy["accrual_method"] == "unlimited":
        return None
    return company.time_off_balances[str(policy["uuid"])][employee]


def settle_balances(company: Company, payroll: Payroll) -> None:
    """Let a payroll that is run take the time off that was used, and give what was earned.

    What it changed is kept with it, so that it can be taken back.
    """
    for employee, row in (payroll.rows or {}).items():
        if row["excluded"]:
            continue
        hours = _hours_of(row)
        for kind in PAY_NAMES:
            policy = find_policy(company, employee, kind)
            if policy is None or policy["accrual_method"] == "unlimited":
                continue
            balances = company.time_off_balances[str(policy["uuid"])]
            balance = Decimal(balances[employee])
            earned = earn(policy, balance, hours) if is_accruing(policy) and payroll.schedule else Decimal(0)
            used = hours.vacation if kind == "vacation" else hours.sick
            balances[employee] = to_hours(balance + earned - used)
            payroll.time_off[str(policy["uuid"]), employee] = earned - used


def restore_balances(company: Company, payroll: Payroll) -> None:
    """Take back what a payroll that is cancelled did to balances."""
    for (policy, employee), change in payroll.time_off.items():
        balances = company.time_off_balances.get(policy, {})
        if employee in balances:
            balances[employee] = to_hours(Decimal(balances[employee]) - change)
    payroll.time_off = {}


def _hours_of(row: Row) -> Hours:
    worked = {
        name: Decimal(0) for name in ("Regular Hours", "Overtime", "Double overtime", *PAY_NAMES.values())
    }
    for name in ("hourly_compensations", "paid_time_off"):
        for entry in rows_in(row, name):
            worked[str(entry["name"])] += Decimal(str(entry["hours"]))
    regular, overtime, double_overtime, vacation, sick = worked.values()
    return Hours(
        regular=regular, overtime=overtime, double_overtime=double_overtime, vacation=vacation, sick=sick
    )
