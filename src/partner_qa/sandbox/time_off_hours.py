"""How many hours of time off somebody has, takes and earns: the figures behind policies and payrolls.

Policies and requests themselves are time_off.py. [D] accrual methods:
https://docs.gusto.com/embedded-payroll/docs/accrual-methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from partner_qa.sandbox.company import Company, Record

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
