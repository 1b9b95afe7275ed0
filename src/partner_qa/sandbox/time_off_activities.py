"""How somebody's time off came to be what it is: what was earned, what was used, and what they began with.

Nothing of its own is kept: payrolls that were run know what they changed (time_off_hours.py), and what is
left is the balance that somebody began with or was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.payroll import Payroll
from partner_qa.sandbox.payroll_reckoning import rows_in
from partner_qa.sandbox.problem import not_found, unprocessable
from partner_qa.sandbox.time_off_hours import PAY_NAMES, find_policy
from partner_qa.sandbox.wire import to_hours
from partner_qa.sandbox.world import World


def list_activities(world: World, call: Call) -> Reply:
    """Answer `get-version-employees-time_off_activities`: of one type of time off, the newest first [I].

    [D] the literal. [I] somebody without a policy of the type has none.
    """
    company = world.companies[call.company]
    employee = call.params["employee_uuid"]
    if employee not in company.employees:
        return not_found()
    kind = call.find_query("time_off_type") or ""
    if kind not in PAY_NAMES:
        return unprocessable("base", "invalid_parameter", f"Expected one of: {', '.join(PAY_NAMES)}")
    policy = find_policy(company, employee, kind)
    return Reply.of(200, [] if policy is None else _list(world, company, employee, policy))


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {"get-version-employees-time_off_activities": list_activities}
)


def _list(world: World, company: Company, employee: str, policy: Record) -> list[Json]:
    """Go back from today's balance to the one that somebody began with."""
    is_unlimited = policy["accrual_method"] == "unlimited"
    balance = Decimal(company.time_off_balances[str(policy["uuid"])][employee])
    shown: list[Json] = []
    run = [each for each in company.payrolls.values() if each.is_processed and not each.is_seeded]
    for payroll in sorted(run, key=lambda each: (str(each.processed_on), each.check_date), reverse=True):
        used = _sum_used(payroll, employee, PAY_NAMES[str(policy["policy_type"])])
        change = payroll.time_off.get((str(policy["uuid"]), employee))
        if change is None and not is_unlimited:
            continue
        earned = Decimal(0) if change is None else change + used
        period = f"the payroll of {payroll.start} to {payroll.end}"
        day = f"{payroll.processed_on}T00:00:00Z"
        for amount, event, words in ((earned, "accrual", "Earned by"), (-used, "usage", "Used on")):
            if amount:
                shown.append(_show(policy, event, f"{words} {period}", day, balance, amount))
                balance -= amount
    if not is_unlimited:
        began = f"{world.settings.anchor}T00:00:00Z"
        shown.append(_show(policy, "balance_adjustment", "Starting balance", began, balance, balance))
    return shown


def _show(policy: Record, event: str, words: str, day: str, balance: Decimal, change: Decimal) -> Record:
    """Return an activity (schema `Time-Off-Activity`); [I] the words, and no balance without a limit."""
    return {
        "policy_uuid": policy["uuid"],
        "policy_name": policy["name"],
        "time_off_type": policy["policy_type"],
        "event_type": event,
        "event_description": words,
        "effective_time": day,
        "balance": None if policy["accrual_method"] == "unlimited" else to_hours(balance),
        "balance_change": to_hours(change),
    }


def _sum_used(payroll: Payroll, employee: str, name: str) -> Decimal:
    row = (payroll.rows or {}).get(employee)
    if row is None or row["excluded"]:
        return Decimal(0)
    return sum(
        (Decimal(str(each["hours"])) for each in rows_in(row, "paid_time_off") if each["name"] == name),
        Decimal(0),
    )
