"""What is kept for a customer, and what is left of it once the connection to Gusto has ended.

Tokens and whatever Gusto told us about people go at once (`grants.forget`). What stays holds identifiers, or
is the customer's own; it has a reason, and goes with the account. The written policy says the same. Whoever
adds a table adds it here.
Source: https://docs.gusto.com/app-integrations/docs/security-review
"""

from __future__ import annotations

import sqlite3
from typing import Any

from acme_time.database import Database

# What it is called, the tables it lies in, and why it outlives the connection.
_STORED = (
    ("people", ("employees", "custom_fields"), None),
    ("contractors", ("contractors",), None),
    ("time_off", ("time_off", "time_off_balances"), None),
    (
        "journal",
        ("journal", "journal_reports"),
        "the customer's own books; sums and accounts, nobody's name; kept as long as the law has books kept",
    ),
    (
        "hours",
        ("shifts", "payroll_syncs"),
        "the customer's own records of hours worked, sealed; deleted with the account",
    ),
    (
        "matches",
        ("matches",),
        "identifiers only; a customer who comes back finds its people matched; deleted with the account",
    ),
    (
        "events",
        ("events", "event_cursors"),
        "identifiers only; they tell a repeated webhook from a new one; deleted with the account",
    ),
    (
        "payrolls",
        ("payroll_shares", "payroll_drafts", "expenses", "expense_lines"),
        "our part of payrolls, sealed; without it who comes back is paid twice; deleted with the account",
    ),
    (
        "benefits",
        ("benefit_wishes",),
        "what the customer's people have chosen here, sealed; deleted with the account",
    ),
    (
        "notices",
        ("notices",),
        "what the customer is being told; no personal data; gone when read",
    ),
    (
        "other",
        ("own_people", "hires"),
        "the customer's own list of its people and hires, sealed; not from Gusto; deleted with the account",
    ),
)


def count_stored(database: Database, account: str) -> list[dict[str, Any]]:
    """Return `kind`, `count` and, where something outlives the connection, `detail` with the reason."""
    tokens = "SELECT COUNT(*) FROM connections WHERE account = ? AND tokens IS NOT NULL"
    with database.reading() as db:
        found = [{"kind": "tokens", "count": db.execute(tokens, (account,)).fetchone()[0], "detail": None}]
        for kind, tables, reason in _STORED:
            counts = [_count(db, table, account) for table in tables]
            found.append({"kind": kind, "count": sum(counts), "detail": reason})
    return found


def _count(db: sqlite3.Connection, table: str, account: str) -> int:
    query = f"SELECT COUNT(*) FROM {table} WHERE account = ?"  # noqa: S608 - our own names
    return int(db.execute(query, (account,)).fetchone()[0])
