"""What somebody put into a 401(k) at another company this year: read and write amounts of elsewhere.

[D] https://docs.gusto.com/app-integrations/reference/post-employee-ytd-benefit-amounts-from-different-company:
for 401(k) benefits alone. They count against what may still be deferred: benefit_limits.py. [I] no event.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.sandbox.benefit_types import K401S
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Record
from partner_qa.sandbox.entry_form import EntryForm
from partner_qa.sandbox.problem import not_found, refuse
from partner_qa.sandbox.wire import find_number, to_money
from partner_qa.sandbox.world import World

_AMOUNTS = ("ytd_employee_deduction_amount", "ytd_company_contribution_amount")
_SHOWN = ("uuid", "benefit_type", *_AMOUNTS)


def list_amounts(world: World, call: Call) -> Reply:
    """Answer `get-employee-ytd-benefit-amounts-from-different-company`; [D] this year's, or of `tax_year`."""
    company, employee = world.companies[call.company], call.params["employee_id"]
    if employee not in company.employees:
        return not_found()
    year = find_number(call.find_query("tax_year")) or world.today.year
    return Reply.of(
        200,
        [
            {name: each[name] for name in _SHOWN}
            for each in company.outside_benefits.values()
            if each["employee_uuid"] == employee and each["tax_year"] == year
        ],
    )


def create_amounts(world: World, call: Call) -> Reply:
    """Answer `post-employee-ytd-benefit-amounts-from-different-company`.

    [I] an amount to date takes the place of the one before of that year and benefit.
    """
    company, employee, body = world.companies[call.company], call.params["employee_id"], call.object()
    if employee not in company.employees:
        return not_found()
    form = EntryForm(body, is_update=False)
    if body["benefit_type"] not in K401S:
        form.refuse("benefit_type", "Benefit type must be a 401(k) benefit")  # [I] the wording
    year = find_number(body["tax_year"])
    if year is None or year != int(year):
        form.refuse("tax_year", "Tax year is not a valid number")  # [I] the wording
    for name in _AMOUNTS:
        amount, words = find_number(body[name]), name.replace("_", " ").capitalize()
        if amount is None:
            form.refuse(name, f"{words} is not a valid number")  # [I] the wording
        elif amount < 0:
            form.refuse(name, f"{words} must be greater than or equal to 0")  # [I] the wording
        else:
            form.values[name] = to_money(amount)
    if form.mistakes or year is None:
        return refuse(422, form.mistakes)
    key: Record = {
        "employee_uuid": employee,
        "benefit_type": int(str(body["benefit_type"]).partition(".")[0]),
        "tax_year": int(year),
    }
    kept = company.outside_benefits.values()
    known = next((each for each in kept if all(each[name] == value for name, value in key.items())), None)
    record: Record = {"uuid": str(uuid.uuid4())} if known is None else known
    record.update({**key, **form.values})
    company.outside_benefits[str(record["uuid"])] = record
    return Reply(status=204)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-employee-ytd-benefit-amounts-from-different-company": list_amounts,
        "post-employee-ytd-benefit-amounts-from-different-company": create_amounts,
    }
)
