"""A create whose answer was lost: looked up before it is repeated, never repeated, or made twice."""

from dataclasses import replace

import pytest

from partner_qa.checks.lost_creates import looks_before_creating_again
from partner_qa.contract.names import (
    CREATE_COMPANY_BENEFIT,
    CREATE_EMPLOYEE,
    CREATE_ENROLMENT,
    CREATE_TIME_SHEET,
    ENROL_IN_BULK,
    LIST_COMPANY_BENEFITS,
    LIST_EMPLOYEES,
    LIST_ENROLMENTS,
    LIST_TIME_SHEETS,
    PROVISION,
    SHOW_PAYROLL,
    UPDATE_PAYROLL,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

MANON = {"first_name": "Manon", "last_name": "Poggenpuhl"}
SHEET = {
    "entity_uuid": "u-1",
    "shift_started_at": "2026-11-18T22:00:00-10:00",
    "entries": [{"pay_classification": "Regular", "hours_worked": 1.0}],
}
OFFERS, SHEETS = "/v1/companies/c/company_benefits", "/v1/companies/c/time_tracking/time_sheets"
ENROLMENTS = "/v1/employees/u-1/employee_benefits"
OFFER, ENROLMENT = {"benefit_type": 105, "description": "Roth 401(k)"}, {"company_benefit_uuid": "b-1"}
PAYROLL = "/v1/companies/c/payrolls/p"
BULK = "/v1/company_benefits/b-1/employee_benefits"
KINDS = {
    "people": (CREATE_EMPLOYEE, "/v1/companies/c/employees", MANON),
    "time_sheets": (CREATE_TIME_SHEET, SHEETS, SHEET),
    "company_benefits": (CREATE_COMPANY_BENEFIT, OFFERS, OFFER),
    "enrolments": (CREATE_ENROLMENT, ENROLMENTS, ENROLMENT),
    "anything_else": ("post-v1-things", "/v1/companies/c/things", {"name": "one"}),
}
SHOWN = {
    "people": (LIST_EMPLOYEES, MANON),
    "time_sheets": (LIST_TIME_SHEETS, {**SHEET, "shift_started_at": "2026-11-19T08:00:00Z"}),
    "company_benefits": (LIST_COMPANY_BENEFITS, {"benefit_type": 105, "active": True}),
    "enrolments": (LIST_ENROLMENTS, {**ENROLMENT, "employee_uuid": "u-1", "active": True}),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(params=SHOWN)
def shown(request):
    return request.param


def create(tape, kind="people", changed=None, **more):
    operation, url, body = KINDS[kind]
    tape.add(url, method="POST", sent={**body, **(changed or {})}, operation=operation, **more)


def lose(tape, kind="people"):
    create(tape, kind, status=0, fault="drop_response")


def enrol(tape, **more):
    row = {"employee_uuid": "u-1", "employee_deduction": "9.00"} | more.pop("row", {})
    tape.add(BULK, method="PUT", operation=ENROL_IN_BULK, sent={"employee_benefits": [row]}, **more)


def look(tape, kind="people"):
    tape.add(KINDS[kind][1])


def audit(tape, kind, count, *, path="/audit", **changed):
    operation, row = SHOWN[kind]
    rows = [{"uuid": f"{kind}-{number}", **row, **changed} for number in range(count)]
    tape.add(path, kind=Kind.AUDIT, operation=operation, answered=rows, grant=None)


def judge(tape):
    return looks_before_creating_again(tape.run())


def test_never_creating_it_again_is_fine(tape, kind):
    lose(tape, kind)
    assert judge(tape) == ()


def test_looking_and_then_creating_is_fine(tape, kind):
    lose(tape, kind)
    look(tape, kind)
    create(tape, kind)
    assert judge(tape) == ()


def test_creating_it_again_at_once_is_found(tape, kind):
    lose(tape, kind)
    create(tape, kind)
    (finding,) = judge(tape)
    assert [each.sequence for each in finding.places] == [1, 2]


@pytest.mark.parametrize(
    "look",
    [
        {"status": 500},
        {"grant": "grant-2"},
        {"url": "/v1/companies/c/departments"},
        {"url": "/v1/employees/e1/jobs"},
        {"method": "PUT"},
    ],
)
def test_what_is_no_look_does_not_count(tape, look):
    lose(tape)
    tape.add(**{"url": tape.employees, **look})
    create(tape)
    assert len(judge(tape)) == 1


def test_who_takes_part_in_a_benefit_is_no_list_of_benefits(tape):
    lose(tape, "company_benefits")
    tape.add(BULK)
    create(tape, "company_benefits")
    assert len(judge(tape)) == 1


def test_a_look_after_it_comes_too_late(tape, kind):
    lose(tape, kind)
    create(tape, kind)
    look(tape, kind)
    assert len(judge(tape)) == 1


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("people", {"first_name": "Therese"}),
        ("time_sheets", {"shift_started_at": "2026-11-19T22:00:00-10:00"}),
        ("time_sheets", {"entries": [{"pay_classification": "Overtime", "hours_worked": 1.0}]}),
        ("company_benefits", {"benefit_type": 5}),
        ("enrolments", {"company_benefit_uuid": "b-2"}),
        ("anything_else", {"name": "another"}),
    ],
)
def test_creating_something_else_is_no_repetition(tape, kind, changed):
    lose(tape, kind)
    create(tape, kind, changed)
    assert judge(tape) == ()


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("people", {"email": "manon@poggenpuhl.example"}),
        ("time_sheets", {"metadata": {"try": 2}}),
        ("company_benefits", {"description": "Roth"}),
        ("enrolments", {"employee_deduction": "9.00"}),
    ],
)
def test_the_same_in_other_words_is_the_same(tape, kind, changed):
    lose(tape, kind)
    create(tape, kind, changed)
    assert len(judge(tape)) == 1


def test_reading_one_of_them_is_a_look(tape):
    lose(tape)
    tape.add("/v1/employees/e1", operation="get-v1-employees")
    create(tape)
    assert judge(tape) == ()


@pytest.mark.parametrize("url", [BULK, "/v1/company_benefits/b-1?with_employee_benefits=true"])
def test_who_takes_part_is_read_in_more_ways_than_one(tape, url):
    lose(tape, "enrolments")
    tape.add(url)
    create(tape, "enrolments")
    assert judge(tape) == ()


@pytest.mark.parametrize("fault", [None, "respond"])
def test_creates_that_were_answered_prove_nothing(tape, kind, fault):
    create(tape, kind, fault=fault)
    with pytest.raises(NotObserved):
        judge(tape)


def test_a_lost_refresh_is_another_items_business(tape):
    tape.refresh("token", status=0, fault="drop_response")
    with pytest.raises(NotObserved):
        judge(tape)


def test_an_update_that_was_lost_creates_nothing(tape):
    enrol(tape, row={"uuid": "e-1"}, status=0, fault="drop_response")
    with pytest.raises(NotObserved):
        judge(tape)


# in bulk, Gusto updates whoever takes part: what is sent twice is there once


def test_enrolling_in_bulk_may_be_repeated(tape):
    enrol(tape, status=0, fault="drop_response")
    enrol(tape)
    audit(tape, "enrolments", 1)
    assert judge(tape) == ()


@pytest.mark.parametrize("again", ["in bulk", "alone"])
def test_rows_that_say_create_may_not(tape, again):
    enrol(tape, row={"action": "create"}, status=0, fault="drop_response")
    if again == "alone":
        create(tape, "enrolments")
    else:
        enrol(tape, row={"action": "create"})
    assert len(judge(tape)) == 1


def test_a_lost_enrolment_may_be_repeated_in_bulk(tape):
    lose(tape, "enrolments")
    enrol(tape)
    assert judge(tape) == ()


# what Gusto holds in the end


def test_one_of_each_in_the_end_is_fine(tape, shown):
    lose(tape, shown)
    look(tape, shown)
    audit(tape, shown, 1)
    assert judge(tape) == ()


def test_two_in_the_end_are_found_however_that_came_about(tape, shown):
    lose(tape, shown)
    look(tape, shown)
    create(tape, shown)
    audit(tape, shown, 2)
    (finding,) = judge(tape)
    assert finding.seen == "Gusto holds 2 in the end"


def test_what_stood_there_before_is_not_counted(tape, shown):
    audit(tape, shown, 1)
    lose(tape, shown)
    audit(tape, shown, 2)
    assert judge(tape) == ()


def test_what_was_put_right_by_the_last_look_is_fine(tape):
    lose(tape, "company_benefits")
    audit(tape, "company_benefits", 2)
    audit(tape, "company_benefits", 1)
    assert judge(tape) == ()


def test_lists_of_several_benefits_are_added_up(tape):
    lose(tape, "enrolments")
    audit(tape, "enrolments", 1, path="/v1/company_benefits/b-2/employee_benefits", uuid="x")
    audit(tape, "enrolments", 1, path=BULK)
    assert len(judge(tape)) == 1


@pytest.mark.parametrize("changed", [{"active": False}, {"benefit_type": 5}])
def test_what_is_over_or_something_else_is_not_counted(tape, changed):
    lose(tape, "company_benefits")
    audit(tape, "company_benefits", 2, **changed)
    assert judge(tape) == ()


def test_what_another_company_holds_is_not_counted(tape):
    create(tape, status=0, fault="drop_response", company=tape.other)
    audit(tape, "people", 2)
    assert judge(tape) == ()


# an update of a payroll adds a line without a UUID each time that its version is good


def pay_back(tape, line=None, **more):
    line = {"amount": "12.35", "description": "Ferry", **(line or {})}
    sent = {"employee_compensations": [{"employee_uuid": "u-1", "version": "v1", "reimbursements": [line]}]}
    tape.add(PAYROLL, method="PUT", operation=UPDATE_PAYROLL, sent=sent, **more)


def audit_lines(tape, *lines):
    rows = [{"uuid": f"r-{at}", **line} for at, line in enumerate(lines)]
    told = {"employee_compensations": [{"employee_uuid": "u-1", "reimbursements": rows}]}
    tape.add(PAYROLL, kind=Kind.AUDIT, operation=SHOW_PAYROLL, answered=told, grant=None)


FERRY, TAXI = {"amount": "12.35", "description": "Ferry"}, {"amount": "20.00", "description": "Taxi"}


@pytest.mark.parametrize("held", [(FERRY, TAXI), ({**FERRY, "amount": "0.00"}, FERRY), (TAXI,)])
def test_an_expense_that_stands_there_once_is_fine(tape, held):
    pay_back(tape, status=0, fault="drop_response")
    pay_back(tape, status=409)
    audit_lines(tape, *held)
    assert judge(tape) == ()


def test_an_expense_that_stands_there_twice_is_found(tape):
    pay_back(tape, status=0, fault="drop_response")
    tape.add(PAYROLL)
    pay_back(tape)
    audit_lines(tape, FERRY, TAXI, FERRY)
    (finding,) = judge(tape)
    assert "reimbursements" in finding.message


@pytest.mark.parametrize("line", [{"uuid": "r-1"}, {"amount": "0.00"}])
def test_a_line_that_is_only_changed_is_no_create(tape, line):
    pay_back(tape, line, status=0, fault="drop_response")
    with pytest.raises(NotObserved):
        judge(tape)


# a company that was just founded cannot be read: whoever wants it is asked


def found(tape, email="barnaby@maypole.example", **more):
    sent = {"user": {"first_name": "Barnaby", "email": email}, "company": {"name": "The Maypole Inn"}}
    given = {"grant": "system-1", "company": None, **more}
    tape.add("/v1/provision", method="POST", operation=PROVISION, sent=sent, **given)


def lose_company(tape, **more):
    found(tape, status=0, fault="drop_response", **more)
    tape.add("action:provision_company", kind=Kind.ACTION, during="provision_company")


def press(tape, *, after=1.0, **facts):
    """Ask once more, before the request that follows from it; an action is written down when it ends."""
    tape.add(
        "action:provision_company", kind=Kind.ACTION, during="provision_company", facts=facts, after=after
    )


def test_a_company_that_is_asked_for_once_more_is_fine(tape):
    lose_company(tape)
    press(tape)
    found(tape, status=422)
    assert judge(tape) == ()


def test_a_company_that_is_never_asked_for_again_is_fine(tape):
    lose_company(tape)
    assert judge(tape) == ()


@pytest.mark.parametrize("grant", ["system-1", "system-2"])
def test_a_company_that_is_founded_again_unasked_is_found(tape, grant):
    found(tape, status=0, fault="drop_response")
    found(tape, email="Barnaby@maypole.example", status=422, grant=grant)
    (finding,) = judge(tape)
    assert "ask the user" in finding.message


def test_being_asked_how_it_goes_is_not_being_asked_once_more(tape):
    found(tape, status=0, fault="drop_response")
    press(tape, polls=3)
    found(tape, status=422)
    assert len(judge(tape)) == 1


def test_the_press_that_was_under_way_is_not_another(tape):
    found(tape, status=0, fault="drop_response")
    found(tape, status=422)
    press(tape)
    begun = replace(tape.exchanges[-1], started=tape.exchanges[0].started)
    tape.exchanges[-1] = begun
    assert len(judge(tape)) == 1


def test_another_e_mail_is_another_company(tape):
    found(tape, status=0, fault="drop_response")
    found(tape, email="dolly@maypole.example")
    assert judge(tape) == ()
