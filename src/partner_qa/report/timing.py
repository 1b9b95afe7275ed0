"""Gives Allure the times of the run, and not those of judging it: the same results whenever they are made.

An item begins with its run and takes as long as its scenarios took; Allure sorts by the beginning, so the
place in the checklist is added in milliseconds. Steps have the times of what they tell of.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from partner_qa.model import Finding, Recording, Run, Verdict
from partner_qa.report.exchanges import CITED, find_exchange
from partner_qa.report.story import Stories, end_of

Rule = dict[str, Any]
_SCENARIO = "scenario "


def time_result(result: Rule, verdict: Verdict, run: Run, *, position: int, stories: Stories) -> Rule:
    """Return an Allure result with the times of its run; `position` is its place in the checklist."""
    scenarios = [each for each in map(run.find, verdict.scenarios) if each is not None]
    begin = run.started + timedelta(milliseconds=position)
    return {
        **result,
        **_span(begin, begin + _together(scenarios)),
        "steps": _time_steps(result.get("steps", ()), verdict.findings, run, begin, stories),
    }


def _time_steps(
    steps: Sequence[Rule], findings: Sequence[Finding], run: Run, begin: datetime, stories: Stories
) -> list[Rule]:
    """Return the steps as allure.py writes them: scenarios first, then one for each finding."""
    timed, left = [], list(findings)
    for step in steps:
        name = str(step.get("name", ""))
        recording = run.find(name.removeprefix(_SCENARIO)) if name.startswith(_SCENARIO) else None
        if recording is not None:
            timed.append(_time_scenario(step, recording, stories))
        elif left:
            timed.append({**step, **_span_of(left.pop(0), run, begin)})
        else:
            timed.append({**step, **_span(begin, begin)})
    return timed


def _time_scenario(step: Rule, recording: Recording, stories: Stories) -> Rule:
    steps = step.get("steps", ())
    pairs = zip(steps, stories.of(recording) if steps else (), strict=False)  # told by the same function
    return {
        **step,
        **_span(recording.started, recording.started + _lasted(recording)),
        "steps": [{**each, **_span(told.began, told.ended)} for each, told in pairs],
    }


def _span_of(finding: Finding, run: Run, begin: datetime) -> Rule:
    """Return from when to when the exchanges lasted that a finding rests on."""
    cited = [find_exchange(run, each) for each in finding.places[:CITED]]
    held = [each for each in cited if each is not None]
    if not held:
        return _span(begin, begin)
    return _span(min(each.started for each in held), max(end_of(each) for each in held))


def _together(recordings: Sequence[Recording]) -> timedelta:
    """Return how long the recordings took, where they overlap counted once."""
    total, until = timedelta(), datetime.min.replace(tzinfo=UTC)
    for each in sorted(recordings, key=_began):
        ended = each.started + _lasted(each)
        total += max(timedelta(), ended - max(each.started, until))
        until = max(until, ended)
    return total


def _began(recording: Recording) -> datetime:
    return recording.started


def _lasted(recording: Recording) -> timedelta:
    return recording.ended - recording.started if recording.ended else timedelta()


def _span(began: datetime, ended: datetime) -> Rule:
    return {"start": _milliseconds(began), "stop": _milliseconds(max(began, ended))}


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)
