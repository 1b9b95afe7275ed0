"""Hours that people worked, as a time-tracking application sends them: list, show, create, update, delete.

[D] https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data; how they get into a payroll is
payroll_syncs.py. No event is told of a single sheet: Gusto names none.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from partner_qa.model import Json
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.employee_filters import read_list
from partner_qa.sandbox.entry_form import EntryForm
from partner_qa.sandbox.locking import fresh_version, write
from partner_qa.sandbox.paging import reply_with_page
from partner_qa.sandbox.problem import not_found, refuse, to_entry, unprocessable
from partner_qa.sandbox.wire import find_number, to_hours, to_time
from partner_qa.sandbox.world import World

CLASSES = ("Regular", "Overtime", "Double overtime")  # [D]
_SORTS = ("created_at", "updated_at", "shift_started_at", "shift_ended_at")  # [D]
_LEAST = Decimal("0.001")  # [D] hours_worked


def list_time_sheets(world: World, call: Call) -> Reply:
    """Answer `get-companies-company_uuid-time_tracking-time_sheets`, in the order of creation [I].

    [D] `before` and `after` are about `created_at`, whatever the order. [I] both leave out the moment itself;
    people may be named with commas, repeatedly, or as `entity_uuids[]`.
    """
    found = list(world.companies[call.company].time_sheets.values())
    people = read_list(call, "entity_uuids")
    if people is not None:
        found = [each for each in found if each["entity_uuid"] in people]
    for name in ("entity_type", "status"):
        wanted = call.find_query(name)
        if wanted:
            found = [each for each in found if each[name] == wanted]
    before, after = (_find_moment(call.find_query(name)) for name in ("before", "after"))
    if before is not None:
        found = [each for each in found if _moment_of(each, "created_at") < before]
    if after is not None:
        found = [each for each in found if _moment_of(each, "created_at") > after]
    sort_by, is_down = call.find_query("sort_by"), call.find_query("sort_order") == "desc"
    if sort_by in _SORTS:
        found.sort(key=_key_of(sort_by), reverse=is_down)
    elif is_down:
        found.reverse()
    return reply_with_page(call, found, dict)


def show_time_sheet(world: World, call: Call) -> Reply:
    """Answer `get-time_tracking-time_sheets-time_sheet_uuid`."""
    found = world.companies[call.company].time_sheets.get(call.params["time_sheet_uuid"])
    return not_found() if found is None else Reply.of(200, found)


def create_time_sheet(world: World, call: Call) -> Reply:
    """Answer `post-companies-company_uuid-time_tracking-time_sheets`; [O] what comes by API is approved."""
    company = world.companies[call.company]
    form = read_sheet(world, company, call.object(), None)
    if form.mistakes:
        return refuse(422, form.mistakes)
    return Reply.of(201, add_sheet(world, company, form.values))


def update_time_sheet(world: World, call: Call) -> Reply:
    """Answer `put-time_tracking-time_sheets-time_sheet_uuid`; `entries` replace all entries [I].

    [D] a stale version is 422 here, not 409. [I] a sheet that a payroll has taken cannot be changed any more.
    """
    company = world.companies[call.company]
    sheet = company.time_sheets.get(call.params["time_sheet_uuid"])
    if sheet is None:
        return not_found()
    refusal = _refuse_write(sheet, call.object().get("version"))
    if refusal is not None:
        return refusal
    form = read_sheet(world, company, call.object(), sheet)
    if form.mistakes:
        return refuse(422, form.mistakes)
    write(sheet, {**form.values, "updated_at": to_time(world.now())})
    if sheet["entity_type"] == "Contractor":
        sheet.pop("job_uuid", None)
    return Reply.of(200, sheet)


def delete_time_sheet(world: World, call: Call) -> Reply:
    """Answer `delete-time_tracking-time_sheets-time_sheet_uuid`; the version stands in the query [D]."""
    company = world.companies[call.company]
    sheet = company.time_sheets.get(call.params["time_sheet_uuid"])
    if sheet is None:
        return not_found()
    refusal = _refuse_write(sheet, call.find_query("version"))
    if refusal is not None:
        return refusal
    del company.time_sheets[str(sheet["uuid"])]
    return Reply(status=204)


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-companies-company_uuid-time_tracking-time_sheets": list_time_sheets,
        "post-companies-company_uuid-time_tracking-time_sheets": create_time_sheet,
        "get-time_tracking-time_sheets-time_sheet_uuid": show_time_sheet,
        "put-time_tracking-time_sheets-time_sheet_uuid": update_time_sheet,
        "delete-time_tracking-time_sheets-time_sheet_uuid": delete_time_sheet,
    }
)


def add_sheet(world: World, company: Company, values: Mapping[str, Json]) -> Record:
    """Keep a new time sheet with what was read; return its record."""
    now = to_time(world.now())
    sheet: Record = {
        "uuid": str(uuid.uuid4()),
        "version": fresh_version(),
        "company_uuid": company.uuid,
        "status": "approved",
        "entries": [],
        "metadata": {},
        "synced_to_payroll_at": None,
        "created_at": now,
        "updated_at": now,
        **values,
    }
    company.time_sheets[str(sheet["uuid"])] = sheet
    return sheet


def read_sheet(world: World, company: Company, body: Mapping[str, Json], sheet: Record | None) -> EntryForm:
    """Read what a sheet shall hold; `sheet` is the one that is changed.

    [D] "Time zone is invalid", "Entries are invalid"; [O] an employee's sheet needs a job and a contractor's
    has none, and a shift cannot begin in the future; [I] the other words.
    """
    form = EntryForm(body, is_update=sheet is not None)
    form.take(
        "entity_type", "Entity type is not included in the list", ("Employee", "Contractor").__contains__
    )
    form.take("entity_uuid", "Entity uuid is invalid")
    form.take("time_zone", "Time zone is invalid", _is_zone)
    for name, word in (("shift_started_at", "Shift started at"), ("shift_ended_at", "Shift ended at")):
        form.take(name, f"{word} is not a valid date", lambda text: _find_moment(text) is not None)
        if name in form.values:
            form.values[name] = to_time(_require_moment(form.values[name]))
    form.take("job_uuid", "Job uuid is invalid")
    if isinstance(body.get("metadata"), dict):
        form.values["metadata"] = body["metadata"]
    if "entries" in body:
        _take_entries(form, body["entries"], sheet or {})
    if not form.mistakes:
        _judge(world, company, form, {**(sheet or {}), **form.values})
    return form


def is_open(sheet: Record) -> bool:
    """Whether a shift has not ended; [D] such a sheet has no `shift_ended_at`."""
    return "shift_ended_at" not in sheet


def _judge(world: World, company: Company, form: EntryForm, whole: Record) -> None:
    entity = str(whole["entity_uuid"])
    is_employee = whole["entity_type"] == "Employee"
    if entity not in (company.employees if is_employee else company.contractors):
        form.refuse("entity_uuid", "Entity uuid is invalid")
    elif is_employee and "job_uuid" not in whole:
        form.refuse("job_uuid", "Job uuid is required")
    elif is_employee and company.jobs.get(str(whole["job_uuid"]), {}).get("employee_uuid") != entity:
        form.refuse("job_uuid", "Job uuid is invalid")
    elif not is_employee and "job_uuid" in form.values:
        form.refuse("job_uuid", "Job uuid must be blank for contractors")
    started = _moment_of(whole, "shift_started_at")
    ends_today = datetime.combine(world.today + timedelta(days=1), datetime.min.time(), UTC)
    if started > max(world.now(), ends_today):  # where business time was moved ahead, its day counts
        form.refuse("shift_started_at", "Shift started at cannot be in the future")
    if not is_open(whole) and _moment_of(whole, "shift_ended_at") < started:
        form.refuse("shift_ended_at", "Shift ended at must be after shift started at")


def _take_entries(form: EntryForm, given: Json, sheet: Record) -> None:
    """Read entries; one whose `uuid` the sheet has keeps it, others get new ones [I]."""
    kept = sheet.get("entries")
    known = (
        {str(each["uuid"]) for each in kept if isinstance(each, dict)} if isinstance(kept, list) else set()
    )
    entries: list[Json] = []
    for each in given if isinstance(given, list) else []:
        row = each if isinstance(each, dict) else {}
        hours, own = find_number(row.get("hours_worked")), row.get("uuid")
        is_good = hours is not None and hours >= _LEAST and hours == hours.quantize(_LEAST)
        if hours is None or not is_good or (own is not None and own not in known):
            form.refuse("entries", "Entries are invalid")  # [D]
            return
        entries.append(
            {
                "uuid": own or str(uuid.uuid4()),
                "hours_worked": to_hours(hours),
                "pay_classification": row.get("pay_classification", CLASSES[0]),
            }
        )
    form.values["entries"] = entries


def _refuse_write(sheet: Record, version: Json) -> Reply | None:
    """Return why a sheet cannot be written, or `None`. [D] the literal of the version."""
    if version != sheet["version"]:
        shown = version if isinstance(version, str) else ""
        message = f"Version '{shown[:100]}' does not match the latest version of this object"
        return refuse(422, [to_entry("version", "invalid_attribute_value", message)])
    if sheet["synced_to_payroll_at"] is not None:
        return unprocessable("base", "invalid_operation", "Time sheet has already been synced to payroll.")
    return None


def _is_zone(text: str) -> bool:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, LookupError):  # LookupError: ZoneInfoNotFoundError
        return False
    return True


def _find_moment(value: Json) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip().replace(" ", "+"))  # a bare + of a query is a blank
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _require_moment(value: Json) -> datetime:
    return datetime.fromisoformat(str(value))


def _moment_of(sheet: Record, name: str) -> datetime:
    return datetime.fromisoformat(str(sheet[name]))


def _key_of(name: str) -> Callable[[Record], str]:
    """Return by what sheets are sorted: times are written alike, so their texts will do; none comes last."""
    return lambda sheet: str(sheet.get(name, "~"))
