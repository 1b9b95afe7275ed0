import pytest

from partner_qa.checks.changing import asks_about_the_unlinked, reads_shifting_lists, shows_changes_in_time
from partner_qa.errors import NotObserved

STAYED = ["s1", "s2", "s3"]
GONE, NEW = ["g1", "g2"], ["n1"]
MATCHED = [{"person_id": "p1", "gusto_uuid": "g1", "state": "matched"}]
UNMATCHED = [{"person_id": "p1", "gusto_uuid": None, "state": "unmatched"}]
TOLD = [{"about": "unlinked", "message": "Who is this now?"}]


class Scene:
    """Three syncs during which people come and go, as a tape; each part can be told otherwise."""

    def __init__(self, tape):
        self.tape = tape
        self.first_page = ["g1", "s1"]
        self.held = {name: list(STAYED) for name in ("imported", "removed", "added")}
        self.afterwards = [*STAYED, *NEW]
        self.matches = {"before": MATCHED, "removed": UNMATCHED}
        self.notices = TOLD

    def look(self, name, told):
        if told is not None:
            self.tape.tells({name: told})

    def recording(self):
        tape = self.tape
        with tape.window("imported"):
            tape.page(1, 2, answered=[{"uuid": each} for each in self.first_page])
            tape.page(2, 2, answered=[{"uuid": "s3"}], fault="delay")
            self.look("people", rows(self.held["imported"]))
        with tape.window("before"):
            self.look("matches", self.matches["before"])
        with tape.window("removed"):
            self.look("people", rows(self.held["removed"]))
            self.look("matches", self.matches["removed"])
            self.look("notices", self.notices)
        with tape.window("added"):
            self.look("people", rows(self.held["added"]))
        with tape.window("afterwards"):
            self.look("people", rows(self.afterwards))
        tape.audits([{"uuid": each} for each in (*STAYED, *NEW)])
        noted = {"removed_people": GONE, "added_people": NEW}
        return tape.recording(situation={**noted, **tape.windows})


def rows(uuids):
    return None if uuids is None else [{"gusto_uuid": each} for each in uuids]


@pytest.fixture
def scene(tape):
    return Scene(tape)


def test_a_list_that_shifted_and_was_read_right_is_fine(scene):
    assert reads_shifting_lists(scene.recording()) == ()


def test_holding_those_who_came_or_went_as_well_is_fine(scene):
    scene.held = {"imported": [*STAYED, "g1"], "removed": [*STAYED, "g1"], "added": [*STAYED, "n1"]}
    assert reads_shifting_lists(scene.recording()) == ()


@pytest.mark.parametrize("window", ["imported", "removed", "added"])
def test_whoever_is_lost_is_found(scene, window):
    scene.held[window].remove("s2")
    (finding,) = reads_shifting_lists(scene.recording())
    assert finding.seen == "1 of them are missing, 0 are held twice"


def test_whoever_is_held_twice_is_found(scene):
    scene.held["added"].append("s3")
    (finding,) = reads_shifting_lists(scene.recording())
    assert "1 are held twice" in finding.seen


def test_a_first_page_without_anybody_who_went_proves_nothing(scene):
    scene.first_page = ["s1", "s2"]
    with pytest.raises(NotObserved):
        reads_shifting_lists(scene.recording())


def test_people_that_are_not_shown_prove_nothing(scene):
    scene.held["removed"] = None
    with pytest.raises(NotObserved) as caught:
        reads_shifting_lists(scene.recording())
    assert "observations.people" in caught.value.missing[0]


@pytest.mark.parametrize("about", ["unlinked", "unmatched", "conflict"])
def test_a_match_that_is_undone_and_told_is_fine(scene, about):
    scene.notices = [{"about": about, "message": "Please look."}]
    assert asks_about_the_unlinked(scene.recording()) == ()


def test_a_match_that_is_gone_from_the_list_is_undone(scene):
    scene.matches["removed"] = []
    assert asks_about_the_unlinked(scene.recording()) == ()


@pytest.mark.parametrize(("uuid", "whom"), [("g1", "the person who is gone"), ("s1", "somebody else")])
def test_who_is_still_matched_is_found(scene, uuid, whom):
    scene.matches["removed"] = [{**MATCHED[0], "gusto_uuid": uuid}]
    (finding,) = asks_about_the_unlinked(scene.recording())
    assert finding.seen == f"still matched, to {whom}"


def test_silence_about_it_is_found(scene):
    scene.notices = [{"about": "throttled", "message": "Later."}]
    (finding,) = asks_about_the_unlinked(scene.recording())
    assert finding.seen == "nobody is told"


def test_notices_that_cannot_be_looked_at_are_no_finding(scene):
    scene.notices = None
    assert asks_about_the_unlinked(scene.recording()) == ()


def test_whoever_is_created_anew_is_found(scene):
    scene.tape.add(scene.tape.employees, method="POST", status=201, operation="post-v1-employees")
    (finding,) = asks_about_the_unlinked(scene.recording())
    assert finding.seen == "created anew"


def test_nobody_matched_before_proves_nothing(scene):
    scene.matches["before"] = UNMATCHED
    with pytest.raises(NotObserved):
        asks_about_the_unlinked(scene.recording())


def test_a_change_that_shows_is_fine(scene):
    assert shows_changes_in_time(scene.recording()) == ()


def test_a_change_that_does_not_show_is_found(scene):
    scene.afterwards = STAYED
    (finding,) = shows_changes_in_time(scene.recording())
    assert finding.seen == "1 of 1 still missing"


def test_a_change_that_could_not_be_looked_at_proves_nothing(scene):
    scene.afterwards = None
    with pytest.raises(NotObserved):
        shows_changes_in_time(scene.recording())
