"""Acme Time's own customers: accounts, signed-in sessions, and the OAuth `state` bound to a session."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

from acme_time.database import Database

SESSION_LIFETIME = 12 * 3600
STATE_LIFETIME = 600  # as long as an authorization code lives


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser. `digest` stands for the cookie, which is never stored itself."""

    digest: str
    account: str
    form_token: str


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _scramble(passcode: str, salt: bytes) -> bytes:
    return salt + hashlib.scrypt(passcode.encode(), salt=salt, n=2**14, r=8, p=1)


def create_account(database: Database, name: str) -> str:
    """Create an account, or give an existing one a new passcode; return the passcode, shown only once."""
    passcode = secrets.token_urlsafe(12)
    sealed = _scramble(passcode, secrets.token_bytes(16))
    with database.transaction() as db:
        db.execute(
            "INSERT INTO accounts VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET passcode = excluded.passcode",
            (name, sealed),
        )
    return passcode


def account_exists(database: Database, name: str) -> bool:
    """Whether a customer account of this name exists."""
    with database.reading() as db:
        return db.execute("SELECT 1 FROM accounts WHERE name = ?", (name,)).fetchone() is not None


def has_passcode(database: Database, name: str, passcode: str) -> bool:
    """Whether the passcode opens the account; takes as long for an unknown account as for a known one."""
    with database.reading() as db:
        row = db.execute("SELECT passcode FROM accounts WHERE name = ?", (name,)).fetchone()
    stored = bytes(row["passcode"]) if row else bytes(80)
    return hmac.compare_digest(_scramble(passcode, stored[:16]), stored) and row is not None


def start_session(database: Database, account: str) -> str:
    """Sign a browser in; return the value of its cookie."""
    cookie = secrets.token_urlsafe(32)
    expires = time.time() + SESSION_LIFETIME
    with database.transaction() as db:
        db.execute("DELETE FROM sessions WHERE expires_at < ?", (time.time(),))
        db.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?)",
            (_digest(cookie), account, secrets.token_urlsafe(16), expires),
        )
    return cookie


def find_session(database: Database, cookie: str | None) -> Session | None:
    """Return the session that a cookie stands for, unless it ended."""
    if not cookie:
        return None
    with database.reading() as db:
        row = db.execute(
            "SELECT digest, account, form_token FROM sessions WHERE digest = ? AND expires_at > ?",
            (_digest(cookie), time.time()),
        ).fetchone()
    return Session(**row) if row else None


def end_session(database: Database, session: Session) -> None:
    """Sign a browser out."""
    with database.transaction() as db:
        db.execute("DELETE FROM sessions WHERE digest = ?", (session.digest,))


def create_state(database: Database, session: Session) -> str:
    """Return a fresh `state` (RFC 6749 section 10.12): unguessable, for this session only, for one use."""
    state = secrets.token_urlsafe(32)
    with database.transaction() as db:
        db.execute("DELETE FROM states WHERE expires_at < ?", (time.time(),))
        db.execute(
            "INSERT INTO states VALUES (?, ?, ?, ?)",
            (_digest(state), session.digest, session.account, time.time() + STATE_LIFETIME),
        )
    return state


def find_session_of_state(database: Database, state: str) -> Session | None:
    """Return the session that a `state` was given to, whoever brings it; only a defect asks."""
    with database.reading() as db:
        row = db.execute(
            "SELECT sessions.digest, sessions.account, form_token FROM states"
            " JOIN sessions ON sessions.digest = states.session WHERE states.digest = ?",
            (_digest(state),),
        ).fetchone()
    return Session(**row) if row else None


def spend_state(database: Database, session: Session, state: str) -> bool:
    """Use up a `state`; whether it was this session's, unused and in time.

    Finding and deleting are one statement: of two callbacks with the same state only one can win.
    """
    with database.transaction() as db:
        row = db.execute(
            "DELETE FROM states WHERE digest = ? AND session = ? AND expires_at > ? RETURNING account",
            (_digest(state), session.digest, time.time()),
        ).fetchone()
    return row is not None and row["account"] == session.account
