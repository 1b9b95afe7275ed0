import pytest

from partner_qa.checks.recruiting import creates_nobody_twice, creates_valid_hires, withdraws_while_onboarding
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

CREATE, DELETE = "post-v1-employees", "delete-v1-employee"
LEO, SOPHIE, MANON, THERESE = (
    {"first_name": name.title(), "last_name": "Poggenpuhl", "email": f"{name}@poggenpuhl.example"}
    for name in ("leo", "sophie", "manon", "therese")
)
HIRED = {"known": [LEO, SOPHIE], "lost": [MANON], "plain": [THERESE]}


class Office:
    """People are hired and taken back, as a tape; each part can go otherwise."""

    def __init__(self, tape):
        self.tape = tape
        self.known = []  # what is created of whom Gusto has already
        self.lost = [MANON]
        self.there = [LEO, SOPHIE, MANON]
        self.ends = {"withdrawn": "done", "too_late": "failed"}
        self.deletes = [204, 422]

    def create(self, body, status=201, **more):
        path = self.tape.employees
        self.tape.add(path, method="POST", sent=body, status=status, operation=CREATE, **more)

    def act(self, status="done"):
        told = {"status": status, "detail": "It was so."}
        self.tape.add("/qa/act", kind=Kind.ACTION, answered=told, grant=None)

    def recording(self):
        with self.tape.window("known"):
            self.act()
            for each in self.known:
                self.create(each)
        with self.tape.window("lost"):
            for each in self.lost:
                self.create(each)
            self.act()
        for status in self.deletes:
            self.tape.add("/v1/employees/e", method="DELETE", status=status, operation=DELETE)
        for window, status in self.ends.items():
            with self.tape.window(window):
                self.act(status)
        self.tape.audits(self.there)
        return self.tape.recording(situation={"hired": HIRED, **self.tape.windows})


@pytest.fixture
def office(tape):
    return Office(tape)


def test_whole_hires_are_fine(office):
    office.lost = [MANON, {**MANON, "self_onboarding": True}, {**MANON, "email": None}]
    assert creates_valid_hires(office.recording()) == ()


@pytest.mark.parametrize(
    ("body", "lack"),
    [
        ({**MANON, "last_name": " "}, "last_name is missing"),
        ({"last_name": "Poggenpuhl"}, "first_name is missing"),
        ({**MANON, "email": None, "self_onboarding": True}, "self_onboarding without an e-mail"),
        ({**MANON, "ssn": "900123456"}, "an SSN that nobody gave"),
    ],
)
def test_each_lack_is_found_though_gusto_refuses_it(office, body, lack):
    office.create(body, status=422)
    (finding,) = creates_valid_hires(office.recording())
    assert finding.seen == lack


@pytest.mark.parametrize("check", [creates_valid_hires, creates_nobody_twice, withdraws_while_onboarding])
def test_nobody_created_proves_nothing(office, check):
    office.lost = []
    with pytest.raises(NotObserved):
        check(office.recording())


def test_a_create_whose_answer_was_lost_was_done(office):
    office.lost = []
    office.create(MANON, status=0, fault="drop_response")
    assert creates_valid_hires(office.recording()) == ()


def test_finding_whoever_is_there_is_fine(office):
    assert creates_nobody_twice(office.recording()) == ()


@pytest.mark.parametrize("known", [LEO, SOPHIE])
def test_creating_whoever_is_there_or_has_left_is_found(office, known):
    office.known = [known]
    (finding,) = creates_nobody_twice(office.recording())
    assert finding.seen == "created somebody whom Gusto had already"


def test_one_hire_who_is_there_twice_is_found(office):
    office.lost = [MANON, MANON]
    office.there = [LEO, SOPHIE, MANON, MANON]
    (finding,) = creates_nobody_twice(office.recording())
    assert finding.seen == "created the same hire twice"
    assert len(finding.places) == 2


def test_a_repeat_that_gusto_refused_made_nobody_twice(office):
    office.create(MANON, status=422)
    assert creates_nobody_twice(office.recording()) == ()


def test_taking_back_what_can_be_taken_back_is_fine(office):
    assert withdraws_while_onboarding(office.recording()) == ()


def test_leaving_all_deleting_to_a_person_is_fine(office):
    office.ends, office.deletes = {"withdrawn": "failed", "too_late": "failed"}, []
    office.there = [LEO, SOPHIE, MANON, THERESE]
    assert withdraws_while_onboarding(office.recording()) == ()


def test_claiming_what_gusto_refused_is_found(office):
    office.ends["too_late"] = "done"
    (finding,) = withdraws_while_onboarding(office.recording())
    assert finding.seen == "says done, and Gusto has the person still (lost)"


def test_claiming_a_delete_that_was_never_sent_is_found(office):
    office.there = [LEO, SOPHIE, MANON, THERESE]
    (finding,) = withdraws_while_onboarding(office.recording())
    assert finding.seen.endswith("(plain)")


def test_asking_again_after_the_refusal_is_found(office):
    office.deletes = [204, 422, 422]
    (finding,) = withdraws_while_onboarding(office.recording())
    assert finding.seen == "asked 2 times after the refusal"


def test_hires_that_were_not_taken_back_prove_nothing(office):
    office.ends = {}
    with pytest.raises(NotObserved) as caught:
        withdraws_while_onboarding(office.recording())
    assert caught.value.missing == ("actions.withdraw_hire in partner.yaml",)
