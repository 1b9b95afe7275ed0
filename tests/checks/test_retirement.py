from dataclasses import replace

import pytest

from partner_qa.checks.retirement import carries_retirement_rules
from partner_qa.contract.names import (
    LIST_COMPANY_BENEFITS,
    LIST_ELSEWHERE,
    LIST_ENROLMENTS,
    LIST_EXCLUSIONS,
    LIST_HIGH_EARNERS,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

HELD = {"employee_uuid": "u", "company_benefit_uuid": "b", "active": True, "catch_up": True}
WHOLE = {
    LIST_COMPANY_BENEFITS: [{"uuid": "b", "benefit_type": 5}],
    LIST_ENROLMENTS: [HELD],
    LIST_HIGH_EARNERS: [{"effective_year": 2026, "is_high_earner": True}],
    LIST_ELSEWHERE: [
        {"ytd_employee_deduction_amount": "5000.0", "ytd_company_contribution_amount": "1200.00"}
    ],
    LIST_EXCLUSIONS: [
        {"contribution_type": "Overtime", "excluded": False},
        {"contribution_type": "Bonus", "excluded": True},
    ],
}
WISH = {"person_id": "p", "benefit_type": 5, "employee_deduction": "1.00", "active": True, "catch_up": True}
LACKS = [
    (LIST_ENROLMENTS, [{**HELD, "catch_up": False}], "who may catch up"),
    (LIST_HIGH_EARNERS, [], "high earner"),
    (LIST_HIGH_EARNERS, [{"effective_year": 2025, "is_high_earner": True}], "high earner"),
    (LIST_HIGH_EARNERS, [{"effective_year": 2026, "is_high_earner": False}], "high earner"),
    (LIST_ELSEWHERE, [], "elsewhere"),
    (LIST_EXCLUSIONS, [{"contribution_type": "Bonus", "excluded": False}], "do not count"),
]


def judge(tape, changes=None, notices=()):
    with tape.window("first"):
        tape.tells({"notices": [{"about": each} for each in notices]})
        for operation, rows in {**WHOLE, **(changes or {})}.items():
            tape.add("/audit", kind=Kind.AUDIT, answered=rows)
            tape.exchanges[-1] = replace(tape.exchanges[-1], operation=operation)
    notes = {"colleagues": {"p": "u"}, "year": 2026, "first_wishes": [WISH]}
    return carries_retirement_rules(tape.recording(situation={**notes, **tape.windows}))


def test_a_401k_that_is_carried_whole_is_fine(tape):
    assert judge(tape) == ()


@pytest.mark.parametrize(("operation", "rows", "words"), LACKS)
def test_each_thing_that_gusto_does_not_know_is_found(tape, operation, rows, words):
    (finding,) = judge(tape, {operation: rows})
    assert words in finding.message


@pytest.mark.parametrize(("operation", "rows", "words"), LACKS)
def test_saying_so_is_as_good(tape, operation, rows, words):
    assert judge(tape, {operation: rows}, notices=["excluded"]) == ()


def test_saying_something_else_is_not(tape):
    assert len(judge(tape, {LIST_ELSEWHERE: []}, notices=["unmatched"])) == 1


def test_without_an_enrolment_there_are_no_rules(tape):
    with pytest.raises(NotObserved):
        judge(tape, {LIST_ENROLMENTS: []})
