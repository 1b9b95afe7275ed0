"""Machines that do what partners do, in any order, and compare the sandbox with a model after every step.

Tokens that rotate, versions that go stale, lists that change while they are read, the window of the rate
limit, webhooks that are tried again. The models are written from Gusto's pages, not from the sandbox.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from partner_qa.model import Request, Response, find_header
from partner_qa.sandbox.deliveries import Attempt, Backlog, DeliveryState, RetryPlan
from partner_qa.sandbox.subscriptions import SIGNATURE_HEADER, sign


def run(machine: Any, tools: Any, *, steps: int = 25, **given: Any) -> None:
    """Run a machine against new sandboxes, a few times in `make test` and often in `make fuzz`."""
    made = type(machine.__name__, (machine,), {"tools": tools, **given})
    how = settings(
        max_examples=max(8, tools.examples * 3),
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=tools.examples < 10,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(made, settings=how)


class Machine(RuleBasedStateMachine):
    """A sandbox of its own for each run."""

    tools: Any
    options: dict[str, Any] = {}  # noqa: RUF012 - read only

    def __init__(self) -> None:
        super().__init__()
        self.gusto = self.tools.gusto(**self.options)

    def teardown(self) -> None:
        self.gusto.close()


# -- tokens ----------------------------------------------------------------------------------------------


class Rotation(Machine):
    """Each pair of tokens, what should still work of it, and nothing else."""

    pairs = Bundle("pairs")
    rotation = "strict"

    def __init__(self) -> None:
        self.options = {"rotation": self.rotation}
        super().__init__()
        self.live_access: set[str] = set()
        self.live_refresh: set[str] = set()
        self.parents: dict[str, tuple[str, str]] = {}
        self.seen: set[str] = set()

    @initialize(target=pairs)
    def connect(self) -> Any:
        return self.keep(*self.gusto.admin.connect(self.gusto.company))

    def keep(self, access: str, refresh: str) -> tuple[str, str]:
        assert not {access, refresh} & self.seen
        self.seen |= {access, refresh}
        self.live_access.add(access)
        self.live_refresh.add(refresh)
        return access, refresh

    @rule(target=pairs, pair=pairs)
    def refresh(self, pair: Any) -> Any:
        refresh = pair[1]
        body = {"grant_type": "refresh_token", "refresh_token": refresh, **self.tools.client}
        answer = self.gusto.call("POST", "/oauth/token", None, body)
        if refresh not in self.live_refresh:
            assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
            return pair
        assert answer.status == 200
        told = answer.json()
        if self.rotation == "strict":
            self.live_refresh.discard(refresh)
        self.parents[told["access_token"]] = pair
        return self.keep(told["access_token"], told["refresh_token"])

    @rule(pair=pairs)
    def use(self, pair: Any) -> None:
        answer = self.gusto.call("GET", f"/v1/companies/{self.gusto.company}", pair[0])
        assert answer.status == (200 if pair[0] in self.live_access else 401)
        if answer.status == 200:
            self.retire_ancestors(pair[0])

    def retire_ancestors(self, access: str) -> None:
        while access in self.parents:
            access, refresh = self.parents[access]
            self.live_access.discard(access)
            self.live_refresh.discard(refresh)

    @rule(seconds=st.sampled_from([1, 600, 7199, 7200]))
    def wait(self, seconds: int) -> None:
        """Whatever was issued is older than two hours after the longest wait."""
        self.gusto.clock.forward(seconds)
        if seconds == 7200:
            self.live_access.clear()
        elif self.live_access:
            self.gusto.admin.expire_tokens(self.gusto.company)
            self.live_access.clear()

    @precondition(lambda self: self.live_refresh)
    @rule(pair=pairs)
    def revoke(self, pair: Any) -> None:
        answer = self.gusto.call("POST", "/oauth/revoke", None, {"token": pair[0], **self.tools.client})
        assert answer.status == 200
        self.live_access.clear()
        self.live_refresh.clear()

    @invariant()
    def a_strict_grant_has_one_refresh_token_at_most(self) -> None:
        if self.rotation == "strict":
            assert len(self.live_refresh) <= 1


@pytest.mark.parametrize("rotation", ["strict", "grace"])
def test_tokens_rotate_as_they_should_in_any_order(tools: Any, rotation: str) -> None:
    run(Rotation, tools, rotation=rotation)


# -- versions --------------------------------------------------------------------------------------------


class Versions(Machine):
    """Several writers of one department: who read the newest version is obeyed, everybody else hears 409."""

    def __init__(self) -> None:
        super().__init__()
        self.token = self.gusto.admin.issue_grant(self.gusto.company)
        made = self.gusto.call(
            "POST", f"/v1/companies/{self.gusto.company}/departments", self.token, {"title": "Proof"}
        ).json()
        self.path = f"/v1/departments/{made['uuid']}"
        self.title = "Proof"
        self.read = {"A": made["version"], "B": made["version"]}
        self.newest = made["version"]
        self.all = {self.newest}

    @rule(writer=st.sampled_from("AB"))
    def look(self, writer: str) -> None:
        shown = self.gusto.call("GET", self.path, self.token).json()
        assert (shown["version"], shown["title"]) == (self.newest, self.title)
        self.read[writer] = shown["version"]

    @rule(writer=st.sampled_from("AB"), number=st.integers(0, 99))
    def write(self, writer: str, number: int) -> None:
        body = {"title": f"Proof {number}", "version": self.read[writer]}
        answer = self.gusto.call("PUT", self.path, self.token, body)
        if self.read[writer] != self.newest:
            assert answer.status == 409
            assert answer.json()["errors"][0]["category"] == "invalid_resource_version"
            return
        assert answer.status == 200
        self.newest = answer.json()["version"]
        assert self.newest not in self.all
        self.all.add(self.newest)
        self.title = body["title"]

    @rule()
    def write_without_a_version(self) -> None:
        assert self.gusto.call("PUT", self.path, self.token, {"title": "Blind"}).status == 409


def test_only_who_read_the_newest_version_may_write(tools: Any) -> None:
    run(Versions, tools)


# -- pages -----------------------------------------------------------------------------------------------


class Pages(Machine):
    """Departments come and go while others read them in pages: a page shows what is there now, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.token = self.gusto.admin.issue_grant(self.gusto.company)
        self.path = f"/v1/companies/{self.gusto.company}/employees"
        self.there = [each["uuid"] for each in self.gusto.call("GET", self.path, self.token).json()]

    @rule(number=st.integers(0, 10**6))
    def hire(self, number: int) -> None:
        body = {"first_name": "New", "last_name": f"Hire {number}", "date_of_birth": "1990-02-28"}
        body |= {
            "email": f"hire{len(self.there)}-{number}@proof.example",
            "ssn": f"{900000000 + number % 9999}",
        }
        answer = self.gusto.call("POST", self.path, self.token, body)
        if answer.status == 201:
            self.there.append(answer.json()["uuid"])

    @precondition(lambda self: self.there)
    @rule(data=st.data())
    def delete(self, data: Any) -> None:
        uuid = data.draw(st.sampled_from(self.there))
        answer = self.gusto.call("DELETE", f"/v1/employees/{uuid}", self.token)
        assert answer.status in {204, 422}  # who has been onboarded stays
        if answer.status == 204:
            self.there.remove(uuid)

    @rule(per=st.integers(1, 7), page=st.integers(1, 5))
    def read_a_page(self, per: int, page: int) -> None:
        answer = self.gusto.call("GET", self.path, self.token, page=str(page), per=str(per))
        assert [each["uuid"] for each in answer.json()] == self.there[(page - 1) * per : page * per]
        assert answer.header("X-Total-Count") == str(len(self.there))
        assert answer.header("X-Total-Pages") == str(math.ceil(len(self.there) / per))

    @rule(per=st.integers(1, 7))
    def read_to_the_end(self, per: int) -> None:
        read: list[str] = []
        for page in range(1, 2 + len(self.there) // per):
            answer = self.gusto.call("GET", self.path, self.token, page=str(page), per=str(per))
            read += [each["uuid"] for each in answer.json()]
        assert read == self.there


def test_pages_show_what_is_there_while_it_changes(tools: Any) -> None:
    run(Pages, tools)


class Events(Machine):
    """Whoever reads events by the cursor gets each once and in order, whatever happens meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.gusto.admin.connect(self.gusto.company)
        self.system = self.gusto.world.grants.issue_system().access_token
        self.read: list[str] = []
        self.read_on(1000)

    @rule(title=st.text("abc", min_size=1, max_size=3))
    def something_happens(self, title: str) -> None:
        person = self.gusto.admin.people(self.gusto.company)[0]["uuid"]
        self.gusto.admin.change_employee(self.gusto.company, str(person), preferred_first_name=title)

    @rule(limit=st.integers(1, 5))
    def read_on(self, limit: int) -> None:
        query = {"limit": str(limit), "sort_order": "asc"}
        if self.read:
            query["starting_after_uuid"] = self.read[-1]
        rows = self.gusto.call("GET", "/v1/events", self.system, **query).json()
        assert len(rows) <= limit
        self.read += [each["uuid"] for each in rows]

    @invariant()
    def nothing_is_read_twice_or_left_out(self) -> None:
        rows = self.gusto.call("GET", "/v1/events", self.system, limit="100", sort_order="asc").json()
        assert [each["uuid"] for each in rows][: len(self.read)] == self.read


def test_events_are_read_once_and_in_order(tools: Any) -> None:
    run(Events, tools, steps=15)


# -- the rate window -------------------------------------------------------------------------------------


class RateWindow(Machine):
    """200 requests in any 60 seconds for each connection, and Retry-After is long enough and not too long."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = [self.gusto.admin.connect(self.gusto.company)[0] for _ in range(2)]
        self.taken: list[list[datetime]] = [[], []]

    @rule(who=st.integers(0, 1), count=st.sampled_from([1, 50, 150]))
    def ask(self, who: int, count: int) -> None:
        for _ in range(count):
            self.ask_once(who)

    def ask_once(self, who: int) -> None:
        now = self.gusto.clock()
        inside = [each for each in self.taken[who] if (now - each).total_seconds() < 60]
        answer = self.gusto.call("GET", "/v1/token_info", self.tokens[who])
        assert answer.status == (429 if len(inside) >= 200 else 200)
        assert answer.header("X-RateLimit-Remaining") == str(max(0, 199 - len(inside)))
        if answer.status == 200:
            self.taken[who] = [*inside, now]
            return
        wait = int(answer.header("Retry-After"))
        free = 60 - (now - inside[0]).total_seconds()
        assert max(1, free) <= wait < free + 1 or wait == 1

    @rule(seconds=st.sampled_from([0.5, 10, 29.75, 60]))
    def wait(self, seconds: float) -> None:
        self.gusto.clock.forward(seconds)


def test_the_rate_window_rolls_for_each_connection(tools: Any) -> None:
    run(RateWindow, tools, steps=15)


# -- webhooks --------------------------------------------------------------------------------------------


class Retries(RuleBasedStateMachine):
    """What is owed, against a plain list of moments: nothing early, lost, doubled or for ever."""

    tools: Any
    plan = RetryPlan(first=15, factor=2, longest=60, tries=4)

    def __init__(self) -> None:
        super().__init__()
        self.backlog = Backlog(self.plan)
        self.now = 0.0
        self.due: dict[str, float] = {}
        self.tries: dict[str, int] = {}
        self.flying: set[str] = set()
        self.ended: dict[str, DeliveryState] = {}

    @rule(subscription=st.sampled_from("AB"))
    def owe(self, subscription: str) -> None:
        request = Request(method="POST", url="http://127.0.0.1/")
        made = self.backlog.add(subscription=subscription, event=None, request=request, at=self.now)
        self.due[made.id], self.tries[made.id] = self.now, 0

    @rule(room=st.integers(1, 3))
    def take(self, room: int) -> None:
        taken = [each.id for each in self.backlog.take_due(self.now, room=room)]
        owed = {each for each, at in self.due.items() if at <= self.now}
        assert set(taken) <= owed
        assert len(taken) == min(room, len(owed))
        for each in taken:
            del self.due[each]
        self.flying |= set(taken)

    @precondition(lambda self: self.flying)
    @rule(status=st.sampled_from([0, 200, 204, 302, 410, 500]), slow=st.booleans())
    def hear(self, status: int, slow: bool) -> None:
        each = min(self.flying)
        self.flying.remove(each)
        self.tries[each] += 1
        attempt = Attempt(started=datetime.now(UTC), elapsed=10.5 if slow else 0.1, status=status)
        state = self.backlog.note(each, attempt, at=self.now).state
        if each in self.ended:
            assert state is DeliveryState.DROPPED
        elif status in {200, 204} and not slow:
            self.ended[each] = DeliveryState.DELIVERED
        elif self.tries[each] == 4:
            self.ended[each] = DeliveryState.GIVEN_UP
        else:
            self.due[each] = self.now + (15, 30, 60)[self.tries[each] - 1]

    @rule(seconds=st.sampled_from([1, 14, 15, 45]))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(subscription=st.sampled_from("AB"))
    def unsubscribe(self, subscription: str) -> None:
        owed = [each for each in self.backlog.open_deliveries() if each.subscription == subscription]
        assert self.backlog.drop(subscription) == len(owed)
        for each in owed:
            self.due.pop(each.id, None)
            self.ended[each.id] = DeliveryState.DROPPED

    @invariant()
    def both_agree_on_what_is_owed(self) -> None:
        states = {each.id: each.state for each in self.backlog.deliveries()}
        assert {each for each, state in states.items() if state is DeliveryState.WAITING} == set(self.due)
        assert {each: states[each] for each in self.ended} == self.ended
        next_one = self.backlog.seconds_to_next(self.now)
        assert next_one == (max(0.0, min(self.due.values()) - self.now) if self.due else None)


def test_a_delivery_is_tried_until_it_arrives_or_is_given_up(tools: Any) -> None:
    run(Retries, tools, steps=40)


def test_each_try_carries_the_same_signed_event(tools: Any) -> None:
    @settings(max_examples=8, deadline=None, database=None, derandomize=True)
    @given(answers=st.lists(st.sampled_from([0, 200, 410, 500]), min_size=1, max_size=3))
    def ask(answers: list[int]) -> None:
        require_same_event(tools, answers)

    ask()


def require_same_event(tools: Any, answers: list[int]) -> None:
    heard: list[Request] = []

    async def receive(request: Request) -> Response:
        heard.append(request)
        return Response(status=answers[min(len(heard), len(answers)) - 1])

    plan = RetryPlan(first=0, factor=1, longest=0, tries=3)
    gusto = tools.gusto(deliver=receive, retry_plan=plan)
    try:
        gusto.admin.connect(gusto.company)
        gusto.admin.add_subscription("http://127.0.0.1:9/", ["Employee"], "token")
        person = str(gusto.admin.people(gusto.company)[0]["uuid"])
        gusto.admin.change_employee(gusto.company, person, preferred_first_name="Ada")
        assert gusto.world.subscriptions.wait_until_idle(20, retries=True)
    finally:
        gusto.close()
    padded = [*answers, answers[-1], answers[-1]][:3]
    tries = padded.index(200) + 1 if 200 in padded else 3
    assert len(heard) == tries
    assert len({each.body.content for each in heard}) == 1
    assert json.loads(heard[0].body.content)["event_type"] == "employee.updated"
    for each in heard:
        assert find_header(each.headers, SIGNATURE_HEADER) == sign(each.body.content, "token")
