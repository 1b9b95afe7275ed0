import pytest

from partner_qa.checks.people import (
    agreeing_data_points,
    keeps_matches_when_people_change,
    matches_on_two_data_points,
)
from partner_qa.errors import NotObserved

EFFI = {"first_name": "Effi", "last_name": "Briest", "email": "Effi@x.example", "date_of_birth": "1978-08-03"}


def person(**changes):
    return {**EFFI, **changes}


@pytest.mark.parametrize(
    ("changes", "agreeing"),
    [
        ({}, ("e-mail", "birth date", "full name")),
        ({"email": "effi@X.example"}, ("e-mail", "birth date", "full name")),
        ({"email": None, "work_email": "effi@x.example"}, ("e-mail", "birth date", "full name")),
        ({"email": None}, ("birth date", "full name")),
        ({"date_of_birth": "1979-08-03"}, ("e-mail", "full name")),
        ({"first_name": "Afra"}, ("e-mail", "birth date")),
        ({"first_name": "Briest", "last_name": "Effi"}, ("e-mail", "birth date")),
        ({"email": "", "date_of_birth": None, "first_name": None, "last_name": None}, ()),
    ],
)
def test_data_points_agree_case_insensitively_and_never_on_nothing(changes, agreeing):
    assert agreeing_data_points(person(**changes), EFFI) == agreeing


def test_nothing_agrees_with_nothing():
    nobody = {"first_name": "", "last_name": "", "email": None, "date_of_birth": None}
    assert agreeing_data_points(nobody, nobody) == ()


def judge_matches(tape, state, **changes):
    tape.tells({"matches": [{"person_id": "p1", "gusto_uuid": "g1", "state": state}]})
    return matches_on_two_data_points(
        tape.recording(
            situation={
                "partner_people": [{"id": "p1", **person(**changes)}],
                "gusto_people": [{"uuid": "g1", **EFFI}],
            }
        )
    )


def test_matching_on_two_data_points_is_fine(tape):
    assert judge_matches(tape, "matched", email="other@x.example") == ()


def test_matching_on_one_is_found(tape):
    (finding,) = judge_matches(tape, "matched", email="other@x.example", first_name="Afra")
    assert finding.key == "agreeing=birth date"


def test_proposing_on_one_is_fine(tape):
    assert judge_matches(tape, "proposed", email="other@x.example", first_name="Afra") == ()


def test_matching_nobody_proves_nothing(tape):
    tape.tells({"matches": [{"person_id": "p1", "gusto_uuid": None, "state": "unmatched"}]})
    with pytest.raises(NotObserved):
        matches_on_two_data_points(
            tape.recording(
                situation={
                    "partner_people": [{"id": "p1", **EFFI}],
                    "gusto_people": [{"uuid": "g1", **EFFI}],
                }
            )
        )


def told(tape, uuid, state="matched"):
    tape.tells({"matches": [{"person_id": "p1", "gusto_uuid": uuid, "state": state}]})


def judge_change(tape):
    return keeps_matches_when_people_change(tape.recording(situation={"renamed": ["g1"]}))


def test_a_match_that_survives_a_rename_is_fine(tape):
    told(tape, "g1")
    told(tape, "g1")
    assert judge_change(tape) == ()


@pytest.mark.parametrize(("uuid", "state"), [(None, "unmatched"), ("g2", "matched"), ("g1", "proposed")])
def test_a_match_that_is_lost_or_moved_is_found(tape, uuid, state):
    told(tape, "g1")
    told(tape, uuid, state)
    assert len(judge_change(tape)) == 1


def test_a_rename_of_somebody_never_matched_proves_nothing(tape):
    told(tape, None, "unmatched")
    told(tape, "g1")
    with pytest.raises(NotObserved):
        judge_change(tape)


def test_a_match_that_a_person_confirmed_and_that_lasts_is_fine(tape):
    told(tape, "g1", "proposed")
    told(tape, "g1")
    told(tape, "g1")
    assert judge_change(tape) == ()


def test_a_confirmed_match_that_is_proposed_anew_is_found(tape):
    told(tape, "g1", "proposed")
    told(tape, "g1")
    told(tape, "g1", "proposed")
    assert len(judge_change(tape)) == 1


def test_one_look_is_not_enough(tape):
    told(tape, "g1")
    with pytest.raises(NotObserved):
        judge_change(tape)
