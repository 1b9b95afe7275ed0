"""Payrolls in Gusto, as far as an app integration can have to do with them: find, prepare, write.

There is no operation to calculate or submit one: the customer's admin does that in Gusto, and must be told
so. A payroll that was not run yet is a template that several people and programs write into. Each person on
it has a row with a version of its own, and the version comes from a prepare and from nowhere else.
Sources: https://docs.gusto.com/app-integrations/docs/updating-payrolls;
https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from acme_time.gusto import PER_PAGE, GustoError, Refused, Unavailable, count_pages, read_json
from acme_time.notices import post_notice
from acme_time.parts import Parts

PAYROLLS = "/v1/companies/{company}/payrolls"
LARGEST_UPDATE = 100  # rows in one request
# [D] What blocks a payroll is told by category; a frozen one is refused as an invalid operation.
_BLOCKED = frozenset({"payroll_blocker", "invalid_operation"})

Row = dict[str, Any]


class Changed(GustoError):  # noqa: N818 - a state, and an expected one
    """409: a row was written by somebody else since it was read. Read it again, and reckon again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payroll:
    """A payroll of the list; the period as Gusto writes it, `deadline` until when it is to be submitted."""

    uuid: str
    start: str
    end: str
    deadline: str
    is_processed: bool
    is_calculated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A payroll that may be written: the row of each person, by UUID, and what it can pay besides hours."""

    rows: Mapping[str, Row]
    fixed_names: Sequence[str]


def find_payroll(parts: Parts, account: str, period: Mapping[str, str] | None = None) -> Payroll | None:
    """Return the regular payroll that is next to run, or that of a period, whether or not it was run.

    By default the list holds what was run already, so we say what we want, and of which months.
    Off-cycle payrolls (a correction, somebody's last wages) are made for a purpose, and ours is none of them.
    """
    today = datetime.now().astimezone().date()
    query: dict[str, str | int] = {
        "processing_statuses": "unprocessed" if period is None else "unprocessed,processed",
        "payroll_types": "regular",
        "start_date": str(today - timedelta(days=60)),
        "end_date": str(today + timedelta(days=60)),
        "sort_order": "asc",
        "per": PER_PAGE,
    }
    if "picks_off_cycle" in parts.config.defects:
        query["payroll_types"] = "regular,off_cycle"
    found = sorted(_read_list(parts, account, query), key=lambda each: each.start)
    if "moves_late_changes" in parts.config.defects:
        found, period = [each for each in found if not each.is_processed], None
    if period is not None:
        wanted = (period["start_date"], period["end_date"])
        found = [each for each in found if (each.start, each.end) == wanted]
    return found[0] if found else None


def _read_list(parts: Parts, account: str, query: Mapping[str, str | int]) -> list[Payroll]:
    found: list[Payroll] = []
    page, pages = 1, 1
    while page <= pages:
        response = parts.company.get(account, PAYROLLS, {**query, "page": page})
        body = read_json(response)
        if not isinstance(body, list):
            raise Unavailable("the list of payrolls is not a list")
        found += [_to_payroll(each) for each in body if each.get("pay_period", {}).get("start_date")]
        page, pages = page + 1, count_pages(response)
    return found


def _to_payroll(row: Row) -> Payroll:
    return Payroll(
        uuid=row["payroll_uuid"],
        start=row["pay_period"]["start_date"],
        end=row["pay_period"]["end_date"],
        deadline=row.get("payroll_deadline") or "",
        is_processed=bool(row.get("processed")),
        is_calculated=bool(row.get("calculated_at")),
    )


def prepare(parts: Parts, account: str, payroll: Payroll) -> Prepared:
    """Have a payroll brought up to date, and return everybody on it, all pages in one.

    A prepare takes back a calculation that an admin has made: it comes before a write, and is no way to look.
    """
    times = 3 if "prepares_in_a_loop" in parts.config.defects else 1
    for _ in range(times):
        rows, first = _read_pages(parts, account, "PUT", f"{PAYROLLS}/{payroll.uuid}/prepare")
    names = [each["name"] for each in first.get("fixed_compensation_types") or [] if each.get("name")]
    return Prepared(rows=rows, fixed_names=names)


def read_rows(parts: Parts, account: str, payroll: Payroll) -> Mapping[str, Row]:
    """Return the rows of a payroll that is calculated, without touching it; none where it is not."""
    return _read_pages(parts, account, "GET", f"{PAYROLLS}/{payroll.uuid}")[0]


def _read_pages(parts: Parts, account: str, method: str, path: str) -> tuple[dict[str, Row], Row]:
    """Return the rows of all pages, by person, and the first page as it came.

    At most 100 people come at once, whatever was asked for.
    """
    rows: dict[str, Row] = {}
    first: Row = {}
    page, pages = 1, 1
    while page <= pages:
        response = _ask(parts, account, method, path, {"page": page, "per": PER_PAGE})
        body = read_json(response)
        if not isinstance(body, dict):
            raise Unavailable("the payroll is not an object")
        first = first or body
        rows |= {each["employee_uuid"]: each for each in body.get("employee_compensations") or []}
        page, pages = page + 1, count_pages(response)
        if "first_payroll_page_only" in parts.config.defects:
            break
    return rows, first


def _ask(
    parts: Parts, account: str, method: str, path: str, query: Mapping[str, str | int]
) -> httpx.Response:
    try:
        return parts.company.send(method, account, path, query=query)
    except Refused as error:
        is_blocked = error.status == 422 and error.categories & _BLOCKED
        if is_blocked and "hides_blockers" not in parts.config.defects:
            # Gusto's own words are written for the admin, and say what is to be done.
            words = " ".join(error.messages) or "Gusto does not let this payroll be written."
            post_notice(parts.database, account, "blocked", f"{words} Please look at it in Gusto.")
        raise


def write(parts: Parts, account: str, payroll: Payroll, items: Iterable[Row]) -> Mapping[str, Row]:
    """Write rows, at most 100, each with the version just read; return them as they are now.

    Of several rows with one mistake none is written. Raise `Changed` where a row is another one by now. A 409
    for any other reason is two writers who met: nothing was written, and it may be sent again after a pause.
    """
    rows = list(items)
    if "omits_row_versions" in parts.config.defects:
        with contextlib.suppress(GustoError):
            return _put(parts, account, payroll, [_without_version(each) for each in rows])
    for _ in range(20 if "hammers_locks" in parts.config.defects else 0):
        with contextlib.suppress(Unavailable):
            return _put(parts, account, payroll, rows)
    return _put(parts, account, payroll, rows)


def _without_version(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "version"}


def _put(parts: Parts, account: str, payroll: Payroll, rows: Sequence[Row]) -> Mapping[str, Row]:
    path = f"{PAYROLLS}/{payroll.uuid}"
    try:
        response = parts.company.send("PUT", account, path, json={"employee_compensations": rows})
    except Refused as error:
        if error.status != 409:
            raise
        if "invalid_resource_version" in error.categories:
            raise Changed("the payroll was changed meanwhile") from error
        raise Unavailable("the payroll is being written by somebody else") from error
    written = read_json(response)["employee_compensations"]
    return {each["employee_uuid"]: each for each in written}


def in_chunks(items: Sequence[Row], size: int = LARGEST_UPDATE) -> Iterable[Sequence[Row]]:
    """Cut rows into pieces that one request may carry."""
    return (items[start : start + size] for start in range(0, len(items), size))
