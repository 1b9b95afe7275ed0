"""What a request creates: one thing, several, or none; and what is a look for it."""

from partner_qa.checks.creations import Creation, creations_of, is_look_for
from partner_qa.contract.names import CREATE_EMPLOYEE, CREATE_ENROLMENT, ENROL_IN_BULK, PROVISION

BULK = "/v1/company_benefits/b-1/employee_benefits"


def test_names_tell_people_apart_whatever_their_case(tape):
    sent = {"first_name": " Manon", "last_name": "POGGENPUHL", "date_of_birth": "1975-02-08"}
    call = tape.add(tape.employees, method="POST", operation=CREATE_EMPLOYEE, sent=sent)
    (one,) = creations_of(call)
    assert (one.kind, one.words, one.marks) == ("employees", "people", ("manon", "poggenpuhl"))


def test_each_row_in_bulk_that_may_be_new_is_one(tape):
    rows = [{"employee_uuid": "u-1"}, {"employee_uuid": "u-2", "action": "create"}, {"uuid": "e-3"}]
    call = tape.add(BULK, method="PUT", operation=ENROL_IN_BULK, sent={"employee_benefits": rows})
    found = {each.marks: each.is_doubled_by_repeating for each in creations_of(call)}
    assert found == {("u-1", "b-1"): False, ("u-2", "b-1"): True}


def test_an_enrolment_is_the_same_alone_and_in_bulk(tape):
    alone = tape.add(
        "/v1/employees/u-1/employee_benefits",
        method="POST",
        operation=CREATE_ENROLMENT,
        sent={"company_benefit_uuid": "b-1"},
    )
    row = {"employee_benefits": [{"employee_uuid": "u-1"}]}
    bulk = tape.add(BULK, method="PUT", operation=ENROL_IN_BULK, sent=row)
    assert creations_of(alone) == creations_of(bulk)


def test_a_new_company_is_told_by_an_e_mail(tape):
    sent = {"user": {"email": "Dolly@maypole.example "}, "company": {"name": "The Maypole Inn"}}
    (one,) = creations_of(tape.add("/v1/provision", method="POST", operation=PROVISION, sent=sent))
    assert one.marks == ("/v1/provision", "dolly@maypole.example")


def test_what_is_no_object_is_one_all_the_same(tape):
    call = tape.add("/v1/companies/c/time_tracking/things", method="POST", operation=None)
    assert [each.words for each in creations_of(call)] == ["things"]


def test_reads_and_changes_create_nothing(tape):
    assert creations_of(tape.add(tape.employees)) == frozenset()
    changed = tape.add("/v1/employees/u-1", method="PUT", operation="put-v1-employees", sent={"version": "1"})
    assert creations_of(changed) == frozenset()


def test_a_look_is_a_successful_read_of_the_same_kind(tape):
    wanted = [Creation(kind="employees", marks=("a", "b"))]
    assert is_look_for(tape.add(tape.employees), wanted)
    assert not is_look_for(tape.add(tape.employees, status=500), wanted)
    assert not is_look_for(tape.add(BULK), wanted)
