"""Rows and tests know each other, both ways; a section's word names one file in each of three places."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from partner_qa.checklist import applies, load_checklist
from partner_qa.checks.lost_creates import looks_before_creating_again
from partner_qa.cli.profile_page import DOORS
from partner_qa.contract.readings import READINGS
from partner_qa.model import Action, Basis, Level, Proof, Run, UseCase, VerifiedBy
from partner_qa.suite import SuiteTest, find_scenario_names, find_suite, load_scenarios, load_tests

ROOT = Path(__file__).parents[2]
CHECKLIST = load_checklist()
TESTS = load_tests()
GUSTOS_OWN = ("https://docs.gusto.com/", "https://gusto.com/", "https://github.com/")


def name_of(test: SuiteTest) -> str:
    return test.name


def test_each_row_that_a_machine_can_see_has_one_test() -> None:
    automatic = [item.id for item in CHECKLIST.items if item.verified_by is not VerifiedBy.ATTESTATION]
    assert sorted(test.declared.item for test in TESTS) == sorted(automatic)


@pytest.mark.parametrize("test", TESTS, ids=name_of)
def test_each_test_stands_in_the_file_of_its_items_section(test: SuiteTest) -> None:
    item = CHECKLIST.find(test.declared.item)
    assert item is not None
    assert item.section == test.section


@pytest.mark.parametrize("test", TESTS, ids=name_of)
def test_each_test_names_what_spoils_it(test: SuiteTest) -> None:
    assert callable(test.declared.spoiled_by)


@pytest.mark.parametrize("test", TESTS, ids=name_of)
def test_each_test_looks_at_scenarios_that_exist_or_at_the_run(test: SuiteTest) -> None:
    assert set(test.scenarios) <= set(find_scenario_names())
    assert test.is_of_run or test.scenarios


@pytest.mark.parametrize("test", TESTS, ids=name_of)
def test_each_test_says_how_it_looks_and_not_what_is_required(test: SuiteTest) -> None:
    assert test.how_we_look
    assert "must" not in test.how_we_look.split()
    assert "should" not in test.how_we_look.split()


def test_every_scenario_is_judged_by_somebody() -> None:
    named = {name for test in TESTS for name in test.scenarios}
    assert named == set(find_scenario_names())


def test_only_webhooks_and_provisioning_alone_read_no_list() -> None:
    lists = {each.action for each in READINGS}
    without = {case for case, (first, others, _) in DOORS.items() if not lists & {first, *others}}
    assert without == {UseCase.WEBHOOKS, UseCase.PROVISIONING}


@pytest.mark.parametrize("use_case", UseCase)
def test_whoever_has_one_use_case_can_have_every_item_of_it_judged(use_case: UseCase) -> None:
    """Who reads no list at all, as for webhooks or provisioning alone, cannot have all that is for all."""
    scenarios = {each.id: each for each in load_scenarios()}
    first, others, _ = DOORS[use_case]
    doors = {Action.CONNECT, Action.DISCONNECT, Action.CREATE_ACCOUNT, Action.RESTART, first, *others}
    reads_a_list = bool(doors & {each.action for each in READINGS})
    for test in TESTS:
        item = CHECKLIST.find(test.declared.item)
        assert item is not None
        if applies(item, [use_case]) and (reads_a_list or "all" not in item.applies_to):
            for each in (scenarios[name] for name in test.scenarios):
                spared = {Action.SYNC_PEOPLE} if each.any_list and reads_a_list else set()
                assert set(each.needs) - spared <= doors, f"{item.id} needs more than {use_case} does"


_CREATING = CHECKLIST.find("ERR-05")


@pytest.mark.parametrize("use_case", sorted(_CREATING.applies_to if _CREATING else ()))
def test_whoever_creates_something_loses_an_answer_to_it_in_a_scenario_of_theirs(
    recorded: Run, use_case: str
) -> None:
    needs = {each.id: set(each.needs) for each in load_scenarios()}
    first, others, _ = DOORS[UseCase(use_case)]
    doors = {Action.CONNECT, first, *others}
    theirs = [each for each in recorded if each.scenario in needs and needs[each.scenario] <= doors]
    assert theirs
    assert looks_before_creating_again(replace(recorded, recordings=tuple(theirs))) == ()


@pytest.mark.parametrize("path", sorted(find_suite().glob("test_*.py")), ids=lambda path: path.stem)
def test_a_tests_body_is_one_to_five_statements(path: Path) -> None:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            assert 2 <= len(node.body) <= 6, f"{node.name}: loops and conditions belong into checks"


@pytest.mark.parametrize("section", [each.name for each in CHECKLIST.sections])
def test_a_sections_word_is_the_same_in_three_places(section: str) -> None:
    assert (ROOT / "checklist" / f"{section}.yaml").is_file()
    if any(test.section == section for test in TESTS):
        assert (ROOT / "conformance" / f"test_{section}.py").is_file()
        assert (ROOT / "src" / "partner_qa" / "checks" / f"{section}.py").is_file()


def test_no_suite_stands_outside_the_sections() -> None:
    sections = {each.name for each in CHECKLIST.sections}
    assert {path.stem.removeprefix("test_") for path in find_suite().glob("test_*.py")} <= sections


def test_sections_have_an_order_of_their_own() -> None:
    orders = [each.order for each in CHECKLIST.sections]
    assert len(set(orders)) == len(orders)


def test_an_inferred_must_names_what_is_at_stake() -> None:
    for item in CHECKLIST.items:
        if item.basis is Basis.INFERRED and item.level is Level.MUST:
            assert any(word in item.rationale.lower() for word in ("data", "money", "tenants")), item.id


def test_only_what_gusto_looks_for_in_demo_traffic_needs_the_demo_host() -> None:
    assert {item.id for item in CHECKLIST.items if item.proof is Proof.DEMO} == {"SCOPE-02"}


def test_sources_are_gustos_own_and_read_on_a_day() -> None:
    for item in CHECKLIST.items:
        assert item.source.url.startswith(GUSTOS_OWN), item.id
        assert item.advice != item.requirement, item.id
