from dataclasses import replace

import pytest

from partner_qa.checks.benefits import enrols_once, reads_what_it_takes, withdraws_as_allowed
from partner_qa.contract.names import (
    CREATE_COMPANY_BENEFIT,
    CREATE_ENROLMENT,
    DELETE_ENROLMENT,
    ENROL_IN_BULK,
    LIST_BENEFITS,
    LIST_COMPANY_BENEFITS,
    LIST_ENROLMENTS,
    SHOW_BENEFIT,
    SHOW_REQUIREMENTS,
    UPDATE_COMPANY_BENEFIT,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

K401, BENEFIT, WHO = 5, "b-401k", "u-varden"
SHARE = {"type": "amount", "value": "50.00"}
ROW = {"employee_uuid": WHO, "employee_deduction": "100.00", "contribution": SHARE}
HELD = {**ROW, "company_benefit_uuid": BENEFIT, "active": True}
WISH = {
    "person_id": "varden",
    "benefit_type": K401,
    "employee_deduction": "100.00",
    "company_contribution": "50.00",
    "active": True,
}


class Plan:
    """An integration that enrols: reads, writes, and what the harness saw in Gusto after each window."""

    def __init__(self, tape):
        self.tape = tape
        self.notes = {"colleagues": {"varden": WHO}}

    def ask(self, operation, path, answered=None):
        return self.tape.add(path, operation=operation, answered=answered)

    def read_all(self, *, writable=True):
        self.ask(LIST_BENEFITS, "/v1/benefits", [{"benefit_type": K401, "writable_by_application": writable}])
        return self.ask(SHOW_REQUIREMENTS, f"/v1/benefits/{K401}/requirements", {})

    def write(self, row=None, **more):
        url, body = f"/v1/company_benefits/{BENEFIT}/employee_benefits", {"employee_benefits": [row or ROW]}
        return self.tape.add(url, method="PUT", operation=ENROL_IN_BULK, sent=body, **more)

    def audit(self, operation, rows):
        self.tape.add("/audit", kind=Kind.AUDIT, answered=rows)
        self.tape.exchanges[-1] = replace(self.tape.exchanges[-1], operation=operation)

    def window(self, name, held, *, wish=WISH, notices=None, does=lambda: None):
        self.notes[f"{name}_wishes"] = [wish]
        with self.tape.window(name):
            does()
            if notices is not None:
                self.tape.tells({"notices": [{"about": each} for each in notices]})
            self.audit(LIST_COMPANY_BENEFITS, [{"uuid": BENEFIT, "benefit_type": K401}])
            self.audit(LIST_ENROLMENTS, held)
        return self

    def recording(self):
        return self.tape.recording(situation={**self.notes, **self.tape.windows})

    def run(self):
        return replace(self.tape.run(), recordings=(self.recording(),))


@pytest.fixture
def plan(tape):
    return Plan(tape)


def test_reading_both_before_writing_is_fine(plan):
    plan.read_all()
    assert reads_what_it_takes(plan.window("first", [HELD], does=plan.write).run()) == ()


def test_reading_the_one_benefit_is_as_good_as_the_list(plan):
    plan.ask(SHOW_BENEFIT, f"/v1/benefits/{K401}", {"benefit_type": K401, "writable_by_application": True})
    plan.ask(SHOW_REQUIREMENTS, f"/v1/benefits/{K401}/requirements", {})
    assert reads_what_it_takes(plan.window("first", [HELD], does=plan.write).run()) == ()


@pytest.mark.parametrize(
    ("dropped", "words"), [(LIST_BENEFITS, "may write"), (SHOW_REQUIREMENTS, "requires")]
)
def test_writing_without_having_read_is_found(plan, dropped, words):
    plan.read_all()
    plan.window("first", [HELD], does=plan.write)
    run = plan.run()
    kept = tuple(each for each in run.recordings[0].exchanges if each.operation != dropped)
    (finding,) = reads_what_it_takes(replace(run, recordings=(run.recordings[0].with_exchanges(kept),)))
    assert words in finding.message


def test_requirements_of_another_kind_are_not_enough(plan):
    plan.ask(LIST_BENEFITS, "/v1/benefits", [])
    plan.ask(SHOW_REQUIREMENTS, "/v1/benefits/105/requirements", {})
    assert len(reads_what_it_takes(plan.window("first", [HELD], does=plan.write).run())) == 1


def test_reading_afterwards_is_too_late(plan):
    plan.window("first", [HELD], does=plan.write)
    plan.read_all()
    assert len(reads_what_it_takes(plan.run())) == 2


def test_writing_what_may_not_be_written_is_found(plan):
    plan.read_all(writable=False)
    plan.window("first", [HELD], does=lambda: plan.write(status=422))
    (finding,) = reads_what_it_takes(plan.run())
    assert "leave alone" in finding.message


def test_without_a_write_nothing_has_to_be_read(plan):
    plan.read_all(writable=False)
    with pytest.raises(NotObserved):
        reads_what_it_takes(plan.window("first", []).run())


def enrol(plan, first=(HELD,), again=(HELD,), row=None, does=lambda: None):
    plan.window("first", list(first), does=lambda: plan.write(row))
    return enrols_once(plan.window("again", list(again), does=does).recording())


def test_one_enrolment_after_two_wishes_is_fine(plan):
    assert enrol(plan) == ()


def test_the_same_amount_written_otherwise_is_fine(plan):
    held = {**HELD, "employee_deduction": "100.0", "contribution": {"type": "amount", "value": 50}}
    assert enrol(plan, [held], [held]) == ()


@pytest.mark.parametrize(("first", "again"), [([HELD], [HELD, HELD]), ([], [HELD]), ([HELD], [])])
def test_two_enrolments_or_none_are_found(plan, first, again):
    (finding,) = enrol(plan, first, again)
    assert "one enrolment" in finding.message


def test_one_that_is_no_longer_in_force_does_not_count(plan):
    assert enrol(plan, [HELD], [{**HELD, "active": False}, HELD]) == ()


def test_another_amount_is_found(plan):
    (finding,) = enrol(plan, again=[{**HELD, "contribution": {"type": "amount", "value": "5.00"}}])
    assert "amounts" in finding.message


@pytest.mark.parametrize("operation", [CREATE_COMPANY_BENEFIT, CREATE_ENROLMENT])
def test_creating_something_the_second_time_is_found(plan, operation):
    def create():
        plan.tape.add("/v1/new", method="POST", operation=operation, status=201, sent={})

    (finding,) = enrol(plan, does=create)
    assert "there already" in finding.message


def test_an_enrolment_in_the_place_of_a_deleted_one_is_fine(plan):
    def replace_it():
        plan.tape.add("/v1/employee_benefits/e", method="DELETE", operation=DELETE_ENROLMENT, status=204)
        plan.tape.add("/v1/new", method="POST", operation=CREATE_ENROLMENT, status=201, sent=ROW)

    assert enrol(plan, does=replace_it) == ()


@pytest.mark.parametrize(("contribution", "found"), [({}, 1), ({"contribution": SHARE}, 0)])
def test_the_older_fields_are_found_where_they_stand_alone(plan, contribution, found):
    row = {"employee_uuid": WHO, "company_contribution": "50.00", **contribution}
    assert len(enrol(plan, row=row)) == found


CHANGED = {**WISH, "employee_deduction": "110.00"}


def change(plan, *held, before=(), after=()):
    enrol(plan)
    plan.window("withdrawn", [HELD], notices=before)
    return enrols_once(plan.window("found", list(held), wish=CHANGED, notices=after).recording())


def test_a_changed_amount_in_the_enrolment_that_is_there_is_fine(plan):
    assert change(plan, {**HELD, "employee_deduction": "110.00"}) == ()


@pytest.mark.parametrize("held", [[HELD], [HELD, {**HELD, "employee_deduction": "110.00"}], []])
def test_an_amount_that_stays_and_a_second_enrolment_for_it_are_found(plan, held):
    (finding,) = change(plan, *held)
    assert "wish changes" in finding.message


@pytest.mark.parametrize(("before", "found"), [((), 0), (("partial_failure",), 1)])
def test_an_amount_that_could_not_be_changed_is_fine_where_that_is_news(plan, before, found):
    assert len(change(plan, HELD, before=before, after=("partial_failure",))) == found


def test_without_an_enrolment_nothing_can_be_twice(plan):
    plan.window("first", [], does=lambda: plan.write(status=422))
    with pytest.raises(NotObserved):
        enrols_once(plan.window("again", []).recording())


ENDING = {**WISH, "active": False}


def withdraw(plan, held, *, notices=("partial_failure",), refuses=True, does=lambda: None):
    plan.window("again", [HELD])
    fault = {"status": 422, "fault": "respond"} if refuses else {}
    plan.window("refused", [HELD], wish=ENDING, notices=notices, does=lambda: plan.write(**fault))
    return withdraws_as_allowed(plan.window("withdrawn", held, wish=ENDING, does=does).recording())


@pytest.mark.parametrize("held", [[], [{**HELD, "active": False}]])
def test_an_enrolment_that_has_ended_is_fine(plan, held):
    assert withdraw(plan, held) == ()


def test_an_enrolment_that_goes_on_is_found(plan):
    (finding,) = withdraw(plan, [HELD])
    assert "end an enrolment" in finding.message


def test_a_refusal_that_nobody_is_told_of_is_found(plan):
    (finding,) = withdraw(plan, [], notices=())
    assert "could not be ended" in finding.message


def test_where_nothing_was_refused_nothing_has_to_be_told(plan):
    assert withdraw(plan, [], notices=(), refuses=False) == ()


@pytest.mark.parametrize(("fault", "found"), [(None, 1), ("respond", 0)])
def test_disabling_what_is_used_is_found_unless_we_made_the_refusal(plan, fault, found):
    def disable():
        url = f"/v1/company_benefits/{BENEFIT}"
        plan.tape.add(url, method="PUT", operation=UPDATE_COMPANY_BENEFIT, status=422, fault=fault)

    assert len(withdraw(plan, [], does=disable)) == found


def test_what_cannot_be_told_is_named(plan):
    with pytest.raises(NotObserved) as caught:
        withdraw(plan, [], notices=None)
    assert "notices" in caught.value.missing[0]


def test_without_an_enrolment_none_can_be_given_up(plan):
    plan.window("again", [])
    with pytest.raises(NotObserved):
        withdraws_as_allowed(plan.window("withdrawn", [], wish=ENDING).recording())
