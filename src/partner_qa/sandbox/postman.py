"""Carries webhook deliveries on an event loop of its own, so that no request ever waits for one.

The loop lives in a daemon thread that starts with the first delivery and ends with `close()`. What sends
the bytes is handed in (`Deliver`): this room opens no connection. A thread of its own, because scenarios
wait for deliveries from outside any loop and a web server's loop comes and goes.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from partner_qa.errors import HarnessBug
from partner_qa.model import Request, Response
from partner_qa.sandbox.deliveries import ANSWER_WITHIN, Attempt, Backlog, Delivery

IN_FLIGHT_AT_ONCE = 16


class Deliver(Protocol):
    """Sends one webhook and returns the receiver's answer; status 0 when none arrived."""

    async def __call__(self, request: Request) -> Response:
        """Send the request."""
        ...


class Postman:
    """Takes what is due from a backlog, sends it, and notes how it went.

    `lock` guards the backlog; `on_end` is called under it with each delivery after each try.
    """

    def __init__(
        self,
        backlog: Backlog,
        deliver: Deliver,
        *,
        lock: threading.RLock,
        now: Callable[[], datetime],
        on_end: Callable[[Delivery], None],
        answer_within: float = ANSWER_WITHIN,
    ) -> None:
        self._backlog = backlog
        self._deliver = deliver
        self._now = now
        self._on_end = on_end
        self._answer_within = answer_within
        self._changed = threading.Condition(lock)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._closed = False
        self._trouble: Exception | None = None

    def look(self) -> None:
        """Look at the backlog again: something was added. Call it with the lock held."""
        if self._closed:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="sandbox-webhooks", daemon=True)
            self._thread.start()
        self._rouse()

    def wait_until_idle(self, timeout: float, *, retries: bool = True) -> bool:
        """Wait until nothing is owed; say whether that came within `timeout` seconds.

        Without `retries` it is enough that each delivery was tried once. Raises HarnessBug where the
        sender handed in broke instead of answering.
        """
        with self._changed:
            idle = self._changed.wait_for(
                lambda: (
                    self._trouble is not None
                    or self._closed
                    or not self._backlog.has_open(untried_only=not retries)
                ),
                timeout,
            )
            if self._trouble is not None:
                raise HarnessBug("the sender of webhooks raised an error") from self._trouble
            return idle and not self._backlog.has_open(untried_only=not retries)

    def close(self) -> None:
        """Send nothing more, abandon what is in flight, and end the thread."""
        with self._changed:
            if not self._closed:
                self._closed = True  # before the rousing: whoever wakes up looks here
                self._rouse()
            thread = self._thread
            self._changed.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _rouse(self) -> None:
        if self._loop is not None and self._wake is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def _work(self) -> None:
        asyncio.run(self._carry())

    async def _carry(self) -> None:
        wake = asyncio.Event()
        with self._changed:
            self._loop, self._wake = asyncio.get_running_loop(), wake
        flights: set[asyncio.Task[None]] = set()
        while not self._closed:
            wake.clear()
            for delivery in self._take(room=IN_FLIGHT_AT_ONCE - len(flights)):
                flight = asyncio.create_task(self._send(delivery))
                flights.add(flight)
                flight.add_done_callback(flights.discard)
                flight.add_done_callback(lambda _: wake.set())
            await _wait_for(wake, self._seconds_to_next(has_room=len(flights) < IN_FLIGHT_AT_ONCE))
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    def _take(self, *, room: int) -> tuple[Delivery, ...]:
        with self._changed:
            return self._backlog.take_due(time.monotonic(), room=room)

    def _seconds_to_next(self, *, has_room: bool) -> float | None:
        with self._changed:
            return self._backlog.seconds_to_next(time.monotonic()) if has_room else None

    async def _send(self, delivery: Delivery) -> None:
        started, began = self._now(), time.monotonic()
        status, reason = await self._ask(delivery.request)
        ended = time.monotonic()
        attempt = Attempt(started=started, elapsed=ended - began, status=status, reason=reason)
        with self._changed:
            self._on_end(self._backlog.note(delivery.id, attempt, at=ended))
            self._changed.notify_all()

    async def _ask(self, request: Request) -> tuple[int, str]:
        try:
            async with asyncio.timeout(self._answer_within):
                response = await self._deliver(request)
        except TimeoutError:
            return 0, f"no answer within {self._answer_within:g} seconds"
        except Exception as error:  # noqa: BLE001 - raised again in wait_until_idle, where a person sees it
            self._trouble = error
            return 0, f"the sender raised {type(error).__name__}"
        return response.status, response.reason


async def _wait_for(wake: asyncio.Event, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        return
