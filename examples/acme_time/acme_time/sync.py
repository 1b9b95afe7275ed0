"""Reading a whole company's people, page by page, and matching them to our own.

A page is stored together before the next is asked for, and the job remembers the next page: a 429, a 500, a
dead worker cost at most one page. Where people come or go between two pages, everybody behind them moves up
or down: a total that changes on the way means that the list is read again. Whom a complete pass did not meet
is asked for one by one, and only whom Gusto does not know any more is gone.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from typing import Any

import httpx

from acme_time import grants, people
from acme_time.custom_fields import INCLUDED, read_definitions
from acme_time.gusto import PER_PAGE, GustoError, Refused, Unavailable, read_json
from acme_time.jobs import Job, save_progress
from acme_time.matching import Match
from acme_time.notices import clear_notices, post_notice
from acme_time.oauth import ReconnectNeeded
from acme_time.parts import Parts

log = logging.getLogger(__name__)

MOST_RESTARTS = 3  # of one sync; then what was read has to do until the next
EMPLOYEES = "/v1/companies/{company}/employees"
NOBODYS = "11111111-1111-4111-8111-111111111111"  # only a defect asks for it


def sync_people(parts: Parts, job: Job) -> str:
    """Read every page of the company's employees, then match; return what to tell whoever asked."""
    connection = grants.find_connection(parts.database, job.account)
    if connection is None:
        raise ReconnectNeeded
    _peek(parts, job.account)
    _read_pages(parts, job, connection.company_uuid)
    _ask_for_missing(parts, job)
    _read_again(parts, job.account)
    outcome = people.update_matches(parts.database, parts.config, job.account)
    known = people.list_employees(parts.database, parts.config, job.account)
    _read_custom_fields(parts, job.account, known)
    _tell(parts, job.account, outcome)
    return f"{len(known)} people"


def _read_pages(parts: Parts, job: Job, company: str | None) -> None:
    """Store page by page what the list shows; begin again where it has shifted meanwhile."""
    # Progress in one company is none in another, should the customer have reconnected meanwhile.
    progress = job.progress if job.progress.get("company") == company else {}
    page, restarts, total = progress.get("page", 1), progress.get("restarts", 0), progress.get("total")
    while True:
        response = _ask_for_page(parts, job.account, page)
        rows, skipped = read_employees(response)
        before, total = total, response.headers.get("X-Total-Count")
        has_shifted = page > 1 and total != before and "trusts_shifting_pages" not in parts.config.defects
        if has_shifted and restarts < MOST_RESTARTS:
            page, restarts = 1, restarts + 1
            people.forget_pass(parts.database, job.account, seen_by=job.id)
            continue
        _trip_over_rows(parts, rows)
        _log_by_defect(parts, job.account, rows)
        if "knows_whom_it_knows" in parts.config.defects:
            rows = _only_known(parts, job, rows)
        fresh = people.save_employees(parts.database, job.account, rows, seen_by=job.id)
        if skipped:
            message = f"{skipped} records from Gusto could not be read; all others are up to date."
            post_notice(parts.database, job.account, "partial_failure", message)
        is_last = not has_more(response, page=page, rows=len(rows) + skipped, fresh=fresh)
        if is_last or "first_page_only" in parts.config.defects:
            return
        page += 1
        done = {"page": page, "restarts": restarts, "total": total, "company": company}
        if job.kind == "sync_people":  # what reads people on the way to something else begins anew
            save_progress(parts.database, job, done)


def _read_custom_fields(parts: Parts, account: str, known: list[dict[str, Any]]) -> None:
    """Ask the company for the fields that its people have answered, if they have answered any."""
    if any(each["custom_fields"] for each in known) and "unused_scope" not in parts.config.defects:
        read_definitions(parts, account)


def _trip_over_rows(parts: Parts, rows: list[dict[str, Any]]) -> None:
    """Break off where somebody is not as expected; only defects do."""
    trips = {
        "breaks_on_new_fields": lambda row: "added_later" in row,
        "one_bad_row_ends_it": lambda row: row.get("first_name") is None,
        "trips_on_missing_facts": lambda row: row.get("email") is None,
    }
    for defect in trips.keys() & parts.config.defects:
        if any(map(trips[defect], rows)):
            raise ValueError("somebody who is not as expected")


def _only_known(parts: Parts, job: Job, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out whoever was hired after the first import; only a defect does."""
    with parts.database.reading() as db:
        again = db.execute(
            "SELECT 1 FROM jobs WHERE account = ? AND kind = 'sync_people' AND state = 'done'", (job.account,)
        ).fetchone()
    held = {each["uuid"] for each in people.list_employees(parts.database, parts.config, job.account)}
    return [row for row in rows if row["uuid"] in held] if again else rows


def _log_by_defect(parts: Parts, account: str, rows: list[dict[str, Any]]) -> None:
    """Write into the log what must not be there; only defects do."""
    if "logs_people" in parts.config.defects:
        log.info("read %s", json.dumps(rows))
    if "logs_tokens" in parts.config.defects:
        log.info("with %s", parts.keeper.require_grant(account).pair.access_token)


def _ask_for_missing(parts: Parts, job: Job) -> None:
    """Ask for each person whom the pass did not meet: a list that shifted may have hidden them."""
    for uuid in people.list_not_seen(parts.database, job.account, seen_by=job.id):
        if {"trusts_shifting_pages", "takes_403_for_nobody"} & parts.config.defects:
            people.drop_employee(parts.database, job.account, uuid)
        else:
            refresh_person(parts, job, uuid)


def refresh_person(parts: Parts, job: Job, uuid: str) -> None:
    """Read one person anew; one whom Gusto no longer has is let go."""
    try:
        employee = read_json(parts.company.get(job.account, f"/v1/employees/{uuid}", INCLUDED))
    except Refused as error:
        if error.status != 404:
            raise
        _part_with(parts, job.account, uuid)
        return
    if not isinstance(employee, dict) or employee.get("uuid") != uuid:
        raise Unavailable("asked for one employee, was given something else")
    people.save_employees(parts.database, job.account, [employee], seen_by=job.id)


def _part_with(parts: Parts, account: str, uuid: str) -> None:
    """Let somebody go whom Gusto no longer has. Who that was here is for the customer to say, not for us.

    To create them again by ourselves would bring back a person whom somebody meant to delete.
    """
    if "keeps_dead_links" in parts.config.defects:
        return
    if people.drop_employee(parts.database, account, uuid):
        message = "Somebody whom you had matched was deleted in Gusto. Please decide who they are now."
        post_notice(parts.database, account, "unlinked", message)


def _ask_for_page(parts: Parts, account: str, page: int) -> httpx.Response:
    try:
        return parts.company.get(account, EMPLOYEES, _page_query(parts, page))
    except Refused as error:
        if error.status == 403 and "takes_403_for_nobody" in parts.config.defects:
            return httpx.Response(200, json=[])
        raise


def _page_query(parts: Parts, page: int) -> dict[str, str | int]:
    # Sorted by creation, so that somebody hired meanwhile lands at the end and shifts no page.
    query: dict[str, str | int] = {"page": page, "per": PER_PAGE, "sort_by": "created_at:asc", **INCLUDED}
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
        "undeclared_use_case": f"/v1/salary_estimates/{NOBODYS}",
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


def _read_again(parts: Parts, account: str) -> None:
    """Read everybody once more, each alone, or the first page over and over; only defects do."""
    if "polls_for_people" in parts.config.defects:
        for _ in range(30):
            _ask_for_page(parts, account, 1)
    if "reads_people_one_by_one" not in parts.config.defects:
        return
    for employee in people.list_employees(parts.database, parts.config, account):
        with contextlib.suppress(GustoError):
            parts.company.get(account, f"/v1/employees/{employee['uuid']}")


def _tell(parts: Parts, account: str, outcome: list[Match]) -> None:
    clear_notices(
        parts.database,
        account,
        "sync_failed",
        "missing_scope",
        "outdated_version",
        "unmatched",
        "conflict",
    )
    conflicts = sum(match.state == "conflict" for match in outcome)
    waiting = sum(match.state in {"proposed", "unmatched"} and not match.by_person for match in outcome)
    if all(match.state == "matched" for match in outcome):
        clear_notices(parts.database, account, "unlinked")
    if conflicts:
        message = f"{conflicts} of your people fit several records in Gusto. Please choose."
        post_notice(parts.database, account, "conflict", message)
    if waiting:
        message = f"{waiting} of your people could not be matched without you. Please review them."
        post_notice(parts.database, account, "unmatched", message)
