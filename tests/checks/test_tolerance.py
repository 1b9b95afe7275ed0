import pytest

from partner_qa.checks.tolerance import reads_tolerantly
from partner_qa.errors import NotObserved
from partner_qa.model import Kind


def sync(tape, window, *, status="done", people=("g1", "g2"), fault="add_fields"):
    with tape.window(window):
        tape.add(tape.employees, fault=fault)
        tape.add("/qa/sync", kind=Kind.ACTION, answered={"status": status})
        if people is not None:
            tape.tells({"people": [{"gusto_uuid": each} for each in people]})


def judge(tape):
    tape.audits([{"uuid": "g1"}, {"uuid": "g2"}])
    recording = tape.recording()
    return [each.key for each in reads_tolerantly(recording)]


@pytest.mark.parametrize("people", [("g1", "g2"), ("g1", "g2", "g3"), None])
def test_work_that_goes_on_is_fine(tape, people):
    sync(tape, "added", people=people)
    sync(tape, "unknown", people=people, fault="unknown_enum")
    assert judge(tape) == []


def test_a_failure_over_a_new_field_is_found(tape):
    sync(tape, "added", status="failed")
    sync(tape, "unknown", fault="unknown_enum")
    assert judge(tape) == ["fields that it does not know"]


def test_people_who_fall_out_over_an_unknown_value_are_found(tape):
    sync(tape, "added")
    sync(tape, "unknown", people=["g1"], fault="unknown_enum")
    assert judge(tape) == ["values that it does not know, and a date that is missing"]


def test_answers_as_ever_prove_nothing(tape):
    sync(tape, "added", fault=None)
    with pytest.raises(NotObserved):
        judge(tape)
