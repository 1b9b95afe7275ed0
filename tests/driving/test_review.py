"""Facts about what the harness decides in place of a customer, on the page of matches."""

import pytest

from partner_qa.driving.review import find_decisions

EFFI = {"first_name": "Effi", "last_name": "Briest", "email": "e@x.example", "date_of_birth": "1978-08-03"}
ANNIE = {"first_name": "Annie", "last_name": "Briest", "email": "a@x.example", "date_of_birth": "1999-07-03"}
OURS = [{"id": "effi", **EFFI}, {"id": "annie", **ANNIE}]
THEIRS = [{"uuid": "u-effi", **EFFI}, {"uuid": "u-annie", **ANNIE}]


def decide(*shown, ours=OURS, theirs=THEIRS, wanted=("effi",)):
    found = find_decisions(shown, ours, theirs, wanted=wanted)
    return [(each["person_id"], each["gusto_uuid"]) for each in found]


def shown(state, uuid=None, person="effi"):
    return {"person_id": person, "gusto_uuid": uuid, "state": state}


def test_a_proposal_is_confirmed_whoever_is_proposed():
    assert decide(shown("proposed", "u-annie")) == [("effi", "u-annie")]


@pytest.mark.parametrize("rows", [[], [shown("unmatched")], [shown("conflict")], [shown("proposed")]])
def test_for_whom_nobody_is_proposed_the_one_who_agrees_is_named(rows):
    assert decide(*rows) == [("effi", "u-effi")]


@pytest.mark.parametrize("state", ["matched", "ignored"])
def test_what_was_decided_stays(state):
    assert decide(shown(state, "u-effi" if state == "matched" else None)) == []


def test_one_fact_is_not_enough():
    stranger = {**EFFI, "email": "other@x.example", "date_of_birth": None}
    assert decide(ours=[{"id": "effi", **stranger}]) == []


def test_between_two_nobody_is_chosen():
    assert decide(theirs=[*THEIRS, {"uuid": "u-twin", **EFFI}]) == []


def test_whoever_is_taken_is_named_for_nobody_else():
    assert decide(shown("matched", "u-effi", person="other")) == []
    twins = [{"id": "effi", **EFFI}, {"id": "twin", **EFFI}]
    assert decide(ours=twins, wanted=("effi", "twin")) == [("effi", "u-effi")]


def test_nobody_is_decided_about_who_is_not_wanted():
    assert decide(wanted=("annie",)) == [("annie", "u-annie")]
