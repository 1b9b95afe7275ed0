import pytest

from partner_qa.checks.suspension import pauses_while_suspended
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

SHEETS = "/v1/companies/c/time_tracking/time_sheets"


def suspend(tape, *, status=200):
    tape.add(
        "/webhooks", kind=Kind.WEBHOOK, method="POST", sent={"event_type": "company.suspended"}, status=status
    )


def judge(tape, *, notices=("blocked",), state=None, method="GET"):
    with tape.window("suspended"):
        tape.add(SHEETS, method=method, operation=None)
        if state is not None:
            tape.tells({"state": state})
        if notices is not None:
            tape.tells({"notices": [{"about": each, "message": "-"} for each in notices]})
    return [each.key for each in pauses_while_suspended(tape.recording())]


def test_reading_on_and_telling_the_customer_is_fine(tape):
    suspend(tape)
    assert judge(tape) == []


def test_a_connection_that_is_shown_as_suspended_tells_it_too(tape):
    suspend(tape)
    assert judge(tape, notices=(), state="suspended") == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_writing_on_is_found(tape, method):
    suspend(tape)
    assert judge(tape, method=method) == ["pause"]


def test_silence_towards_the_customer_is_found(tape):
    suspend(tape)
    assert judge(tape, notices=("unmatched",)) == ["say that Gusto has suspended the company"]


def test_writing_before_and_after_is_fine(tape):
    tape.add(SHEETS, method="POST", operation=None)
    suspend(tape)
    assert judge(tape) == []
    tape.add(SHEETS, method="POST", operation=None)
    assert pauses_while_suspended(tape.recording()) == ()


def test_a_new_token_is_no_writing(tape):
    suspend(tape)
    with tape.window("suspended"):
        tape.refresh("old")
        tape.tells({"notices": [{"about": "blocked", "message": "-"}]})
    assert pauses_while_suspended(tape.recording()) == ()


@pytest.mark.parametrize("status", [401, 500, 0])
def test_a_webhook_that_was_not_taken_proves_nothing(tape, status):
    suspend(tape, status=status)
    with pytest.raises(NotObserved, match="no webhook"):
        judge(tape)


def go_on(tape, scope):
    tape.add(
        "/oauth/token",
        method="POST",
        sent={"grant_type": "authorization_code", "code": "c"},
        answered={"access_token": "a", "scope": scope},
        operation="oauth-access-token",
    )
    with tape.window("suspended"):
        tape.add("/qa/send-hours", kind=Kind.ACTION, answered={"status": "done"}, grant=None)
        tape.add(SHEETS, method="POST", operation=None)
        tape.tells({"notices": []})


def test_whoever_may_not_read_companies_and_is_told_nothing_is_fine(tape):
    go_on(tape, "employees:read time_sheet:write")
    assert pauses_while_suspended(tape.recording()) == ()


def test_whoever_may_read_companies_and_was_told_nothing_proves_nothing(tape):
    go_on(tape, "employees:read companies:read")
    with pytest.raises(NotObserved, match="no webhook"):
        pauses_while_suspended(tape.recording())


def test_whoever_was_told_all_the_same_is_judged(tape):
    suspend(tape)
    go_on(tape, "employees:read time_sheet:write")
    assert [each.key for each in pauses_while_suspended(tape.recording())] == ["pause"]


def test_what_nobody_could_look_at_proves_nothing(tape):
    suspend(tape)
    with pytest.raises(NotObserved, match="was not shown"):
        judge(tape, notices=None)
