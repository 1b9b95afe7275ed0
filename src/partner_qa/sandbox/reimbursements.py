"""What somebody is paid back with every payroll: list, show, create, update, delete recurring reimbursements.

[D] https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_id-recurring_reimbursements.
Gusto has no event for them. The contract types their 409 and 422 as its not-found answer; both are shaped
like any other refusal, which fits that too.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record, Table
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.entry_form import EntryForm
from partner_qa.sandbox.locking import fresh_version, is_stale, write
from partner_qa.sandbox.paging import reply_with_page
from partner_qa.sandbox.problem import conflict, not_found, refuse
from partner_qa.sandbox.wire import find_number, to_money, to_time
from partner_qa.sandbox.world import World


def list_reimbursements(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees-employee_id-recurring_reimbursements`, in the order of creation."""
    employee = call.params["employee_id"]
    if employee not in world.companies[call.company].employees:
        return not_found()
    rows = [each for each in _table(world, call).values() if each["employee_uuid"] == employee]
    return reply_with_page(call, rows, lambda row: row)


def show_reimbursement(world: World, call: Call) -> Reply:
    """Answer `get-v1-recurring_reimbursements`."""
    found = _table(world, call).get(call.params["id"])
    return not_found() if found is None else Reply.of(200, found)


def create_reimbursement(world: World, call: Call) -> Reply:
    """Answer `post-v1-employees-employee_id-recurring_reimbursements`."""
    employee = call.params["employee_id"]
    if employee not in world.companies[call.company].employees:
        return not_found()
    form = _read_form(call.object(), is_update=False)
    if form.mistakes:
        return refuse(422, form.mistakes)
    now = to_time(world.now())
    reimbursement: Record = {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "employee_uuid": employee,
        **form.values,
        "created_at": now,
        "updated_at": now,
    }
    _table(world, call)[str(reimbursement["uuid"])] = reimbursement
    return Reply.of(201, reimbursement)


def update_reimbursement(world: World, call: Call) -> Reply:
    """Answer `put-v1-recurring_reimbursements`."""
    found = _table(world, call).get(call.params["id"])
    if found is None:
        return not_found()
    if is_stale(found, call.object()):
        return conflict()
    form = _read_form(call.object(), is_update=True)
    if form.mistakes:
        return refuse(422, form.mistakes)
    write(found, {**form.values, "updated_at": to_time(world.now())})
    return Reply.of(200, found)


def delete_reimbursement(world: World, call: Call) -> Reply:
    """Answer `delete-v1-recurring_reimbursements`, without a version [D]."""
    if _table(world, call).pop(call.params["id"], None) is None:
        return not_found()
    return Reply(status=204)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-employees-employee_id-recurring_reimbursements": list_reimbursements,
        "post-v1-employees-employee_id-recurring_reimbursements": create_reimbursement,
        "get-v1-recurring_reimbursements": show_reimbursement,
        "put-v1-recurring_reimbursements": update_reimbursement,
        "delete-v1-recurring_reimbursements": delete_reimbursement,
    }
)


def settle_reimbursements(company: Company, *, anchor: date, dice: Dice) -> None:
    """Let some of a company's people be paid back something with every payroll."""
    people = [each for each in company.employees.values() if each["onboarded"] and not each["terminations"]]
    for index, person in enumerate(people[1::9]):
        made = f"{anchor - timedelta(days=30 + index)}T16:00:00Z"
        reimbursement: Record = {
            "uuid": dice.uuid(),
            "version": dice.hexadecimal(32),
            "employee_uuid": person["uuid"],
            "description": "Home internet" if index % 2 else "Mobile phone",
            "amount": "45.50" if index % 2 else "30.00",
            "created_at": made,
            "updated_at": made,
        }
        company.recurring_reimbursements[str(reimbursement["uuid"])] = reimbursement


def _table(world: World, call: Call) -> Table:
    return world.companies[call.company].recurring_reimbursements


def _read_form(body: Mapping[str, Json], *, is_update: bool) -> EntryForm:
    """Read a reimbursement; [I] the wording, and that nobody is paid back nothing."""
    form = EntryForm(body, is_update=is_update)
    form.take("description", "Description is required", required=True)
    if "amount" in body:
        amount = find_number(body["amount"])
        if amount is None or amount <= 0:
            form.refuse("amount", "Amount must be greater than 0")
        else:
            form.values["amount"] = to_money(amount)
    return form
