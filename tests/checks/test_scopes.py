import pytest

from partner_qa.checks.scopes import calls_only_assigned_scopes, exercises_every_scope
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import NotObserved


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


def test_every_scope_used_once_is_fine(tape, contract):
    tape.add(tape.employees)
    tape.add(f"/v1/companies/{tape.company}", operation="get-v1-companies")
    assigned = frozenset({"employees:read", "companies:read", "public"})
    assert exercises_every_scope(tape.run(), assigned=assigned, contract=contract) == ()


def test_a_scope_without_a_successful_call_is_found(tape, contract):
    tape.add(tape.employees)
    tape.add(f"/v1/companies/{tape.company}", operation="get-v1-companies", status=403)
    assigned = frozenset({"employees:read", "companies:read"})
    (finding,) = exercises_every_scope(tape.run(), assigned=assigned, contract=contract)
    assert finding.key == "scope=companies:read"


def test_a_data_scope_counts_when_the_call_it_widens_succeeds(tape, contract):
    tape.add(f"/v1/companies/{tape.company}", operation="get-v1-companies")
    assigned = frozenset({"companies:read", "company_admin:read"})
    assert exercises_every_scope(tape.run(), assigned=assigned, contract=contract) == ()


def test_a_run_in_which_nothing_succeeded_proves_nothing(tape, contract):
    tape.add(tape.employees, status=403)
    with pytest.raises(NotObserved):
        exercises_every_scope(tape.run(), assigned=frozenset({"employees:read"}), contract=contract)
