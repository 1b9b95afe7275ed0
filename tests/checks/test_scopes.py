from dataclasses import replace

import pytest

from partner_qa.checks.scopes import (
    calls_only_assigned_scopes,
    exercises_every_scope,
    keeps_to_app_integrations,
)
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Kind
from partner_qa.suite import find_played_actions, load_scenarios


@pytest.fixture(scope="module")
def contract():
    return load_contract()


def test_calls_within_the_assigned_scopes_are_fine(tape, contract):
    tape.add(tape.employees)
    assigned = frozenset({"employees:read"})
    assert calls_only_assigned_scopes(tape.run(), assigned=assigned, contract=contract) == ()


def test_a_call_outside_is_found_whatever_it_was_answered(tape, contract):
    tape.add(tape.employees)
    tape.add(f"/v1/companies/{tape.company}", operation="get-v1-companies", status=403)
    assigned = frozenset({"employees:read"})
    (finding,) = calls_only_assigned_scopes(tape.run(), assigned=assigned, contract=contract)
    assert finding.key == "scope=companies:read"
    assert "answered 403" in finding.seen


def test_calls_that_need_no_scope_are_left_alone(tape, contract):
    tape.add("/v1/token_info", operation="get-v1-token-info")
    with pytest.raises(NotObserved):
        calls_only_assigned_scopes(tape.run(), assigned=frozenset(), contract=contract)


PLAYED = frozenset({Action.CONNECT, Action.SYNC_PEOPLE, Action.CATCH_UP_EVENTS, Action.DISCONNECT})


def exercised(tape, contract, *assigned, offers=("connect",), asked=()):
    """Judge the tape for a profile that offers these actions, after it was asked for some of them."""
    for action in asked:
        during = replace(tape.add(f"/qa/{action}", kind=Kind.ACTION), during=action)
        tape.exchanges[-1] = during
    run = tape.run()
    run = replace(run, profile={**run.profile, "actions": {each: {} for each in offers}})
    return exercises_every_scope(run, assigned=frozenset(assigned), contract=contract, played=PLAYED)


def missing(tape, contract, *assigned, **more):
    with pytest.raises(NotObserved) as caught:
        exercised(tape, contract, *assigned, **more)
    return caught.value.missing


def test_every_scope_used_once_is_fine(tape, contract):
    tape.add(tape.employees)
    tape.add(f"/v1/companies/{tape.company}", operation="get-v1-companies")
    assert exercised(tape, contract, "employees:read", "companies:read", "public") == ()


def test_a_scope_without_a_successful_call_is_found(tape, contract):
    tape.add(tape.employees)
    tape.add(f"/v1/companies/{tape.company}", operation="get-v1-companies", status=403)
    (finding,) = exercised(tape, contract, "employees:read", "companies:read")
    assert finding.key == "scope=companies:read"


def test_a_data_scope_counts_when_the_call_it_widens_succeeds(tape, contract):
    tape.add(f"/v1/companies/{tape.company}", operation="get-v1-companies")
    assert exercised(tape, contract, "companies:read", "company_admin:read") == ()


def test_a_run_in_which_nothing_succeeded_proves_nothing(tape, contract):
    tape.add(tape.employees, status=403)
    with pytest.raises(NotObserved):
        exercised(tape, contract, "employees:read")


def test_an_action_that_was_asked_for_and_does_not_use_its_scope_is_found(tape, contract):
    tape.add(tape.employees)
    given = {"offers": ("connect", "sync_people"), "asked": ("sync_people",)}
    (finding,) = exercised(tape, contract, "employees:read", "employments:read", **given)
    assert finding.key == "scope=employments:read"


def test_a_scope_whose_action_the_profile_lacks_is_not_observed_and_names_it(tape, contract):
    tape.add(tape.employees)
    assert missing(tape, contract, "employees:read", "events:read") == (
        "actions.catch_up_events in partner.yaml, for events:read",
    )


def test_a_scope_that_no_scenario_could_use_says_so_too(tape, contract):
    tape.add(tape.employees)
    assert missing(tape, contract, "employees:read", "time_sheet:write") == (
        "actions.send_hours in partner.yaml, for time_sheet:write",
        "a scenario for send_hours; this version has none",
    )


def test_an_offered_action_that_no_scenario_drives_yet_excuses_what_it_might_use(tape, contract):
    tape.add(tape.employees)
    given = {"offers": ("connect", "sync_people", "send_hours"), "asked": ("sync_people",)}
    for scope in ("time_sheet:write", "companies:read", "companies:write"):
        assert missing(tape, contract, "employees:read", scope, **given) == (
            "a scenario for send_hours; this version has none",
        )


def test_an_offered_action_that_this_run_did_not_reach_is_told_so(tape, contract):
    tape.add(tape.employees)
    given = {"offers": ("connect", "catch_up_events")}
    assert missing(tape, contract, "employees:read", "events:read", **given) == (
        "a scenario for catch_up_events; none got so far in this run",
    )


@pytest.mark.parametrize("local", ["create_account", "reset", "restart", "set_people", "confirm_matches"])
def test_an_action_that_need_not_call_gusto_excuses_nothing(local, tape, contract):
    tape.add(tape.employees)
    (finding,) = exercised(tape, contract, "employees:read", "companies:read", offers=("connect", local))
    assert finding.key == "scope=companies:read"


def test_a_scope_of_no_action_is_found_once_everything_offered_was_asked_for(tape, contract):
    tape.add(tape.employees)
    given = {"offers": ("connect", "sync_people"), "asked": ("sync_people",)}
    (finding,) = exercised(tape, contract, "employees:read", "companies:write", **given)
    assert finding.key == "scope=companies:write"


def test_what_is_at_fault_is_found_beside_what_is_not_known(tape, contract):
    tape.add(tape.employees)
    (finding,) = exercised(tape, contract, "employees:read", "companies:read", "events:read")
    assert finding.key == "scope=companies:read"


def test_a_narrower_scope_belongs_to_the_action_of_the_wider(tape, contract):
    tape.add(tape.employees)
    (named, _) = missing(tape, contract, "employees:read", "company_benefits:read:phi")
    assert named == "actions.enroll_benefit in partner.yaml, for company_benefits:read:phi"


def test_the_scenarios_that_ship_play_what_the_example_offers():
    played = find_played_actions()
    assert {Action.CONNECT, Action.SYNC_PEOPLE, Action.SUBSCRIBE_WEBHOOKS, Action.DISCONNECT} <= played
    needed = {action for each in load_scenarios() for action in each.needs}
    assert needed <= played


def test_operations_of_app_integrations_are_fine(tape):
    tape.add(tape.employees)
    assert keeps_to_app_integrations(tape.run()) == ()


@pytest.mark.parametrize("category", ["missing_permissions", "deprecated_endpoint"])
def test_what_only_embedded_has_is_found(tape, category):
    answered = {"errors": [{"error_key": "request", "category": category}]}
    tape.add(
        f"/v1/companies/{tape.company}/federal_tax_details", operation=None, status=404, answered=answered
    )
    (finding,) = keeps_to_app_integrations(tape.run())
    assert finding.key == "GET /v1/companies/{}/federal_tax_details"


@pytest.mark.parametrize("word", ["calculate", "submit", "cancel"])
def test_running_a_payroll_is_found_whatever_the_answer(tape, word):
    tape.add(f"/v1/companies/{tape.company}/payrolls/{tape.other}/{word}", method="PUT", operation=None)
    assert len(keeps_to_app_integrations(tape.run())) == 1


def test_a_person_who_is_not_there_is_none_of_embeddeds(tape):
    answered = {"errors": [{"error_key": "request", "category": "not_found"}]}
    tape.add("/v1/employees/e-1", operation="get-v1-employees", status=404, answered=answered)
    assert keeps_to_app_integrations(tape.run()) == ()
