import pytest

from partner_qa.checks.custom_fields import joins_custom_fields
from partner_qa.contract.names import LIST_CUSTOM_FIELDS, LIST_EMPLOYEES, LIST_PERSONS_CUSTOM_FIELDS
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

FIELDS = {"custom_fields": [{"uuid": "shirts", "name": "Size"}, {"uuid": "shoes", "name": "Size"}]}


def rows(**answers):
    return [{"company_custom_field_id": field, "value": value} for field, value in answers.items()]


PEOPLE = {"both": rows(shirts="M", shoes="44"), "one": rows(shirts="", shoes="41"), "none": []}


class Sync:
    """What Gusto has, what the integration asks for, and what it then holds of each person."""

    def __init__(self, tape):
        self.tape = tape

    def audit(self, operation, answered):
        self.tape.add("/v1/audited", kind=Kind.AUDIT, operation=operation, answered=answered)

    def hold(self, held, *, fields=True, included="?include=custom_fields"):
        self.audit(LIST_CUSTOM_FIELDS, FIELDS)
        self.audit(LIST_EMPLOYEES, [{"uuid": who, "custom_fields": each} for who, each in PEOPLE.items()])
        if fields:
            self.tape.add("/v1/companies/c/custom_fields", operation=LIST_CUSTOM_FIELDS)
        self.tape.add(f"{self.tape.employees}{included}")
        if held is not None:
            self.tape.tells({"people": [{"gusto_uuid": who, **each} for who, each in held.items()]})
        return self.tape.recording()

    def answers(self, **changes):
        return self.hold({who: {"custom_fields": each} for who, each in {**PEOPLE, **changes}.items()})


@pytest.fixture
def sync(tape):
    return Sync(tape)


def test_answers_under_their_fields_are_fine(sync):
    assert joins_custom_fields(sync.answers()) == ()


def test_a_field_never_answered_may_be_null(sync):
    assert joins_custom_fields(sync.answers(none=rows(shirts=None, shoes=None))) == ()


def test_answers_may_be_read_person_by_person(sync, tape):
    tape.add("/v1/employees/both/custom_fields", operation=LIST_PERSONS_CUSTOM_FIELDS)
    held = {who: {"custom_fields": each} for who, each in PEOPLE.items()}
    assert joins_custom_fields(sync.hold(held, included="")) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"both": rows(shirts="44", shoes="44")}, "another field's"),
        ({"both": rows(shoes="44")}, "an answer is missing"),
        ({"both": rows(shirts="", shoes="44")}, "an answer is missing"),
        ({"one": rows(shoes="41")}, "as if it had never been answered"),
        ({"one": rows(shirts="41", shoes="41")}, "a field that was cleared has an answer"),
        ({"none": rows(shirts="")}, "a field never answered is cleared"),
        ({"none": rows(shirts="M")}, "never answered has an answer"),
    ],
)
def test_each_answer_that_is_wrong_is_found(sync, changes, words):
    (finding,) = joins_custom_fields(sync.answers(**changes))
    assert words in finding.message


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fields": False}, "fields were never read"),
        ({"included": "?include=company_name"}, "never asked for"),
    ],
)
def test_what_was_never_read_is_found_without_a_look_too(sync, options, words):
    (finding,) = joins_custom_fields(sync.hold(None, **options))
    assert words in finding.message


def test_which_answers_are_held_has_to_be_told(sync):
    with pytest.raises(NotObserved) as caught:
        joins_custom_fields(sync.hold({who: {} for who in PEOPLE}))
    assert "custom_fields" in caught.value.missing[0]


def test_without_fields_nothing_was_observed(tape):
    with pytest.raises(NotObserved):
        joins_custom_fields(tape.recording())
