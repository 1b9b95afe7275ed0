"""Events that Gusto told us about, each once for each account it concerns, and how far we have read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from acme_time.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event; `timestamp` is Gusto's and decides the order, `received_at` is ours: both epoch seconds."""

    uuid: str
    event_type: str
    entity_uuid: str | None
    timestamp: float
    state: str  # pending, processed, ignored, failed
    received_at: float


def keep_event(database: Database, account: str, event: dict[str, Any]) -> bool:
    """Store an event as pending; `False` when its UUID is known already (deliveries repeat)."""
    entity = event.get("entity_uuid")
    timestamp = event.get("timestamp")
    with database.transaction() as db:
        cursor = db.execute(
            "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, 'pending', ?)",
            (
                account,
                event["uuid"],
                str(event.get("event_type", "")),
                entity if isinstance(entity, str) else None,
                float(timestamp) if isinstance(timestamp, int | float) else 0.0,
                time.time(),
            ),
        )
        return cursor.rowcount == 1


def list_events(database: Database, account: str) -> list[Event]:
    """Return the account's events, oldest first."""
    with database.reading() as db:
        rows = db.execute(
            "SELECT uuid, event_type, entity_uuid, timestamp, state, received_at FROM events"
            " WHERE account = ? ORDER BY timestamp, rowid",
            (account,),
        ).fetchall()
    return [Event(**row) for row in rows]


def count_pending(database: Database) -> int:
    """Return how many events of all accounts nobody acted on yet."""
    with database.reading() as db:
        return int(db.execute("SELECT COUNT(*) FROM events WHERE state = 'pending'").fetchone()[0])


def list_pending(database: Database, account: str) -> list[Event]:
    """Return the account's events that nobody acted on yet, oldest first."""
    return [event for event in list_events(database, account) if event.state == "pending"]


def settle(database: Database, account: str, done: Sequence[Event], state: str) -> None:
    """Mark events as `processed`, `ignored` or `failed`."""
    with database.transaction() as db:
        db.executemany(
            "UPDATE events SET state = ? WHERE account = ? AND uuid = ?",
            [(state, account, event.uuid) for event in done],
        )


def find_cursor(database: Database, account: str) -> str | None:
    """Return the last event that catching up has seen for the account."""
    with database.reading() as db:
        row = db.execute("SELECT uuid FROM event_cursors WHERE account = ?", (account,)).fetchone()
    return row["uuid"] if row else None


def save_cursor(database: Database, account: str, uuid: str) -> None:
    """Remember the last event seen, after the events before it were stored."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO event_cursors VALUES (?, ?)"
            " ON CONFLICT (account) DO UPDATE SET uuid = excluded.uuid",
            (account, uuid),
        )
