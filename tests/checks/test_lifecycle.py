from dataclasses import replace

import pytest

from partner_qa.checks.lifecycle import copes_with_missing_facts, relinks_the_rehired, separates_lifecycles
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

WHO = ("staying", "gone", "leaving", "staying_after_all", "returning", "bare")
COLLEAGUES = {who: f"u-{who}" for who in WHO}
BEFORE = {**dict.fromkeys(WHO, "active"), "gone": "terminated", "returning": "terminated"}
AFTER = {**BEFORE, "returning": "active"}
MATCH = {"person_id": "returning", "gusto_uuid": "u-returning", "state": "matched"}
LOST = {"person_id": "returning", "gusto_uuid": None, "state": "unmatched"}


def rows(standing):
    return [{"gusto_uuid": f"u-{who}", "employment": each} for who, each in standing.items() if each]


class Looks:
    """Two looks at people and matches; `None` for people or matches that are not told."""

    def __init__(self, tape):
        self.tape = tape
        self.windows = {}

    def look(self, name, people, matches=None):
        first = len(self.tape.exchanges) + 1
        if people is not None:
            self.tape.tells({"people": people})
        if matches is not None:
            self.tape.tells({"matches": matches})
        self.windows[name] = [first, len(self.tape.exchanges)]
        return self

    def recording(self):
        return self.tape.recording(situation={"colleagues": COLLEAGUES, **self.windows})


@pytest.fixture
def looks(tape):
    return Looks(tape)


def stand(looks, **changes):
    looks.look("before", rows({**BEFORE, **changes}), [MATCH])
    return looks.look("after", rows({**AFTER, **changes}), [MATCH]).recording()


def test_people_who_stand_where_they_stand_are_fine(looks):
    assert separates_lifecycles(stand(looks)) == ()


def test_holding_nobody_who_is_gone_is_fine(looks):
    assert separates_lifecycles(stand(looks, gone=None)) == ()


@pytest.mark.parametrize(
    ("who", "stands"),
    [
        ("gone", "active"),
        ("leaving", "terminated"),
        ("leaving", None),
        ("staying_after_all", "terminated"),
        ("staying", "onboarding"),
    ],
)
def test_each_who_stands_elsewhere_is_found(looks, who, stands):
    assert len(separates_lifecycles(stand(looks, **{who: stands}))) == 1


def test_where_people_stand_has_to_be_told(looks):
    recording = looks.look("before", [{"gusto_uuid": uuid} for uuid in COLLEAGUES.values()]).recording()
    with pytest.raises(NotObserved) as caught:
        separates_lifecycles(recording)
    assert "employment" in caught.value.missing[0]


def test_who_comes_back_as_they_were_is_fine(looks):
    assert relinks_the_rehired(stand(looks)) == ()


@pytest.mark.parametrize("after", [MATCH, {**MATCH, "state": "proposed"}])
def test_who_was_let_go_may_be_proposed_again(looks, after):
    looks.look("before", rows({**BEFORE, "returning": None}), [LOST])
    assert relinks_the_rehired(looks.look("after", rows(AFTER), [after]).recording()) == ()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ([MATCH], [LOST], "was matched before"),
        ([MATCH], [{**MATCH, "state": "proposed"}], "was matched before"),
        ([LOST], [LOST], "everything agrees"),
        ([MATCH], [LOST, {**MATCH, "person_id": "new"}], "taken for somebody else"),
    ],
)
def test_a_match_that_is_lost_or_another_persons_is_found(looks, before, after, words):
    looks.look("before", rows(BEFORE), before)
    findings = relinks_the_rehired(looks.look("after", rows(AFTER), after).recording())
    assert words in findings[0].message


@pytest.mark.parametrize(
    "after",
    [rows(BEFORE), rows({**AFTER, "returning": None}), [*rows(AFTER), *rows({"returning": "active"})]],
)
def test_who_still_counts_as_gone_or_is_held_twice_or_never_is_found(looks, after):
    looks.look("before", rows(BEFORE))
    assert len(relinks_the_rehired(looks.look("after", after).recording())) == 1


def test_without_people_and_matches_nobody_is_seen_to_come_back(looks):
    with pytest.raises(NotObserved):
        relinks_the_rehired(looks.recording())


def test_somebody_without_facts_is_held_like_anybody(looks):
    assert copes_with_missing_facts(stand(looks)) == ()


def test_leaving_out_who_lacks_facts_is_found(looks):
    (finding,) = copes_with_missing_facts(stand(looks, bare=None))
    assert "left out" in finding.message


def test_a_sync_that_fails_on_them_is_found(looks):
    action = looks.tape.add("action:sync_people", kind=Kind.ACTION, answered={"status": "failed"})
    looks.tape.exchanges[-1] = replace(action, during="sync_people")
    (finding,) = copes_with_missing_facts(looks.recording())
    assert "the sync failed" in finding.message


def test_a_sync_that_gusto_itself_lets_fail_says_nothing_of_them(looks):
    recording = stand(looks)
    action = looks.tape.add("action:sync_people", kind=Kind.ACTION, answered={"status": "failed"})
    looks.tape.exchanges[-1] = replace(action, during="sync_people")
    troubled = {**recording.situation, "trouble": [action.sequence, action.sequence]}
    assert copes_with_missing_facts(looks.recording().with_exchanges(tuple(looks.tape.exchanges))) != ()
    assert copes_with_missing_facts(replace(looks.recording(), situation=troubled)) == ()


def test_a_match_on_what_both_lack_is_found(looks):
    bare = {"person_id": "bare", "gusto_uuid": "u-bare", "state": "matched"}
    (finding,) = copes_with_missing_facts(looks.look("before", rows(BEFORE), [bare]).recording())
    assert "hardly anything" in finding.message


def test_without_people_nobody_is_seen_to_be_left_out(looks):
    with pytest.raises(NotObserved):
        copes_with_missing_facts(looks.recording())
