import pytest

from partner_qa.checks.partial_failure import reports_partial_failure
from partner_qa.errors import NotObserved

BROKEN = {"uuid": "b", "email": None, "jobs": None}
LISTED = [{"uuid": "a", "email": "a@x.example", "jobs": []}, BROKEN, {"uuid": "c", "email": None, "jobs": []}]
TOLD = [{"about": "partial_failure", "message": "One could not be read."}]


def judge(tape, held, notices=None, *, fault="empty_one", listed=LISTED):
    with tape.window("one_broken"):
        tape.add(tape.employees, answered=listed, fault=fault)
        if held is not None:
            tape.tells({"people": [{"gusto_uuid": each} for each in held]})
        if notices is not None:
            tape.tells({"notices": notices})
    return reports_partial_failure(tape.recording())


def test_holding_everybody_the_broken_one_too_is_fine(tape):
    assert judge(tape, "abc") == ()


def test_leaving_the_broken_one_out_and_saying_so_is_fine(tape):
    assert judge(tape, "ac", TOLD) == ()


@pytest.mark.parametrize("held", ["", "a", "ab"])
def test_a_sync_that_ends_at_the_broken_one_is_found(tape, held):
    (finding,) = judge(tape, held, TOLD)
    assert "ending the work for others" in finding.message


def test_leaving_the_broken_one_out_in_silence_is_found(tape):
    (finding,) = judge(tape, "ac", [{"about": "throttled", "message": "Later."}])
    assert "left out" in finding.message


def test_whether_it_is_silence_must_be_seen(tape):
    with pytest.raises(NotObserved) as caught:
        judge(tape, "ac")
    assert caught.value.missing == ("observations.notices in partner.yaml",)


@pytest.mark.parametrize(
    ("held", "more", "what"),
    [
        (None, {}, "observations.people"),
        ("abc", {"fault": None}, "an actions.sync_people"),
        ("a", {"listed": LISTED[:1]}, "an actions.sync_people"),
    ],
)
def test_a_list_without_a_broken_person_proves_nothing_and_what_is_missing_is_named(tape, held, more, what):
    with pytest.raises(NotObserved) as caught:
        judge(tape, held, **more)
    assert caught.value.missing[0].startswith(f"{what} in partner.yaml")
