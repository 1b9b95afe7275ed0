"""The bookkeeping of deliveries: retry spacing, states, and as a state machine against a naive account."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from partner_qa.model import Request
from partner_qa.sandbox.deliveries import Attempt, Backlog, DeliveryState, RetryPlan

PING = Request(method="POST", url="http://127.0.0.1:4000/webhooks")


def answered(status: int, elapsed: float = 0.1) -> Attempt:
    return Attempt(started=datetime(2026, 10, 20, tzinfo=UTC), elapsed=elapsed, status=status)


def test_the_default_plan_tries_sixteen_times_over_about_three_days() -> None:
    plan = RetryPlan()
    delays = [plan.delay_after(tries) for tries in range(1, 17)]
    assert delays[:4] == [15, 30, 60, 120]
    assert delays[15] is None
    known = [delay for delay in delays if delay is not None]
    assert known == sorted(known)
    assert sum(known) == pytest.approx(3 * 24 * 3600, rel=0.01)


@pytest.mark.parametrize("options", [{"tries": 0}, {"factor": 0.5}, {"first": -1.0}, {"longest": -1.0}])
def test_a_plan_without_a_try_or_with_a_shrinking_spacing_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="at least one try"):
        RetryPlan(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "elapsed", "good"),
    [(200, 0.1, True), (204, 10.0, True), (299, 1, True), (302, 1, False), (500, 1, False), (0, 10, False)],
)
def test_only_a_2xx_within_ten_seconds_counts(status: int, elapsed: float, good: bool) -> None:
    assert answered(status, elapsed).succeeded is good


def test_a_2xx_after_ten_seconds_is_a_failure() -> None:
    assert not answered(200, 10.1).succeeded


def test_a_new_delivery_is_due_at_once_and_handed_out_once() -> None:
    backlog = Backlog(RetryPlan())
    added = backlog.add(subscription="s", event="e", request=PING, at=5.0)
    assert [each.id for each in backlog.take_due(5.0, room=9)] == [added.id]
    assert backlog.take_due(5.0, room=9) == ()


def test_a_failed_try_waits_for_its_spacing() -> None:
    backlog = Backlog(RetryPlan())
    added = backlog.add(subscription="s", event="e", request=PING, at=0.0)
    backlog.take_due(0.0, room=1)
    backlog.note(added.id, answered(500), at=1.0)
    assert backlog.seconds_to_next(1.0) == 15.0
    assert backlog.take_due(15.9, room=1) == ()
    assert len(backlog.take_due(16.0, room=1)) == 1


def test_a_delivery_is_given_up_after_its_last_try() -> None:
    backlog = Backlog(RetryPlan(first=1, tries=2))
    added = backlog.add(subscription="s", event="e", request=PING, at=0.0)
    backlog.take_due(0.0, room=1)
    backlog.note(added.id, answered(500), at=0.0)
    backlog.take_due(1.0, room=1)
    assert backlog.note(added.id, answered(0), at=1.0).state is DeliveryState.GIVEN_UP
    assert backlog.seconds_to_next(1.0) is None
    assert not backlog.has_open()


def test_dropping_a_subscription_stops_its_retries_and_no_others() -> None:
    backlog = Backlog(RetryPlan())
    backlog.add(subscription="s", event="e", request=PING, at=0.0)
    kept = backlog.add(subscription="t", event="e", request=PING, at=0.0)
    assert backlog.drop("s") == 1
    assert [each.id for each in backlog.take_due(0.0, room=9)] == [kept.id]


def test_an_answer_after_the_drop_is_kept_but_revives_nothing() -> None:
    backlog = Backlog(RetryPlan())
    added = backlog.add(subscription="s", event="e", request=PING, at=0.0)
    backlog.take_due(0.0, room=1)
    backlog.drop("s")
    noted = backlog.note(added.id, answered(500), at=1.0)
    assert noted.state is DeliveryState.DROPPED
    assert len(noted.attempts) == 1
    assert backlog.seconds_to_next(1.0) is None


class Bookkeeping(RuleBasedStateMachine):
    """Deliveries fail and succeed at random; a naive account says which are owed and when they are due."""

    plan = RetryPlan(first=15, longest=100, tries=4)

    def __init__(self) -> None:
        super().__init__()
        self.backlog = Backlog(self.plan)
        self.now = 0.0
        self.due: dict[str, float] = {}  # what waits, and from when
        self.flying: set[str] = set()
        self.tries: dict[str, int] = {}
        self.owner: dict[str, str] = {}
        self.dropped: set[str] = set()

    @rule(subscription=st.sampled_from(["s", "t"]))
    def owe(self, subscription: str) -> None:
        added = self.backlog.add(subscription=subscription, event="e", request=PING, at=self.now)
        self.due[added.id] = self.now
        self.tries[added.id] = 0
        self.owner[added.id] = subscription

    @rule(seconds=st.sampled_from([0.0, 1.0, 15.0, 30.0, 100.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(room=st.integers(0, 3))
    def take(self, room: int) -> None:
        taken = {each.id for each in self.backlog.take_due(self.now, room=room)}
        ripe = {each for each, at in self.due.items() if at <= self.now}
        assert taken <= ripe
        assert len(taken) == min(room, len(ripe))
        for each in taken:
            del self.due[each]
        self.flying |= taken

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), status=st.sampled_from([200, 204, 302, 500, 0]))
    def answer(self, data: st.DataObject, status: int) -> None:
        each = data.draw(st.sampled_from(sorted(self.flying)))
        self.flying.discard(each)
        self.tries[each] += 1
        noted = self.backlog.note(each, answered(status), at=self.now)
        if each in self.dropped:
            assert noted.state is DeliveryState.DROPPED
        elif status in {200, 204}:
            assert noted.state is DeliveryState.DELIVERED
        elif self.tries[each] == self.plan.tries:
            assert noted.state is DeliveryState.GIVEN_UP
        else:
            self.due[each] = self.now + min(15 * 2 ** (self.tries[each] - 1), 100)

    @rule(subscription=st.sampled_from(["s", "t"]))
    def drop(self, subscription: str) -> None:
        gone = {each for each in {*self.due, *self.flying} if self.owner[each] == subscription}
        gone -= self.dropped
        assert self.backlog.drop(subscription) == len(gone)
        self.dropped |= gone
        for each in gone:
            self.due.pop(each, None)

    @invariant()
    def the_next_moment_is_known(self) -> None:
        expected = max(0.0, min(self.due.values()) - self.now) if self.due else None
        assert self.backlog.seconds_to_next(self.now) == expected

    @invariant()
    def nothing_owed_is_forgotten(self) -> None:
        owed = {each.id for each in self.backlog.open_deliveries()}
        assert owed == set(self.due) | (self.flying - self.dropped)
        assert self.backlog.has_open() is bool(owed)

    @invariant()
    def every_try_is_kept(self) -> None:
        assert {each.id: len(each.attempts) for each in self.backlog.deliveries()} == self.tries


Bookkeeping.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestBookkeeping = Bookkeeping.TestCase
