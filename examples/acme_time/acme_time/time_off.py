"""Time off as Gusto has it: who is away, on which days, for how many hours, and what they have left.

Gusto decides about time off and pays it; we only go by it when shifts are planned. So the whole window is
read each time, and what is no longer in it was taken back. Only what is approved counts: a pending request
may be declined, and a consumed one was paid and is history. Gusto puts approved hours into the payroll of
their days by itself, so they are never ours to write there.
Source: https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-time_off_requests
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from acme_time import grants
from acme_time.config import Config
from acme_time.database import Database
from acme_time.gusto import Unavailable, read_json
from acme_time.jobs import Job
from acme_time.oauth import ReconnectNeeded
from acme_time.parts import Parts

REQUESTS = "/v1/companies/{company}/time_off_requests"
POLICIES = "/v1/companies/{company}/time_off_policies"
LOOK_BACK = timedelta(days=90)  # far enough for what a late payroll may still pay
LOOK_AHEAD = timedelta(days=365)
STATUSES = frozenset({"pending", "approved", "declined", "consumed"})


def sync_time_off(parts: Parts, job: Job) -> str:
    """Read requests and balances of the account's company anew; return what to tell whoever asked."""
    if grants.find_connection(parts.database, job.account) is None:
        raise ReconnectNeeded
    today = datetime.now(UTC).date()
    window: dict[str, str | int] = {
        "start_date": (today - LOOK_BACK).isoformat(),
        "end_date": (today + LOOK_AHEAD).isoformat(),
    }
    requests = [_to_request(parts.config, row) for row in _ask_for_list(parts, job.account, REQUESTS, window)]
    balances = list(_to_balances(parts.config, _ask_for_list(parts, job.account, POLICIES)))
    _replace(parts, job.account, requests, balances)
    return f"{len(requests)} requests for time off"


def list_time_off(database: Database, account: str) -> list[dict[str, Any]]:
    """Return the requests that count for something or may yet, each with its hours by day."""
    with database.reading() as db:
        rows = db.execute("SELECT facts FROM time_off WHERE account = ? ORDER BY uuid", (account,)).fetchall()
    return [database.unseal(row["facts"]) for row in rows]


def list_balances(database: Database, account: str) -> list[dict[str, Any]]:
    """Return the hours that people have left of each policy; `None` where there is no limit."""
    with database.reading() as db:
        row = db.execute("SELECT facts FROM time_off_balances WHERE account = ?", (account,)).fetchone()
    found: list[dict[str, Any]] = database.unseal(row["facts"]) if row else []
    return found


def add_again(parts: Parts, account: str, rows: Mapping[str, Any], items: Iterable[dict[str, Any]]) -> None:
    """Add approved hours to the time off that a payroll has of them already; only a defect does."""
    approved = [each for each in list_time_off(parts.database, account) if each["status"] == "approved"]
    for item in items:
        own = [each["days"] for each in approved if each["employee_uuid"] == item["employee_uuid"]]
        hours = sum((Decimal(text) for days in own for text in days.values()), Decimal(0))
        for entry in rows[item["employee_uuid"]].get("paid_time_off") or []:
            if hours and Decimal(entry["hours"]):
                total = f"{Decimal(entry['hours']) + hours:.3f}"
                item.setdefault("paid_time_off", []).append({"name": entry["name"], "hours": total})


def _ask_for_list(
    parts: Parts, account: str, path: str, query: Mapping[str, str | int] | None = None
) -> list[dict[str, Any]]:
    """Return a list that comes without pages."""
    body = read_json(parts.company.get(account, path, query))
    if not isinstance(body, list):
        raise Unavailable("a list was asked for, and something else came")
    return [row for row in body if isinstance(row, dict) and isinstance(row.get("uuid"), str)]


def _to_request(config: Config, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what we keep of a request.

    The policy is known by its UUID and type: `request_type` is deprecated, and knows two types of eleven. A
    status that we do not know yet counts for nothing. Hours stay the text that they are, so that a quarter of
    an hour is neither a float nor a day.
    """
    status = row.get("status")
    if "counts_every_request" in config.defects:
        status = "approved"
    by_type = "goes_by_request_type" in config.defects
    days = {day: str(hours) for day, hours in (row.get("days") or {}).items()}
    if "counts_whole_days" in config.defects:
        days = dict.fromkeys(days, "8.000")
    return {
        "uuid": row["uuid"],
        "employee_uuid": (row.get("employee") or {}).get("uuid", ""),
        "status": status if status in STATUSES else "pending",
        "policy_uuid": None if by_type else row.get("policy_uuid"),
        "policy_type": row.get("request_type") if by_type else row.get("policy_type"),
        "days": days,
    }


def _to_balances(config: Config, policies: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Return who has how much left; where there is no limit there is no balance, which is not one of 0."""
    for policy in policies:
        is_unlimited = policy.get("accrual_method") == "unlimited"
        for member in policy.get("employees") or []:
            hours = None if is_unlimited else member.get("balance")
            if hours is None and "takes_no_balance_for_none_left" in config.defects:
                hours = "0.000"
            yield {"employee_uuid": member["uuid"], "policy_uuid": policy["uuid"], "hours": hours}


def _replace(
    parts: Parts, account: str, requests: list[dict[str, Any]], balances: list[dict[str, Any]]
) -> None:
    """Keep what was read in place of what was there, all at once: what is gone in Gusto is gone here."""
    seal = parts.database.seal
    with parts.database.transaction() as db:
        if "keeps_withdrawn_time_off" not in parts.config.defects:
            db.execute("DELETE FROM time_off WHERE account = ?", (account,))
        db.executemany(
            "INSERT OR REPLACE INTO time_off VALUES (?, ?, ?)",
            [(account, request["uuid"], seal(request)) for request in requests],
        )
        db.execute("INSERT OR REPLACE INTO time_off_balances VALUES (?, ?)", (account, seal(balances)))
