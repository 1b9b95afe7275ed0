import pytest

from partner_qa.checks.matching import (
    compares_both_e_mails,
    compares_whole_birth_dates,
    maps_nobody_twice,
    only_suggests_similar_names,
)
from partner_qa.errors import NotObserved

SURE = {"all-alike": "matched", "personal-e-mail": "matched", "work-e-mail": "matched"}


def told(tape, **states):
    rows = {**SURE, **{name.replace("_", "-"): state for name, state in states.items()}}
    tape.tells(
        {
            "matches": [
                {"person_id": name, "gusto_uuid": f"g-{name}", "state": state} for name, state in rows.items()
            ]
        }
    )
    return tape.recording()


def claims(tape, **uuids):
    tape.tells(
        {
            "matches": [
                {"person_id": name, "gusto_uuid": uuid, "state": "matched" if uuid else "conflict"}
                for name, uuid in uuids.items()
            ]
        }
    )
    return tape.recording()


def test_both_e_mails_count_alike(tape):
    assert compares_both_e_mails(told(tape)) == ()


def test_whoever_only_proposes_may_propose_both(tape):
    assert compares_both_e_mails(told(tape, personal_e_mail="proposed", work_e_mail="conflict")) == ()


@pytest.mark.parametrize("state", ["proposed", "unmatched", "ignored"])
def test_an_e_mail_from_work_that_counts_less_is_found(tape, state):
    (finding,) = compares_both_e_mails(told(tape, work_e_mail=state))
    assert state in finding.seen


def test_what_counts_is_the_look_before_anybody_confirmed(tape):
    told(tape, work_e_mail="proposed")
    assert len(compares_both_e_mails(told(tape))) == 1


def test_whoever_leaves_all_matching_to_a_person_compares_nothing_wrongly(tape):
    none = dict.fromkeys(("all_alike", "personal_e_mail", "work_e_mail"), "unmatched")
    told(tape, **none)
    by_hand = told(tape, **{**none, "all_alike": "matched"})
    for check in (compares_both_e_mails, compares_whole_birth_dates, only_suggests_similar_names):
        assert check(by_hand) == ()
    assert maps_nobody_twice(by_hand) == ()


def test_whoever_never_compares_e_mails_takes_both_alike(tape):
    none = {"personal_e_mail": "unmatched", "work_e_mail": "unmatched"}
    assert compares_both_e_mails(told(tape, **none)) == ()


@pytest.mark.parametrize("state", ["proposed", "unmatched", "conflict"])
@pytest.mark.parametrize("check", [compares_whole_birth_dates, only_suggests_similar_names])
def test_asking_about_a_likeness_or_overlooking_it_is_fine(tape, check, state):
    assert check(told(tape, e_mail_and_birthday=state, similar_name=state)) == ()


def test_a_match_on_a_birthday_without_its_year_is_found(tape):
    assert len(compares_whole_birth_dates(told(tape, e_mail_and_birthday="matched"))) == 1


def test_a_match_on_a_similar_name_is_found(tape):
    assert len(only_suggests_similar_names(told(tape, similar_name="matched"))) == 1


@pytest.mark.parametrize(
    "check", [compares_whole_birth_dates, only_suggests_similar_names, maps_nobody_twice]
)
def test_matching_nobody_proves_nothing(tape, check):
    tape.tells({"matches": [{"person_id": "all-alike", "gusto_uuid": None, "state": "unmatched"}]})
    with pytest.raises(NotObserved):
        check(tape.recording())


def test_one_to_one_is_fine(tape):
    claims(tape, a="g1", b="g2", c=None, d=None)
    assert maps_nobody_twice(claims(tape, a="g1", b="g2", c="g3", d=None)) == ()


def test_taking_somebody_away_from_the_other_is_fine(tape):
    claims(tape, a="g1", b=None)
    assert maps_nobody_twice(claims(tape, a=None, b="g1")) == ()


@pytest.mark.parametrize("first", [{"a": "g1", "b": "g1"}, {"a": "g1", "b": None}])
def test_two_who_are_one_are_found_whoever_decided_so(tape, first):
    claims(tape, **first)
    (finding,) = maps_nobody_twice(claims(tape, a="g1", b="g1"))
    assert "a, b" in finding.seen
