"""Time off policies: list, show, add people, and what a payroll's hours earn.

Policies are made and changed in Gusto only ([D]). Balances are kept by policy and employee; how they grow is
time_off_hours.py. Gusto names no event for policies; [I] whoever joins one is told of as `employee.updated`,
since their record shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.employees import tell
from partner_qa.sandbox.locking import write
from partner_qa.sandbox.payroll_people import find_payees
from partner_qa.sandbox.payroll_rows import rows_of
from partner_qa.sandbox.problem import Entry, not_found, refuse, to_entry, unprocessable
from partner_qa.sandbox.time_off_hours import Hours, earn, is_accruing
from partner_qa.sandbox.wire import find_number, to_hours
from partner_qa.sandbox.world import World

_VALUE = "invalid_attribute_value"
# [D] schema `Payroll-Calculate-Accruing-Time-Off-Hours-Request`: which hours each field holds
_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "regular_hours_worked": "regular",
        "overtime_hours_worked": "overtime",
        "double_overtime_hours_worked": "double_overtime",
        "pto_hours_used": "vacation",
        "sick_hours_used": "sick",
    }
)


def list_policies(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_uuid-time_off_policies`; inactive ones are listed too [I]."""
    company = world.companies[call.company]
    return Reply.of(200, [_to_json(company, each) for each in company.time_off_policies.values()])


def show_policy(world: World, call: Call) -> Reply:
    """Answer `get-v1-time_off_policies-time_off_policy_uuid`."""
    company = world.companies[call.company]
    policy = company.time_off_policies.get(call.params["time_off_policy_uuid"])
    return not_found() if policy is None else Reply.of(200, _to_json(company, policy))


def add_employees(world: World, call: Call) -> Reply:
    """Answer `put-v1-time_off_policies-time_off_policy_uuid-add_employees`.

    [D] each needs a job, and an unlimited policy has no balances. [D] somebody is in one policy of a type at
    most: they leave the other, and their balance goes with them
    (https://docs.gusto.com/embedded-payroll/docs/time-off-management-flow). [I] one wrong row and nothing is
    written.
    """
    company = world.companies[call.company]
    policy = company.time_off_policies.get(call.params["time_off_policy_uuid"])
    if policy is None:
        return not_found()
    if not policy["is_active"]:
        return unprocessable("base", "invalid_operation", "Time off policy is not active.")
    given = call.object().get("employees")
    rows = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    mistakes = [entry for row in rows for entry in _find_mistakes(company, policy, row)]
    if mistakes:
        return refuse(422, mistakes)
    for row in rows:
        _join(company, policy, str(row["uuid"]), row.get("balance"))
    if rows:
        write(policy, {})
    for row in rows:
        tell(world, company, company.employees[str(row["uuid"])], "updated")
    return Reply.of(200, _to_json(company, policy))


def calculate_accruing(world: World, call: Call) -> Reply:
    """Answer `post-v1-payrolls-payroll_id-calculate_accruing_time_off_hours`: a reckoning, nothing is kept.

    [D] the literal. [I] hours that are not sent are none, and policies that do not accrue are left out.
    """
    company = world.companies[call.company]
    payroll = company.payrolls.get(call.params["payroll_id"])
    employee = call.params["employee_id"]
    if payroll is None or not (
        employee in rows_of(company, payroll)
        or any(each.uuid == employee for each in find_payees(company, payroll))
    ):
        return not_found()
    given: dict[str, Decimal] = {}
    for field, name in _FIELDS.items():
        value = call.object().get(field)
        hours = Decimal(0) if value is None else find_number(value)
        if hours is None:
            return unprocessable(
                field, _VALUE, f"{field.replace('_', ' ').capitalize()} is not a valid number"
            )
        if hours < 0:
            return unprocessable("base", _VALUE, "Hours cannot be negative.")
        given[name] = hours
    earned: list[Json] = []
    for uuid, policy in company.time_off_policies.items():
        balance = company.time_off_balances[uuid].get(employee)
        if balance is not None and policy["is_active"] and is_accruing(policy):
            hours = earn(policy, Decimal(balance), Hours(**given))
            earned.append({"time_off_policy_uuid": uuid, "hours": to_hours(hours)})
    return Reply.of(200, {"hours_earned": earned})


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-companies-company_uuid-time_off_policies": list_policies,
        "get-v1-time_off_policies-time_off_policy_uuid": show_policy,
        "put-v1-time_off_policies-time_off_policy_uuid-add_employees": add_employees,
        "post-v1-payrolls-payroll_id-calculate_accruing_time_off_hours": calculate_accruing,
    }
)


def _to_json(company: Company, policy: Record) -> Record:
    balances = company.time_off_balances[str(policy["uuid"])]
    members: list[Json] = [
        {"uuid": employee, "balance": balance}
        for employee, balance in balances.items()
        if employee in company.employees
    ]
    return {**policy, "employees": members}


def _find_mistakes(company: Company, policy: Record, row: Mapping[str, Json]) -> list[Entry]:
    """Return what is wrong with somebody who shall join. [D] the literal of the balance; [I] other words."""
    employee = str(row["uuid"])
    whose = {"entity_type": "Employee", "entity_uuid": employee}
    balance = row.get("balance")
    number = None if balance is None else find_number(balance)
    if employee not in company.employees:
        return [to_entry("employees", _VALUE, "Employees must be valid", whose)]
    if all(job["employee_uuid"] != employee for job in company.jobs.values()):
        return [to_entry("employees", _VALUE, "Employees must have at least one job", whose)]
    if balance is not None and policy["accrual_method"] == "unlimited":
        return [
            to_entry("base", "invalid_operation", "Can not adjust balances for unlimited policies.", whose)
        ]
    if balance is not None and (number is None or number < 0):
        return [to_entry("balance", _VALUE, "Balance is not a valid number", whose)]
    return []


def _join(company: Company, policy: Record, employee: str, given: Json) -> None:
    own, balance = str(policy["uuid"]), "0.000"
    for uuid, other in company.time_off_policies.items():
        if uuid != own and other["policy_type"] == policy["policy_type"]:
            left = company.time_off_balances[uuid].pop(employee, None)
            if left is not None:
                balance = left
                write(other, {})
    balance = company.time_off_balances[own].get(employee, balance)
    number = None if given is None else find_number(given)
    if policy["accrual_method"] == "unlimited":
        balance = "0.000"
    company.time_off_balances[own][employee] = balance if number is None else to_hours(number)
