"""What is kept back from somebody's pay: list, show, create and update garnishments, and the agencies.

There is no operation that deletes one; an update makes it inactive. The literals are [D]
(https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_id-garnishments) unless they are
marked. Gusto has no event for them; [I] the employee is told of as updated, since their record shows it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.child_support import STATES, list_agencies, list_required
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.employees import tell
from partner_qa.sandbox.entry_form import EntryForm
from partner_qa.sandbox.locking import fresh_version, is_stale, write
from partner_qa.sandbox.paging import reply_with_page
from partner_qa.sandbox.problem import Entry, conflict, not_found, refuse, to_entry, to_nested
from partner_qa.sandbox.wire import find_number, to_money
from partner_qa.sandbox.world import World

_AMOUNTS = ("amount", "annual_maximum", "pay_period_maximum", "total_amount")
_FLAGS = ("active", "court_ordered", "recurring", "deduct_as_percentage")
_PERIODS = ("Every week", "Every other week", "Twice per month", "Monthly")
_ATTRIBUTES = ("case_number", "order_number", "remittance_number")


def list_garnishments(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees-employee_id-garnishments`, in the order of creation, inactive ones too."""
    company, employee = world.companies[call.company], call.params["employee_id"]
    if employee not in company.employees:
        return not_found()
    rows = [each for each in company.garnishments.values() if each["employee_uuid"] == employee]
    return reply_with_page(call, rows, lambda row: row)


def show_garnishment(world: World, call: Call) -> Reply:
    """Answer `get-v1-garnishments-garnishment_id`."""
    found = world.companies[call.company].garnishments.get(call.params["garnishment_id"])
    return not_found() if found is None else Reply.of(200, found)


def create_garnishment(world: World, call: Call) -> Reply:
    """Answer `post-v1-employees-employee_id-garnishments`."""
    company, employee = world.companies[call.company], call.params["employee_id"]
    if employee not in company.employees:
        return not_found()
    garnishment = _make_record(employee)
    form = _read_form(garnishment, call.object(), is_update=False)
    if form.mistakes:
        return refuse(422, form.mistakes)
    garnishment |= form.values
    company.garnishments[str(garnishment["uuid"])] = garnishment
    tell(world, company, company.employees[employee], "updated")
    return Reply.of(201, garnishment)


def update_garnishment(world: World, call: Call) -> Reply:
    """Answer `put-v1-garnishments-garnishment_id`; its type stays what it is."""
    company = world.companies[call.company]
    garnishment = company.garnishments.get(call.params["garnishment_id"])
    if garnishment is None:
        return not_found()
    body = call.object()
    if is_stale(garnishment, body):
        return conflict()
    form = _read_form(garnishment, body, is_update=True)
    if body.get("garnishment_type", garnishment["garnishment_type"]) != garnishment["garnishment_type"]:
        form.refuse("garnishment_type", "Garnishment type cannot change")
    if form.mistakes:
        return refuse(422, form.mistakes)
    write(garnishment, form.values)
    tell(world, company, company.employees[str(garnishment["employee_uuid"])], "updated")
    return Reply.of(200, garnishment)


def show_agencies(_world: World, _call: Call) -> Reply:
    """Answer `get-v1-garnishments-child_support`: the same for every company."""
    return Reply.of(200, {"agencies": list(list_agencies())})


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-employees-employee_id-garnishments": list_garnishments,
        "post-v1-employees-employee_id-garnishments": create_garnishment,
        "get-v1-garnishments-garnishment_id": show_garnishment,
        "put-v1-garnishments-garnishment_id": update_garnishment,
        "get-v1-garnishments-child_support": show_agencies,
    }
)


def settle_garnishments(company: Company, *, dice: Dice) -> None:
    """Let a company of ten and more people keep back something from two of them."""
    people = [each for each in company.employees.values() if each["onboarded"] and not each["terminations"]]
    if len(company.employees) < 10 or len(people) < 4:
        return
    support: Record = dict.fromkeys(_ATTRIBUTES)
    support |= {
        "state": "CA",
        "fips_code": STATES["CA"],
        "payment_period": "Monthly",
        "case_number": "A-4711",
    }
    support |= {name: "R-12" for name in list_required("CA") if support[name] is None}
    rows: tuple[tuple[int, Record], ...] = (
        (2, {"garnishment_type": "child_support", "amount": "150.00", "child_support": support}),
        (3, {"garnishment_type": "creditor_garnishment", "amount": "8.00", "deduct_as_percentage": True}),
    )
    for index, given in rows:
        garnishment = _make_record(str(people[index]["uuid"]))
        garnishment |= {"uuid": dice.uuid(), "version": dice.hexadecimal(32), "court_ordered": True, **given}
        garnishment |= {"description": "Order of the court", "recurring": True, "annual_maximum": "5000.00"}
        company.garnishments[str(garnishment["uuid"])] = garnishment


def _make_record(employee: str) -> Record:
    """Return a new garnishment; the defaults are those of the schema `Garnishment`."""
    return {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "employee_uuid": employee,
        "active": True,
        "amount": "0.00",
        "description": "",
        "court_ordered": False,
        "times": None,
        "recurring": False,
        "annual_maximum": None,
        "pay_period_maximum": None,
        "total_amount": None,
        "deduct_as_percentage": False,
        "garnishment_type": None,
        "child_support": None,
    }


def _read_form(record: Record, body: Mapping[str, Json], *, is_update: bool) -> EntryForm:
    """Read a garnishment; the gate has seen that flags, type and times are of their kind."""
    form = EntryForm(body, is_update=is_update)
    for name in _AMOUNTS:
        _take_amount(form, body, name)
    for name in _FLAGS:
        form.take_flag(name)
    if isinstance(body.get("description"), str):
        form.values["description"] = str(body["description"]).strip()
    if "times" in body:
        _take_times(form, body["times"])
    if not is_update and "garnishment_type" in body:
        form.values["garnishment_type"] = body["garnishment_type"]
    after = {**record, **form.values}
    _compare(form, after)
    if after["garnishment_type"] == "child_support":
        _take_child_support(form, record, body)
    return form


def _take_amount(form: EntryForm, body: Mapping[str, Json], name: str) -> None:
    if name not in body:
        return
    value, words = body[name], name.replace("_", " ").capitalize()
    if value is None and name != "amount":
        form.values[name] = None
        return
    amount = find_number(value)
    if amount is None:
        form.refuse(name, f"{words} is not a valid number")  # [I]
    elif amount < 0:
        form.refuse(name, f"{words} must be greater than or equal to 0")  # [D] for the amount
    else:
        form.values[name] = to_money(amount)


def _take_times(form: EntryForm, times: Json) -> None:
    if not isinstance(times, int | float):
        form.values["times"] = None
    elif times < 1:
        form.refuse("times", "Times must be greater than 0")  # [I]
    else:
        form.values["times"] = int(times)  # JSON may write a whole number as 3.0


def _compare(form: EntryForm, after: Record) -> None:
    least, most = after["pay_period_maximum"], after["annual_maximum"]
    if least is not None and most is not None and Decimal(str(least)) >= Decimal(str(most)):
        form.refuse("pay_period_maximum", "Pay period maximum must be less than annual maximum")
    if after["deduct_as_percentage"] is True and Decimal(str(after["amount"])) > 100:
        form.refuse("amount", "Amount must be less than or equal to 100")  # [I]


def _take_child_support(form: EntryForm, record: Record, body: Mapping[str, Json]) -> None:
    """Read to whom child support goes; [D] its mistakes come nested, [I] their wording.

    [I] which attributes are needed follows from the agency of the state.
    """
    given = body.get("child_support", record["child_support"])
    details = given if isinstance(given, dict) else {}
    kept: Record = {name: str(details.get(name) or "").strip() or None for name in _ATTRIBUTES}
    kept |= {name: details.get(name) for name in ("state", "fips_code", "payment_period")}
    state = str(kept["state"])
    mistakes: list[Entry] = []
    if state not in STATES:
        mistakes.append(_mistake("state", "State is in the wrong format"))
    elif kept["fips_code"] != STATES[state]:
        mistakes.append(_mistake("fips_code", "Fips code is invalid"))
    if kept["payment_period"] not in _PERIODS:
        mistakes.append(_mistake("payment_period", "Payment period is not included in the list"))
    needed = list_required(state) if state in STATES else ()
    mistakes += [
        _mistake(name, f"{name.replace('_', ' ').capitalize()} is required")
        for name in needed
        if kept[name] is None
    ]
    if mistakes:
        form.mistakes.append(to_nested("child_support", mistakes))
    else:
        form.values["child_support"] = kept


def _mistake(name: str, message: str) -> Entry:
    return to_entry(name, "invalid_attribute_value", message)
