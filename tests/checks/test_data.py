import pytest

from partner_qa.checks.data import keeps_customers_apart
from partner_qa.errors import NotObserved


def judge(tape, first, second):
    for account, people in (("qa-a", first), ("qa-b", second)):
        if people is not None:
            tape.tells({"people": [{"gusto_uuid": each} for each in people]}, account=account)
    for company, roster in ((tape.company, ["a1", "a2"]), (tape.other, ["b1", "b2"])):
        tape.audits([{"uuid": each} for each in roster], company=company)
    return keeps_customers_apart(tape.recording(tenants=tape.tenants()))


def test_customers_that_hold_their_own_people_are_fine(tape):
    assert judge(tape, ["a1", "a2"], ["b1"]) == ()


def test_one_stranger_is_found(tape):
    (finding,) = judge(tape, ["a1", "b1"], ["b1"])
    assert "account qa-a" in finding.expected
    assert finding.seen == "1 people of another company"


def test_both_sides_are_judged(tape):
    assert len(judge(tape, ["b2"], ["a1"])) == 2


def test_people_of_neither_company_are_not_this_checks_business(tape):
    assert judge(tape, ["a1", "somebody"], ["b1"]) == ()


@pytest.mark.parametrize("second", [None, []])
def test_an_account_that_holds_nobody_proves_nothing(tape, second):
    with pytest.raises(NotObserved):
        judge(tape, ["a1"], second)


@pytest.mark.parametrize(("held", "found"), [(["p-a"], 0), (["p-a", "p-b"], 1)])
def test_books_are_kept_apart_by_the_payrolls_that_are_in_them(tape, held, found):
    operation = "get-v1-companies-company_id-payrolls"
    for company, payroll in ((tape.company, "p-a"), (tape.other, "p-b")):
        tape.audits([{"payroll_uuid": payroll}], company=company, operation=operation)
    tape.tells({"entries": [{"payroll_uuid": each} for each in held]}, account="qa-a")
    tape.tells({"entries": [{"payroll_uuid": "p-b"}]}, account="qa-b")
    findings = keeps_customers_apart(
        tape.recording(tenants=tape.tenants(), situation={"reading": "post_journal"})
    )
    assert len(findings) == found
    assert all("1 entries of another company" in each.seen for each in findings)
