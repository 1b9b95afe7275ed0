"""Questions of an exchange or a recording that several checks ask."""

from partner_qa.checks.traffic import audited


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
