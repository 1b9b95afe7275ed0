from dataclasses import replace

import pytest

from partner_qa.checklist import load_checklist
from partner_qa.checks.use_cases import (
    _AREAS,
    find_contradictions,
    find_undeclared,
    find_unshown,
    find_words,
    find_words_of_run,
)
from partner_qa.cli.profile_page import propose_scopes
from partner_qa.contract.catalogue import load_contract
from partner_qa.model import Blame, Kind, UseCase
from partner_qa.profile.rules import known_scopes


@pytest.fixture(scope="module")
def contract():
    return load_contract()


def run_of(tape, *use_cases, scopes=()):
    run = tape.run(scopes=[*scopes])
    return replace(run, profile={**run.profile, "use_cases": [*use_cases]})


def test_calls_that_fit_a_declared_use_case_are_fine(tape, contract):
    tape.add(tape.employees)
    run = run_of(tape, "hris", scopes=["employees:read"])
    assert find_contradictions(run, contract) == ()
    assert find_words_of_run(run, contract) == {"hris"}


def test_calls_of_employees_contradict_webhooks_alone(tape, contract):
    tape.add("/v1/webhook_subscriptions", operation="get-v1-webhook-subscriptions")
    tape.add(tape.employees)
    tape.add(tape.employees, status=403)
    run = run_of(tape, "webhooks")
    (finding,) = find_contradictions(run, contract)
    assert finding.blame is Blame.CONFIGURATION
    assert finding.message == "does not declare a use case for what it does: it reads people"
    assert [str(each) for each in finding.places] == ["some_scenario#2", "some_scenario#3"]
    assert finding.seen == "calls of get-v1-companies-company_id-employees: 2"
    assert "time, payroll, hris" in finding.expected
    assert find_words_of_run(run, contract) == {"webhooks", "people"}


def test_a_scope_alone_contradicts_too(tape, contract):
    run = run_of(tape, "hris", scopes=["employees:read", "payrolls:write"])
    (finding,) = find_contradictions(run, contract)
    assert finding.places == ()
    assert finding.seen == "gusto.scopes has payrolls:write"
    assert find_words_of_run(run, contract) == {"hris", "payroll"}


def test_one_area_is_one_finding_whatever_shows_it(tape, contract):
    tape.add(tape.employees)
    run = run_of(tape, "webhooks", scopes=["employees:read", "departments:read"])
    (finding,) = find_contradictions(run, contract)
    assert finding.seen.startswith("gusto.scopes has departments:read, employees:read; calls of ")


def test_the_finding_stays_the_same_however_often_it_is_seen(tape, contract):
    tape.add(tape.employees)
    (once,) = find_contradictions(run_of(tape, "webhooks"), contract)
    tape.add(tape.employees)
    (twice,) = find_contradictions(run_of(tape, "webhooks"), contract)
    assert once.fingerprint == twice.fingerprint


def test_what_the_harness_read_itself_shows_nothing(tape, contract):
    tape.add(tape.employees, kind=Kind.AUDIT)
    assert find_contradictions(run_of(tape, "webhooks"), contract) == ()


def test_books_may_hold_what_contractors_were_paid():
    assert find_words(["contractors:read"], ["accounting"]) == {"accounting"}
    assert find_words(["contractors:read"], ["hris"]) == {"hris", "contractors"}


@pytest.mark.parametrize(("status", "unshown"), [(200, ()), (500, ("webhooks",))])
def test_a_subscription_of_the_developer_portal_is_shown_by_webhooks_that_are_taken(
    tape, contract, status, unshown
):
    tape.add("http://127.0.0.1:4000/hook", kind=Kind.WEBHOOK, method="POST", status=status, operation=None)
    run = run_of(tape, "webhooks")
    assert find_unshown(run, contract) == ("webhooks",)
    preset = replace(run, profile={**run.profile, "webhooks": {"subscription": "preset"}})
    assert find_unshown(preset, contract) == unshown


def test_reading_people_fits_analytics_and_writing_them_does_not():
    assert find_words(["employees:read"], ["analytics"]) == {"analytics"}
    assert find_words(["employees:write"], ["analytics"]) == {"analytics", "people"}


def test_where_nothing_is_declared_nothing_is_contradicted():
    assert find_words(["employees:read"], []) == frozenset()


def test_a_scope_of_no_area_fits_everybody():
    for scope in ("public", "companies:read", "events:read", "companies:disconnect_app_integration"):
        for use_case in UseCase:
            assert find_undeclared([scope], [use_case]) == ()


@pytest.mark.parametrize("use_case", UseCase)
def test_what_init_proposes_for_a_use_case_fits_it(use_case):
    assert find_undeclared(propose_scopes([use_case]), [use_case]) == ()


@pytest.mark.parametrize("scope", ["employees:read", "payrolls:write", "time_sheet:write", "accounts:write"])
def test_every_word_is_one_that_the_checklist_may_use(scope):
    allowed = {"people", *UseCase}
    assert find_words([scope], ["custom_fields"]) <= allowed
    assert {word for item in load_checklist().items for word in item.applies_to} <= {"all", *allowed}


def test_every_scope_of_an_area_is_one_of_gusto_s(contract):
    assert {scope for area in _AREAS for scope in area.scopes} <= known_scopes()


def test_the_word_of_an_area_is_explained_by_itself():
    for area in _AREAS:
        assert area.word == "people" or UseCase(area.word) in area.use_cases
