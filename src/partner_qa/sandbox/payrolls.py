"""The payrolls of a company: list, show, prepare and update.

App integrations cannot create, calculate or submit one ([D]); that happens in Gusto: payroll_running.py. How
one is shown is payroll_record.py, what an update may say payroll_update.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.company import Company
from partner_qa.sandbox.employee_filters import read_list
from partner_qa.sandbox.entry_form import find_day
from partner_qa.sandbox.paging import reply_with_page, take_page
from partner_qa.sandbox.pay_schedules import TOO_FAR, half_a_year_before
from partner_qa.sandbox.payroll import RESERVED, Payroll, Row
from partner_qa.sandbox.payroll_opening import AHEAD, tell_payroll
from partner_qa.sandbox.payroll_record import put_off, to_listed, to_prepared, to_shown
from partner_qa.sandbox.payroll_rows import prepare_rows, rows_of
from partner_qa.sandbox.payroll_update import find_strangers, read_update, write_update
from partner_qa.sandbox.problem import conflict, not_found, refuse, to_entry, unprocessable
from partner_qa.sandbox.world import World

LARGEST_LOOKUP = 100  # [D] version 2025-06-15
LONGEST_RANGE = timedelta(days=367)  # [O] a year, and a little
BLOCKED = "Payroll is currently blocked for your account and cannot be modified."  # [O]
PROCESSED = "This payroll has already been processed. Its data cannot be updated or altered."  # [D]
PROCESSING = "This payroll is being processed and cannot be updated at this time."  # [D]
RESERVED_TYPE = (
    "This type of payroll cannot be modified or processed. It is reserved for system processes."  # [D]
)
LOCKED = "The payroll is being updated by another request. Please try again."  # [I]
_BUSY = frozenset({"calculating", "submitting"})


def list_payrolls(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-payrolls`, always in pages (version 2026-06-15).

    [D] processed regular ones of the last six months, oldest first, unless the query says otherwise.
    [O] an unknown status or type fits none, an unknown `include` is dropped. [I] one counts where its pay
    period has a day in common with the days asked for; `processed` (superseded) counts where
    `processing_statuses` is not sent.
    """
    statuses = _read_statuses(call)
    by_check_date = call.find_query("date_filter_by") == "check_date"
    if by_check_date and read_list(call, "processing_statuses") != frozenset({"processed"}):
        return unprocessable(
            "date_filter_by",
            "invalid_parameter",
            "Date filter by is only valid when filtering for processed payrolls.",  # [O]
        )
    days = _read_days(call, world.today)
    if isinstance(days, Reply):
        return days
    types = _read_types(call)
    company = world.companies[call.company]
    found = [
        each
        for each in company.payrolls.values()
        if ("processed" if each.is_processed else "unprocessed") in statuses
        and ("off_cycle" if each.is_off_cycle else "regular") in types
        and _is_within(each, days, by_check_date=by_check_date)
    ]
    found.sort(
        key=lambda each: (each.start, each.check_date), reverse=call.find_query("sort_order") == "desc"
    )
    include = read_list(call, "include") or ()
    return reply_with_page(call, found, lambda each: to_listed(world, company, each, include), forced=True)


def show_payroll(world: World, call: Call) -> Reply:
    """Answer `get-v1-companies-company_id-payrolls-payroll_id`; its rows always come in pages [D]."""
    company = world.companies[call.company]
    payroll = company.payrolls.get(call.params["payroll_id"])
    if payroll is None:
        return not_found()
    is_open = payroll.is_processed or payroll.calculated_at is not None
    rows = _sort(company, rows_of(company, payroll).values() if is_open else (), call.find_query("sort_by"))
    page = take_page(call, rows, forced=True)
    include = read_list(call, "include") or ()
    return Reply.of(200, to_shown(world, call, company, payroll, page.rows, include), headers=page.headers)


def prepare_payroll(world: World, call: Call) -> Reply:
    """Answer `put-v1-companies-company_id-payrolls-payroll_id-prepare`; its rows always come in pages [D].

    [D] it adds and removes people, refreshes the dates and drops a calculation. Tells `payroll.updated`, and
    only where anything is different afterwards ([I]: or who prepares as they are told would never end).
    """
    company = world.companies[call.company]
    payroll = company.payrolls.get(call.params["payroll_id"])
    if payroll is None:
        return not_found()
    wanted = call.object().get("employee_uuids") or []
    uuids = [str(each) for each in wanted] if isinstance(wanted, list) else []
    refusal = _refuse_frozen(company, payroll) or _refuse_lookup(company, uuids)
    if refusal is not None:
        return refusal
    before = payroll.check_date
    put_off(world, payroll)
    if prepare_rows(company, payroll) or payroll.check_date != before:
        tell_payroll(world, company, payroll, "updated")
    rows = [row for row in rows_of(company, payroll).values() if not uuids or row["employee_uuid"] in uuids]
    page = take_page(call, _sort(company, rows, call.find_query("sort_by")), forced=True)
    return Reply.of(200, to_prepared(world, company, payroll, page.rows), headers=page.headers)


def update_payroll(world: World, call: Call) -> Reply:
    """Answer `put-v1-companies-company_id-payrolls`; tells `payroll.updated`.

    [D] at most 100 rows, answered with just these; [O] one wrong row and nothing is written. [D] a stale row
    version is a conflict (2026-02-01), and [O] so is a missing one: rows come from a prepare.
    """
    company = world.companies[call.company]
    payroll = company.payrolls.get(call.params["payroll_id"])
    if payroll is None:
        return not_found()
    refusal = _refuse_locked(payroll) or _refuse_frozen(company, payroll)
    if refusal is not None:
        return refusal
    given = call.object().get("employee_compensations")
    items = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    if len(items) > LARGEST_LOOKUP:
        return unprocessable("employee_compensations", "invalid_parameter", _exceeded())
    known = payroll.rows or {}
    uuids = [str(each.get("employee_uuid") or "") for each in items]
    strangers = find_strangers(company, uuids)
    if strangers:
        return refuse(422, strangers)
    if len(set(uuids)) < len(uuids) or any(
        uuid not in known or each.get("version") != known[uuid]["version"]
        for uuid, each in zip(uuids, items, strict=True)
    ):
        return conflict()
    changes, mistakes = read_update(company, payroll, items)
    if mistakes:
        return refuse(422, mistakes)
    write_update(company, payroll, changes, call.object())
    tell_payroll(world, company, payroll, "updated")
    return Reply.of(200, to_prepared(world, company, payroll, [known[uuid] for uuid in uuids]))


OPERATIONS: Mapping[str, Handler] = MappingProxyType(
    {
        "get-v1-companies-company_id-payrolls": list_payrolls,
        "get-v1-companies-company_id-payrolls-payroll_id": show_payroll,
        "put-v1-companies-company_id-payrolls-payroll_id-prepare": prepare_payroll,
        "put-v1-companies-company_id-payrolls": update_payroll,
    }
)


def find_obstacle(company: Company, payroll: Payroll) -> str | None:
    """Return why a payroll cannot be written, or `None`.

    [D] the literals of the first three; [O] the last, seen for a sync of a company that cannot run payroll:
    [I] one that is suspended or not approved.
    """
    if payroll.is_processed:
        return PROCESSED
    if payroll.status in _BUSY:
        return PROCESSING
    if payroll.reason in RESERVED:
        return RESERVED_TYPE
    return BLOCKED if is_blocked(company) else None


def is_blocked(company: Company) -> bool:
    """Whether a company may run no payroll: [D] schema `Company`, `company_status`."""
    return bool(company.profile["is_suspended"]) or company.profile["company_status"] != "Approved"


def _refuse_locked(payroll: Payroll) -> Reply | None:
    """Return the 409 of a payroll that another update holds, as often as the admin side wants it.

    [D] status, and that the same request may be sent again: September 2026,
    https://docs.gusto.com/app-integrations/changelog/september-2026. [I] key, category and words. A sandbox
    that answers one request after the other has no contention of its own.
    """
    if payroll.locks < 1:
        return None
    payroll.locks -= 1
    return refuse(409, [to_entry("base", "invalid_operation", LOCKED)])


def _refuse_frozen(company: Company, payroll: Payroll) -> Reply | None:
    obstacle = find_obstacle(company, payroll)
    return None if obstacle is None else unprocessable("base", "invalid_operation", obstacle)


def _read_statuses(call: Call) -> frozenset[str]:
    statuses = read_list(call, "processing_statuses")
    if statuses is not None:
        return statuses
    return frozenset({"unprocessed" if call.find_query("processed") == "false" else "processed"})


def _read_types(call: Call) -> frozenset[str]:
    types = read_list(call, "payroll_types")
    if types is not None:
        return types
    both = call.find_query("include_off_cycle") == "true"
    return frozenset({"regular", "off_cycle"} if both else {"regular"})


def _read_days(call: Call, today: date) -> tuple[date, date] | Reply:
    """Return the days of a list. [O] the literals and the bounds; a range is measured to today by default."""
    days: dict[str, date | None] = {}
    for name in ("start_date", "end_date"):
        text = call.find_query(name)
        days[name] = find_day(text)
        if text and days[name] is None:
            return unprocessable(name, "invalid_parameter", f"Invalid parameter '{name}'.")
    end = days["end_date"] or today
    start = days["start_date"] or half_a_year_before(min(today, end))
    if end > today + AHEAD:
        return unprocessable("end_date", "invalid_parameter", TOO_FAR)
    if end - start > LONGEST_RANGE:
        return unprocessable("start_date", "invalid_parameter", "Date range too long, max 1 year")
    return start, end


def _is_within(payroll: Payroll, days: tuple[date, date], *, by_check_date: bool) -> bool:
    start, end = days
    return start <= payroll.check_date <= end if by_check_date else payroll.overlaps(start, end)


def _refuse_lookup(company: Company, uuids: Sequence[str]) -> Reply | None:
    """Return why these people cannot be looked up, or `None`. [D] the literals and the metadata."""
    if len(uuids) > LARGEST_LOOKUP:
        return refuse(422, [to_entry("employee_uuids", "invalid_parameter", _exceeded())])
    strangers = find_strangers(company, uuids)
    return refuse(422, strangers) if strangers else None


def _exceeded() -> str:
    return f"Exceeded maximum of {LARGEST_LOOKUP} for lookup."  # [D]


def _sort(company: Company, rows: Iterable[Row], sort_by: str | None) -> list[Row]:
    """Sort rows by names: `last_name:desc,first_name`; without an order, in that of the company."""
    kept = list(rows)
    for part in reversed((sort_by or "").split(",")):
        name, _, direction = part.partition(":")
        if name in {"first_name", "last_name"}:
            kept.sort(key=lambda row: _name_of(company, row, name), reverse=direction == "desc")
    return kept


def _name_of(company: Company, row: Row, name: str) -> str:
    return str(company.employees.get(str(row["employee_uuid"]), {}).get(name) or "").casefold()
