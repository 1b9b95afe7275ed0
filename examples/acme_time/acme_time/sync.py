"""Reading a whole company's people, page by page, and matching them to our own.

A page is stored together before the next is asked for, and the job remembers the next page: a 429, a 500, a
dead worker cost at most one page. People whom a complete pass did not meet are removed only at its end.
"""

from __future__ import annotations

import contextlib
import logging
import os
from typing import Any

import httpx

from acme_time import grants, people
from acme_time.gusto import GustoError, Refused, Unavailable, read_json
from acme_time.jobs import Job, save_progress
from acme_time.matching import Match
from acme_time.notices import clear_notices, post_notice
from acme_time.oauth import ReconnectNeeded
from acme_time.parts import Parts

log = logging.getLogger(__name__)

PER_PAGE = 100
EMPLOYEES = "/v1/companies/{company}/employees"


def sync_people(parts: Parts, job: Job) -> str:
    """Read every page of the company's employees, then match; return what to tell whoever asked."""
    connection = grants.find_connection(parts.database, job.account)
    if connection is None:
        raise ReconnectNeeded
    company = connection.company_uuid
    # Progress in one company is none in another, should the customer have reconnected meanwhile.
    page = job.progress.get("page", 1) if job.progress.get("company") == company else 1
    _peek(parts, job.account)
    while True:
        response = _ask_for_page(parts, job.account, page)
        rows, skipped = read_employees(response)
        if "breaks_on_new_fields" in parts.config.defects and any("added_later" in row for row in rows):
            raise ValueError("a field that nobody expected")
        if "trips_on_missing_facts" in parts.config.defects:
            rows = [{**row, "email": row["email"].lower()} for row in rows]
        fresh = people.save_employees(parts.database, job.account, rows, seen_by=job.id)
        if skipped:
            message = f"{skipped} records from Gusto could not be read; all others are up to date."
            post_notice(parts.database, job.account, "partial_failure", message)
        if not has_more(response, page=page, rows=len(rows) + skipped, fresh=fresh):
            break
        if "first_page_only" in parts.config.defects:
            break
        page += 1
        save_progress(parts.database, job, {"page": page, "company": company})
    people.drop_employees_not_seen(parts.database, job.account, seen_by=job.id)
    if "reads_people_one_by_one" in parts.config.defects:
        _read_one_by_one(parts, job.account)
    outcome = people.update_matches(parts.database, parts.config, job.account)
    _tell(parts, job.account, outcome)
    return f"{len(people.list_employees(parts.database, parts.config, job.account))} people"


def _ask_for_page(parts: Parts, account: str, page: int) -> httpx.Response:
    try:
        return parts.company.get(account, EMPLOYEES, _page_query(parts, page))
    except Refused as error:
        if error.status == 403 and "takes_403_for_nobody" in parts.config.defects:
            return httpx.Response(200, json=[])
        raise


def _page_query(parts: Parts, page: int) -> dict[str, str | int]:
    # Sorted by creation, so that somebody hired meanwhile lands at the end and shifts no page.
    query: dict[str, str | int] = {"page": page, "per": PER_PAGE, "sort_by": "created_at:asc"}
    if "sends_invalid_query" in parts.config.defects:
        query["include"] = "salaries"
    return query


def read_employees(response: httpx.Response) -> tuple[list[dict[str, Any]], int]:
    """Return the records that have what we cannot do without (a UUID), and how many have not."""
    body = read_json(response)
    if not isinstance(body, list):
        raise Unavailable("the list of employees is not a list")
    rows = [row for row in body if isinstance(row, dict) and isinstance(row.get("uuid"), str)]
    return rows, len(body) - len(rows)


def has_more(response: httpx.Response, *, page: int, rows: int, fresh: int) -> bool:
    """Whether another page is to be read: the header decides; without it, a full page with news does."""
    total = response.headers.get("X-Total-Pages", "")
    if total.isdigit():
        return page < int(total)
    return rows == PER_PAGE and fresh > 0


def _peek(parts: Parts, account: str) -> None:
    """Ask for what we have no business with; only these defects do."""
    places = {
        "calls_unassigned_scope": "/v1/companies/{company}/admins",
        "undeclared_use_case": "/v1/companies/{company}/contractors",
        "asks_for_embedded": "/v1/companies/{company}/federal_tax_details",
    }
    for defect in places.keys() & parts.config.defects:
        try:
            parts.company.get(account, places[defect])
        except Refused as error:
            log.warning("%s", error)
    if "asks_production" in parts.config.defects and os.environ.get("HTTPS_PROXY"):
        # Only where a proxy stands in the way, as it does under test: it must not get there.
        with contextlib.suppress(httpx.HTTPError):
            httpx.get("https://api.gusto.com/v1/token_info", timeout=5)


def _read_one_by_one(parts: Parts, account: str) -> None:
    """Read everybody again, each alone, whatever Gusto says to it; a defect."""
    for employee in people.list_employees(parts.database, parts.config, account):
        with contextlib.suppress(GustoError):
            parts.company.get(account, f"/v1/employees/{employee['uuid']}")


def _tell(parts: Parts, account: str, outcome: list[Match]) -> None:
    clear_notices(
        parts.database,
        account,
        "sync_failed",
        "throttled",
        "missing_scope",
        "outdated_version",
        "unmatched",
        "conflict",
    )
    conflicts = sum(match.state == "conflict" for match in outcome)
    waiting = sum(match.state in {"proposed", "unmatched"} and not match.by_person for match in outcome)
    if conflicts:
        message = f"{conflicts} of your people fit several records in Gusto. Please choose."
        post_notice(parts.database, account, "conflict", message)
    if waiting:
        message = f"{waiting} of your people could not be matched without you. Please review them."
        post_notice(parts.database, account, "unmatched", message)
