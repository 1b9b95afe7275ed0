"""The bookkeeping of webhook deliveries: what is owed, when it is tried again, when it is given up.

Pure: it opens no connection and starts nothing. postman.py carries what is due and reports back;
webhooks.py decides what is owed to whom. Moments are seconds on a monotonic clock, handed in.
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from partner_qa.model import Request

ANSWER_WITHIN = 10.0  # [D] seconds, https://docs.gusto.com/app-integrations/docs/best-practices


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    IN_FLIGHT = "in_flight"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"  # every try failed
    DROPPED = "dropped"  # the subscription was removed or became unreachable


_OPEN = frozenset({DeliveryState.WAITING, DeliveryState.IN_FLIGHT})


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPlan:
    """How often and how far apart a delivery is tried.

    [D] up to 16 tries over about three days with exponential backoff
    (https://docs.gusto.com/app-integrations/docs/webhooks). [I] the spacing: 15 s, doubling, capped so
    that sixteen tries span three days.
    """

    first: float = 15.0
    factor: float = 2.0
    longest: float = 68_000.0
    tries: int = 16

    def __post_init__(self) -> None:
        if self.first < 0 or self.factor < 1 or self.longest < 0 or self.tries < 1:
            raise ValueError("a retry plan needs at least one try and a spacing that never shrinks")

    def delay_after(self, tries: int) -> float | None:
        """Return the seconds to wait after this many failed tries, or `None` when there is no other."""
        if tries >= self.tries:
            return None
        return min(self.first * self.factor ** (tries - 1), self.longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try: when it began, how long it took, and the answer; status 0 when none came in time."""

    started: datetime
    elapsed: float
    status: int
    reason: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the receiver acknowledged it: any 2xx within ten seconds [D]."""
        return 200 <= self.status < 300 and self.elapsed <= ANSWER_WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One POST owed to a subscription; `event` is `None` for the verification token."""

    id: str
    subscription: str
    event: str | None
    request: Request
    state: DeliveryState = DeliveryState.WAITING
    attempts: tuple[Attempt, ...] = ()


class Backlog:
    """Every delivery of the sandbox, and which of them are due."""

    def __init__(self, plan: RetryPlan) -> None:
        self._plan = plan
        self._deliveries: dict[str, Delivery] = {}
        self._due: list[tuple[float, int, str]] = []
        self._pushes = 0
        self._open: set[str] = set()
        self.changes = 0
        self._changed: dict[str, int] = {}

    def add(self, *, subscription: str, event: str | None, request: Request, at: float) -> Delivery:
        """Owe a new POST, due at once."""
        delivery = Delivery(id=str(uuid.uuid4()), subscription=subscription, event=event, request=request)
        self._keep(delivery)
        self._push(at, delivery.id)
        return delivery

    def take_due(self, at: float, *, room: int) -> tuple[Delivery, ...]:
        """Hand out at most `room` deliveries that are due; each is in flight until it is noted."""
        taken: list[Delivery] = []
        while self._due and len(taken) < room and self._due[0][0] <= at:
            found = self._deliveries[heapq.heappop(self._due)[2]]
            if found.state is DeliveryState.WAITING:
                taken.append(self._keep(replace(found, state=DeliveryState.IN_FLIGHT)))
        return tuple(taken)

    def note(self, delivery_id: str, attempt: Attempt, *, at: float) -> Delivery:
        """Note how a try went; a failed one waits for its next moment or is given up."""
        found = self._deliveries[delivery_id]
        attempts = (*found.attempts, attempt)
        if found.state is DeliveryState.DROPPED:
            return self._keep(replace(found, attempts=attempts))
        if attempt.succeeded:
            return self._keep(replace(found, attempts=attempts, state=DeliveryState.DELIVERED))
        delay = self._plan.delay_after(len(attempts))
        if delay is None:
            return self._keep(replace(found, attempts=attempts, state=DeliveryState.GIVEN_UP))
        self._push(at + delay, delivery_id)
        return self._keep(replace(found, attempts=attempts, state=DeliveryState.WAITING))

    def drop(self, subscription: str) -> int:
        """Owe a subscription nothing more; return how many deliveries were still open."""
        owed = [each for each in self.open_deliveries() if each.subscription == subscription]
        for each in owed:
            self._keep(replace(each, state=DeliveryState.DROPPED))
        return len(owed)

    def seconds_to_next(self, at: float) -> float | None:
        """Return how long until a delivery falls due (0 when one is), or `None` when none waits."""
        while self._due and self._deliveries[self._due[0][2]].state is not DeliveryState.WAITING:
            heapq.heappop(self._due)
        return max(0.0, self._due[0][0] - at) if self._due else None

    def open_deliveries(self) -> tuple[Delivery, ...]:
        """Return what is waiting or in flight, oldest first."""
        return tuple(each for each in self._deliveries.values() if each.id in self._open)

    def has_open(self, *, untried_only: bool = False) -> bool:
        """Whether anything is owed still; with `untried_only`, anything that had no answer yet."""
        if not untried_only:
            return bool(self._open)
        open_now = (self._deliveries[each] for each in self._open)
        return any(each.state is DeliveryState.IN_FLIGHT or not each.attempts for each in open_now)

    def deliveries(self, *, event: str | None = None) -> tuple[Delivery, ...]:
        """Return all deliveries, or those of one event, oldest first."""
        every: Iterable[Delivery] = self._deliveries.values()
        return tuple(each for each in every if event is None or each.event == event)

    def list_changed(self, since: int) -> tuple[Delivery, ...]:
        """Return the deliveries that were added or changed since `changes` had this value, oldest first."""
        return tuple(each for each in self._deliveries.values() if self._changed[each.id] > since)

    def restore(self, deliveries: Iterable[Delivery], *, now: datetime, at: float) -> None:
        """Take over the deliveries of before a restart; `now` and `at` are the same moment on both clocks.

        What was in flight is tried again at once: nobody knows whether it arrived. What waits keeps its
        moment, or is due where that has gone by.
        """
        for each in deliveries:
            is_torn = each.state is DeliveryState.IN_FLIGHT
            kept = self._keep(replace(each, state=DeliveryState.WAITING) if is_torn else each)
            if kept.state is DeliveryState.WAITING:
                self._push(at + (0.0 if is_torn else self._seconds_until_due(kept, now)), kept.id)

    def _seconds_until_due(self, delivery: Delivery, now: datetime) -> float:
        delay = self._plan.delay_after(len(delivery.attempts)) if delivery.attempts else None
        if delay is None:
            return 0.0
        latest = delivery.attempts[-1]
        return max(0.0, latest.elapsed + delay - (now - latest.started).total_seconds())

    def _push(self, due: float, delivery_id: str) -> None:
        self._pushes += 1
        heapq.heappush(self._due, (due, self._pushes, delivery_id))

    def _keep(self, delivery: Delivery) -> Delivery:
        self._deliveries[delivery.id] = delivery
        self.changes += 1
        self._changed[delivery.id] = self.changes
        if delivery.state in _OPEN:
            self._open.add(delivery.id)
        else:
            self._open.discard(delivery.id)
        return delivery
