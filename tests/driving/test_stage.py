"""Facts about the stage: what a scenario sets going beside itself is waited for and heard of."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from partner_qa.adapter.browser import Walk
from partner_qa.driving.stage import Stage
from partner_qa.errors import AdapterError, HarnessBug
from partner_qa.model import Action, Tenant
from partner_qa.recorder.faults import reset

ANNA = Tenant(account="qa-anna", company="c-1")


def stage_whose_action(failure: Exception) -> tuple[Stage, list[str]]:
    """Return a stage on which an action fails after it has met a fault, and what became of its processes."""
    killed: list[str] = []

    def act(action: Action, *, account: str, payload: Any) -> None:
        raise failure

    integration = SimpleNamespace(
        can=lambda name: True, act=act, require_killable=lambda: None, kill=lambda: killed.append("killed")
    )
    recorder = SimpleNamespace(
        during=lambda action, account: nullcontext(),
        has_fired=lambda fault: True,
        quiet_for=lambda company: 9.0,
    )
    stand: Any = SimpleNamespace(
        integration=integration,
        recorder=recorder,
        profile=SimpleNamespace(timing=SimpleNamespace(cap=5, settle=0.1)),
        settle=lambda tenant: None,
    )
    return Stage(stand, "some_scenario"), killed


@pytest.mark.parametrize(("status", "waits"), [("done", 1), ("failed", 0), ("running", 0)])
def test_only_who_says_done_is_waited_for_when_something_is_to_be_repeated(status: str, waits: int) -> None:
    waited: list[Tenant] = []
    stand: Any = SimpleNamespace(
        integration=SimpleNamespace(
            can=lambda name: True, act=lambda *_, **__: SimpleNamespace(status=status)
        ),
        recorder=SimpleNamespace(during=lambda action, account: nullcontext()),
        settle=lambda tenant: None,
        wait_for_retry=waited.append,
    )
    Stage(stand, "some_scenario").act(Action.SYNC_PEOPLE, ANNA)
    assert waited == [ANNA] * waits


@pytest.mark.parametrize(("status", "end", "revived"), [(200, "", 0), (0, "", 0), (0, "web ended (1)", 1)])
def test_an_integration_that_a_visit_has_ended_is_started_again(status: int, end: str, revived: int) -> None:
    done: list[str] = []
    walk = Walk(start="http://127.0.0.1:4000/connect", callback="http://127.0.0.1:4000/cb", status=status)
    stand: Any = SimpleNamespace(
        integration=SimpleNamespace(
            browser=lambda account: SimpleNamespace(get=lambda url, facts: walk),
            find_end=lambda within: end,
            revive=lambda: done.append("revived"),
        ),
        consent=SimpleNamespace(connect=lambda tenant, **choices: walk),
        settle=lambda tenant: None,
    )
    stage = Stage(stand, "some_scenario")
    stage.connect(ANNA, decision="deny", bears_silence=True)
    assert done == ["revived"] * revived
    stage.repeat_callback(ANNA, walk)
    assert done == ["revived"] * revived * 2


@pytest.mark.parametrize(
    ("forgery", "where", "query"),
    [
        ("missing", "her own", ["code"]),
        ("wrong", "her own", ["code", "state"]),
        ("replayed", "her own", ["code", "state"]),
        ("foreign", "another", ["code", "state"]),
    ],
)
def test_a_callback_is_forged_by_its_state_or_by_its_browser(
    forgery: str, where: str, query: list[str]
) -> None:
    began = Walk(start="/connect", callback="http://127.0.0.1:4000/cb?code=c&state=fresh", state="fresh")
    visits: list[tuple[str, str]] = []

    def browser(which: str) -> Any:
        def get(url: str, facts: Any) -> Walk:
            visits.append((which, url))
            return Walk(start=url, status=400)

        return SimpleNamespace(get=get, connect=lambda *_, **__: began)

    integration = SimpleNamespace(
        browser=lambda account: browser("her own"),
        another_browser=lambda account: browser("another"),
        connect_start=lambda account: None,
    )
    stand: Any = SimpleNamespace(integration=integration, settle=lambda tenant: None)
    used = Walk(start="/connect", callback="http://127.0.0.1:4000/cb?code=b&state=used", state="used")
    Stage(stand, "some_scenario").forge_callback(ANNA, forgery, used_callback=used)
    [(which, url)] = visits
    given = dict(parse_qsl(urlsplit(url).query))
    assert (which, list(given)) == (where, query)
    assert (given.get("state") == "fresh") is (forgery == "foreign")


@pytest.mark.parametrize("bears_silence", [True, False])
def test_the_accountant_is_who_a_company_has_beside_its_primary_admin(bears_silence: bool) -> None:
    asked: list[dict[str, Any]] = []

    def connect(start: str, **given: Any) -> Walk:
        asked.append(given)
        return Walk(start=start, status=0 if bears_silence else 200)

    revived: list[str] = []
    stand: Any = SimpleNamespace(
        admin=SimpleNamespace(admins=lambda company: [{"uuid": "primary"}, {"uuid": "accountant"}]),
        integration=SimpleNamespace(
            browser=lambda account: SimpleNamespace(connect=connect),
            connect_start=lambda account: "/connect",
            find_end=lambda within: "web ended (1)",
            revive=lambda: revived.append("revived"),
        ),
        settle=lambda tenant: None,
    )
    Stage(stand, "some_scenario").connect_as_accountant(ANNA, bears_silence=bears_silence)
    assert asked == [{"company": "c-1", "person": "accountant", "bears_silence": bears_silence}]
    assert revived == ["revived"] * bears_silence


@pytest.mark.parametrize(
    "failure", [AdapterError("it hung up"), HarnessBug("ours"), ZeroDivisionError("ours")]
)
def test_a_failure_of_what_runs_together_is_raised(failure: Exception) -> None:
    stage, _ = stage_whose_action(failure)
    with pytest.raises(type(failure), match=str(failure)):
        stage.act_together(Action.SYNC_PEOPLE, ANNA, times=3)


def test_whoever_is_killed_may_fail_to_answer() -> None:
    stage, killed = stage_whose_action(AdapterError("it hung up"))
    stage.act_and_kill(Action.SYNC_PEOPLE, ANNA, when=reset())
    assert killed == ["killed"]


def test_a_mistake_of_ours_is_heard_of_although_its_processes_are_killed() -> None:
    stage, _ = stage_whose_action(ZeroDivisionError("ours"))
    with pytest.raises(ZeroDivisionError):
        stage.act_and_kill(Action.SYNC_PEOPLE, ANNA, when=reset())


def test_what_runs_beside_a_scenario_that_breaks_is_waited_for() -> None:
    stage, _ = stage_whose_action(AdapterError("it hung up"))
    ended = threading.Event()

    def act(action: Action, *, account: str, payload: Any) -> None:
        time.sleep(0.3)
        ended.set()

    stage._stand.integration.act = act  # type: ignore[method-assign, assignment]
    with (
        pytest.raises(ZeroDivisionError, match="ours"),
        stage.acting(Action.SYNC_PEOPLE, ANNA, since=reset()),
    ):
        raise ZeroDivisionError("ours")
    assert ended.is_set()


@pytest.mark.parametrize("comes_so_far", [True, False])
def test_a_scenario_goes_on_beside_an_action_that_came_so_far_or_was_over_before(comes_so_far: bool) -> None:
    stage, _ = stage_whose_action(AdapterError("unused"))
    begun, seen = threading.Event(), threading.Event()
    done: list[str] = []

    def act(action: Action, *, account: str, payload: Any) -> None:
        if comes_so_far:
            begun.set()
            done.append("waited for" if seen.wait(5) else "came too late")
        done.append("over")

    stage._stand.integration.act = act  # type: ignore[method-assign, assignment]
    with stage.acting_until(Action.POST_JOURNAL, ANNA, reached=begun.is_set) as has_come:
        assert has_come is comes_so_far
        seen.set()
    assert done == (["waited for", "over"] if comes_so_far else ["over"])


def test_what_fails_beside_a_scenario_is_raised_when_it_is_over() -> None:
    stage, _ = stage_whose_action(AdapterError("it hung up"))
    looked = []
    with (
        pytest.raises(AdapterError, match="it hung up"),
        stage.acting_until(Action.POST_JOURNAL, ANNA, reached=lambda: False) as has_come,
    ):
        looked.append(has_come)
    assert looked == [False]


@pytest.mark.parametrize(
    ("offered", "action", "noted"),
    [
        ({Action.SYNC_PEOPLE, Action.POST_JOURNAL}, Action.SYNC_PEOPLE, []),
        ({Action.POST_JOURNAL}, Action.POST_JOURNAL, [("reading", "post_journal")]),
    ],
)
def test_another_list_is_read_where_people_are_not(
    offered: set[Action], action: Action, noted: list[tuple[str, str]]
) -> None:
    acted: list[Action] = []
    notes: list[tuple[str, str]] = []
    armed: list[Any] = []

    def act(action: Action, **_: Any) -> Any:
        acted.append(action)
        return SimpleNamespace(status="failed")

    recorder = SimpleNamespace(
        during=lambda action, account: nullcontext(),
        note=lambda name, value: notes.append((name, value)),
        arm=armed.append,
    )
    stand: Any = SimpleNamespace(
        integration=SimpleNamespace(can=offered.__contains__, act=act),
        recorder=recorder,
        settle=lambda tenant: None,
    )
    stage = Stage(stand, "some_scenario")
    stage.fault_reading(reset(), occurrence=1)
    stage.read(ANNA)
    assert acted == [action]
    assert list(dict.fromkeys(notes)) == noted
    assert (armed[0].during, armed[0].operation) == (action, stage.reading.operation)
