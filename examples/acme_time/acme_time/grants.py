"""Which account is connected to which Gusto company, with which token pair.

A grant is one OAuth consent: one company, one pair. The pair is encrypted and lies in the same row as the
company it opens, so a token can not be read without the company it is for. Rows are kept by our own account:
the admin who consented says nothing about the company, for an accountant may connect many, one account each.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, field, replace

from acme_time.database import Database

CONNECTED = "connected"
DISCONNECTED = "disconnected"
RECONNECT_NEEDED = "reconnect_needed"
# Tables of what Gusto told us about people: gone as soon as a connection ends.
PERSONAL = ("employees", "custom_fields", "time_off", "time_off_balances", "contractors")
# Tables of what is true of one company only: of no use, and misleading, in another.
OF_ONE_COMPANY = (
    *("matches", "events", "event_cursors", "standings", "journal_reports"),
    *("payroll_syncs", "payroll_shares", "expense_lines"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What the token endpoint answers. `fresh_until` is when we refresh, before Gusto's own expiry."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    fresh_until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A usable connection. `generation` counts refreshes, so that two jobs can tell whose pair is newer."""

    account: str
    company_uuid: str
    pair: Pair
    generation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What the customer sees of a connection; it holds no secret."""

    account: str
    state: str
    company_uuid: str | None
    company_name: str | None
    owner_uuid: str | None
    connected_at: float


def save_connection(
    database: Database,
    *,
    account: str,
    company_uuid: str,
    company_name: str | None,
    pair: Pair,
    owner_uuid: str | None = None,
) -> None:
    """Store a new consent. The same company again keeps people and matches; another one starts afresh."""
    with database.transaction() as db:
        before = db.execute("SELECT company_uuid FROM connections WHERE account = ?", (account,)).fetchone()
        if before and before["company_uuid"] != company_uuid:
            for table in (*PERSONAL, *OF_ONE_COMPANY):
                db.execute(f"DELETE FROM {table} WHERE account = ?", (account,))  # noqa: S608 - our own names
            db.execute(
                "UPDATE shifts SET state = 'pending', sheet_uuid = NULL, sent = NULL, detail = NULL"
                " WHERE account = ?",
                (account,),
            )
        db.execute(
            "INSERT INTO connections VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (account) DO UPDATE SET"
            " state = excluded.state, company_uuid = excluded.company_uuid,"
            " company_name = excluded.company_name, owner_uuid = excluded.owner_uuid,"
            " tokens = excluded.tokens,"
            " fresh_until = excluded.fresh_until, generation = generation + 1,"
            " connected_at = excluded.connected_at",
            (
                account,
                CONNECTED,
                company_uuid,
                company_name,
                owner_uuid,
                _seal(database, pair),
                pair.fresh_until,
                time.time(),
            ),
        )


def save_pair(database: Database, grant: Grant, pair: Pair) -> Grant | None:
    """Replace the pair of a grant; when this returns, the new pair is on disk and may be used.

    Return `None` when the grant ended or was replaced meanwhile: the new pair is then nobody's.
    """
    with database.transaction() as db:
        replaced = db.execute(
            "UPDATE connections SET tokens = ?, fresh_until = ?, generation = generation + 1"
            " WHERE account = ? AND generation = ? AND state = ?",
            (_seal(database, pair), pair.fresh_until, grant.account, grant.generation, CONNECTED),
        )
    if replaced.rowcount == 0:
        return None
    return replace(grant, pair=pair, generation=grant.generation + 1)


def find_grant(database: Database, account: str) -> Grant | None:
    """Return the account's grant while it is connected."""
    with database.reading() as db:
        row = db.execute(
            "SELECT * FROM connections WHERE account = ? AND state = ?", (account, CONNECTED)
        ).fetchone()
    return _to_grant(database, row) if row else None


def find_newest_grant(database: Database) -> Grant | None:
    """Return whichever grant was connected last; only the defect `one_token_for_all` asks."""
    with database.reading() as db:
        row = db.execute(
            "SELECT * FROM connections WHERE state = ? ORDER BY connected_at DESC LIMIT 1", (CONNECTED,)
        ).fetchone()
    return _to_grant(database, row) if row else None


def replace_for_owner(database: Database, account: str) -> None:
    """Let the newest consent of an admin replace the earlier ones, in whatever account they are.

    Only the defect `keys_connections_by_login` asks: for an accountant they are of other companies.
    """
    columns = "state, company_uuid, company_name, tokens, fresh_until"
    with database.transaction() as db:
        db.execute(
            f"UPDATE connections SET generation = generation + 1, ({columns}) ="  # noqa: S608 - our own names
            f" (SELECT {columns} FROM connections WHERE account = ?)"
            " WHERE owner_uuid = (SELECT owner_uuid FROM connections WHERE account = ?)",
            (account, account),
        )


def find_connection(database: Database, account: str) -> Connection | None:
    """Return how an account stands with Gusto, or `None` when it was never connected."""
    with database.reading() as db:
        row = db.execute(
            "SELECT account, state, company_uuid, company_name, owner_uuid, connected_at FROM connections"
            " WHERE account = ?",
            (account,),
        ).fetchone()
    return Connection(**row) if row else None


def list_connections_of(database: Database, company_uuid: str) -> list[Connection]:
    """Return the live connections to a company; an event for it concerns these and no other account."""
    with database.reading() as db:
        rows = db.execute(
            "SELECT account, state, company_uuid, company_name, owner_uuid, connected_at FROM connections"
            " WHERE company_uuid = ? AND state != ?",
            (company_uuid, DISCONNECTED),
        ).fetchall()
    return [Connection(**row) for row in rows]


def mark(database: Database, account: str, state: str) -> None:
    """Change how an account stands; whoever asks for its grant afterwards gets none."""
    with database.transaction() as db:
        db.execute("UPDATE connections SET state = ? WHERE account = ?", (state, account))


def forget(database: Database, account: str) -> None:
    """Delete the tokens and the personal data of a connection.

    The mapping of people is kept: it holds identifiers only, and a customer who comes back expects it.
    """
    with database.transaction() as db:
        db.execute(
            "UPDATE connections SET state = ?, tokens = NULL, fresh_until = 0 WHERE account = ?",
            (DISCONNECTED, account),
        )
        for table in PERSONAL:
            db.execute(f"DELETE FROM {table} WHERE account = ?", (account,))  # noqa: S608 - our own names


def _seal(database: Database, pair: Pair) -> bytes:
    return database.seal([pair.access_token, pair.refresh_token])


def _to_grant(database: Database, row: sqlite3.Row) -> Grant:
    access_token, refresh_token = database.unseal(row["tokens"])
    return Grant(
        account=row["account"],
        company_uuid=row["company_uuid"],
        pair=Pair(access_token=access_token, refresh_token=refresh_token, fresh_until=row["fresh_until"]),
        generation=row["generation"],
    )
