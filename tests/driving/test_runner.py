"""Facts about what keeps a scenario from being driven, and about reading something else than people."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from partner_qa.driving.runner import find_missing
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
    assert missing_in(SCENARIOS["large_company_sync"], "accounting") == {
        "actions.sync_people in partner.yaml"
    }


def test_whoever_reads_nothing_is_told_what_would_do() -> None:
    (missing,) = missing_in(SCENARIOS["dead_grant"], "provisioning")
    assert missing.startswith("actions.sync_people in partner.yaml (or list_contractors or post_journal")


@pytest.mark.parametrize("scenario", ANY_LIST, ids=lambda each: each.id)
def test_such_a_scenario_never_insists_on_people(scenario: Scenario) -> None:
    assert "SYNC_PEOPLE" not in inspect.getsource(scenario.drive).split('"""')[-1]
