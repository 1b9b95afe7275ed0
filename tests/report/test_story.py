"""What a scenario did, in a few lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from partner_qa.model import Body, Kind, Request
from partner_qa.report.story import tell_steps, tell_story


def step(build: Any, sequence: int, kind: Kind, url: str, **more: Any) -> Any:
    given = {"grant": None, "operation": None, "account": None, "during": None, **more}
    return build.exchange(sequence, kind=kind, request=Request(method="RUN", url=url), **given)


def test_what_is_not_a_call_to_gusto_is_a_step_of_its_own(build: Any) -> None:
    exchanges = (
        step(build, 1, Kind.BROWSER, "http://127.0.0.1:4000/gusto/connect?account=a"),
        step(build, 2, Kind.WEBHOOK, "http://127.0.0.1:4000/hooks", status=0),
        step(build, 3, Kind.PROCESS, "process:kill"),
        step(build, 4, Kind.CLOCK, "clock:move"),
        step(build, 5, Kind.OBSERVATION, "http://127.0.0.1:4000/qa/people", account="qa-a"),
    )
    assert tell_story(build.recording(exchanges=exchanges)) == (
        "a browser opens /gusto/connect → 200 (#1)",
        "a webhook is delivered → no answer (#2)",
        "its processes: kill (#3)",
        "business time moves: move (#4)",
        "asked what it holds: people for qa-a → 200 (#5)",
    )


def test_calls_to_gusto_are_counted(build: Any) -> None:
    exchanges = tuple(build.exchange(number, status=0 if number == 2 else 200) for number in range(1, 401))
    assert tell_story(build.recording(exchanges=exchanges)) == (
        "the integration makes 400 calls to Gusto (1 not answered, 399 answered 200), #1 to #400",
    )


def test_the_reads_of_the_harness_are_told_apart(build: Any) -> None:
    assert tell_story(build.recording(exchanges=(build.exchange(7, kind=Kind.AUDIT),))) == (
        "the harness reads the sandbox with 1 call (1 answered 200), #7",
    )


def test_a_long_story_is_cut(build: Any) -> None:
    exchanges = tuple(step(build, number, Kind.PROCESS, "process:kill") for number in range(1, 101))
    steps = tell_story(build.recording(exchanges=exchanges))
    assert len(steps) == 61
    assert steps[-1] == "and 40 more steps"


def test_what_stopped_it_is_the_end_of_the_story(build: Any) -> None:
    steps = tell_story(
        build.recording(exchanges=(), reason="nobody came", missing=("actions.connect",), trouble="Traceback")
    )
    assert steps == (
        "the harness stopped here, by a mistake of its own",
        "it stopped: nobody came",
        "missing: actions.connect",
    )


def test_hostile_texts_do_not_pass(build: Any) -> None:
    exchanges = (step(build, 1, Kind.ACTION, f"http://h/{build.hostile}", account=build.hostile),)
    assert all(each.isprintable() for each in tell_story(build.recording(exchanges=exchanges)))


def test_a_delivery_is_told_by_its_event_and_its_signature(build: Any) -> None:
    delivered = step(
        build,
        1,
        Kind.WEBHOOK,
        "http://127.0.0.1:4000/hooks",
        facts={"signature": "missing"},
    )
    body = Body.of(b'{"event_type": "employee.updated"}')
    sent = replace(delivered, request=replace(delivered.request, body=body))
    (told,) = tell_story(build.recording(exchanges=(sent,)))
    assert told == "a webhook is delivered (employee.updated, signature missing) → 200 (#1)"


def test_steps_last_as_long_as_their_exchanges(build: Any) -> None:
    recording = build.recording(missing=("actions.connect",))
    action, calls, missing = tell_steps(recording)
    assert (calls.ended - calls.began).total_seconds() == 2.012
    assert action.ended <= calls.began
    assert missing.began == missing.ended == recording.ended
