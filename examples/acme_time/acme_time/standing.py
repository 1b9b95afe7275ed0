"""How a company stands with Gusto: while Gusto has it suspended, we write nothing to it and say so.

Webhooks tell that something changed; what it is now is read. A job that would write ends with the reason, and
the customer starts it again when the suspension is lifted: by then it may want something else.
Source: https://docs.gusto.com/app-integrations/docs/company-events
"""

from __future__ import annotations

from acme_time.database import Database
from acme_time.gusto import Unavailable, read_json
from acme_time.notices import clear_notices, post_notice
from acme_time.parts import Parts

TOLD_BY = frozenset({"company.suspended", "company.suspended_effective", "company.unsuspended"})
WRITING = frozenset({"send_hours", "update_payroll", "add_reimbursements", "settle_hires", "enroll_benefits"})
SUSPENDED = "Gusto has suspended the company. Nothing is written to it until that is settled in Gusto."


def look(parts: Parts, account: str) -> None:
    """Read whether the company is suspended, and tell the customer so, or no more."""
    found = read_json(parts.company.get(account, "/v1/companies/{company}"))
    if not isinstance(found, dict):
        raise Unavailable("the company is not an object")
    is_suspended = found.get("is_suspended") is True
    with parts.database.transaction() as db:
        db.execute(
            "INSERT INTO standings VALUES (?, ?)"
            " ON CONFLICT (account) DO UPDATE SET is_suspended = excluded.is_suspended",
            (account, is_suspended),
        )
    if not is_suspended:
        clear_notices(parts.database, account, "blocked")
    elif "hides_blockers" not in parts.config.defects:
        post_notice(parts.database, account, "blocked", SUSPENDED)


def is_suspended(database: Database, account: str) -> bool:
    """Whether the account's company was suspended when we last heard of it."""
    with database.reading() as db:
        row = db.execute("SELECT is_suspended FROM standings WHERE account = ?", (account,)).fetchone()
    return row is not None and bool(row["is_suspended"])
