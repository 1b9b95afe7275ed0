"""Who wants to be told, and the telling: webhook subscriptions, signatures, and what is owed to whom.

Listens to the event log and puts signed POSTs into the backlog that postman.py carries. The HTTP
operations on subscriptions are in webhooks.py. Call everything here with the world's lock held, except
`wait_until_idle` and `close`.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from partner_qa.model import Body, Json, Request
from partner_qa.sandbox.deliveries import ANSWER_WITHIN, Backlog, Delivery, DeliveryState, RetryPlan
from partner_qa.sandbox.events import Event
from partner_qa.sandbox.oauth import OnSecret
from partner_qa.sandbox.postman import Deliver, Postman

SIGNATURE_HEADER = "X-Gusto-Signature"  # [D] https://docs.gusto.com/app-integrations/docs/webhooks
HEALTH_WINDOW = timedelta(minutes=10)  # [D] get-v1-webhooks-health_check: the last ten minutes
REFUSED_HOSTS = frozenset({"api.gusto.com"})  # never a receiver, whatever else is allowed
TOLD_UNASKED = frozenset({"company.provisioned"})  # [D] the webhooks page: whatever the types

# [D] the request enum of post-v1-webhook-subscription
SUBSCRIPTION_TYPES = frozenset(
    [
        "BankAccount",
        "Company",
        "CompanyBenefit",
        "Contractor",
        "ContractorPayment",
        "Employee",
        "EmployeeBenefit",
        "EmployeeJobCompensation",
        "ExternalPayroll",
        "Form",
        "Location",
        "Notification",
        "Payroll",
        "PayrollSync",
        "PaySchedule",
        "PeopleBatch",
        "Signatory",
        "TimeOffRequest",
    ]
)
# [D] in the request enum but not in the schema of the answer: people batches are Embedded's
UNSHOWN_TYPES = frozenset({"PeopleBatch"})


class SubscriptionStatus(StrEnum):
    """The status enum of schema `Webhook-Subscription`."""

    PENDING = "pending"
    VERIFIED = "verified"
    REMOVED = "removed"
    UNREACHABLE = "unreachable"


class Health(StrEnum):
    """The status enum of schema `Webhooks-Health-Check-Status`."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One URL that wants events; `secret` is its verification token, and the key of every signature."""

    uuid: str
    url: str
    types: tuple[str, ...]
    status: SubscriptionStatus
    secret: str = field(repr=False)

    def to_json(self) -> dict[str, Json]:
        """Return it as the operations show it; the token is only ever sent to the URL."""
        shown: list[Json] = [each for each in self.types if each not in UNSHOWN_TYPES]
        return {
            "uuid": self.uuid,
            "url": self.url,
            "status": self.status.value,
            "subscription_types": shown,
        }

    def wants(self, event: Event) -> bool:
        """Whether this event is owed to it."""
        if self.status is not SubscriptionStatus.VERIFIED:
            return False
        return event.entity_type in self.types or event.event_type in TOLD_UNASKED


def sign(body: bytes, token: str) -> str:
    """Return the signature of a webhook body: HMAC-SHA256, 64 lowercase hexadecimal digits.

    [D] header and algorithm, https://docs.gusto.com/app-integrations/docs/webhooks; the encoding from
    Gusto's older webhook page.
    """
    return hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


def is_deliverable_url(url: str) -> bool:
    """Whether a subscription may name this URL.

    [D] since autumn 2026 Gusto refuses URLs that are not public, and tolerates a name that does not
    resolve. The sandbox also takes loopback addresses, where integrations under test listen.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not host or host.rstrip(".") in REFUSED_HOSTS:
        return False
    if any(character.isspace() or not character.isprintable() for character in url):
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True
    return address.is_loopback or address.is_global


class Subscriptions:
    """The application's webhook subscriptions, and everything owed to them."""

    def __init__(
        self,
        *,
        lock: threading.RLock,
        now: Callable[[], datetime],
        scopes: Callable[[], frozenset[str]],
        deliver: Deliver | None = None,
        plan: RetryPlan | None = None,
        answer_within: float = ANSWER_WITHIN,
        on_secret: OnSecret | None = None,
        keep: Callable[[], object] = lambda: None,
    ) -> None:
        self._now = now
        self._scopes = scopes
        self._keep_state = keep
        self._on_secret = on_secret
        self._subscriptions: dict[str, Subscription] = {}
        self._backlog = Backlog(plan or RetryPlan())
        self._postman = None
        self.loses_events = False
        if deliver is not None:
            self._postman = Postman(
                self._backlog,
                deliver,
                lock=lock,
                now=now,
                on_end=self._settle,
                answer_within=answer_within,
            )

    # -- the subscriptions ---------------------------------------------------------------------------

    def add(self, *, url: str, types: Iterable[str]) -> Subscription:
        """Add a pending subscription and send its verification token to the URL."""
        token = str(uuid.uuid4())  # [D] the operation's example is a UUID
        added = self._keep(url, types, SubscriptionStatus.PENDING, token)
        self.send_token(added.uuid)
        return added

    def add_verified(self, *, url: str, types: Iterable[str], token: str) -> Subscription:
        """Add a subscription as if it had been made and verified in the Developer Portal."""
        return self._keep(url, types, SubscriptionStatus.VERIFIED, token)

    def find(self, subscription_uuid: str) -> Subscription | None:
        """Return a subscription that was not removed, or `None`."""
        found = self._subscriptions.get(subscription_uuid)
        return None if found is None or found.status is SubscriptionStatus.REMOVED else found

    def current(self) -> tuple[Subscription, ...]:
        """Return the subscriptions that were not removed, oldest first."""
        every = self._subscriptions.values()
        return tuple(each for each in every if each.status is not SubscriptionStatus.REMOVED)

    def set_types(self, subscription_uuid: str, types: Iterable[str]) -> Subscription:
        """Change what a subscription is told; events already owed stay owed."""
        return self._change(subscription_uuid, types=tuple(dict.fromkeys(types)))

    def verify(self, subscription_uuid: str, token: str) -> Subscription | None:
        """Verify a subscription by the token its URL received; `None` where it is another token."""
        found = self._subscriptions[subscription_uuid]
        if not hmac.compare_digest(found.secret.encode(), token.encode(errors="surrogatepass")):
            return None
        return self._change(subscription_uuid, status=SubscriptionStatus.VERIFIED)

    def remove(self, subscription_uuid: str) -> None:
        """Remove a subscription; what was owed to it is dropped."""
        self._change(subscription_uuid, status=SubscriptionStatus.REMOVED)
        self._backlog.drop(subscription_uuid)

    # -- the telling ---------------------------------------------------------------------------------

    def send_token(self, subscription_uuid: str) -> Delivery:
        """Owe the verification token to a subscription's URL; [I] unsigned, tried like any delivery."""
        found = self._subscriptions[subscription_uuid]
        return self._owe(found, None, {"verification_token": found.secret})

    def tell(self, event: Event) -> tuple[Delivery, ...]:
        """Owe an event to every subscription that wants it; telling it again makes duplicates.

        While `loses_events` is set nobody is owed any, as after Gusto's last try has failed [D].
        """
        if self.loses_events or not event.is_open_to(self._scopes()):
            return ()
        owed = [each for each in self._subscriptions.values() if each.wants(event)]
        return tuple(self._owe(each, event.uuid, event.to_json()) for each in owed)

    def explain_verification(self, uuid: str) -> str:
        """Return, as the end of a sentence, what a subscription's URL made of its verification token."""
        posts = [each for each in self.deliveries() if each.subscription == uuid and each.event is None]
        tries = [attempt for each in posts for attempt in each.attempts]
        if not tries:
            return ""
        if tries[-1].status == 0:
            return "; the post with its verification_token got no answer"
        return f"; the post with its verification_token was answered {tries[-1].status}"

    def deliveries(self, *, event: str | None = None) -> tuple[Delivery, ...]:
        """Return every delivery, or those of one event, with their attempts, oldest first."""
        return self._backlog.deliveries(event=event)

    def health(self) -> Health:
        """Judge the last ten minutes: nothing tried, something acknowledged, or nothing acknowledged."""
        since = self._now() - HEALTH_WINDOW
        recent = [
            attempt.succeeded
            for delivery in self._backlog.deliveries()
            for attempt in delivery.attempts
            if attempt.started >= since
        ]
        if not recent:
            return Health.UNKNOWN
        return Health.HEALTHY if any(recent) else Health.UNHEALTHY

    @property
    def every(self) -> tuple[Subscription, ...]:
        """Every subscription that there ever was, removed ones included, oldest first."""
        return tuple(self._subscriptions.values())

    @property
    def backlog(self) -> Backlog:
        """What is owed to whom, for whoever keeps it over a restart."""
        return self._backlog

    def restore(self, subscriptions: Iterable[Subscription], deliveries: Iterable[Delivery]) -> None:
        """Take over what was there before a restart, and go on with what is still owed."""
        self._subscriptions = {each.uuid: each for each in subscriptions}
        self._backlog.restore(deliveries, now=self._now(), at=time.monotonic())
        if self._on_secret is not None:
            for each in self._subscriptions.values():
                self._on_secret("verification_token", each.secret)
        if self._postman is not None and self._backlog.has_open():
            self._postman.look()

    def wait_until_idle(self, timeout: float, *, retries: bool = True) -> bool:
        """Wait until nothing is owed; without `retries`, until everything owed was tried once."""
        if self._postman is None:
            return not self._backlog.has_open()
        return self._postman.wait_until_idle(timeout, retries=retries)

    def close(self) -> None:
        """Send nothing more; returns when the sending thread has ended."""
        if self._postman is not None:
            self._postman.close()

    # -- inside --------------------------------------------------------------------------------------

    def _keep(self, url: str, types: Iterable[str], status: SubscriptionStatus, token: str) -> Subscription:
        if self._on_secret is not None:
            self._on_secret("verification_token", token)
        kept = Subscription(
            uuid=str(uuid.uuid4()),
            url=url,
            types=tuple(dict.fromkeys(types)),
            status=status,
            secret=token,
        )
        self._subscriptions[kept.uuid] = kept
        return kept

    def _change(
        self,
        subscription_uuid: str,
        *,
        status: SubscriptionStatus | None = None,
        types: tuple[str, ...] | None = None,
    ) -> Subscription:
        found = self._subscriptions[subscription_uuid]
        changed = replace(
            found,
            status=found.status if status is None else status,
            types=found.types if types is None else types,
        )
        self._subscriptions[subscription_uuid] = changed
        return changed

    def _owe(self, to: Subscription, event: str | None, payload: dict[str, Json]) -> Delivery:
        content = json.dumps(payload, separators=(",", ":")).encode()
        headers = [("Content-Type", "application/json"), ("User-Agent", "Gusto-Sandbox")]
        if event is not None:
            headers.append((SIGNATURE_HEADER, sign(content, to.secret)))
        request = Request(method="POST", url=to.url, headers=tuple(headers), body=Body.of(content))
        delivery = self._backlog.add(subscription=to.uuid, event=event, request=request, at=time.monotonic())
        if self._postman is not None:
            self._postman.look()
        return delivery

    def _settle(self, delivery: Delivery) -> None:
        """[D] persistent failure deactivates the subscription; [I] that is: one event tried to the end."""
        is_last = delivery.state is DeliveryState.GIVEN_UP and delivery.event is not None
        if is_last and self.find(delivery.subscription) is not None:
            self._change(delivery.subscription, status=SubscriptionStatus.UNREACHABLE)
            self._backlog.drop(delivery.subscription)
        self._keep_state()
