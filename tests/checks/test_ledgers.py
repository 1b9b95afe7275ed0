import json
from dataclasses import replace

import pytest

from partner_qa.checks.ledgers import posts_once, posts_whole_and_balanced
from partner_qa.contract.names import ASK_FOR_LEDGER, LIST_PAYROLLS, SHOW_REPORT
from partner_qa.errors import NotObserved
from partner_qa.model import Body, Kind

TOTALS = {"gross_pay": "1000.00", "employer_taxes": "76.50", "reimbursements": "42.50", "benefits": "81.00"}
WHOLE = [("1200.00", None), (None, "1200.00")]
LATE = {"regular": "p-new", "periodless": "p-tax"}


def entry(payroll, lines=WHOLE, name=None):
    rows = [{"account": "a", "debit": debit, "credit": credit} for debit, credit in lines]
    return {"id": name or payroll, "payroll_uuid": payroll, "lines": rows}


def recording(tape, first, again=None, later=None, *, audits=True):
    for name, entries in (("first", first), ("again", again), ("later", later)):
        if entries is not None:
            with tape.window(name):
                tape.tells({"entries": entries})
    if audits:
        tape.add("/audit", kind=Kind.AUDIT, answered=[{"payroll_uuid": "p-1", "totals": TOTALS}])
        tape.exchanges[-1] = replace(tape.exchanges[-1], operation=LIST_PAYROLLS)
    return tape.recording(situation={"late": LATE, **tape.windows})


@pytest.mark.parametrize(
    "lines",
    [
        WHOLE,
        [*WHOLE, ("500.00", "500.00")],
        [("1250.00", None), ("-50.00", None), (None, "1200.00")],
        [("1199.96", None), (None, "1199.96")],
    ],
)
def test_what_balances_and_is_complete_is_fine(tape, lines):
    assert posts_whole_and_balanced(recording(tape, [entry("p-1", lines)])) == ()


def test_several_entries_of_a_payroll_are_added_up(tape):
    half = [("600.00", None), (None, "600.00")]
    both = [entry("p-1", half, "a"), entry("p-1", half, "b")]
    assert posts_whole_and_balanced(recording(tape, both)) == ()


def test_one_side_alone_is_found(tape):
    (finding,) = posts_whole_and_balanced(recording(tape, [entry("p-1", WHOLE[:1])]))
    assert "balance" in finding.message


def test_a_cent_is_a_difference(tape):
    lines = [("1200.00", None), (None, "1199.99")]
    assert len(posts_whole_and_balanced(recording(tape, [entry("p-1", lines)]))) == 1


def test_what_is_left_out_is_found(tape):
    lines = [("1123.50", None), (None, "1123.50")]
    (finding,) = posts_whole_and_balanced(recording(tape, [entry("p-1", lines)]))
    assert "1123.50" in finding.seen
    assert "1200.00" in finding.seen


@pytest.mark.parametrize("entries", [None, []])
def test_without_entries_nothing_can_be_added_up(tape, entries):
    with pytest.raises(NotObserved):
        posts_whole_and_balanced(recording(tape, entries))


NEW = [entry("p-new"), entry("p-tax")]


def test_each_payroll_once_is_fine(tape):
    one = [entry("p-1")]
    assert posts_once(recording(tape, one, one, [*one, *NEW])) == ()


def test_an_entry_for_each_department_is_fine_as_long_as_it_stays_so(tape):
    two = [entry("p-1", name="a"), entry("p-1", name="b")]
    new = [
        each for payroll in LATE.values() for each in (entry(payroll, name=f"{payroll}-a"), entry(payroll))
    ]
    assert posts_once(recording(tape, two, two, [*two, *new])) == ()


@pytest.mark.parametrize("payroll", ["p-1", "p-new"])
def test_an_entry_that_stands_there_twice_is_found(tape, payroll):
    one = [entry("p-1")]
    (finding,) = posts_once(recording(tape, one, one, [*one, *NEW, entry(payroll, name="twice")]))
    assert payroll in finding.seen


def with_costs(told, *payrolls):
    """Let the audit read know what all of these payrolls came to."""
    *others, audit = told.exchanges
    rows = [{"payroll_uuid": each, "totals": TOTALS} for each in payrolls]
    body = Body.of(json.dumps(rows).encode())
    return told.with_exchanges((*others, replace(audit, response=replace(audit.response, body=body))))


def test_an_entry_of_its_own_for_what_only_some_payrolls_have_is_fine(tape):
    one, travel = [entry("p-1")], [("42.50", None), (None, "42.50")]
    wages = [("1157.50", None), (None, "1157.50")]
    new = [entry("p-new", wages), entry("p-new", travel, name="travel"), entry("p-tax")]
    told = recording(tape, one, one, [*one, *new])
    assert posts_once(with_costs(told, "p-1", "p-new")) == ()


def test_a_payroll_that_is_debited_twice_is_found_whatever_its_entries_are_called(tape):
    one = [entry("p-1")]
    told = recording(tape, one, one, [*one, *NEW, entry("p-new", name="from its totals")])
    (finding,) = posts_once(with_costs(told, "p-1", "p-new"))
    assert "p-new" in finding.seen


def test_posting_again_that_posts_again_is_found_where_it_is_tidied_up_later(tape):
    one = [entry("p-1")]
    assert len(posts_once(recording(tape, one, [*one, *one], [*one, *NEW]))) == 1


@pytest.mark.parametrize(("left", "words"), [("p-tax", "without a pay period"), ("p-new", "regular")])
def test_a_new_payroll_that_is_not_posted_is_found(tape, left, words):
    one = [entry("p-1")]
    later = [each for each in [*one, *NEW] if each["payroll_uuid"] != left]
    (finding,) = posts_once(recording(tape, one, one, later))
    assert words in finding.seen


@pytest.mark.parametrize("windows", [([], [], []), ([entry("p-1")], None, None)])
def test_without_entries_nothing_can_be_counted(tape, windows):
    with pytest.raises(NotObserved):
        posts_once(recording(tape, *windows))


SLOW = "p-slow"
EMPTY = entry(SLOW, [])


def slowly(tape, seen, *, pending=2.5, status="pending", first=(), later=None):
    """Ask for the slow report, look at it after a second and at the journal after two; post in the end."""
    with tape.window("posting"):
        url = f"/v1/payrolls/{SLOW}/reports/general_ledger"
        tape.add(url, method="POST", operation=ASK_FOR_LEDGER, answered={"request_uuid": "r"})
        with tape.window("pending"):
            tape.add("/v1/reports/r", operation=SHOW_REPORT, answered={"status": status})
            tape.tells({"entries": seen})
    one = [entry("p-1")]
    ends = [*one, *first], [*one, *first], [*one, *NEW, *([entry(SLOW)] if later is None else later)]
    told = recording(tape, *ends, audits=False)
    rows = [{"payroll_uuid": each, "totals": TOTALS} for each in ("p-1", SLOW)]
    tape.add("/audit", kind=Kind.AUDIT, answered=rows)
    tape.exchanges[-1] = replace(tape.exchanges[-1], operation=LIST_PAYROLLS)
    told = told.with_exchanges(tuple(tape.exchanges))
    posting = [tape.windows["posting"][0], tape.windows["first"][1]]
    slow = {"payroll": SLOW, "seconds": pending}
    return replace(told, situation={**told.situation, "first": posting, "slow": slow})


def test_an_empty_entry_while_the_report_is_pending_is_found(tape):
    (finding,) = posts_whole_and_balanced(slowly(tape, [entry("p-1"), EMPTY]))
    assert "while its report is pending" in finding.message


@pytest.mark.parametrize("seen", [[], [entry("p-1")], [entry("p-1", []), entry(SLOW)]])
def test_waiting_with_the_entry_or_knowing_it_otherwise_is_fine(tape, seen):
    assert posts_whole_and_balanced(slowly(tape, seen)) == ()


@pytest.mark.parametrize("given", [{"pending": 1.5}, {"status": "succeeded"}])
def test_what_may_be_half_written_once_the_report_is_there_is_not_looked_at(tape, given):
    assert posts_whole_and_balanced(slowly(tape, [EMPTY], **given)) == ()


@pytest.mark.parametrize("first", [[], [entry(SLOW)]])
def test_a_slow_payroll_may_be_posted_at_once_or_later(tape, first):
    assert posts_once(slowly(tape, [], first=first)) == ()


def test_a_slow_payroll_that_is_never_posted_is_found(tape):
    (finding,) = posts_once(slowly(tape, [], later=[]))
    assert "long in coming" in finding.seen


def test_a_slow_payroll_that_is_posted_from_two_reports_is_found(tape):
    both = [entry(SLOW), entry(SLOW, name="again")]
    (finding,) = posts_once(slowly(tape, [], first=both, later=both))
    assert SLOW in finding.seen


def test_who_never_asked_for_the_slow_report_is_judged_as_before(tape):
    one = [entry("p-1")]
    told = recording(tape, one, one, [*one, *NEW])
    slow = {"payroll": SLOW, "seconds": 2.5}
    assert posts_once(replace(told, situation={**told.situation, "slow": slow})) == ()
