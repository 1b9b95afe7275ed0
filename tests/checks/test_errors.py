import pytest

from partner_qa.checks.errors import survives_server_errors
from partner_qa.errors import NotObserved


def fail(tape, times, *, pause=0.3):
    for _ in range(times):
        tape.add(tape.employees, status=500, fault="respond", after=pause)


def play(tape, *, passing=1, retried=True, lasting=3, pause=0.3, alive=True):
    start = 1
    fail(tape, passing, pause=pause)
    if retried:
        tape.add(tape.employees)
    middle = len(tape.exchanges)
    fail(tape, lasting, pause=pause)
    end = len(tape.exchanges)
    if alive:
        tape.add(tape.employees)
    windows = {"passing": [start, middle], "lasting": [middle + 1, end], "afterwards": [end + 1, end + 1]}
    return survives_server_errors(tape.recording(situation=windows))


def test_a_few_spaced_tries_and_life_afterwards_are_fine(tape):
    assert play(tape, passing=2) == ()


def test_a_failed_request_never_sent_again_is_found(tape):
    findings = play(tape, retried=False)
    assert [each.key for each in findings] == ["finish its work after a passing server error"]


def test_hammering_is_found(tape):
    assert [each.key for each in play(tape, lasting=5, pause=0.01)] == ["back off between attempts"]


def test_endless_retries_are_found(tape):
    assert [each.key for each in play(tape, lasting=16)] == ["give up while Gusto keeps failing"]


def test_fifteen_tries_are_still_bounded(tape):
    assert play(tape, lasting=15) == ()


def test_an_integration_that_stays_dead_is_found(tape):
    assert [each.key for each in play(tape, alive=False)] == ["work again once Gusto does"]


@pytest.mark.parametrize(
    ("kept", "found"),
    [(["u1", "u2"], []), (["u1", "u2", "u3"], []), (["u2"], ["keep what it has while Gusto fails"])],
)
def test_taking_a_list_that_failed_for_an_empty_one_is_found(tape, kept, found):
    fail(tape, 1)
    tape.add(tape.employees)
    tape.tells({"people": [{"gusto_uuid": each} for each in ("u1", "u2")]})
    fail(tape, 3)
    tape.tells({"people": [{"gusto_uuid": each} for each in kept]})
    tape.add(tape.employees)
    windows = {"passing": [1, 2], "held": [3, 3], "lasting": [4, 6], "kept": [7, 7], "afterwards": [8, 8]}
    findings = survives_server_errors(tape.recording(situation=windows))
    assert [each.key for each in findings] == found


@pytest.mark.parametrize(("reading", "found"), [("list_contractors", 0), ("", 1)])
def test_an_integration_that_reads_contractors_is_alive_when_it_does_that(tape, reading, found):
    contractors = f"/v1/companies/{tape.company}/contractors"
    operation = "get-v1-companies-company_uuid-contractors"
    for status in (500, 200, 500, 200):
        fault = "respond" if status == 500 else None
        tape.add(contractors, operation=operation, status=status, fault=fault)
    windows = {"passing": [1, 2], "lasting": [3, 3], "afterwards": [4, 4]}
    recording = tape.recording(situation={**windows, "reading": reading})
    assert len(survives_server_errors(recording)) == found


def test_one_try_without_a_retry_is_not_hammering(tape):
    assert play(tape, lasting=1) == ()


def test_a_scenario_in_which_nothing_failed_proves_nothing(tape):
    tape.add(tape.employees)
    with pytest.raises(NotObserved):
        survives_server_errors(tape.recording())
