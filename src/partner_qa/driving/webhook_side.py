"""Webhooks that a scenario posts itself: genuine ones, forged ones, many at once, and none at all.

What Gusto's own side posts because something changed there is gusto_side.py's; here are the deliveries
that a scenario needs in an order, a number or a state that no change in Gusto would bring about.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from partner_qa.driving.stand import Stand
from partner_qa.errors import NotObserved
from partner_qa.model import Body, Json, Request, Tenant

IN_FLIGHT_AT_ONCE = 16  # webhooks of a burst


class WebhookSide:
    """What a scenario may post to the integration's webhook address."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    def forge(self, tenant: Tenant, person: str, forgery: str) -> None:
        """Post a webhook that Gusto never sent; `forgery` is `missing`, `forged` or `altered`."""
        subscription = self._stand.admin.require_subscription()
        event = _employee_event(tenant.company, person)
        body = json.dumps(event).encode()
        signed = body if forgery == "forged" else body.replace(b"employee.updated", b"employee.created")
        key = secrets.token_urlsafe(32) if forgery == "forged" else subscription.secret
        headers = [("Content-Type", "application/json")]
        if forgery != "missing":
            headers.append(("X-Gusto-Signature", hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()))
        self._stand.integration.deliver_webhook(
            _post(subscription.url, headers, body), facts={"signature": forgery}, account=tenant.account
        )
        self._stand.settle(tenant, since=time.monotonic())

    def event(
        self, tenant: Tenant, person: str, fields: Mapping[str, str] | None = None, *, hours_ago: int = 0
    ) -> dict[str, Json]:
        """Return an event about a person as Gusto tells it; `fields` stand instead of the usual ones."""
        told = int(time.time()) - 3600 * hours_ago
        return {**_employee_event(tenant.company, person), "timestamp": told, **(fields or {})}

    def deliver(self, tenant: Tenant, event: Mapping[str, Json], delivered: str) -> None:
        """Post an event signed as Gusto signs it; `delivered` is kept beside it as the fact of that name."""
        self._post_signed(tenant, event, delivered)
        self._stand.settle(tenant, since=time.monotonic())

    def deliver_where_wanted(self, tenant: Tenant, event: Mapping[str, Json], delivered: str) -> bool:
        """Do the same where the integration has subscribed to such events; return whether it has."""
        try:
            wanted = self._stand.admin.require_subscription().types
        except NotObserved:
            return False
        if event["entity_type"] not in wanted:
            return False
        self.deliver(tenant, event, delivered)
        return True

    def wanted_event(self, tenant: Tenant, person: str) -> dict[str, Json]:
        """Return an event about a person, or about the company where the subscription is not for people."""
        wanted = self._stand.admin.require_subscription().types
        event = self.event(tenant, person)
        if "Employee" in wanted or "Company" not in wanted:
            return event
        about: dict[str, Json] = {"entity_type": "Company", "entity_uuid": tenant.company}
        return {**event, **about, "event_type": "company.updated"}

    def deliver_burst(self, tenant: Tenant, events: Sequence[Mapping[str, Json]]) -> None:
        """Post many events at once, 16 at a time as Gusto may; each has the fact `delivered: burst`."""
        with ThreadPoolExecutor(max_workers=IN_FLIGHT_AT_ONCE) as pool:
            list(pool.map(lambda event: self._post_signed(tenant, event, "burst"), events))
        self._stand.settle(tenant, since=time.monotonic())

    def _post_signed(self, tenant: Tenant, event: Mapping[str, Json], delivered: str) -> None:
        subscription = self._stand.admin.require_subscription()
        body = json.dumps(event).encode()
        signature = hmac.new(subscription.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = [("Content-Type", "application/json"), ("X-Gusto-Signature", signature)]
        self._stand.integration.deliver_webhook(
            _post(subscription.url, headers, body),
            facts={"signature": "valid", "delivered": delivered},
            account=tenant.account,
        )

    @contextmanager
    def lost(self) -> Iterator[None]:
        """Let no webhook of what happens inside arrive, nor be tried again, as after days of being down."""
        self._stand.admin.lose_webhooks(True)
        try:
            yield
        finally:
            self._stand.admin.lose_webhooks(False)


def _employee_event(company: str, person: str) -> dict[str, Json]:
    return {
        "uuid": str(uuid.uuid4()),
        "event_type": "employee.updated",
        "resource_type": "Company",
        "resource_uuid": company,
        "entity_type": "Employee",
        "entity_uuid": person,
        "timestamp": int(time.time()),
    }


def _post(url: str, headers: Sequence[tuple[str, str]], body: bytes) -> Request:
    return Request(method="POST", url=url, headers=tuple(headers), body=Body.of(body))
