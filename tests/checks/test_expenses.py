import pytest

from partner_qa.checks.expenses import pays_back_in_lines_of_its_own
from partner_qa.errors import NotObserved

TAXI = {"uuid": "taxi", "amount": "20.00", "description": "Taxi"}
PHONE = {"uuid": "phone", "amount": "30.00", "description": "Mobile phone"}
TRAIN = {"uuid": "train", "amount": "18.90", "description": "Train"}
DUE = {"first": "42.50", "repeated": "42.50", "edited": "45.10"}


def dinner(amount, **more):
    return {"uuid": "dinner", "amount": amount, "description": "Dinner", **more}


def paid(payday, *, sent=None, **changes):
    """Let each window end with the lines that are due, but for those of `changes`."""
    for window, amount in DUE.items():
        lines = changes.get(window, [TAXI, dinner(amount)])
        with payday.tape.window(window):
            for each in (sent or {}).get(window, ()):
                payday.update({"employee_uuid": "u-shared", "version": "v", "reimbursements": each})
            payday.audit(
                payday.row("shared", reimbursements=lines, **changes.get("fields", {})),
                payday.row("hourly", reimbursements=[PHONE, TRAIN]),
            )
    return payday.recording()


def test_a_line_for_each_expense_beside_others_is_right(payday):
    without, named = dinner("42.50"), dinner("45.10")
    del without["uuid"]
    sent = {"first": [[without]], "edited": [[named]]}
    assert pays_back_in_lines_of_its_own(paid(payday, sent=sent)) == ()


def test_a_line_set_to_nothing_and_another_in_its_place_is_right(payday):
    lines = [TAXI, dinner("0.00"), dinner("45.10", uuid="other")]
    sent = {"edited": [[{"uuid": "dinner", "amount": "0.00"}, {"amount": "45.10", "description": "Dinner"}]]}
    assert pays_back_in_lines_of_its_own(paid(payday, sent=sent, edited=lines)) == ()


def test_taking_a_line_away_by_one_update_and_adding_its_like_by_the_next_is_right(payday):
    lines = [TAXI, dinner("45.10", uuid="other")]
    taken, added = {"uuid": "dinner", "amount": "0.00"}, {"amount": "45.10", "description": "Dinner"}
    assert (
        pays_back_in_lines_of_its_own(paid(payday, sent={"edited": [[taken], [added]]}, edited=lines)) == ()
    )


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([TAXI], "nothing instead of 42.50"),
        ([TAXI, dinner("42.50"), dinner("42.50")], "42.50, 42.50 instead of 42.50"),
        ([dinner("42.50")], "others"),
        ([{**TAXI, "amount": "62.50"}], "others"),
        ([TAXI, dinner("42.50", description="")], "no description"),
        ([TAXI, dinner("42.50", description=None)], "no description"),
    ],
)
def test_each_other_outcome_is_found(payday, lines, words):
    (finding,) = pays_back_in_lines_of_its_own(paid(payday, repeated=lines))
    assert words in finding.message


def test_an_expense_that_became_a_wage_is_found(payday):
    wage = {"fixed_compensations": [{"name": "Bonus", "amount": "42.50", "job_uuid": "job-1"}]}
    (finding,) = pays_back_in_lines_of_its_own(
        paid(payday, first=[TAXI], repeated=[TAXI], edited=[TAXI], fields=wage)
    )
    assert "wage" in finding.message


def test_a_change_without_the_lines_uuid_is_found(payday):
    sent = {"edited": [[{"amount": "45.10", "description": "Dinner"}]]}
    (finding,) = pays_back_in_lines_of_its_own(paid(payday, sent=sent))
    assert "uuid" in finding.message


def given_up(payday, *, amount, told=(), status="done"):
    """Let the second expense be taken back, and so much of it stand there afterwards."""
    paid(payday)
    with payday.tape.window("taken_back"):
        payday.asked(status)
        payday.notices(*told)
        payday.audit(payday.row("hourly", reimbursements=[PHONE, {**TRAIN, "amount": amount}]))
    return payday.recording()


def test_an_expense_that_was_taken_back_is_nothing_any_more(payday):
    assert pays_back_in_lines_of_its_own(given_up(payday, amount="0.00")) == ()


def test_an_expense_that_is_paid_although_it_was_taken_back_is_found(payday):
    (finding,) = pays_back_in_lines_of_its_own(given_up(payday, amount="18.90"))
    assert "taken back" in finding.message


@pytest.mark.parametrize("how", [{"told": ["partial_failure"]}, {"status": "failed"}])
def test_an_expense_that_cannot_be_taken_back_is_right_where_it_is_said(payday, how):
    assert pays_back_in_lines_of_its_own(given_up(payday, amount="18.90", **how)) == ()


def test_a_payroll_that_nobody_read_shows_nothing(payday):
    payday.update(payday.row())
    with pytest.raises(NotObserved) as caught:
        pays_back_in_lines_of_its_own(payday.recording())
    assert "add_reimbursement" in caught.value.missing[0]
