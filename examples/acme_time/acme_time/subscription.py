"""The one webhook subscription of the application: made, verified, and its signing secret kept encrypted.

Gusto answers a new subscription by POSTing a verification token to our address, and we return it with
`verify`; from then on the token is the key that signs deliveries. The token's own delivery can not be
signed, so anybody could send one: it is only looked at while we wait for it, and only becomes the secret
after Gusto accepted it.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from acme_time.database import Database
from acme_time.gusto import Refused, Unavailable, read_json
from acme_time.jobs import Job, NotYet, save_progress
from acme_time.parts import Parts

log = logging.getLogger(__name__)

TYPES = ["Company", "Employee", "Payroll"]  # what we act on, nothing besides
EVERYTHING = [*TYPES, "Contractor", "ContractorPayment", "Notification", "PaySchedule"]  # a defect's
SUBSCRIPTIONS = "/v1/webhook_subscriptions"
TOKEN_PATIENCE = 10.0  # seconds from asking for a token
LOOK_AGAIN = 0.05  # seconds between looks for one; mostly it is there within a second
CANDIDATES_KEPT = 5


def subscribe_webhooks(parts: Parts, job: Job) -> str:
    """Make sure that one verified subscription for our address exists; return what was done.

    It looks before it creates, so it can be run again at any time: a lost answer makes no second one. While
    the token is on its way the job steps aside.
    """
    progress = job.progress
    if not progress:
        uuid = _ask_for_token(parts)
        if uuid is None:
            return "already subscribed"
        progress = {"uuid": uuid, "asked_at": time.time()}
        save_progress(parts.database, job, progress)
    if "never_verifies" in parts.config.defects:
        return "subscribed, or so it thinks"
    secret = _verify(parts, progress["uuid"])
    if secret is not None:
        _keep_secret(parts.database, parts.config.webhook_url, progress["uuid"], secret)
    elif is_awaiting_token(parts.database):
        if time.time() - progress["asked_at"] > TOKEN_PATIENCE:
            raise Unavailable("no verification token arrived")
        raise NotYet(LOOK_AGAIN)
    return "subscribed"


def _ask_for_token(parts: Parts) -> str | None:
    """Have Gusto send a token for our subscription, and return its UUID; `None` where it is verified."""
    url = parts.config.webhook_url
    existing = _find_existing(parts, url)
    if existing and existing.get("status") == "verified" and _has_secret_of(parts.database, existing):
        return None
    _await_token(parts.database, url)
    if existing:
        parts.system.send("GET", f"{SUBSCRIPTIONS}/{existing['uuid']}/request_verification_token")
        return str(existing["uuid"])
    types = EVERYTHING if "subscribes_to_everything" in parts.config.defects else TYPES
    body = {"url": url, "subscription_types": types}
    return str(read_json(parts.system.send("POST", SUBSCRIPTIONS, json=body))["uuid"])


def _find_existing(parts: Parts, url: str) -> dict[str, Any] | None:
    listed = read_json(parts.system.send("GET", SUBSCRIPTIONS))
    live = {"pending", "verified"}
    return next((each for each in listed if each.get("url") == url and each.get("status") in live), None)


def _verify(parts: Parts, uuid: str) -> str | None:
    """Return the token that Gusto accepts, trying each that has arrived; `None` where none was it."""
    while (token := _take_candidate(parts.database)) is not None:
        try:
            parts.system.send("PUT", f"{SUBSCRIPTIONS}/{uuid}/verify", json={"verification_token": token})
        except Refused as error:
            if error.status != 422:
                raise
            log.warning("a verification token that Gusto did not send was dropped")
            continue
        return token
    return None


def find_secret(database: Database) -> str | None:
    """Return the key that signs deliveries, once the subscription is verified."""
    with database.reading() as db:
        row = db.execute("SELECT secret FROM subscriptions WHERE secret IS NOT NULL").fetchone()
    return str(database.unseal(row["secret"])) if row else None


def is_awaiting_token(database: Database) -> bool:
    """Whether we asked for a verification token that has not come yet."""
    with database.reading() as db:
        return db.execute("SELECT 1 FROM subscriptions WHERE awaiting = 1").fetchone() is not None


def keep_candidate(database: Database, token: str) -> None:
    """Keep what claims to be a verification token until Gusto has said whether it is."""
    with database.transaction() as db:
        db.execute("INSERT INTO token_candidates (token) VALUES (?)", (database.seal(token),))
        db.execute(
            "DELETE FROM token_candidates WHERE id NOT IN"
            " (SELECT id FROM token_candidates ORDER BY id DESC LIMIT ?)",
            (CANDIDATES_KEPT,),
        )


def _take_candidate(database: Database) -> str | None:
    with database.transaction() as db:
        row = db.execute(
            "DELETE FROM token_candidates WHERE id = (SELECT MIN(id) FROM token_candidates) RETURNING token"
        ).fetchone()
    return str(database.unseal(row["token"])) if row else None


def _await_token(database: Database, url: str) -> None:
    with database.transaction() as db:
        db.execute("DELETE FROM token_candidates")
        db.execute(
            "INSERT INTO subscriptions VALUES (?, NULL, NULL, 1)"
            " ON CONFLICT (url) DO UPDATE SET awaiting = 1",
            (url,),
        )


def _has_secret_of(database: Database, subscription: dict[str, Any]) -> bool:
    with database.reading() as db:
        row = db.execute(
            "SELECT 1 FROM subscriptions WHERE uuid = ? AND secret IS NOT NULL", (subscription["uuid"],)
        ).fetchone()
    return row is not None


def _keep_secret(database: Database, url: str, uuid: str, secret: str) -> None:
    with database.transaction() as db:
        db.execute("DELETE FROM subscriptions WHERE url != ?", (url,))
        db.execute(
            "UPDATE subscriptions SET uuid = ?, secret = ?, awaiting = 0 WHERE url = ?",
            (uuid, database.seal(secret), url),
        )
