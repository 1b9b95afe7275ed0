import pytest

from partner_qa.checks.payroll import (
    chooses_the_next_payroll,
    leaves_out_the_ineligible,
    leaves_running_to_gusto,
    prepares_before_it_writes,
)
from partner_qa.errors import NotObserved

NOTHING = ()


def wrote(payday, window="first", *, payroll="p-next", person="shared"):
    with payday.tape.window(window):
        payday.asked()
        payday.prepare(payday.row(), payroll=payroll)
        payday.update(payday.row(person), payroll=payroll)
        payday.audit(payday.row())


def test_the_payroll_that_is_next_to_run_is_right(payday):
    wrote(payday)
    assert chooses_the_next_payroll(payday.recording()) == ()


@pytest.mark.parametrize(
    ("payroll", "words"), [("p-off", "an off-cycle payroll"), ("p-later", "another payroll")]
)
def test_any_other_payroll_is_found(payday, payroll, words):
    wrote(payday)
    wrote(payday, "repeated", payroll=payroll)
    (finding,) = chooses_the_next_payroll(payday.recording())
    assert finding.key == words
    assert [place.sequence for place in finding.places] == [7]


@pytest.mark.parametrize(
    ("payroll", "told", "count"),
    [("p-later", ["late_change"], 0), ("p-later", [], 1), ("p-off", ["late_change"], 1)],
)
def test_what_is_late_goes_on_only_where_the_customer_is_told(payday, payroll, told, count):
    wrote(payday)
    with payday.tape.window("late"):
        payday.prepare(payday.row(), payroll=payroll)
        payday.update(payday.row(), payroll=payroll)
        payday.notices(*told)
    assert len(chooses_the_next_payroll(payday.recording())) == count


@pytest.mark.parametrize(
    "check", [chooses_the_next_payroll, prepares_before_it_writes, leaves_out_the_ineligible]
)
def test_without_an_update_nothing_is_known(payday, check):
    payday.prepare(payday.row())
    with pytest.raises(NotObserved) as caught:
        check(payday.recording())
    assert "update_payroll" in caught.value.missing[0]


def test_one_prepare_before_each_update_is_right(payday):
    wrote(payday)
    wrote(payday, "repeated")
    assert prepares_before_it_writes(payday.recording()) == ()


@pytest.mark.parametrize("how", [{"status": 422}, {"payroll": "p-off"}, {"elapsed": 5.0, "after": 0.0}])
def test_a_prepare_that_failed_or_was_of_another_or_came_too_late_is_none(payday, how):
    payday.prepare(payday.row(), **how)
    if "elapsed" in how:
        payday.tape.at -= 4.5
    payday.update(payday.row())
    (finding,) = prepares_before_it_writes(payday.recording())
    assert finding.key == "unprepared"


@pytest.mark.parametrize(("times", "count"), [(1, 0), (2, 0), (3, 1)])
def test_to_show_and_to_write_are_two_prepares_and_a_third_is_polling(payday, times, count):
    for _ in range(times):
        payday.prepare(payday.row())
    payday.update(payday.row())
    assert len(prepares_before_it_writes(payday.recording())) == count


def test_actions_that_find_nothing_to_write_look_each_for_themselves(payday):
    for _ in range(3):
        payday.asked()
        payday.prepare(payday.row())
    payday.update(payday.row())
    assert prepares_before_it_writes(payday.recording()) == ()


def test_pages_and_people_by_name_are_no_polling(payday):
    for page in (1, 2, 3):
        payday._call(
            f"/prepare?page={page}",
            "put-v1-companies-company_id-payrolls-payroll_id-prepare",
            payroll="p-next",
            answered={"employee_compensations": [payday.row()]},
        )
    for name in ("a", "b", "c"):
        payday.prepare(payday.row(), sent={"employee_uuids": [name]})
    payday.update(payday.row())
    assert prepares_before_it_writes(payday.recording()) == ()


def left_out(payday, *, told, person="shared"):
    with payday.tape.window("first"):
        payday.asked()
        payday.prepare(payday.row())
        payday.update(payday.row(person))
        if told is not None:
            payday.notices(*told)
    return payday.recording()


@pytest.mark.parametrize("about", ["excluded", "partial_failure", "unmatched", "onboarding_needed"])
def test_who_is_not_on_the_payroll_is_left_out_and_it_is_said(payday, about):
    assert leaves_out_the_ineligible(left_out(payday, told=[about])) == ()


def test_a_row_for_somebody_who_left_is_found(payday):
    (finding,) = leaves_out_the_ineligible(left_out(payday, told=["excluded"], person="gone"))
    assert "leave out" in finding.message


def test_silence_about_who_was_left_out_is_found(payday):
    (finding,) = leaves_out_the_ineligible(left_out(payday, told=[]))
    assert "tell the customer" in finding.message


def test_a_sync_that_says_it_failed_has_told_it(payday):
    with payday.tape.window("first"):
        payday.asked("failed")
        payday.prepare(payday.row())
        payday.update(payday.row())
    assert leaves_out_the_ineligible(payday.recording()) == ()


def test_without_notices_nobody_knows_what_was_said(payday):
    with pytest.raises(NotObserved) as caught:
        leaves_out_the_ineligible(left_out(payday, told=None))
    assert "observations.notices" in caught.value.missing[0]


def test_without_anybody_written_for_leaving_out_proves_nothing(payday):
    with payday.tape.window("first"):
        payday.prepare(payday.row())
        payday.update(payday.row(), status=422)
        payday.notices("excluded")
    with pytest.raises(NotObserved):
        leaves_out_the_ineligible(payday.recording())


def suspended(payday, *, told=NOTHING, state=None, status="failed"):
    with payday.tape.window("suspended"):
        payday.asked(status)
        payday.prepare(status=422)
        if told is not None:
            payday.notices(*told)
        if state:
            payday.tape.tells({"state": state, "company_uuid": None, "company_name": None})
    return payday.recording()


def test_a_notice_or_a_suspended_connection_says_that_payroll_is_blocked(payday):
    assert leaves_running_to_gusto(suspended(payday, told=["blocked"])) == ()
    assert leaves_running_to_gusto(suspended(payday, state="suspended")) == ()


def test_where_nothing_can_be_looked_at_a_failed_action_says_it(payday):
    assert leaves_running_to_gusto(suspended(payday, told=None)) == ()


def test_a_block_that_nobody_hears_of_is_found(payday):
    (finding,) = leaves_running_to_gusto(suspended(payday, told=["sync_failed"], status="done"))
    assert "blocks" in finding.message


def test_a_company_that_was_never_suspended_shows_nothing(payday):
    wrote(payday)
    with pytest.raises(NotObserved):
        leaves_running_to_gusto(payday.recording())


def test_success_without_anything_to_look_at_is_not_known(payday):
    with pytest.raises(NotObserved):
        leaves_running_to_gusto(suspended(payday, told=None, status="done"))


@pytest.mark.parametrize("verb", ["calculate", "submit", "cancel"])
def test_running_a_payroll_is_found_whatever_gusto_answers(payday, verb):
    payday._call(f"/{verb}", None, payroll="p-next", method="PUT", status=404)
    (finding,) = leaves_running_to_gusto(suspended(payday, told=["blocked"]))
    assert "admin" in finding.message
