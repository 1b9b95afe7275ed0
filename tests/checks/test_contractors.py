import pytest

from partner_qa.checks.contractors import keeps_contractors_apart, leaves_types_alone
from partner_qa.contract.names import LIST_CONTRACTORS, UPDATE_CONTRACTOR
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

LIST = "/v1/companies/c/contractors"
GUSTO = (
    {
        "uuid": "person",
        "type": "Individual",
        "first_name": "Ada",
        "last_name": "Lovel",
        "business_name": None,
    },
    {"uuid": "firm", "type": "Business", "first_name": None, "last_name": None, "business_name": "Heep & Co"},
    {"uuid": "gone", "type": "Individual", "first_name": "Tom", "last_name": "Pinch", "business_name": None},
    {"uuid": "new", "type": "Individual", "first_name": "Sam", "last_name": "Weller", "business_name": None},
)
CONTRACTORS = [
    {**each, "onboarded": each["uuid"] != "new", "is_active": each["uuid"] != "gone"} for each in GUSTO
]
NAMES = {"person": "Lovel, Ada", "firm": "HEEP & CO", "gone": "Tom Pinch", "new": "Sam Weller"}


def hold(**changes):
    rows = {uuid: {"gusto_uuid": uuid, "name": name} for uuid, name in NAMES.items()}
    rows["gone"]["is_active"] = False
    for uuid, change in changes.items():
        rows[uuid] = change and {**rows[uuid], **change}
    return [row for row in rows.values() if row]


class Looks:
    """Both windows: whom Gusto had, whom the integration read, and what it shows."""

    def __init__(self, tape):
        self.tape = tape

    def look(self, window, held, *, reads=True, notices=None):
        with self.tape.window(window):
            self.tape.add(LIST, kind=Kind.AUDIT, operation=LIST_CONTRACTORS, answered=CONTRACTORS)
            if reads:
                self.tape.add(LIST, operation=LIST_CONTRACTORS, answered=CONTRACTORS)
            if held is not None:
                self.tape.tells({"contractors": held})
            if notices is not None:
                self.tape.tells({"notices": [{"about": each, "message": "-"} for each in notices]})
        return self

    def both(self, held=None, **more):
        self.look("before", held, **more)
        return self.look("after", held, **more).tape.recording()


@pytest.fixture
def looks(tape):
    return Looks(tape)


def test_contractors_as_they_are_are_fine(looks):
    assert keeps_contractors_apart(looks.both(hold())) == ()


def test_leaving_out_who_is_gone_or_unfinished_is_fine(looks):
    assert keeps_contractors_apart(looks.both(hold(gone=None, new=None))) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"firm": {"name": "None None"}}, "a business is called otherwise"),
        ({"firm": {"name": ""}}, "a business is called otherwise"),
        ({"person": {"name": "Ada"}}, "an individual is called otherwise"),
        ({"person": None}, "an individual at work is not held"),
        ({"person": {"is_active": False}}, "an individual at work is held as gone"),
        ({"gone": {"is_active": True}}, "no longer works"),
    ],
)
def test_each_who_is_taken_for_something_else_is_found(looks, changes, words):
    (finding,) = keeps_contractors_apart(looks.both(hold(**changes)))
    assert words in finding.message


def test_whoever_is_listed_counts_as_at_work_where_nothing_is_said(looks):
    held = [{"gusto_uuid": uuid, "name": name} for uuid, name in NAMES.items()]
    (finding,) = keeps_contractors_apart(looks.both(held))
    assert "no longer works" in finding.message


def test_a_contractor_who_is_asked_for_as_an_employee_is_found(looks):
    looks.tape.add("/v1/employees/firm/home_addresses", status=404, operation="get-v1-employees")
    (finding,) = keeps_contractors_apart(looks.both(hold()))
    assert "apart from employees" in finding.message
    looks.tape.add("/v1/employees/somebody", operation="get-v1-employees")
    assert len(keeps_contractors_apart(looks.tape.recording())) == 1


def test_leaving_contractors_out_is_fine_where_it_is_said(looks):
    assert keeps_contractors_apart(looks.both(reads=False, notices=["unmatched", "excluded"])) == ()


def test_whoever_leaves_contractors_out_and_shows_no_notice_may_say_it_elsewhere(looks):
    with pytest.raises(NotObserved) as caught:
        keeps_contractors_apart(looks.both(reads=False, notices=[]))
    assert "excluded" in caught.value.missing[0]


@pytest.mark.parametrize("reads", [True, False])
def test_without_a_look_nothing_was_observed(looks, reads):
    with pytest.raises(NotObserved):
        keeps_contractors_apart(looks.both(reads=reads))


def test_without_contractors_nothing_was_observed(tape):
    with pytest.raises(NotObserved):
        keeps_contractors_apart(tape.recording())


def update(looks, uuid, **sent):
    looks.tape.add(f"/v1/contractors/{uuid}", method="PUT", sent=sent, operation=UPDATE_CONTRACTOR)


def test_reading_and_updating_without_a_change_of_type_is_fine(looks):
    recording = looks.both(hold())
    assert leaves_types_alone(recording) == ()
    update(looks, "firm", version="1", work_email="a@b.example")
    update(looks, "person", version="1", type="Individual")
    update(looks, "new", version="1", type="Business")
    assert leaves_types_alone(looks.tape.recording()) == ()


@pytest.mark.parametrize(("uuid", "kind"), [("firm", "Individual"), ("person", "Business")])
def test_another_type_is_found_whatever_gusto_answers(looks, uuid, kind):
    looks.both(hold())
    update(looks, uuid, version="1", type=kind)
    (finding,) = leaves_types_alone(looks.tape.recording())
    assert kind in finding.seen


def test_contractors_have_to_be_read_twice(looks):
    with pytest.raises(NotObserved):
        leaves_types_alone(looks.look("before", hold()).tape.recording())
