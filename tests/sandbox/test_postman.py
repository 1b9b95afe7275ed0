"""The thread that carries webhooks: it starts when there is something to carry, and always ends."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from partner_qa.model import Request, Response
from partner_qa.sandbox.deliveries import Backlog, RetryPlan
from partner_qa.sandbox.postman import Postman

PING = Request(method="POST", url="http://127.0.0.1:4000/webhooks")


async def answer(request: Request) -> Response:
    return Response(status=200)


def test_closing_ends_the_thread_whatever_it_is_doing() -> None:
    """Closed at once, as it starts, as it carries, after it did: 150 rounds meet each of these moments."""
    for number in range(150):
        lock = threading.RLock()
        backlog = Backlog(RetryPlan())
        postman = Postman(
            backlog, answer, lock=lock, now=lambda: datetime.now(UTC), on_end=lambda delivery: None
        )
        with lock:
            backlog.add(subscription="s", event=None, request=PING, at=time.monotonic())
            postman.look()
        if number % 3:
            assert postman.wait_until_idle(20)
        closing = threading.Thread(target=postman.close, daemon=True)
        closing.start()
        closing.join(timeout=20)
        assert not closing.is_alive()


def test_closing_twice_is_closing_once() -> None:
    lock = threading.RLock()
    backlog = Backlog(RetryPlan())
    postman = Postman(backlog, answer, lock=lock, now=lambda: datetime.now(UTC), on_end=lambda delivery: None)
    postman.close()
    postman.close()
    with lock:
        backlog.add(subscription="s", event=None, request=PING, at=time.monotonic())
        postman.look()
    assert not postman.wait_until_idle(0.01)
