"""Everything the sandbox knows, in one place: OAuth, events, webhooks, and the companies with their people.

Handlers read and write it with the lock held; they get it together with a call. Two clocks live here:
protocol time (`now`) is always real, business time (`today`) can be moved by the admin side.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from partner_qa.sandbox.authorization import PendingRequests
from partner_qa.sandbox.chores import Chores
from partner_qa.sandbox.company import Company
from partner_qa.sandbox.deliveries import RetryPlan
from partner_qa.sandbox.events import EventLog
from partner_qa.sandbox.grant import Application
from partner_qa.sandbox.oauth import ACCESS_TOKEN_SECONDS, Grants, OnSecret
from partner_qa.sandbox.oauth_records import Rotation
from partner_qa.sandbox.postman import Deliver
from partner_qa.sandbox.subscriptions import Subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """What a sandbox is opened with. `anchor` is its business day; `expires_in` is in seconds.

    `mask` (128 bits) sets its UUIDs apart from those of other sandboxes of the same seed; `sync_seconds` is
    how long a payroll sync waits, and again how long it works ([I]: Gusto's takes longer).
    `guesses_batches` opens operations that are our guess: see time_sheet_batches.py.
    """

    seed: int
    mask: int = 0
    anchor: date
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    minimum_version: str
    rotation: Rotation = "strict"
    expires_in: int = ACCESS_TOKEN_SECONDS
    application_name: str = "Partner application"
    retry_plan: RetryPlan = field(default_factory=RetryPlan)
    sync_seconds: float = 0.5
    guesses_batches: bool = False


class World:
    """The sandbox's memory. `companies` are kept by UUID, in the order in which they were made.

    Whoever changed something calls `keep` before the lock is let go. `save` is how: a sandbox that has a file
    puts it there (keeping/keeper.py), the others do nothing.
    """

    def __init__(
        self,
        settings: SandboxSettings,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        deliver: Deliver | None = None,
        on_secret: OnSecret | None = None,
    ) -> None:
        self.settings = settings
        self.now = now
        self.on_secret = on_secret
        self.lock = threading.RLock()
        self.save: Callable[[], bool] = lambda: True
        self.touches: dict[str, int] = {}
        self.chores = Chores(lock=self.lock, keep=self.keep)
        self.grants = Grants(
            Application(
                name=settings.application_name,
                client_id=settings.client_id,
                client_secret=settings.client_secret,
                redirect_uris=settings.redirect_uris,
                scopes=settings.scopes,
            ),
            now=now,
            rotation=settings.rotation,
            expires_in=settings.expires_in,
            on_secret=on_secret,
        )
        self.pending = PendingRequests(now=now)
        self.events = EventLog(now=now, is_connected=self.grants.is_connected, touch=self.touch)
        self.subscriptions = Subscriptions(
            lock=self.lock,
            now=now,
            scopes=lambda: frozenset(settings.scopes),
            deliver=deliver,
            plan=settings.retry_plan,
            on_secret=on_secret,
            keep=self.keep,
        )
        self.events.listen(self.subscriptions.tell)
        self.companies: dict[str, Company] = {}
        self.report_key = secrets.token_bytes(32)  # signs the URLs of reports
        self.moved = timedelta()  # of business time, by the admin side

    @property
    def today(self) -> date:
        """Return the business day: the anchor, moved by what the admin side added."""
        return self.settings.anchor + self.moved

    def move_days(self, days: int) -> None:
        """Move business time forward; protocol time stays real."""
        if days < 0:
            raise ValueError("business time moves forward only")
        self.moved += timedelta(days=days)

    def keep(self) -> bool:
        """Let what was changed survive a restart, and say whether it will."""
        return self.save()

    def touch(self, company: str) -> None:
        """Note that something of a company may be different: who writes to one says so, before or after."""
        self.touches[company] = self.touches.get(company, 0) + 1
