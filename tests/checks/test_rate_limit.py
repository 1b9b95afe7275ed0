import pytest

from partner_qa.checks.rate_limit import (
    honours_retry_after,
    stays_under_the_limit,
    throttles_one_company_only,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Kind, Tenant


def throttle(tape, *, retry_after="2"):
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return tape.add(tape.employees, status=429, answer_headers=headers)


def test_waiting_as_told_and_resuming_is_fine(tape):
    throttle(tape)
    tape.add(tape.employees, after=2.0)
    assert honours_retry_after(tape.recording()) == ()


def test_asking_too_early_is_found(tape):
    throttle(tape)
    tape.add(tape.employees, after=1.2)
    (finding,) = honours_retry_after(tape.recording())
    assert finding.message == "does not wait as long as the 429 asked it to"
    assert "after 1.20 s" in finding.seen


def test_any_other_call_of_the_same_grant_is_too_early_as_well(tape):
    throttle(tape)
    tape.add(f"/v1/companies/{tape.company}", operation="get-v1-companies", after=0.5)
    tape.add(tape.employees, after=2)
    assert [each.key for each in honours_retry_after(tape.recording())] == ["too early"]


def test_another_company_need_not_wait(tape):
    throttle(tape)
    tape.add(f"/v1/companies/{tape.other}/employees", grant="grant-2", after=0.1)
    tape.add(tape.employees, after=2)
    assert honours_retry_after(tape.recording()) == ()


def test_a_request_already_on_its_way_does_not_count(tape):
    tape.add(tape.employees, status=429, answer_headers={"Retry-After": "2"}, elapsed=0.5)
    tape.add(f"/v1/companies/{tape.company}", operation="get-v1-companies", after=-0.3)
    tape.add(tape.employees, after=3)
    assert honours_retry_after(tape.recording()) == ()


def test_what_another_worker_sends_before_it_can_hear_of_the_429_does_not_count(tape):
    throttle(tape)
    tape.add(f"{tape.employees}?page=2", after=0.05)
    tape.add(tape.employees, after=2.0)
    assert honours_retry_after(tape.recording()) == ()


def test_the_refused_request_again_at_once_is_found(tape):
    throttle(tape)
    tape.add(tape.employees, after=0.05)
    assert [each.key for each in honours_retry_after(tape.recording())] == ["too early"]


def test_resuming_in_smaller_pages_is_fine(tape):
    url = f"{tape.employees}?page=2&per=100"
    tape.add(url, status=429, answer_headers={"Retry-After": "2"})
    tape.add(f"{tape.employees}?page=3&per=50", after=2.5)
    assert honours_retry_after(tape.recording()) == ()


def test_going_on_with_the_page_after_the_refused_one_is_found(tape):
    tape.add(f"{tape.employees}?page=2&per=100", status=429, answer_headers={"Retry-After": "2"})
    tape.add(f"{tape.employees}?page=3&per=100", after=2.5)
    assert [each.key for each in honours_retry_after(tape.recording())] == ["never resumed"]


def test_giving_up_after_a_429_is_found(tape):
    throttle(tape)
    assert [each.key for each in honours_retry_after(tape.recording())] == ["never resumed"]


def test_resuming_without_success_is_found(tape):
    throttle(tape)
    tape.add(tape.employees, status=400, after=3)
    assert "never succeeded" in honours_retry_after(tape.recording())[0].seen


def test_without_the_header_the_whole_window_is_waited_out(tape):
    throttle(tape, retry_after=None)
    tape.add(tape.employees, after=30)
    assert "60 s" in honours_retry_after(tape.recording())[0].expected


def test_no_429_proves_nothing(tape):
    tape.add(tape.employees)
    with pytest.raises(NotObserved):
        honours_retry_after(tape.recording())


def ask_often(tape, count, *, every, grant="grant-1"):
    for _ in range(count):
        tape.add(tape.employees, after=every, elapsed=0.0, grant=grant)


def test_200_requests_in_a_minute_are_fine(tape):
    ask_often(tape, 200, every=0.01)
    assert stays_under_the_limit(tape.run()) == ()


def test_201_requests_in_a_minute_are_found(tape):
    ask_often(tape, 201, every=0.01)
    (finding,) = stays_under_the_limit(tape.run())
    assert [place.sequence for place in finding.places] == [201]


def test_two_grants_have_a_limit_each(tape):
    ask_often(tape, 150, every=0.01)
    ask_often(tape, 150, every=0.01, grant="grant-2")
    assert stays_under_the_limit(tape.run()) == ()


def test_300_requests_in_two_minutes_are_fine(tape):
    ask_often(tape, 300, every=0.4)
    assert stays_under_the_limit(tape.run()) == ()


def test_a_window_is_any_60_seconds(tape):
    ask_often(tape, 10, every=5.0)
    ask_often(tape, 201, every=0.2)
    assert len(stays_under_the_limit(tape.run())) == 1


def test_no_request_proves_nothing_of_the_limit(tape):
    with pytest.raises(NotObserved):
        stays_under_the_limit(tape.run())


def judge(tape):
    third = Tenant(account="qa-c", company="c-3")
    return throttles_one_company_only(tape.recording(tenants=(*tape.tenants(), third)))


def ask_for_sync(tape, *, account, company, after, status=200, **headers):
    """Ask for a sync, which begins some seconds later."""
    tape.add("/qa/sync", kind=Kind.ACTION, account=account, during="sync_people", grant=None, elapsed=0.0)
    url = f"/v1/companies/{company}/employees"
    tape.add(
        url, status=status, company=company, during="sync_people", after=after, answer_headers=headers or None
    )


def sync_another(tape, *, after, usual=()):
    """Sync a second company while the first waits; `usual` is how long syncs of a third took to begin."""
    for seconds in usual:
        ask_for_sync(tape, account="qa-c", company="c-3", after=seconds)
    headers = {"Retry-After": "3"}
    ask_for_sync(tape, account="qa-a", company=tape.company, after=0.1, status=429, **headers)
    tape.at -= 1.0
    ask_for_sync(tape, account="qa-b", company=tape.other, after=after)
    return judge(tape)


def test_another_company_that_goes_on_is_fine(tape):
    assert sync_another(tape, after=1.0) == ()


def test_another_company_that_waits_too_is_found(tape):
    assert [each.key for each in sync_another(tape, after=3.5)] == ["everybody waits"]


def test_another_company_that_waits_longer_than_a_queue_takes_is_found(tape):
    assert len(sync_another(tape, after=3.5, usual=(0.2, 1.0))) == 1


def test_a_queue_that_begins_as_late_without_a_429_is_no_fault(tape):
    with pytest.raises(NotObserved, match=r"up to 4\.2 s"):
        sync_another(tape, after=4.8, usual=(1.0, 4.2))


def test_another_company_that_was_never_read_proves_nothing(tape):
    tape.add(tape.employees, status=429)
    with pytest.raises(NotObserved):
        judge(tape)


def test_another_company_without_a_429_proves_nothing(tape):
    tape.add(tape.employees)
    tape.add("/v1/x", company=tape.other)
    with pytest.raises(NotObserved):
        judge(tape)
