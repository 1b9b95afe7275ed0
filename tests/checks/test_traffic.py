"""Questions of an exchange or a recording that several checks ask."""

import pytest

from partner_qa.checks.traffic import audited, find_text, is_running_payroll, rows_of


def test_an_audit_is_the_last_read_with_all_its_pages(tape):
    for page, uuid in ((1, "old"), (1, "one"), (2, "two")):
        tape.audits([{"uuid": uuid}], page=page)
    tape.add(tape.employees, answered=[{"uuid": "asked by the integration"}])
    recording = tape.recording()
    assert [each["uuid"] for each in audited(recording, tape.audits([]).operation)] == ["one", "two"]


def test_an_audit_of_one_company_is_not_anothers(tape):
    tape.audits([{"uuid": "a"}])
    tape.audits([{"uuid": "b"}], company=tape.other)
    recording = tape.recording()
    operation = recording.exchanges[0].operation
    assert [each["uuid"] for each in audited(recording, operation, tape.company)] == ["a"]
    assert audited(recording, "get-events") == ()


@pytest.mark.parametrize("told", [None, {}, "rows", [1, "row", None, ["row"]]])
def test_what_is_no_list_of_objects_has_no_rows(told):
    assert rows_of(told) == []


def test_rows_are_the_objects_of_a_list_in_order():
    assert rows_of([{"at": 1}, None, {"at": 2}]) == [{"at": 1}, {"at": 2}]


@pytest.mark.parametrize(
    ("answered", "text"),
    [({"a": "b"}, "b"), ({"a": 7}, "7"), ({"a": None}, ""), ({}, ""), (["a"], ""), (None, "")],
)
def test_a_field_that_is_not_there_is_no_text(tape, answered, text):
    assert find_text(tape.add(tape.employees, answered=answered), "a") == text


@pytest.mark.parametrize(
    ("rest", "runs"),
    [("calculate", True), ("submit", True), ("cancel", True), ("prepare", False), ("calculate/x", False)],
)
def test_running_a_payroll_is_known_by_its_address(tape, rest, runs):
    call = tape.add(f"/v1/companies/{tape.company}/payrolls/p-1/{rest}?dry=1", method="PUT")
    assert is_running_payroll(call) is runs
