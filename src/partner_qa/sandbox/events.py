"""What happened, as Gusto tells it: the log of events behind webhooks and `GET /v1/events`.

Every write in the sandbox appends here; webhooks.py listens and pushes, `get-events` reads. An event
carries ids only, never the thing itself ([D] https://docs.gusto.com/app-integrations/docs/webhooks).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import Literal

from partner_qa.model import Json

SortOrder = Literal["asc", "desc"]

RETENTION = timedelta(days=30)  # [D] operation get-events
DEFAULT_LIMIT = 25  # [D] same
MAXIMUM_LIMIT = 100  # [D] same

# [D] told whatever the subscription asks for: https://docs.gusto.com/app-integrations/docs/webhooks
ALWAYS_TOLD = frozenset({"company.provisioned", "company.deprovisioned"})

# [D] events are "filtered by the app's scopes" (operation get-events); [I] which scope opens which type:
# the read scope of the operation that shows the entity. Types without one are not filtered.
READ_SCOPE: Mapping[str, str] = MappingProxyType(
    {
        "Company": "companies:read",
        "CompanyBenefit": "company_benefits:read",
        "Contractor": "contractors:read",
        "ContractorPayment": "payrolls:read",
        "Employee": "employees:read",
        "EmployeeBenefit": "employee_benefits:read",
        "EmployeeHomeAddress": "employees:read",
        "EmployeeJobCompensation": "compensations:read",
        "EmployeeWorkAddress": "employees:read",
        "Location": "companies:read",
        "Notification": "notifications:read",
        "Payroll": "payrolls:read",
        "PayrollSync": "payroll_syncs:read",
        "PaySchedule": "pay_schedules:read",
        "TimeOffRequest": "time_off_requests:read",
        "TimeSheetsBatch": "time_sheet:read",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to an entity of a company.

    `references` name whose the entity is, where that takes more than its UUID: of bank accounts.
    """

    uuid: str
    event_type: str
    company: str
    entity_type: str
    entity_uuid: str
    at: datetime
    references: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """Return the event as both the push and the list show it (schema `Event`).

        [D] `references` of bank accounts: https://docs.gusto.com/app-integrations/docs/bank-account-events.
        """
        shown: dict[str, Json] = {
            "uuid": self.uuid,
            "event_type": self.event_type,
            "resource_type": "Company",
            "resource_uuid": self.company,
            "entity_type": self.entity_type,
            "entity_uuid": self.entity_uuid,
            "timestamp": int(self.at.timestamp()),
        }
        return shown | {"references": dict(self.references)} if self.references else shown

    def is_open_to(self, scopes: frozenset[str]) -> bool:
        """Whether an application with these scopes is told of this event."""
        if self.event_type in ALWAYS_TOLD:
            return True
        needed = READ_SCOPE.get(self.entity_type)
        return needed is None or needed in scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """One page of the list, and whether another follows."""

    events: tuple[Event, ...]
    has_next: bool


class EventLog:
    """Keeps events in order and tells listeners of each new one.

    The partner learns of a company only while it is connected to it: `is_connected` is asked as each
    event is appended, and an event of a company out of reach stays out of the list and is not told. `touch`
    is told the company of every event, for something of it is different now.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        is_connected: Callable[[str], bool],
        touch: Callable[[str], object] = lambda _company: None,
    ) -> None:
        self._now = now
        self._touch = touch
        self._is_connected = is_connected
        self._events: dict[str, Event] = {}
        self._listeners: list[Callable[[Event], object]] = []

    def listen(self, listener: Callable[[Event], object]) -> None:
        """Call `listener` with every event appended from now on that the partner may learn of."""
        self._listeners.append(listener)

    def append(
        self,
        company: str,
        event_type: str,
        entity_type: str,
        entity_uuid: str,
        *,
        at: datetime | None = None,
        references: Mapping[str, str] | None = None,
    ) -> Event:
        """Add an event and tell it. `at` dates it back, as an event that arrives late is dated."""
        event = Event(
            uuid=str(uuid.uuid4()),
            event_type=event_type,
            company=company,
            entity_type=entity_type,
            entity_uuid=entity_uuid,
            at=self._now() if at is None else at,
            references=dict(references or {}),
        )
        self._touch(company)
        if self._is_connected(company):
            self._events[event.uuid] = event
            for listener in self._listeners:
                listener(event)
        return event

    def list_since(self, count: int) -> tuple[Event, ...]:
        """Return all events but the first so many, in the order in which they were told."""
        return tuple(islice(self._events.values(), count, None))

    def restore(self, events: Iterable[Event]) -> None:
        """Take over the events of before a restart; nobody is told again."""
        self._events = {each.uuid: each for each in events}

    def __len__(self) -> int:
        """Return how many events were kept, those that are too old to be shown included."""
        return len(self._events)

    def find(self, event_uuid: str) -> Event | None:
        """Return an event of the last 30 days that the partner may learn of, or `None`."""
        event = self._events.get(event_uuid)
        return event if event is not None and self._is_kept(event) else None

    def has_company(self, company: str) -> bool:
        """Whether the partner was ever told anything of this company."""
        return any(event.company == company for event in self._events.values())

    def find_page(
        self,
        *,
        scopes: frozenset[str],
        starting_after: str | None = None,
        company: str | None = None,
        event_type: str | None = None,
        sort_order: SortOrder = "asc",
        limit: int = DEFAULT_LIMIT,
    ) -> EventPage:
        """Return the events after `starting_after` (exclusive) that fit, oldest first unless `desc`.

        `event_type` may hold `*` for any run of characters ([D] "wildcards allowed"; [I] which).
        """
        kept = sorted(filter(self._is_kept, self._events.values()), key=lambda event: event.at)
        if sort_order == "desc":
            kept.reverse()
        if starting_after is not None:
            kept = kept[[event.uuid for event in kept].index(starting_after) + 1 :]
        found = [
            event
            for event in kept
            if event.is_open_to(scopes)
            and company in {None, event.company}
            and (event_type is None or fits_wildcard(event_type, event.event_type))
        ]
        return EventPage(events=tuple(found[:limit]), has_next=len(found) > limit)

    def _is_kept(self, event: Event) -> bool:
        return self._now() - event.at <= RETENTION


def fits_wildcard(pattern: str, text: str) -> bool:
    """Whether `text` is `pattern` with each `*` standing for any run of characters, in linear time."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
