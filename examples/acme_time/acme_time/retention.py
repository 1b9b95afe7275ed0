"""What is kept for a customer, and what is left of it once the connection to Gusto has ended.

Tokens and whatever Gusto told us about people go at once (`grants.forget`). What stays holds identifiers
only, has a reason, and goes with the account. The written policy says the same.
Source: https://docs.gusto.com/app-integrations/docs/security-review
"""

from __future__ import annotations

from typing import Any

from acme_time.database import Database

# what it is called, how it is counted, and why it outlives the connection
_STORED = (
    ("tokens", "SELECT COUNT(*) FROM connections WHERE account = ? AND tokens IS NOT NULL", None),
    ("people", "SELECT COUNT(*) FROM employees WHERE account = ?", None),
    ("contractors", "SELECT COUNT(*) FROM contractors WHERE account = ?", None),
    ("time_off", "SELECT COUNT(*) FROM time_off WHERE account = ?", None),
    (
        "journal",
        "SELECT COUNT(*) FROM journal WHERE account = ?",
        "the customer's own books; sums and accounts, nobody's name; kept as long as the law has books kept",
    ),
    (
        "hours",
        "SELECT COUNT(*) FROM shifts WHERE account = ?",
        "the customer's own records of hours worked; deleted with the account",
    ),
    (
        "matches",
        "SELECT COUNT(*) FROM matches WHERE account = ?",
        "identifiers only; a customer who comes back finds its people matched; deleted with the account",
    ),
    (
        "events",
        "SELECT COUNT(*) FROM events WHERE account = ?",
        "identifiers only; they tell a repeated webhook from a new one; deleted with the account",
    ),
    (
        "payrolls",
        "SELECT COUNT(*) FROM payroll_shares WHERE account = ?",
        "our part of payrolls, sealed; without it who comes back is paid twice; deleted with the account",
    ),
    (
        "notices",
        "SELECT COUNT(*) FROM notices WHERE account = ?",
        "what the customer is being told; no personal data; gone when read",
    ),
)


def count_stored(database: Database, account: str) -> list[dict[str, Any]]:
    """Return `kind`, `count` and, where something outlives the connection, `detail` with the reason."""
    with database.reading() as db:
        return [
            {"kind": kind, "count": db.execute(query, (account,)).fetchone()[0], "detail": reason}
            for kind, query, reason in _STORED
        ]
