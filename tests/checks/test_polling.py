from dataclasses import replace

import pytest

from partner_qa.checks.polling import polls_sparingly
from partner_qa.errors import NotObserved
from partner_qa.model import Kind


def read(tape, times, *, answered=None, url=None):
    for _ in range(times):
        tape.add(url or tape.employees, answered=answered or [{"uuid": "a"}])


def acts(tape, times):
    for _ in range(times):
        tape.add("/qa/sync", kind=Kind.ACTION, grant=None)


def test_a_few_equal_answers_are_fine(tape):
    read(tape, 5)
    assert polls_sparingly(tape.run()) == ()


def test_one_more_is_a_loop(tape):
    read(tape, 6)
    (finding,) = polls_sparingly(tape.run())
    assert finding.seen.startswith("6 equal answers within 5.")


def test_whatever_happens_is_a_reason_to_look(tape):
    acts(tape, 3)
    read(tape, 11)
    assert polls_sparingly(tape.run()) == ()
    read(tape, 1)
    assert len(polls_sparingly(tape.run())) == 1


def test_asking_how_far_an_action_is_makes_no_reason(tape):
    poll = "http://127.0.0.1:4000/qa/jobs/7"
    for url in ("/qa/sync", poll, poll, poll):
        tape.add(url, kind=Kind.ACTION, grant=None, answered={"status": "running", "poll": poll})
    read(tape, 8)
    assert len(polls_sparingly(tape.run())) == 1


def test_other_addresses_answers_and_grants_are_other_questions(tape):
    read(tape, 5)
    read(tape, 5, url=f"{tape.employees}?page=2")
    read(tape, 5, answered=[{"uuid": "b"}])
    for _ in range(5):
        tape.add(tape.employees, answered=[{"uuid": "a"}], grant="grant-2")
    assert polls_sparingly(tape.run()) == ()


def test_waiting_for_work_that_is_not_done_is_no_polling(tape):
    read(tape, 30, answered={"status": "pending"}, url="/v1/reports/r")
    assert polls_sparingly(tape.run()) == ()


def test_what_failed_is_another_items_business(tape):
    for _ in range(30):
        tape.add(tape.employees, status=500)
    assert polls_sparingly(tape.run()) == ()


def test_two_scenarios_are_not_added_up(tape):
    read(tape, 5)
    run = tape.run()
    assert polls_sparingly(replace(run, recordings=(*run.recordings, *run.recordings))) == ()


def test_a_run_without_requests_proves_nothing(tape):
    with pytest.raises(NotObserved):
        polls_sparingly(tape.run())
