import pytest

from partner_qa.checks.time_sheet_form import sends_valid_time_sheets
from partner_qa.contract.names import CREATE_TIME_SHEET, UPDATE_TIME_SHEET
from partner_qa.errors import NotObserved

VALID = {
    "entity_type": "Employee",
    "entity_uuid": "u-anna",
    "time_zone": "America/Denver",
    "shift_started_at": "2026-11-16T08:00:00-07:00",
    "shift_ended_at": "2026-11-16T17:00:00-07:00",
    "entries": [{"pay_classification": "Regular", "hours_worked": 8.333}],
}


class Desk:
    """Time sheets on tape, as they were sent and answered."""

    def __init__(self, tape):
        self.tape = tape

    def posts(self, body=None, *, operation=CREATE_TIME_SHEET, status=201, answered=None):
        sent = VALID if body is None else body
        self.tape.add(
            "/v1/x", method="POST", operation=operation, status=status, sent=sent, answered=answered
        )
        return self


@pytest.fixture
def desk(tape):
    return Desk(tape)


def test_a_valid_sheet_is_fine(desk):
    partly = {"version": "v1", "entries": []}
    assert (
        sends_valid_time_sheets(
            desk.posts().posts(partly, operation=UPDATE_TIME_SHEET, status=200).tape.recording()
        )
        == ()
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"entity_type": "employee"}, "entity_type"),
        ({"shift_started_at": "2026-11-16T08:00:00"}, "shift_started_at"),
        ({"shift_started_at": "16.11.2026 8:00"}, "shift_started_at"),
        ({"shift_ended_at": "2026-11-16 25:00"}, "shift_ended_at"),
        ({"entries": [{"hours_worked": 8.33333}]}, "three decimals"),
        ({"entries": [{"hours_worked": 0}]}, "not above zero"),
        ({"entries": [{"hours_worked": "eight"}]}, "no number"),
        ({"entries": [{"hours_worked": 8, "pay_classification": "OT"}]}, "pay_classification"),
    ],
)
def test_each_fault_of_a_sheet_is_found(desk, change, words):
    (finding,) = sends_valid_time_sheets(desk.posts({**VALID, **change}).tape.recording())
    assert words in finding.message


def test_what_gusto_refuses_is_found_once(desk):
    answered = {"errors": [{"error_key": "time_zone", "category": "invalid_attribute_value"}]}
    (finding,) = sends_valid_time_sheets(
        desk.posts(status=422, answered=answered).posts(status=422, answered=answered).tape.recording()
    )
    assert "time_zone" in finding.message
    assert len(finding.places) == 2


def test_a_stale_version_is_no_fault_of_the_sheet(desk):
    answered = {"errors": [{"error_key": "version", "category": "invalid_attribute_value"}]}
    desk.posts().posts(operation=UPDATE_TIME_SHEET, status=422, answered=answered)
    assert sends_valid_time_sheets(desk.tape.recording()) == ()


def test_without_sheets_none_is_valid(desk):
    with pytest.raises(NotObserved):
        sends_valid_time_sheets(desk.tape.recording())
