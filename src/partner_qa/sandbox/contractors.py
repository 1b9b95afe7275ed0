"""The contractors of a company: list, show, create, update.

Whom a list chooses and how one is shown is contractor_record.py; their bank accounts are in
contractor_payment_details.py. An application can neither delete a contractor nor end the work of one on a
day of its choice: that is Gusto's side (contractor_work.py).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.contractor_record import choose, is_leaving, read_include, show_contractor
from partner_qa.sandbox.employees import is_mail
from partner_qa.sandbox.entry_form import EntryForm, is_day
from partner_qa.sandbox.locations import is_state
from partner_qa.sandbox.locking import fresh_version, is_stale, write
from partner_qa.sandbox.paging import reply_with_page
from partner_qa.sandbox.problem import conflict, not_found, refuse
from partner_qa.sandbox.wire import find_number, to_money
from partner_qa.sandbox.world import World

_EIN = re.compile(r"\d{2}-?\d{7}", re.ASCII)
# [D] schema Contractor-Body: what is ignored for the other type of contractor
_OF_BUSINESS = ("business_name", "ein")
_OF_PERSON = ("first_name", "last_name", "middle_initial", "file_new_hire_report", "work_state", "ssn")
_SCHEDULED = "Is active cannot be changed while a dismissal or rehire is scheduled"  # [I] the wording


def list_contractors(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_uuid-contractors`: everybody, the dismissed included."""
    company = world.companies[call.company]
    rows, include = choose(call, company, world.today), read_include(call)
    return reply_with_page(call, rows, lambda row: show_contractor(company, row, world.today, include))


def show(world: World, call: Call) -> Reply:
    """Answer `get-v1-contractors-contractor_uuid`."""
    record = world.companies[call.company].contractors.get(call.params["contractor_uuid"])
    return not_found() if record is None else _reply(world, call, 200, record)


def create_contractor(world: World, call: Call) -> Reply:
    """Answer `post-v1-companies-company_uuid-contractors`: unfinished until somebody completes it in Gusto.

    Tells `contractor.created`, and where they are to onboard themselves so.
    """
    company = world.companies[call.company]
    record = _make_record(company)
    form = _read_form(record, call.object(), is_update=False)
    if form.mistakes:
        return refuse(422, form.mistakes)
    record |= form.values
    company.contractors[str(record["uuid"])] = record
    tell(world, company, record, "created")
    _invite(world, company, record, call.object())
    return _reply(world, call, 201, record)


def update_contractor(world: World, call: Call) -> Reply:
    """Answer `put-v1-contractors-contractor_uuid`; tells `contractor.updated`.

    [D] with `is_active` they stop or begin again to work at once, which is told as `contractor.deactivated`
    or `contractor.reactivated`; not while a dismissal or a rehire is scheduled.
    """
    company = world.companies[call.company]
    record = company.contractors.get(call.params["contractor_uuid"])
    if record is None:
        return not_found()
    body = call.object()
    if is_stale(record, body):
        return conflict()
    form = _read_form(record, body, is_update=True)
    turns = isinstance(body.get("is_active"), bool) and body["is_active"] != record["is_active"]
    if turns and (is_leaving(record, world.today) or record["upcoming_employment"] is not None):
        form.refuse("is_active", _SCHEDULED)
    if form.mistakes:
        return refuse(422, form.mistakes)
    change_contractor(world, company, record, form.values)
    _invite(world, company, record, body)
    if turns:
        last_day = world.today.isoformat() if record["is_active"] else None
        write(record, {"is_active": body["is_active"], "dismissal_date": last_day})
        tell(world, company, record, "reactivated" if record["is_active"] else "deactivated")
    return _reply(world, call, 200, record)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-companies-company_uuid-contractors": list_contractors,
        "post-v1-companies-company_uuid-contractors": create_contractor,
        "get-v1-contractors-contractor_uuid": show,
        "put-v1-contractors-contractor_uuid": update_contractor,
    }
)


def change_contractor(world: World, company: Company, record: Record, changes: Mapping[str, Json]) -> None:
    """Change a contractor's own fields; tells `contractor.updated`."""
    write(record, changes)
    tell(world, company, record, "updated")


def tell(world: World, company: Company, record: Record, what: str) -> None:
    """Tell what happened to a contractor: `contractor.created`, `contractor.deactivated` … [D]."""
    world.events.append(company.uuid, f"contractor.{what}", "Contractor", str(record["uuid"]))


def _invite(world: World, company: Company, record: Record, body: Mapping[str, Json]) -> None:
    """Let somebody who is not finished onboard themselves, where that is asked for [D]."""
    if body.get("self_onboarding") is True and record["onboarding_status"] == "admin_onboarding_incomplete":
        write(record, {"onboarding_status": "self_onboarding_not_invited"})
        tell(world, company, record, "marked_for_self_onboarding")


def _reply(world: World, call: Call, status: int, record: Record) -> Reply:
    company = world.companies[call.company]
    return Reply.of(status, show_contractor(company, record, world.today, read_include(call)))


def _read_form(record: Record, body: Mapping[str, Json], *, is_update: bool) -> EntryForm:
    """Read a contractor; what is required follows from what they are afterwards.

    [D] schema Contractor-Body: names of an individual, the name of a business, the rate of an hourly
    contractor, an e-mail for self-onboarding, a state for a new hire report. [I] the wording, after the
    printed "First name is required".
    """
    kind = str(body.get("type") or record["type"])
    ignored = _OF_PERSON if kind == "Business" else _OF_BUSINESS
    form = EntryForm({key: value for key, value in body.items() if key not in ignored}, is_update=is_update)
    for name in ("type", "wage_type"):
        form.take(name, f"{name.replace('_', ' ').capitalize()} is not included in the list")
    form.take("start_date", "Start date is not a valid date", is_day)
    for name in ("first_name", "last_name", "business_name", "middle_initial"):
        form.take_optional(name)
    form.take_optional("ein", "Ein is invalid", lambda text: _EIN.fullmatch(text) is not None)
    form.take_optional("email", "Email is invalid", is_mail)
    form.take_optional("work_email", "Work email is invalid", is_mail)
    form.take_optional("work_state", "State is in the wrong format", is_state)
    form.take_flag("file_new_hire_report")
    if "hourly_rate" in body:
        _take_rate(form, body["hourly_rate"])
    after = {**record, **form.values}
    named = {row["error_key"] for row in form.mistakes}
    for name in _list_required(after, body):
        if after[name] in {None, "", "0.00"} and name not in named:
            form.refuse(name, f"{name.replace('_', ' ').capitalize()} is required")
    _forget_what_is_ignored(form, after, ignored)
    _note_numbers(form, body, kind)
    return form


def _list_required(after: Record, body: Mapping[str, Json]) -> list[str]:
    is_business = after["type"] == "Business"
    names = ["business_name"] if is_business else ["first_name", "last_name"]
    if after["wage_type"] == "Hourly":
        names.append("hourly_rate")
    if body.get("self_onboarding") is True:
        names.append("email")
    if after["file_new_hire_report"] is True and not is_business:
        names.append("work_state")
    return names


def _take_rate(form: EntryForm, value: Json) -> None:
    rate = find_number(value)
    if rate is None or rate < 0:
        form.refuse("hourly_rate", "Hourly rate is not a valid number")
    else:
        form.values["hourly_rate"] = to_money(rate)


def _forget_what_is_ignored(form: EntryForm, after: Record, ignored: tuple[str, ...]) -> None:
    """Empty what belongs to the other type, and the rate of somebody with a fixed wage [I]."""
    form.values |= {name: None for name in ignored if name != "ssn" and after[name] is not None}
    if after["wage_type"] != "Hourly":
        form.values["hourly_rate"] = "0.00"


def _note_numbers(form: EntryForm, body: Mapping[str, Json], kind: str) -> None:
    """Note that there is a tax number; [D] a person's own is never kept to be shown."""
    if kind == "Individual" and body.get("ssn"):  # the gate has seen that it is one
        form.values["has_ssn"] = True
    if "ein" in form.values:
        form.values["has_ein"] = form.values["ein"] is not None


def _make_record(company: Company) -> Record:
    """Return a new contractor's record, nothing filled in."""
    return {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "company_uuid": company.uuid,
        "type": "Individual",
        "wage_type": "Fixed",
        "start_date": None,
        "is_active": True,
        "first_name": None,
        "last_name": None,
        "middle_initial": None,
        "business_name": None,
        "ein": None,
        "has_ein": None,
        "has_ssn": False,
        "email": None,
        "work_email": None,
        "hourly_rate": None,
        "file_new_hire_report": None,
        "work_state": None,
        "onboarded": False,
        "onboarding_status": "admin_onboarding_incomplete",
        "address": None,
        "department_uuid": None,
        "payment_method": None,
        "dismissal_date": None,
        "upcoming_employment": None,
        "member_portal_invitation_status": None,
        "partner_portal_invitation_sent": None,
    }
