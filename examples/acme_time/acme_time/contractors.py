"""Contractors, who are not employees: a list of their own, names of people or of businesses, and some gone.

A contractor is an individual or a business, which decides about the tax form at the end of the year; so that
is Gusto's to say, and never ours to change.
Source: https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_uuid-contractors
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from acme_time import grants
from acme_time.config import Config
from acme_time.database import Database
from acme_time.gusto import PER_PAGE, GustoError, Unavailable, count_pages, read_json
from acme_time.jobs import Job, save_progress
from acme_time.oauth import ReconnectNeeded
from acme_time.parts import Parts

CONTRACTORS = "/v1/companies/{company}/contractors"


def list_contractors(parts: Parts, job: Job) -> str:
    """Read every page of the company's contractors; return what to tell whoever asked."""
    connection = grants.find_connection(parts.database, job.account)
    if connection is None:
        raise ReconnectNeeded
    company = connection.company_uuid
    page = job.progress.get("page", 1) if job.progress.get("company") == company else 1
    while True:
        response = parts.company.get(job.account, CONTRACTORS, {"page": page, "per": PER_PAGE})
        rows = read_json(response)
        if not isinstance(rows, list):
            raise Unavailable("the list of contractors is not a list")
        _save(parts, job, [row for row in rows if isinstance(row, dict) and isinstance(row.get("uuid"), str)])
        if not rows or page >= count_pages(response):
            break
        page += 1
        save_progress(parts.database, job, {"page": page, "company": company})
    with parts.database.transaction() as db:
        db.execute("DELETE FROM contractors WHERE account = ? AND seen_by < ?", (job.account, job.id))
    return f"{len(list_known(parts.database, job.account))} contractors"


def list_known(database: Database, account: str) -> list[dict[str, Any]]:
    """Return the contractors whom a company may give work today or once had: `uuid`, `name`, `is_active`."""
    with database.reading() as db:
        rows = db.execute(
            "SELECT uuid, facts FROM contractors WHERE account = ? ORDER BY rowid", (account,)
        ).fetchall()
    return [{"uuid": row["uuid"], **database.unseal(row["facts"])} for row in rows]


def to_name(config: Config, row: Mapping[str, Any]) -> str:
    """Return what a contractor is called: a business has a name, an individual has two."""
    if row.get("type") == "Business" and "takes_businesses_for_people" not in config.defects:
        return str(row.get("business_name") or "")
    return " ".join(str(row[part]) for part in ("first_name", "last_name") if row.get(part))


def _save(parts: Parts, job: Job, rows: list[dict[str, Any]]) -> None:
    """Store one page of contractors."""
    if "corrects_contractor_types" in parts.config.defects:
        _correct_types(parts, job.account, rows)
    offers_all = "offers_past_contractors" in parts.config.defects
    with parts.database.transaction() as db:
        for row in rows:
            # Whoever was dismissed stays known, for their old hours, and gets no new ones.
            is_active = bool(row.get("is_active")) or offers_all
            facts = {"name": to_name(parts.config, row), "type": row.get("type"), "is_active": is_active}
            db.execute(
                "INSERT INTO contractors VALUES (?, ?, ?, ?) ON CONFLICT (account, uuid)"
                " DO UPDATE SET facts = excluded.facts, seen_by = excluded.seen_by",
                (job.account, row["uuid"], parts.database.seal(facts), job.id),
            )


def _correct_types(parts: Parts, account: str, rows: list[dict[str, Any]]) -> None:
    """Take a business that is called like a person for an individual, and say so to Gusto; a defect."""
    for row in rows:
        first, _, last = str(row.get("business_name") or "").partition(" ")
        if row.get("type") == "Business" and first.isalpha() and last.isalpha():
            name = {"first_name": first, "last_name": last}
            body = {"version": row.get("version"), "type": "Individual", **name}
            with contextlib.suppress(GustoError):
                parts.company.send("PUT", account, f"/v1/contractors/{row['uuid']}", json=body)
