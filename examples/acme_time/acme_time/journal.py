"""The books of a customer: each payroll that was run becomes one entry, once, from Gusto's general ledger.

Gusto makes a ledger on request and takes its time. So all that are missing are asked for first, the job steps
aside while they are pending, and what is ready is fetched at once: the address of a report is good for a few
minutes and is itself the key to it, so it is neither stored nor logged. One that takes long keeps no other
out of the books, is not asked for a second time, and is posted when it is there and not before. Source:
https://docs.gusto.com/app-integrations/reference/post-payrolls-payroll_uuid-reports-general_ledger
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from acme_time.database import Database
from acme_time.gusto import PER_PAGE, Unavailable, count_pages, read_json
from acme_time.jobs import Job, NotYet, save_progress
from acme_time.notices import clear_notices, post_notice
from acme_time.parts import Parts
from acme_time.payrolls import PAYROLLS

YEAR = timedelta(days=364)  # Gusto lists a year at most in one go, and half a year when nothing is said
AHEAD = timedelta(days=31)  # a payroll is run before the day on which it pays
FIRST_LOOK = 0.25  # seconds; half as much again each time
MOST_LOOKS = 13  # in about a minute

Line = dict[str, str | None]

log = logging.getLogger(__name__)


def post_journal(parts: Parts, job: Job) -> str:
    """Post every payroll that was run and is not in the books; return what was done.

    The job may be run at any time, by a person or by an event: what is posted already is passed over.
    """
    posted, failed = int(job.progress.get("posted", 0)), set(job.progress.get("failed", []))
    reports = _list_reports(parts.database, job.account)
    for payroll in _list_missing(parts, job.account):
        # What failed is asked for again by the next job: this one would go round and round.
        if payroll not in reports and payroll not in failed:
            _keep_report(parts.database, job.account, payroll, _ask_for_report(parts, job.account, payroll))
        elif "asks_again_while_pending" in parts.config.defects:
            _ask_for_report(parts, job.account, payroll)
    waiting = _list_reports(parts.database, job.account)
    looks = {each: _look(parts, job.account, each, waiting[each]) for each in waiting}
    posted += sum(look == "succeeded" for look in looks.values())
    failed |= {each for each, look in looks.items() if look not in ("succeeded", "pending")}
    pending = {each for each, look in looks.items() if look == "pending"}
    if pending:
        save_progress(parts.database, job, {"posted": posted, "failed": sorted(failed)})
        _step_aside(parts, job)
    missed = len(failed | pending)
    clear_notices(parts.database, job.account, "partial_failure")
    if missed and "hides_failed_reports" not in parts.config.defects:
        message = f"Gusto could not make the ledger of {missed} payrolls. They are not in your books yet."
        post_notice(parts.database, job.account, "partial_failure", message)
    return f"{posted} payrolls posted, {missed} could not be"


def _list_missing(parts: Parts, account: str) -> list[str]:
    posted = {entry["payroll_uuid"] for entry in list_entries(parts.database, account)}
    if "posts_again" in parts.config.defects:
        posted = set()
    # A list that grows while its pages are read shows some of it twice.
    listed = dict.fromkeys(_list_processed(parts, account))
    return [payroll for payroll in listed if payroll not in posted]


def _list_processed(parts: Parts, account: str) -> Iterator[str]:
    """Yield every payroll of the last year that was run, off-cycle ones too; by the day on which they pay.

    A payroll may have no pay period (`null`), so we do not look at it.
    """
    statuses = "processed,unprocessed" if "posts_drafts" in parts.config.defects else "processed"
    query: dict[str, str | int] = {
        "processing_statuses": statuses,
        "payroll_types": "regular" if "posts_regular_only" in parts.config.defects else "regular,off_cycle",
        "per": PER_PAGE,
    }
    for start, end in _split_time(datetime.now(UTC).date()):
        if "reads_half_a_year" not in parts.config.defects:
            query |= {"start_date": start.isoformat(), "end_date": end.isoformat()}
        if statuses == "processed":
            query["date_filter_by"] = "check_date"
        page, pages = 1, 1
        while page <= pages:
            response = parts.company.get(account, PAYROLLS, {**query, "page": page})
            for payroll in _read_list(response):
                if "trips_on_null_periods" in parts.config.defects:
                    date.fromisoformat(payroll["pay_period"]["start_date"])
                yield str(payroll["payroll_uuid"])
            page, pages = page + 1, count_pages(response)


def _split_time(today: date) -> Iterator[tuple[date, date]]:
    """Yield the last year and the coming month, as spans that Gusto takes; a whole year back is one."""
    yield today - YEAR, today
    yield today + timedelta(days=1), today + AHEAD


def _read_list(response: httpx.Response) -> list[dict[str, Any]]:
    body = read_json(response)
    if not isinstance(body, list):
        raise Unavailable("the list of payrolls is not a list")
    return body


def _ask_for_report(parts: Parts, account: str, payroll: str) -> str:
    path = f"/v1/payrolls/{payroll}/reports/general_ledger"
    answer = read_json(parts.company.send("POST", account, path, json={"aggregation": "default"}))
    return str(answer["request_uuid"])


def _look(parts: Parts, account: str, payroll: str, request: str) -> str:
    """Look whether a report is ready, and post it if it is; return its status."""
    report = read_json(parts.company.get(account, f"/v1/reports/{request}"))
    status = str(report["status"])
    if status == "pending" and "polls_without_pause" in parts.config.defects:
        time.sleep(0.05)
        return _look(parts, account, payroll, request)
    if status == "pending" and "posts_pending_as_empty" in parts.config.defects:
        _keep_entry(parts, account, payroll, [])
    if status == "succeeded":
        if "logs_report_urls" in parts.config.defects:
            _log_urls(report["report_urls"])
        lines = [line for url in report["report_urls"] for line in _fetch(parts, url)]
        if "posts_pending_as_empty" in parts.config.defects:
            _take_back(parts.database, account, payroll)
        _keep_entry(parts, account, payroll, lines)
    if status != "pending":
        # Whoever asks again after a failure gets a new report.
        _drop_report(parts.database, account, payroll)
    return status


def _step_aside(parts: Parts, job: Job) -> None:
    """Let others work until the pending reports may be ready; in the end, give up on them."""
    with parts.database.transaction() as db:
        row = db.execute(
            "UPDATE journal_reports SET looks = looks + 1 WHERE account = ? RETURNING looks", (job.account,)
        ).fetchall()
    looks = max((int(each["looks"]) for each in row), default=0)
    if looks < MOST_LOOKS:
        raise NotYet(FIRST_LOOK * 1.5 ** (looks - 1))
    with parts.database.transaction() as db:
        db.execute("DELETE FROM journal_reports WHERE account = ?", (job.account,))


def _fetch(parts: Parts, url: str) -> list[Line]:
    """Return the lines for the whole company from the file of a report."""
    response = parts.gusto.fetch(url)
    try:
        rows = read_json(response)["data"][0]["rows"]
        lines = [_to_line(row) for row in rows]
    except (KeyError, IndexError, TypeError, ValueError, InvalidOperation) as error:
        raise Unavailable("the report has no rows that we understand") from error
    if "leaves_out_employer_taxes" in parts.config.defects:
        return _without_employer_taxes(lines)
    if "posts_one_side" in parts.config.defects:
        return [line for line in lines if line["debit"]]
    return lines


def _to_line(row: list[Any]) -> Line:
    """Read a row: type and description of an account, a debit, a credit; the empty one may be null."""
    kind, description, debit, credit = row[:4]
    return {"account": f"{kind}: {description}", "debit": _to_money(debit), "credit": _to_money(credit)}


def _to_money(amount: Any) -> str | None:
    return None if amount in (None, "") else f"{Decimal(str(amount)):.2f}"


def _keep_entry(parts: Parts, account: str, payroll: str, lines: list[Line]) -> None:
    """Post an entry that balances. The key of the table is what keeps a payroll from being posted twice."""
    sides = [sum((Decimal(line[side] or 0) for line in lines), Decimal(0)) for side in ("debit", "credit")]
    is_careless = parts.config.defects & {"posts_one_side"}
    if sides[0] != sides[1] and not is_careless:
        raise Unavailable("the ledger of a payroll does not balance")
    name = str(uuid.uuid4()) if "posts_again" in parts.config.defects else payroll
    with parts.database.transaction() as db:
        db.execute(
            "INSERT OR IGNORE INTO journal VALUES (?, ?, ?, ?)",
            (account, name, payroll, parts.database.seal(lines)),
        )


def has_books(database: Database, account: str) -> bool:
    """Whether a customer has begun to post: from then on we do it whenever a payroll was run."""
    with database.reading() as db:
        return db.execute("SELECT 1 FROM journal WHERE account = ?", (account,)).fetchone() is not None


def list_entries(database: Database, account: str) -> list[dict[str, Any]]:
    """Return the entries of a customer's books, oldest first: `id`, `payroll_uuid`, `lines`."""
    with database.reading() as db:
        rows = db.execute(
            "SELECT id, payroll_uuid, lines FROM journal WHERE account = ? ORDER BY rowid", (account,)
        ).fetchall()
    return [{**dict(row), "lines": database.unseal(row["lines"])} for row in rows]


def _list_reports(database: Database, account: str) -> dict[str, str]:
    with database.reading() as db:
        rows = db.execute(
            "SELECT payroll_uuid, request_uuid FROM journal_reports WHERE account = ?", (account,)
        ).fetchall()
    return {row["payroll_uuid"]: row["request_uuid"] for row in rows}


def _keep_report(database: Database, account: str, payroll: str, request: str) -> None:
    with database.transaction() as db:
        db.execute("INSERT OR REPLACE INTO journal_reports VALUES (?, ?, ?, 0)", (account, payroll, request))


def _drop_report(database: Database, account: str, payroll: str) -> None:
    with database.transaction() as db:
        db.execute("DELETE FROM journal_reports WHERE account = ? AND payroll_uuid = ?", (account, payroll))


def _take_back(database: Database, account: str, payroll: str) -> None:
    """Take an entry out of the books again; for a defect."""
    with database.transaction() as db:
        db.execute("DELETE FROM journal WHERE account = ? AND payroll_uuid = ?", (account, payroll))


def _log_urls(urls: list[str]) -> None:
    """Write addresses into the log that are keys to the books; a defect."""
    log.info("the report is at %s", ", ".join(urls))


def _without_employer_taxes(lines: list[Line]) -> list[Line]:
    """Leave the employer's share of taxes out on both sides, so that it still balances; a defect."""
    taxes = [line for line in lines if "Employer taxes" in str(line["account"])]
    dropped = sum((Decimal(line["debit"] or 0) for line in taxes), Decimal(0))
    kept = [dict(line) for line in lines if line not in taxes]
    for line in kept:
        if "payroll taxes" in str(line["account"]):
            line["credit"] = f"{Decimal(line['credit'] or 0) - dropped:.2f}"
    return kept
