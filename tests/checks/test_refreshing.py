import pytest

from partner_qa.checks.refreshing import (
    refreshes_before_expiry,
    refreshes_once_for_all,
    survives_a_lost_refresh,
)
from partner_qa.errors import NotObserved


def issue(tape, token, *, expires_in, refresh=None):
    answered = {"access_token": token, "expires_in": expires_in}
    sent = {"grant_type": "refresh_token", "refresh_token": refresh} if refresh else {"code": "c"}
    tape.add("/oauth/token", method="POST", sent=sent, answered=answered, operation="oauth-access-token")


def call(tape, token, **more):
    tape.add(tape.employees, headers={"Authorization": f"Bearer {token}"}, **more)


def test_a_new_token_after_the_old_one_expired_is_fine(tape):
    issue(tape, "a1", expires_in=5)
    call(tape, "a1")
    tape.at += 10
    issue(tape, "a2", expires_in=7200, refresh="r1")
    call(tape, "a2")
    assert refreshes_before_expiry(tape.recording()) == ()


def test_a_call_with_an_expired_token_is_found(tape):
    issue(tape, "a1", expires_in=5)
    tape.at += 10
    call(tape, "a1", status=401)
    (finding,) = refreshes_before_expiry(tape.recording())
    assert [place.sequence for place in finding.places] == [2]


def test_a_system_token_used_after_the_company_s_expired_proves_nothing(tape):
    issue(tape, "a1", expires_in=5)
    tape.at += 10
    call(tape, "s1", grant="system-1", company=None)
    with pytest.raises(NotObserved):
        refreshes_before_expiry(tape.recording())


def test_a_token_that_has_not_expired_proves_nothing(tape):
    issue(tape, "a1", expires_in=7200)
    call(tape, "a1")
    with pytest.raises(NotObserved):
        refreshes_before_expiry(tape.recording())


def jobs(tape, *refreshes, reads=3, status=200):
    with tape.window("parallel"):
        for token in refreshes:
            tape.refresh(token)
        for _ in range(reads):
            tape.add(tape.employees, status=status)
    return [each.key for each in refreshes_once_for_all(tape.recording())]


def test_one_refresh_for_three_jobs_is_fine(tape):
    assert jobs(tape, "r1") == []


def test_one_job_in_place_of_three_is_fine(tape):
    assert jobs(tape, "r1", reads=1) == []


def test_a_refresh_in_good_time_before_the_jobs_is_fine(tape):
    tape.refresh("r1")
    assert jobs(tape) == []


def test_a_race_for_one_refresh_token_is_found(tape):
    assert jobs(tape, "r1", "r1") == ["refresh once for jobs that run at the same time"]


def test_a_refresh_for_each_job_is_found(tape):
    assert jobs(tape, "r1", "r2", "r3") == ["refresh once for jobs that run at the same time"]


def test_jobs_one_after_another_that_each_begin_with_a_refresh_are_fine(tape):
    with tape.window("parallel"):
        for token in ("r1", "r2", "r3"):
            tape.refresh(token)
            tape.add(tape.employees)
    assert refreshes_once_for_all(tape.recording()) == ()


def test_a_refresh_while_another_job_is_at_work_is_found(tape):
    with tape.window("parallel"):
        tape.refresh("r1")
        tape.add(tape.employees)
        tape.add(tape.employees, elapsed=9.0)
        tape.at -= 5.0
        tape.refresh("r2")
    (finding,) = refreshes_once_for_all(tape.recording())
    assert finding.seen == "2 refreshes"


def test_a_spent_token_between_two_jobs_is_found(tape):
    with tape.window("parallel"):
        for _ in range(2):
            tape.refresh("r1")
            tape.add(tape.employees)
    (finding,) = refreshes_once_for_all(tape.recording())
    assert "with the same refresh token" in finding.seen


def test_jobs_that_read_something_else_than_the_list_are_fine(tape):
    with tape.window("parallel"):
        tape.refresh("r1")
        for person in ("p1", "p2", "p3"):
            tape.add(f"/v1/employees/{person}", operation="get-v1-employees")
    assert refreshes_once_for_all(tape.recording()) == ()


def test_jobs_that_all_lost_the_race_are_found(tape):
    assert jobs(tape, "r1", status=401) == ["get its work done when several jobs begin at once"]


def test_without_a_refresh_no_race_is_known(tape):
    with pytest.raises(NotObserved):
        jobs(tape)


def test_refreshing_again_after_a_lost_answer_is_fine(tape):
    tape.refresh("r1", status=0, fault="drop_response")
    tape.refresh("r1")
    call(tape, "a2")
    assert survives_a_lost_refresh(tape.recording()) == ()


def test_going_on_with_the_old_token_while_it_is_good_is_fine(tape):
    tape.refresh("r1", status=0, fault="drop_response")
    call(tape, "a1")
    assert survives_a_lost_refresh(tape.recording()) == ()


def test_a_person_who_is_read_alone_shows_that_work_goes_on(tape):
    tape.refresh("r1", status=0, fault="drop_response")
    tape.add("/v1/employees/p1", operation="get-v1-employees")
    assert survives_a_lost_refresh(tape.recording()) == ()


def test_a_system_token_that_works_says_nothing_of_the_company(tape):
    tape.refresh("r1", status=0, fault="drop_response")
    tape.add("/v1/events", operation="get-events", grant="system-1", company=None)
    assert len(survives_a_lost_refresh(tape.recording())) == 1


def test_a_connection_that_a_lost_answer_ended_is_found(tape):
    tape.refresh("r1", status=0, fault="drop_response")
    call(tape, "a1", status=401)
    assert len(survives_a_lost_refresh(tape.recording())) == 1


def test_a_connection_that_a_503_ended_is_found_and_told_so(tape):
    tape.refresh("r1", status=0, fault="drop_response")
    tape.refresh("r1", status=503, fault="respond")
    call(tape, "a1", status=401)
    (finding,) = survives_a_lost_refresh(tape.recording())
    assert finding.message == "does not keep its connection when a refresh is answered 503"


def test_without_a_lost_answer_nothing_is_known(tape):
    tape.refresh("r1")
    with pytest.raises(NotObserved):
        survives_a_lost_refresh(tape.recording())
