from dataclasses import replace

import pytest

from partner_qa.checks.ledgers import posts_once, posts_whole_and_balanced
from partner_qa.contract.names import LIST_PAYROLLS
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

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
