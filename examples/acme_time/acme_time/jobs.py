"""The queue between the web process and the worker.

A job remembers how far it came (`progress`), so that a wait, a crash or a deployment costs one page and
not the whole list. Jobs of one lane (an account, or `system` for calls with a system token) share a rate
limit at Gusto; a lane that was told to wait is left alone until its time has come, the others go on.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from acme_time.database import Database

SYSTEM_LANE = "system"


class NotYet(Exception):  # noqa: N818 - a state, and an expected one
    """What a job waits for at Gusto is still under way; look again in `wait` seconds."""

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__(f"not yet; again in {wait:g} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work, as taken from the queue."""

    id: int
    account: str
    kind: str
    lane: str
    progress: dict[str, Any]


def enqueue(database: Database, account: str, kind: str, *, lane: str | None = None) -> int:
    """Queue a job and return its number; an equal one that has not begun is used instead."""
    with database.transaction() as db:
        waiting = db.execute(
            "SELECT id FROM jobs WHERE account = ? AND kind = ? AND state = 'queued' AND progress = '{}'"
            " AND attempts = 0",
            (account, kind),
        ).fetchone()
        if waiting:
            return int(waiting["id"])
        cursor = db.execute(
            "INSERT INTO jobs (account, kind, lane, state, progress, attempts, not_before, detail)"
            " VALUES (?, ?, ?, 'queued', '{}', 0, 0, '')",
            (account, kind, lane or account),
        )
        return int(cursor.lastrowid or 0)


def claim(database: Database) -> Job | None:
    """Take the oldest job that is due and whose lane may speak."""
    now = time.time()
    with database.reading() as db:
        due = db.execute(
            "SELECT * FROM jobs WHERE state = 'queued' AND not_before <= ?"
            " AND lane NOT IN (SELECT lane FROM pauses WHERE until > ?) ORDER BY id LIMIT 1",
            (now, now),
        ).fetchone()
    if due is None:
        return None
    with database.transaction() as db:
        db.execute("UPDATE jobs SET state = 'running' WHERE id = ?", (due["id"],))
    return Job(
        id=due["id"],
        account=due["account"],
        kind=due["kind"],
        lane=due["lane"],
        progress=json.loads(due["progress"]),
    )


def save_progress(database: Database, job: Job, progress: dict[str, Any]) -> None:
    """Remember how far a job came; getting further also forgives earlier failures."""
    with database.transaction() as db:
        db.execute("UPDATE jobs SET progress = ?, attempts = 0 WHERE id = ?", (json.dumps(progress), job.id))


def find_attempts(database: Database, job: Job) -> int:
    """Return the failures in a row so far, as stored."""
    with database.reading() as db:
        return int(db.execute("SELECT attempts FROM jobs WHERE id = ?", (job.id,)).fetchone()["attempts"])


def retry_later(database: Database, job: Job, *, wait: float, attempts: int) -> None:
    """Put a job back, to go on from its progress after `wait` seconds."""
    with database.transaction() as db:
        db.execute(
            "UPDATE jobs SET state = 'queued', attempts = ?, not_before = ? WHERE id = ?",
            (attempts, time.time() + wait, job.id),
        )


def pause_lane(database: Database, lane: str, *, wait: float) -> None:
    """Keep every job of a lane from calling Gusto for `wait` seconds."""
    with database.transaction() as db:
        db.execute(
            "INSERT INTO pauses VALUES (?, ?) ON CONFLICT (lane) DO UPDATE SET until = excluded.until",
            (lane, time.time() + wait),
        )


def finish(database: Database, job: Job, *, state: str, detail: str = "") -> None:
    """End a job as `done` or `failed`."""
    with database.transaction() as db:
        db.execute("UPDATE jobs SET state = ?, detail = ? WHERE id = ?", (state, detail, job.id))


def requeue_interrupted(database: Database) -> None:
    """Take up what a killed worker left behind; each job goes on from its progress."""
    with database.transaction() as db:
        db.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'")


def is_idle(database: Database, account: str) -> bool:
    """Return whether every job of an account has ended: none runs, none waits, not even for a later try."""
    with database.reading() as db:
        open_jobs = "SELECT 1 FROM jobs WHERE account = ? AND state IN ('queued', 'running') LIMIT 1"
        return db.execute(open_jobs, (account,)).fetchone() is None


def find_status(database: Database, job_id: int) -> dict[str, str] | None:
    """Return a job's `status` (`running`, `done`, `failed`) and `detail`."""
    with database.reading() as db:
        row = db.execute("SELECT state, detail FROM jobs WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        return None
    status = row["state"] if row["state"] in {"done", "failed"} else "running"
    return {"status": status, "detail": row["detail"]}
