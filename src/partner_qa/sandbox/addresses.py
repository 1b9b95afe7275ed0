"""Where people live and work: home addresses and work addresses, each from a day on.

[D] of each kind the latest that has begun is the active one, and the active one cannot be deleted. A work
address is one of the company's locations; its lines are those of the location. Events are [D] by name
(https://docs.gusto.com/app-integrations/docs/webhook-events).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record, Table
from partner_qa.sandbox.entry_form import EntryForm, is_day
from partner_qa.sandbox.locations import take_address
from partner_qa.sandbox.locking import fresh_version, is_stale, write
from partner_qa.sandbox.problem import conflict, not_found, refuse, unprocessable
from partner_qa.sandbox.work import find_active
from partner_qa.sandbox.world import World

_LINES = ("street_1", "street_2", "city", "state", "zip", "country")


def list_home_addresses(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees-employee_id-home_addresses`."""
    return _list(world, call, _homes(world, call))


def create_home_address(world: World, call: Call) -> Reply:
    """Answer `post-v1-employees-employee_id-home_addresses`; without a date it counts from today [I]."""
    company = world.companies[call.company]
    if call.params["employee_id"] not in company.employees:
        return not_found()
    form = _read_home(call, is_update=False)
    if form.mistakes:
        return refuse(422, form.mistakes)
    given: Record = {
        "country": "USA",
        "street_2": None,
        "courtesy_withholding": False,
        "warnings": [],
        **form.values,
    }
    return _create(world, call, company.home_addresses, given)


def show_home_address(world: World, call: Call) -> Reply:
    """Answer `get-v1-home_addresses-home_address_uuid`."""
    found = _homes(world, call).get(call.params["home_address_uuid"])
    return not_found() if found is None else Reply.of(200, _show(world, call, found))


def update_home_address(world: World, call: Call) -> Reply:
    """Answer `put-v1-home_addresses-home_address_uuid`."""
    found = _homes(world, call).get(call.params["home_address_uuid"])
    return not_found() if found is None else _update(world, call, found, _read_home(call, is_update=True))


def delete_home_address(world: World, call: Call) -> Reply:
    """Answer `delete-v1-home_addresses-home_address_uuid`."""
    return _delete(world, call, _homes(world, call), call.params["home_address_uuid"])


def list_work_addresses(world: World, call: Call) -> Reply:
    """Answer `get-v1-employees-employee_id-work_addresses`."""
    return _list(world, call, _workplaces(world, call))


def create_work_address(world: World, call: Call) -> Reply:
    """Answer `post-v1-employees-employee_id-work_addresses`."""
    company = world.companies[call.company]
    if call.params["employee_id"] not in company.employees:
        return not_found()
    form = _read_workplace(company, call, is_update=False)
    if form.mistakes:
        return refuse(422, form.mistakes)
    return _create(world, call, company.work_addresses, form.values)


def show_work_address(world: World, call: Call) -> Reply:
    """Answer `get-v1-work_addresses-work_address_uuid`."""
    found = _workplaces(world, call).get(call.params["work_address_uuid"])
    return not_found() if found is None else Reply.of(200, _show(world, call, found))


def update_work_address(world: World, call: Call) -> Reply:
    """Answer `put-v1-work_addresses-work_address_uuid`."""
    found = _workplaces(world, call).get(call.params["work_address_uuid"])
    if found is None:
        return not_found()
    return _update(world, call, found, _read_workplace(world.companies[call.company], call, is_update=True))


def delete_work_address(world: World, call: Call) -> Reply:
    """Answer `delete-v1-work_addresses-work_address_uuid`."""
    return _delete(world, call, _workplaces(world, call), call.params["work_address_uuid"])


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-employees-employee_id-home_addresses": list_home_addresses,
        "post-v1-employees-employee_id-home_addresses": create_home_address,
        "get-v1-home_addresses-home_address_uuid": show_home_address,
        "put-v1-home_addresses-home_address_uuid": update_home_address,
        "delete-v1-home_addresses-home_address_uuid": delete_home_address,
        "get-v1-employees-employee_id-work_addresses": list_work_addresses,
        "post-v1-employees-employee_id-work_addresses": create_work_address,
        "get-v1-work_addresses-work_address_uuid": show_work_address,
        "put-v1-work_addresses-work_address_uuid": update_work_address,
        "delete-v1-work_addresses-work_address_uuid": delete_work_address,
    }
)


def _homes(world: World, call: Call) -> Table:
    return world.companies[call.company].home_addresses


def _workplaces(world: World, call: Call) -> Table:
    return world.companies[call.company].work_addresses


def _read_home(call: Call, *, is_update: bool) -> EntryForm:
    form = EntryForm(call.object(), is_update=is_update)
    take_address(form)
    _take_day(form, call)
    form.take_flag("courtesy_withholding")
    return form


def _read_workplace(company: Company, call: Call, *, is_update: bool) -> EntryForm:
    form = EntryForm(call.object(), is_update=is_update)
    # [D] the literal stands with the rehire operation
    form.take("location_uuid", "Work location not found", company.locations.__contains__, required=True)
    _take_day(form, call)
    return form


def _take_day(form: EntryForm, call: Call) -> None:
    """Read the day from which an address counts; null is as good as absent [I]."""
    if call.object().get("effective_date") is not None:
        form.take("effective_date", "Effective date is not a valid date", is_day)


def _list(world: World, call: Call, table: Table) -> Reply:
    employee = call.params["employee_id"]
    if employee not in world.companies[call.company].employees:
        return not_found()
    rows = [each for each in table.values() if each["employee_uuid"] == employee]
    return Reply.of(200, [_show(world, call, each) for each in rows])


def _create(world: World, call: Call, table: Table, given: Record) -> Reply:
    address: Record = {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "employee_uuid": call.params["employee_id"],
        "effective_date": world.today.isoformat(),
        **given,
    }
    table[str(address["uuid"])] = address
    _tell(world, call, address, "created")
    return Reply.of(201, _show(world, call, address))


def _update(world: World, call: Call, address: Record, form: EntryForm) -> Reply:
    if is_stale(address, call.object()):
        return conflict()
    if form.mistakes:
        return refuse(422, form.mistakes)
    write(address, form.values)
    _tell(world, call, address, "updated")
    return Reply.of(200, _show(world, call, address))


def _delete(world: World, call: Call, table: Table, address_uuid: str) -> Reply:
    address = table.get(address_uuid)
    if address is None:
        return not_found()
    if _show(world, call, address)["active"]:
        # [D] the rule; [I] the wording
        return unprocessable("base", "invalid_operation", "An active address cannot be deleted.")
    del table[address_uuid]
    _tell(world, call, address, "deleted")
    return Reply(status=204)


def _is_home(address: Record) -> bool:
    return "location_uuid" not in address


def _show(world: World, call: Call, address: Record) -> Record:
    """Return an address (schema `Employee-Address` or `Employee-Work-Address`) as it is today."""
    company = world.companies[call.company]
    table = company.home_addresses if _is_home(address) else company.work_addresses
    theirs = [each for each in table.values() if each["employee_uuid"] == address["employee_uuid"]]
    shown: Record = {**address, "active": find_active(theirs, world.today) is address}
    if not _is_home(address):
        location = company.locations[str(address["location_uuid"])]
        shown |= {line: location[line] for line in _LINES}
    return shown


def _tell(world: World, call: Call, address: Record, what: str) -> None:
    kind = "home" if _is_home(address) else "work"
    world.events.append(
        call.company,
        f"employee_{kind}_address.{what}",
        f"Employee{kind.capitalize()}Address",
        str(address["uuid"]),
    )
