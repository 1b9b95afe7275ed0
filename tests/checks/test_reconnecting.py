import pytest

from partner_qa.checks.reconnecting import finds_its_matches_again
from partner_qa.errors import NotObserved


def look(tape, window, matches, people=("g1", "g2")):
    rows = [{"person_id": key, "gusto_uuid": uuid, "state": state} for key, (uuid, state) in matches.items()]
    with tape.window(window):
        tape.tells({"matches": rows})
        tape.tells({"people": [{"gusto_uuid": each} for each in people]})


BEFORE = {"p1": ("g1", "matched"), "p2": ("g2", "matched")}


def keys(tape, *, reading=""):
    situation = {**tape.windows, "reading": reading}
    found = finds_its_matches_again(tape.recording(situation=situation), window="again")
    return [each.key for each in found]


def test_the_same_matches_and_people_are_fine(tape):
    look(tape, "before", BEFORE)
    look(tape, "again", BEFORE)
    assert keys(tape) == []


def test_a_match_that_is_a_proposal_again_is_found(tape):
    look(tape, "before", BEFORE)
    look(tape, "again", {**BEFORE, "p2": ("g2", "proposed")})
    assert keys(tape) == ["keep its matches"]


def test_a_new_match_besides_is_fine(tape):
    look(tape, "before", BEFORE)
    look(tape, "again", {**BEFORE, "p3": ("g3", "matched")})
    assert keys(tape) == []


def test_people_who_are_held_twice_are_found(tape):
    look(tape, "before", BEFORE)
    look(tape, "again", BEFORE, people=("g1", "g2", "g1"))
    assert keys(tape) == ["hold each person once"]


def test_without_a_match_before_nothing_is_known(tape):
    look(tape, "before", {"p1": ("g1", "proposed")})
    look(tape, "again", BEFORE)
    with pytest.raises(NotObserved):
        keys(tape)


def show(tape, window, name, field, *uuids):
    with tape.window(window):
        tape.tells({name: [{field: each} for each in uuids]})


@pytest.mark.parametrize(
    ("reading", "name", "field"),
    [("list_contractors", "contractors", "gusto_uuid"), ("post_journal", "entries", "payroll_uuid")],
)
def test_who_reads_no_people_is_judged_by_what_it_holds_instead(tape, reading, name, field):
    show(tape, "before", name, field, "u1", "u2")
    show(tape, "again", name, field, "u1", "u2")
    assert keys(tape, reading=reading) == []
    show(tape, "again", name, field, "u1", "u3")
    assert keys(tape, reading=reading) == [f"keep its {name}"]


def test_several_entries_of_a_payroll_are_fine_and_more_than_before_are_not(tape):
    show(tape, "before", "entries", "payroll_uuid", "p1", "p1")
    show(tape, "again", "entries", "payroll_uuid", "p1", "p1")
    assert keys(tape, reading="post_journal") == []
    show(tape, "again", "entries", "payroll_uuid", "p1", "p1", "p1")
    assert keys(tape, reading="post_journal") == ["hold the entries of a payroll once"]


def test_who_matches_nobody_is_judged_by_the_people_held(tape):
    show(tape, "before", "people", "gusto_uuid", "g1", "g2")
    show(tape, "again", "people", "gusto_uuid", "g1")
    assert keys(tape) == ["keep its people"]


def test_where_nothing_was_held_before_nothing_is_known(tape):
    show(tape, "before", "contractors", "gusto_uuid")
    show(tape, "again", "contractors", "gusto_uuid")
    with pytest.raises(NotObserved) as caught:
        keys(tape, reading="list_contractors")
    assert caught.value.missing == ("observations.contractors in partner.yaml",)
