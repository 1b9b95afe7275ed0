"""Subscriptions and the telling: who is owed what, how it is signed, and that it is really sent."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from partner_qa.errors import HarnessBug
from partner_qa.model import Request, Response, find_header
from partner_qa.sandbox.deliveries import DeliveryState, RetryPlan
from partner_qa.sandbox.events import Event
from partner_qa.sandbox.subscriptions import (
    Health,
    Subscription,
    Subscriptions,
    SubscriptionStatus,
    is_deliverable_url,
    sign,
)

URL = "http://127.0.0.1:4000/gusto/webhooks"
QUICK = RetryPlan(first=0.0, tries=3)
PATIENCE = 20.0  # seconds; only ever spent when something is broken


class Receiver:
    """Plays the integration's webhook URL; answers by turns, the last answer for ever."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses) or [200]
        self.received: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.received.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return Response(status=status)


Open = Callable[..., Subscriptions]


@pytest.fixture
def open_subscriptions() -> Iterator[Open]:
    opened: list[Subscriptions] = []

    def make(
        deliver: object = None, *, scopes: frozenset[str] | None = None, **options: object
    ) -> Subscriptions:
        held = frozenset({"employees:read", "companies:read"}) if scopes is None else scopes
        made = Subscriptions(
            lock=threading.RLock(),
            now=lambda: datetime.now(UTC),
            scopes=lambda: held,
            deliver=deliver,  # type: ignore[arg-type]
            **{"plan": QUICK, **options},  # type: ignore[arg-type]
        )
        opened.append(made)
        return made

    yield make
    for each in opened:
        each.close()
    assert not [each for each in threading.enumerate() if each.name == "sandbox-webhooks"]


def make_event(event_type: str = "employee.updated", entity_type: str = "Employee") -> Event:
    return Event(
        uuid="event-1",
        event_type=event_type,
        company="a",
        entity_type=entity_type,
        entity_uuid="person",
        at=datetime(2026, 10, 20, tzinfo=UTC),
    )


def verified(subscriptions: Subscriptions, *types: str) -> Subscription:
    return subscriptions.add_verified(url=URL, types=types or ("Employee",), token="whsec")


def test_a_new_subscription_is_pending_and_its_token_is_posted_unsigned(
    open_subscriptions: Open,
) -> None:
    receiver = Receiver()
    subscriptions = open_subscriptions(receiver)
    added = subscriptions.add(url=URL, types=("Employee",))
    assert subscriptions.wait_until_idle(PATIENCE)
    assert added.status is SubscriptionStatus.PENDING
    (posted,) = receiver.received
    assert json.loads(posted.body.content) == {"verification_token": added.secret}
    assert find_header(posted.headers, "X-Gusto-Signature") is None


def test_only_the_token_that_was_posted_verifies(open_subscriptions: Open) -> None:
    subscriptions = open_subscriptions()
    added = subscriptions.add(url=URL, types=("Employee",))
    assert subscriptions.verify(added.uuid, added.secret + "x") is None
    assert subscriptions.verify(added.uuid, "тoken") is None
    after = subscriptions.verify(added.uuid, added.secret)
    assert after is not None
    assert after.status is SubscriptionStatus.VERIFIED


def test_asking_again_sends_the_same_token(open_subscriptions: Open) -> None:
    receiver = Receiver()
    subscriptions = open_subscriptions(receiver)
    added = subscriptions.add(url=URL, types=("Employee",))
    subscriptions.send_token(added.uuid)
    assert subscriptions.wait_until_idle(PATIENCE)
    assert len({each.body.content for each in receiver.received}) == 1
    assert len(receiver.received) == 2


def test_an_event_is_posted_signed_with_the_token_over_the_raw_body(open_subscriptions: Open) -> None:
    receiver = Receiver()
    subscriptions = open_subscriptions(receiver)
    verified(subscriptions)
    event = make_event()
    subscriptions.tell(event)
    assert subscriptions.wait_until_idle(PATIENCE)
    (posted,) = receiver.received
    assert json.loads(posted.body.content) == event.to_json()
    expected = hmac.new(b"whsec", posted.body.content, hashlib.sha256).hexdigest()
    assert find_header(posted.headers, "X-Gusto-Signature") == expected


def test_the_signature_is_64_lowercase_hexadecimal_digits_of_hmac_sha256() -> None:
    # RFC 4231, test case 2
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert sign(b"what do ya want for nothing?", "Jefe") == expected


@pytest.mark.parametrize(
    ("types", "event", "owed"),
    [
        (("Employee",), make_event(), True),
        (("Payroll",), make_event(), False),
        (("Payroll",), make_event("company.provisioned", "Company"), True),
        (("Payroll",), make_event("company.deprovisioned", "Company"), False),
        (("Company",), make_event("company.deprovisioned", "Company"), True),
    ],
)
def test_events_go_to_those_who_asked_for_the_type_and_provisioned_to_all(
    open_subscriptions: Open, types: tuple[str, ...], event: Event, owed: bool
) -> None:
    subscriptions = open_subscriptions()
    verified(subscriptions, *types)
    assert bool(subscriptions.tell(event)) is owed


def test_a_pending_subscription_is_told_nothing(open_subscriptions: Open) -> None:
    subscriptions = open_subscriptions()
    subscriptions.add(url=URL, types=("Employee",))
    assert subscriptions.tell(make_event()) == ()


def test_an_event_outside_the_scopes_is_not_told(open_subscriptions: Open) -> None:
    subscriptions = open_subscriptions(scopes=frozenset({"companies:read"}))
    verified(subscriptions)
    assert subscriptions.tell(make_event()) == ()


def test_telling_an_event_again_delivers_a_duplicate_with_the_same_bytes(open_subscriptions: Open) -> None:
    receiver = Receiver()
    subscriptions = open_subscriptions(receiver)
    verified(subscriptions)
    event = make_event()
    subscriptions.tell(event)
    subscriptions.tell(event)
    assert subscriptions.wait_until_idle(PATIENCE)
    first, second = receiver.received
    assert first == second
    assert len(subscriptions.deliveries(event=event.uuid)) == 2


def test_a_failed_delivery_is_tried_again_until_it_succeeds(open_subscriptions: Open) -> None:
    receiver = Receiver(500, 0, 204)
    subscriptions = open_subscriptions(receiver)
    verified(subscriptions)
    subscriptions.tell(make_event())
    assert subscriptions.wait_until_idle(PATIENCE)
    (delivery,) = subscriptions.deliveries()
    assert delivery.state is DeliveryState.DELIVERED
    assert [each.status for each in delivery.attempts] == [500, 0, 204]


def test_persistent_failure_makes_the_subscription_unreachable_until_it_is_verified_again(
    open_subscriptions: Open,
) -> None:
    subscriptions = open_subscriptions(Receiver(500))
    held = verified(subscriptions)
    subscriptions.tell(make_event())
    assert subscriptions.wait_until_idle(PATIENCE)
    after = subscriptions.find(held.uuid)
    assert after is not None
    assert after.status is SubscriptionStatus.UNREACHABLE
    assert subscriptions.tell(make_event()) == ()
    again = subscriptions.verify(held.uuid, "whsec")
    assert again is not None
    assert again.status is SubscriptionStatus.VERIFIED


def test_a_token_that_never_arrives_leaves_the_subscription_pending(open_subscriptions: Open) -> None:
    subscriptions = open_subscriptions(Receiver(404))
    added = subscriptions.add(url=URL, types=("Employee",))
    assert subscriptions.wait_until_idle(PATIENCE)
    after = subscriptions.find(added.uuid)
    assert after is not None
    assert after.status is SubscriptionStatus.PENDING


def test_a_receiver_that_does_not_answer_in_time_counts_as_no_answer(open_subscriptions: Open) -> None:
    async def never(_: Request) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    subscriptions = open_subscriptions(never, answer_within=0.01)
    verified(subscriptions)
    subscriptions.tell(make_event())
    assert subscriptions.wait_until_idle(PATIENCE)
    (delivery,) = subscriptions.deliveries()
    assert [each.status for each in delivery.attempts] == [0, 0, 0]
    assert "no answer within" in delivery.attempts[0].reason


def test_closing_abandons_what_is_in_flight(open_subscriptions: Open) -> None:
    flying = threading.Event()

    async def never(_: Request) -> Response:
        flying.set()
        await asyncio.Event().wait()
        raise AssertionError

    subscriptions = open_subscriptions(never)
    verified(subscriptions)
    subscriptions.tell(make_event())
    assert flying.wait(PATIENCE)
    subscriptions.close()
    assert not subscriptions.wait_until_idle(PATIENCE)


def test_a_sender_that_breaks_is_reported_as_our_bug(open_subscriptions: Open) -> None:
    async def broken(_: Request) -> Response:
        raise KeyError("wiring")

    subscriptions = open_subscriptions(broken)
    verified(subscriptions)
    subscriptions.tell(make_event())
    with pytest.raises(HarnessBug, match="sender of webhooks"):
        subscriptions.wait_until_idle(PATIENCE)


def test_waiting_without_retries_is_over_after_the_first_try(open_subscriptions: Open) -> None:
    async def refuse(_: Request) -> Response:
        return Response(status=503)

    subscriptions = open_subscriptions(refuse, plan=RetryPlan())
    verified(subscriptions)
    subscriptions.tell(make_event())
    assert subscriptions.wait_until_idle(PATIENCE, retries=False)
    assert not subscriptions.wait_until_idle(0.01)


def test_a_removed_subscription_is_gone_and_owed_nothing(open_subscriptions: Open) -> None:
    subscriptions = open_subscriptions()
    held = verified(subscriptions)
    subscriptions.tell(make_event())
    subscriptions.remove(held.uuid)
    assert subscriptions.find(held.uuid) is None
    assert subscriptions.current() == ()
    assert subscriptions.wait_until_idle(0)


def test_changed_types_decide_about_later_events(open_subscriptions: Open) -> None:
    subscriptions = open_subscriptions()
    held = verified(subscriptions, "Payroll")
    subscriptions.set_types(held.uuid, ["Employee", "Employee"])
    after = subscriptions.find(held.uuid)
    assert after is not None
    assert after.types == ("Employee",)
    assert len(subscriptions.tell(make_event())) == 1


def test_several_hundred_events_all_arrive(open_subscriptions: Open) -> None:
    receiver = Receiver()
    subscriptions = open_subscriptions(receiver)
    verified(subscriptions)
    for _ in range(300):
        subscriptions.tell(make_event())
    assert subscriptions.wait_until_idle(PATIENCE)
    assert len(receiver.received) == 300


@pytest.mark.parametrize(
    ("statuses", "health"), [((200,), Health.HEALTHY), ((500,), Health.UNHEALTHY), ((), Health.UNKNOWN)]
)
def test_health_tells_of_the_last_ten_minutes(
    open_subscriptions: Open, statuses: tuple[int, ...], health: Health
) -> None:
    subscriptions = open_subscriptions(Receiver(*statuses))
    verified(subscriptions)
    if statuses:
        subscriptions.tell(make_event())
    assert subscriptions.wait_until_idle(PATIENCE)
    assert subscriptions.health() is health


def test_the_token_is_reported_as_a_secret_and_never_shown(open_subscriptions: Open) -> None:
    reported: list[tuple[str, str]] = []
    subscriptions = open_subscriptions(on_secret=lambda kind, value: reported.append((kind, value)))
    added = subscriptions.add(url=URL, types=("Employee", "PeopleBatch"))
    assert reported == [("verification_token", added.secret)]
    assert added.secret not in repr(added)
    assert added.to_json() == {
        "uuid": added.uuid,
        "url": URL,
        "status": "pending",
        "subscription_types": ["Employee"],
    }


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://app.acme.example/gusto/webhooks", True),
        ("http://127.0.0.1:4000/webhooks", True),
        ("http://[::1]:4000/webhooks", True),
        ("http://localhost/webhooks", True),
        ("http://10.0.0.1/webhooks", False),
        ("http://169.254.169.254/latest", False),
        ("http://0.0.0.0/", False),
        ("https://api.gusto.com/webhooks", False),
        ("https://API.GUSTO.com./webhooks", False),
        ("ftp://app.acme.example/", False),
        ("/gusto/webhooks", False),
        ("https://", False),
        ("https://app.acme.example:port/", False),
        ("http://[::1/", False),
        ("https://app.acme.example/a b", False),
        ("https://app.acme.example/\r\nX: y", False),
    ],
)
def test_a_url_must_be_public_or_on_this_machine(url: str, good: bool) -> None:
    assert is_deliverable_url(url) is good
