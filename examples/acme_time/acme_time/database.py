"""The one SQLite file that the web process and the worker share, and what is encrypted in it.

SQLite in write-ahead mode is the queue, the token store and the lock service at once. That is plenty for a
product of this size, and it keeps the order of "store, then use" easy to see. What a table means is written
in the module that owns it, which is the only one to write into it; `grants` and `retention` say what goes
when a connection ends.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, passcode BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    digest TEXT PRIMARY KEY, account TEXT NOT NULL, form_token TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS states (
    digest TEXT PRIMARY KEY, session TEXT NOT NULL, account TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS connections (
    account TEXT PRIMARY KEY, state TEXT NOT NULL, company_uuid TEXT NOT NULL, company_name TEXT,
    owner_uuid TEXT, tokens BLOB, fresh_until REAL NOT NULL, generation INTEGER NOT NULL,
    connected_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS own_people (
    account TEXT NOT NULL, id TEXT NOT NULL, facts BLOB NOT NULL, PRIMARY KEY (account, id));
CREATE TABLE IF NOT EXISTS employees (
    account TEXT NOT NULL, uuid TEXT NOT NULL, facts BLOB NOT NULL, seen_by INTEGER NOT NULL,
    PRIMARY KEY (account, uuid));
CREATE TABLE IF NOT EXISTS custom_fields (account TEXT PRIMARY KEY, facts BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS time_off (
    account TEXT NOT NULL, uuid TEXT NOT NULL, facts BLOB NOT NULL, PRIMARY KEY (account, uuid));
CREATE TABLE IF NOT EXISTS time_off_balances (account TEXT PRIMARY KEY, facts BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS contractors (
    account TEXT NOT NULL, uuid TEXT NOT NULL, facts BLOB NOT NULL, seen_by INTEGER NOT NULL,
    PRIMARY KEY (account, uuid));
CREATE TABLE IF NOT EXISTS matches (
    account TEXT NOT NULL, person_id TEXT NOT NULL, gusto_uuid TEXT, state TEXT NOT NULL,
    by_person INTEGER NOT NULL, PRIMARY KEY (account, person_id));
CREATE TABLE IF NOT EXISTS events (
    account TEXT NOT NULL, uuid TEXT NOT NULL, event_type TEXT NOT NULL, entity_uuid TEXT,
    timestamp REAL NOT NULL, state TEXT NOT NULL, received_at REAL NOT NULL, PRIMARY KEY (account, uuid));
CREATE TABLE IF NOT EXISTS event_cursors (account TEXT PRIMARY KEY, uuid TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions (
    url TEXT PRIMARY KEY, uuid TEXT, secret BLOB, awaiting INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS token_candidates (id INTEGER PRIMARY KEY AUTOINCREMENT, token BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS journal (
    account TEXT NOT NULL, id TEXT NOT NULL, payroll_uuid TEXT NOT NULL, lines BLOB NOT NULL,
    PRIMARY KEY (account, id));
CREATE TABLE IF NOT EXISTS journal_reports (
    account TEXT NOT NULL, payroll_uuid TEXT NOT NULL, request_uuid TEXT NOT NULL, looks INTEGER NOT NULL,
    PRIMARY KEY (account, payroll_uuid));
CREATE TABLE IF NOT EXISTS benefit_wishes (
    account TEXT PRIMARY KEY, wishes BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS hires (
    account TEXT NOT NULL, person_id TEXT NOT NULL, wish BLOB NOT NULL, state TEXT NOT NULL, gusto_uuid TEXT,
    is_ours INTEGER NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (account, person_id));
CREATE TABLE IF NOT EXISTS standings (account TEXT PRIMARY KEY, is_suspended INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS notices (
    account TEXT NOT NULL, about TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (account, about));
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, kind TEXT NOT NULL, lane TEXT NOT NULL,
    state TEXT NOT NULL, progress TEXT NOT NULL, attempts INTEGER NOT NULL, not_before REAL NOT NULL,
    detail TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shifts (
    account TEXT NOT NULL, id TEXT NOT NULL, facts BLOB NOT NULL, state TEXT NOT NULL, sheet_uuid TEXT,
    sent BLOB, detail TEXT, wanted INTEGER NOT NULL, PRIMARY KEY (account, id));
CREATE TABLE IF NOT EXISTS payroll_syncs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, start_date TEXT NOT NULL,
    end_date TEXT NOT NULL, uuid TEXT, status TEXT NOT NULL, messages BLOB, asked_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS payroll_drafts (account TEXT PRIMARY KEY, draft BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS payroll_shares (
    account TEXT NOT NULL, payroll TEXT NOT NULL, line TEXT NOT NULL, share BLOB NOT NULL,
    PRIMARY KEY (account, payroll, line));
CREATE TABLE IF NOT EXISTS expenses (
    account TEXT NOT NULL, id TEXT NOT NULL, facts BLOB NOT NULL, PRIMARY KEY (account, id));
CREATE TABLE IF NOT EXISTS expense_lines (
    account TEXT NOT NULL, expense TEXT NOT NULL, payroll TEXT NOT NULL, employee TEXT NOT NULL, uuid TEXT,
    PRIMARY KEY (account, expense));
CREATE TABLE IF NOT EXISTS pauses (lane TEXT PRIMARY KEY, until REAL NOT NULL);
"""

LOCK_PATIENCE = 60.0


class Database:
    """Opens short transactions on the shared file, and seals what must not be read from a stolen disk."""

    def __init__(self, folder: Path, key: str) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._path = folder / "acme.sqlite3"
        self._fernet = Fernet(key)
        # Two processes start at once, and SQLite lets only one at a time change the journal mode.
        with self.exclusive("schema"), closing(sqlite3.connect(self._path, timeout=10)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection inside one write transaction: committed at the end, undone on an error.

        Transactions are short and never span a call to Gusto: a slow answer must not keep a webhook
        waiting.
        """
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            # A refresh token exists once in the world: a commit must have reached the disk.
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection for reads only; it waits for no writer."""
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA query_only=ON")
            yield connection

    @contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """Hold a lock across threads and processes, for as long as a call to Gusto may take.

        The lock is a write transaction on a file of its own, so the operating system frees it when the
        holder dies: a lease in a table would have to be waited out.
        """
        folder = self._folder / "locks"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{hashlib.sha256(name.encode()).hexdigest()}.sqlite3"
        with closing(sqlite3.connect(path, timeout=LOCK_PATIENCE, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")

    def seal(self, value: Any) -> bytes:
        """Encrypt a JSON value for storage."""
        return self._fernet.encrypt(json.dumps(value).encode())

    def unseal(self, sealed: bytes) -> Any:
        """Return the JSON value that `seal` encrypted."""
        return json.loads(self._fernet.decrypt(sealed))
