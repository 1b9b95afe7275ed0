import pytest

from partner_qa.checks.reconnecting import finds_its_matches_again
from partner_qa.errors import NotObserved


def look(tape, window, matches, people=("g1", "g2")):
    rows = [{"person_id": key, "gusto_uuid": uuid, "state": state} for key, (uuid, state) in matches.items()]
    with tape.window(window):
        tape.tells({"matches": rows})
        tape.tells({"people": [{"gusto_uuid": each} for each in people]})


BEFORE = {"p1": ("g1", "matched"), "p2": ("g2", "matched")}


def keys(tape):
    return [each.key for each in finds_its_matches_again(tape.recording(), window="again")]


def test_the_same_matches_and_people_are_fine(tape):
    look(tape, "before", BEFORE)
    look(tape, "again", BEFORE)
    assert keys(tape) == []


def test_a_match_that_is_a_proposal_again_is_found(tape):
    look(tape, "before", BEFORE)
    look(tape, "again", {**BEFORE, "p2": ("g2", "proposed")})
    assert keys(tape) == ["keep its matches when a company is connected again"]


def test_a_new_match_besides_is_fine(tape):
    look(tape, "before", BEFORE)
    look(tape, "again", {**BEFORE, "p3": ("g3", "matched")})
    assert keys(tape) == []


def test_people_who_are_held_twice_are_found(tape):
    look(tape, "before", BEFORE)
    look(tape, "again", BEFORE, people=("g1", "g2", "g1"))
    assert keys(tape) == ["hold each person once when a company is connected again"]


def test_without_a_match_before_nothing_is_known(tape):
    look(tape, "before", {"p1": ("g1", "proposed")})
    look(tape, "again", BEFORE)
    with pytest.raises(NotObserved):
        keys(tape)
