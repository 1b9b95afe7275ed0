"""Facts about what keeps a scenario from being driven, and about reading something else than people."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from partner_qa.driving.runner import Progress, _drive_scenario, find_missing
from partner_qa.driving.stand import Stand
from partner_qa.errors import AdapterError, NotObserved
from partner_qa.model import Target
from partner_qa.profile.profile import Profile, load_profile
from partner_qa.scenario import Scenario
from partner_qa.suite import load_scenarios

PROFILES = Path(__file__).resolve().parents[2] / "examples" / "profiles"
SCENARIOS = {each.id: each for each in load_scenarios()}
ANY_LIST = [each for each in SCENARIOS.values() if each.any_list]


def profile_of(use_case: str) -> Profile:
    return load_profile(PROFILES / f"{use_case}.yaml")


def missing_in(scenario: Scenario, use_case: str) -> set[str]:
    return set(find_missing(scenario, profile_of(use_case), Target.EMBEDDED)) - {
        "run.processes in partner.yaml"
    }


@pytest.mark.parametrize("use_case", ["accounting", "contractors", "hris"])
@pytest.mark.parametrize("scenario", ANY_LIST, ids=lambda each: each.id)
def test_whoever_reads_any_list_is_judged_by_how_it_bears_trouble(scenario: Scenario, use_case: str) -> None:
    assert missing_in(scenario, use_case) == set()


def test_what_is_about_people_needs_people() -> None:
    assert "actions.sync_people in partner.yaml" in missing_in(SCENARIOS["people_come_and_go"], "accounting")


def test_whoever_reads_nothing_is_told_what_would_do() -> None:
    (missing,) = missing_in(SCENARIOS["dead_grant"], "provisioning")
    assert missing.startswith("actions.sync_people in partner.yaml (or list_contractors or post_journal")


@pytest.mark.parametrize("scenario", ANY_LIST, ids=lambda each: each.id)
def test_such_a_scenario_never_insists_on_people(scenario: Scenario) -> None:
    assert "SYNC_PEOPLE" not in inspect.getsource(scenario.drive).split('"""')[-1]


class Bench:
    """A stand of which only the ending of a scenario is looked at, and a progress that nobody sees."""

    def __init__(self, *, can_start: bool = True) -> None:
        self.closed: dict[str, Any] = {}
        self.profile, self.site, self.client_id = (
            profile_of("hris"),
            SimpleNamespace(target=Target.EMBEDDED),
            "c",
        )
        self.integration = SimpleNamespace(
            egress={}, revive=lambda: None if can_start else fail(), find_end=lambda within: ""
        )
        self.recorder = SimpleNamespace(open=str, note=lambda *_: None, close=self.closed.update)

    def drive(self, act: Callable[[object], None]) -> str:
        scenario = replace(SCENARIOS["first_connect"], needs=(), drive=act)
        return _drive_scenario(cast("Stand", self), scenario, cast("Progress", SimpleNamespace(breaks=print)))


def fail(*_: object) -> None:
    raise AdapterError("it answered 500")


def lack(*_: object) -> None:
    raise NotObserved("the profile does not say how to pay", missing=("actions.pay in partner.yaml",))


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_why_a_scenario_stopped_is_kept_apart_from_what_is_missing() -> None:
    bench = Bench()
    told = bench.drive(lack)
    assert bench.closed["reason"] == "the profile does not say how to pay"
    assert bench.closed["missing"] == ("actions.pay in partner.yaml",)
    assert told == "the profile does not say how to pay; actions.pay in partner.yaml"


@pytest.mark.parametrize(
    ("can_start", "words"),
    [(True, "the scenario stopped: it answered 500"), (False, "could not be started again: it answered 500")],
)
def test_an_integration_that_breaks_off_is_a_reason_and_nothing_is_missing(
    can_start: bool, words: str
) -> None:
    bench = Bench(can_start=can_start)
    assert words in bench.drive(fail)
    assert words in bench.closed["reason"]
    assert bench.closed["missing"] == ()


def test_an_interruption_is_a_reason() -> None:
    bench = Bench()
    with pytest.raises(KeyboardInterrupt):
        bench.drive(interrupt)
    assert "interrupted" in bench.closed["reason"]
    assert bench.closed["missing"] == ()
