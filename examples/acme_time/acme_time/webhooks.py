"""Webhooks: proving that we own the address, proving that Gusto speaks, and acting on what it says.

An event is a hint that something changed, not the change: it is stored and answered at once, and the worker
then asks Gusto for the present state. So a duplicate costs nothing and an old event can not undo a new one.
Source: https://docs.gusto.com/app-integrations/docs/webhooks
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Sequence
from typing import Any

from acme_time import events, grants, people, standing
from acme_time.gusto import Refused, Unavailable, read_json
from acme_time.jobs import Job, NotYet, enqueue
from acme_time.journal import has_books
from acme_time.notices import post_notice
from acme_time.parts import Parts
from acme_time.subscription import find_secret, is_awaiting_token, keep_candidate
from acme_time.sync import refresh_person

log = logging.getLogger(__name__)

ONE_BY_ONE = 25  # more people than that are read faster as pages
BURST = 10  # more pending events than that are a burst, and more are on their way
BURST_PATIENCE = 3.0  # seconds for which a burst may keep us from acting
LULL = 0.1  # seconds without a new event, after which a burst is over
ABOUT_EVERYBODY = {401, 403, 406}  # refusals that say nothing of one person
BUSY = 5  # events that wait; only the defect answers_busy counts them


def is_signed(secret: str, raw: bytes, signature: str | None) -> bool:
    """Whether Gusto signed exactly these bytes: HMAC-SHA256 in hexadecimal, compared in constant time."""
    expected = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), (signature or "").encode())


def receive(parts: Parts, raw: bytes, signature: str | None) -> int:
    """Take one delivery; return the HTTP status to answer. Nothing unsigned is looked into, but for the
    verification token, which arrives before there is anything to sign with."""
    secret = find_secret(parts.database)
    if secret is not None and _accepts(parts, secret, raw, signature):
        event = _parse(raw)
        refusal = _refuse_by_defect(parts, event)
        if refusal:
            return refusal
        _store(parts, event)
        return 200
    token = _parse(raw).get("verification_token")
    if isinstance(token, str) and is_awaiting_token(parts.database):
        keep_candidate(parts.database, token)
        return 200
    log.warning("refused a webhook delivery without a valid signature")
    return 401


def _accepts(parts: Parts, secret: str, raw: bytes, signature: str | None) -> bool:
    if "accepts_unsigned_webhooks" in parts.config.defects and signature is None:
        return True
    if "compares_parsed_body" in parts.config.defects:
        return is_signed(secret, json.dumps(_parse(raw)).encode(), signature)
    return is_signed(secret, raw, signature)


def _refuse_by_defect(parts: Parts, event: dict[str, Any]) -> int:
    """Return the status that a defect answers instead of taking a genuine event, or 0."""
    defects = parts.config.defects
    if "refuses_strange_events" in defects:
        known = grants.list_connections_of(parts.database, str(event.get("resource_uuid")))
        return 0 if known else 422
    if "answers_busy" in defects and events.count_pending(parts.database) > BUSY:
        return 503
    return 0


def _parse(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _store(parts: Parts, event: dict[str, Any]) -> None:
    """Keep a genuine event for each account that is connected to its company, and wake the worker."""
    company = event.get("resource_uuid")
    if not isinstance(event.get("uuid"), str) or not isinstance(company, str):
        log.info("an event without uuid or company is of no use to us")
        return
    for connection in grants.list_connections_of(parts.database, company):
        is_new = events.keep_event(parts.database, connection.account, event)
        if not is_new and "forgets_event_uuids" in parts.config.defects:
            known = events.list_events(parts.database, connection.account)
            again = [each for each in known if each.uuid == event["uuid"]]
            events.settle(parts.database, connection.account, again, "pending")
            is_new = True
        if is_new and "reads_before_answering" in parts.config.defects:
            job = Job(id=0, account=connection.account, kind="process_events", lane="", progress={})
            _act(parts, job, events.list_pending(parts.database, connection.account))
        elif is_new:
            enqueue(parts.database, connection.account, "process_events")


def process_events(parts: Parts, job: Job) -> str:
    """Act on the account's pending events, oldest first by Gusto's own time.

    While many are coming in the job steps aside for the rest of them. So a payroll that touches everybody
    makes us read each person once, and not once for each event.
    """
    pending = events.list_pending(parts.database, job.account)
    if _are_coming_in(pending):
        raise NotYet(LULL)
    _act(parts, job, pending)
    return f"{len(pending)} events"


def _are_coming_in(pending: Sequence[events.Event]) -> bool:
    """Whether these are part of a burst that goes on."""
    if len(pending) <= BURST:
        return False
    arrivals, now = [event.received_at for event in pending], time.time()
    return now - max(arrivals) < LULL and now - min(arrivals) < BURST_PATIENCE


def _act(parts: Parts, job: Job, pending: Sequence[events.Event]) -> None:
    changed: list[events.Event] = []
    for event in pending:
        if event.event_type.startswith("employee.") and event.entity_uuid:
            changed.append(event)
        else:
            known = _apply_to_company(parts, job.account, event)
            events.settle(parts.database, job.account, [event], "processed" if known else "ignored")
    _refresh_people(parts, job, changed)


def _apply_to_company(parts: Parts, account: str, event: events.Event) -> bool:
    """Act on what concerns the company; whether the event meant anything to us."""
    if event.event_type == "payroll.processed" and has_books(parts.database, account):
        enqueue(parts.database, account, "post_journal")
        return True
    if event.event_type in standing.TOLD_BY and "ignores_suspension" not in parts.config.defects:
        standing.look(parts, account)
        return True
    if event.event_type != "company.deprovisioned" or "ignores_deprovisioning" in parts.config.defects:
        return False
    connection = grants.find_connection(parts.database, account)
    if connection is None or event.timestamp <= connection.connected_at:
        return True  # it speaks of an earlier connection
    grants.forget(parts.database, account)
    message = "The connection was ended in Gusto. Connect again to go on syncing."
    post_notice(parts.database, account, "reconnect_needed", message)
    return True


def _refresh_people(parts: Parts, job: Job, changed: list[events.Event]) -> None:
    """Read each person anew once, however many events spoke of them."""
    uuids = list(dict.fromkeys(event.entity_uuid for event in changed if event.entity_uuid))
    if len(uuids) > ONE_BY_ONE:
        enqueue(parts.database, job.account, "sync_people")
        events.settle(parts.database, job.account, changed, "processed")
        return
    for uuid in uuids:
        same = [event for event in changed if event.entity_uuid == uuid]
        try:
            refresh_person(parts, job, uuid)
        except Refused as error:
            if error.status in ABOUT_EVERYBODY:
                raise
            # One person whom Gusto does not give us is no reason to keep the news of all others.
            events.settle(parts.database, job.account, same, "failed")
            message = "What changed about one person in Gusto could not be read; all others are up to date."
            post_notice(parts.database, job.account, "partial_failure", message)
            continue
        if "believes_event_types" in parts.config.defects:
            types = [event.event_type for event in changed if event.entity_uuid == uuid]
            if "employee.terminated" in types:
                people.mark_terminated(parts.database, parts.config, job.account, uuid)
        events.settle(parts.database, job.account, same, "processed")


def catch_up_events(parts: Parts, job: Job) -> str:
    """Read the events that were not delivered, from where we last stopped, with the cursor.

    Source: https://docs.gusto.com/app-integrations/docs/pagination
    """
    connection = grants.find_connection(parts.database, job.account)
    if connection is None:
        return "was not connected"
    count = 0
    while True:
        query: dict[str, str | int] = {
            "resource_uuid": connection.company_uuid or "",
            "limit": 100,
            "sort_order": "asc",
        }
        cursor = events.find_cursor(parts.database, job.account)
        if cursor:
            query["starting_after_uuid"] = cursor
        response = parts.system.send("GET", "/v1/events", query=query)
        found = read_json(response)
        if not isinstance(found, list):
            raise Unavailable("the list of events is not a list")
        for event in found:
            if "skips_missed_events" not in parts.config.defects:
                _store(parts, event if isinstance(event, dict) else {})
        count += len(found)
        if found:
            events.save_cursor(parts.database, job.account, found[-1]["uuid"])
        is_last = response.headers.get("X-Has-Next-Page", "").lower() != "true"
        if not found or is_last or "first_events_only" in parts.config.defects:
            return f"{count} events"
