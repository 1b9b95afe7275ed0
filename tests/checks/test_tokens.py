import pytest

from partner_qa.checks.tokens import (
    keeps_rotated_pair,
    never_resends_spent_token,
    recovers_from_expiry,
    uses_tokens_for_their_company,
)
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import NotObserved
from partner_qa.model import Kind


def expire(tape, **more):
    return tape.add(tape.employees, status=401, fault="expire_token", **more)


def test_one_refresh_and_one_replay_is_fine(tape):
    expire(tape)
    tape.refresh("r1")
    tape.add(tape.employees)
    assert recovers_from_expiry(tape.recording()) == ()


def test_no_refresh_is_found(tape):
    expire(tape)
    assert recovers_from_expiry(tape.recording())[0].key == "refresh its token after a 401"


def test_asking_the_user_to_reconnect_instead_is_fine(tape):
    expire(tape)
    tape.tells({"state": "reconnect_needed", "company_uuid": None})
    assert recovers_from_expiry(tape.recording()) == ()


def test_a_notice_about_reconnecting_counts_too(tape):
    expire(tape)
    tape.tells({"notices": [{"about": "reconnect_needed", "message": "Connect Gusto again."}]})
    assert recovers_from_expiry(tape.recording()) == ()


def test_two_refreshes_are_found(tape):
    expire(tape)
    tape.refresh("r1")
    tape.refresh("r2")
    tape.add(tape.employees)
    assert [each.key for each in recovers_from_expiry(tape.recording())] == ["refresh once after a 401"]


def test_going_on_with_the_dead_token_is_found(tape):
    expire(tape)
    expire(tape)
    tape.refresh("r1")
    tape.add(tape.employees)
    assert [each.key for each in recovers_from_expiry(tape.recording())] == [
        "stop using a token that got a 401"
    ]


def test_jobs_side_by_side_may_each_meet_the_401(tape):
    expire(tape)
    tape.add(f"/v1/companies/{tape.company}/departments", status=401, fault="expire_token")
    tape.refresh("r1")
    tape.add(tape.employees)
    assert recovers_from_expiry(tape.recording()) == ()


def test_a_dead_token_that_is_used_beside_the_new_one_is_found(tape):
    expire(tape)
    tape.refresh("r1")
    tape.add(f"/v1/companies/{tape.company}/departments", status=401, fault="expire_token")
    tape.add(tape.employees)
    assert [each.key for each in recovers_from_expiry(tape.recording())] == [
        "stop using a token that got a 401"
    ]


def test_a_lost_call_is_found(tape):
    expire(tape)
    tape.refresh("r1")
    tape.add(f"/v1/companies/{tape.company}", operation="get-v1-companies")
    assert [each.key for each in recovers_from_expiry(tape.recording())] == ["replay the call that got a 401"]


def test_without_an_expired_token_nothing_is_proved(tape):
    tape.add(tape.employees)
    with pytest.raises(NotObserved):
        recovers_from_expiry(tape.recording())


def kill(tape):
    tape.add("process:kill", kind=Kind.PROCESS, method="RUN", status=0)


def test_work_that_goes_on_after_the_kill_is_fine(tape):
    tape.refresh("r1")
    kill(tape)
    tape.add(tape.employees)
    assert keeps_rotated_pair(tape.recording()) == ()


def test_a_spent_token_after_the_kill_is_found(tape):
    tape.refresh("r1")
    kill(tape)
    tape.refresh("r1", status=400)
    assert [each.key for each in keeps_rotated_pair(tape.recording())] == ["spent"]


def test_a_connection_lost_with_the_pair_is_found(tape):
    tape.refresh("r1")
    kill(tape)
    tape.add(tape.employees, status=401)
    assert [each.key for each in keeps_rotated_pair(tape.recording())] == ["lost"]


def test_a_kill_before_any_refresh_proves_nothing(tape):
    kill(tape)
    tape.refresh("r1")
    with pytest.raises(NotObserved):
        keeps_rotated_pair(tape.recording())


def test_resending_after_a_lost_answer_is_right(tape):
    tape.refresh("r1", status=0)
    tape.refresh("r1")
    assert never_resends_spent_token(tape.recording()) == ()


def test_resending_after_an_answer_is_found(tape):
    tape.refresh("r1")
    tape.refresh("r2")
    tape.refresh("r1", status=400)
    (finding,) = never_resends_spent_token(tape.recording())
    assert [place.sequence for place in finding.places] == [1, 3]


@pytest.fixture(scope="module")
def contract():
    return load_contract()


def ask_both(tape, *, second_path):
    tape.add(tape.employees)
    tape.add(f"/v1/companies/{second_path}/employees", grant="grant-2", company=tape.other)


def test_each_token_with_its_own_company_is_fine(tape, contract):
    ask_both(tape, second_path=tape.other)
    assert uses_tokens_for_their_company(tape.recording(), contract=contract) == ()


def test_a_token_for_another_company_is_found(tape, contract):
    ask_both(tape, second_path=tape.company)
    (finding,) = uses_tokens_for_their_company(tape.recording(), contract=contract)
    assert [place.sequence for place in finding.places] == [2]


def test_calls_without_a_company_in_the_path_are_left_alone(tape, contract):
    ask_both(tape, second_path=tape.other)
    tape.add("/v1/employees/e-1", operation="get-v1-employees")
    assert uses_tokens_for_their_company(tape.recording(), contract=contract) == ()


def test_a_second_company_that_was_connected_and_never_served_proves_nothing(tape, contract):
    tape.add(tape.employees)
    tape.add("/oauth/token", operation="oauth-access-token", grant="grant-2", company=tape.other)
    tape.add(f"/v1/companies/{tape.other}/employees", grant="grant-2", company=tape.other, status=500)
    with pytest.raises(NotObserved):
        uses_tokens_for_their_company(tape.recording(), contract=contract)


def test_one_company_alone_proves_nothing(tape, contract):
    tape.add(tape.employees)
    with pytest.raises(NotObserved):
        uses_tokens_for_their_company(tape.recording(), contract=contract)
