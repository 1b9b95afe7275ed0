import pytest

from partner_qa.checks.payroll_syncs import (
    follows_syncs_to_their_end,
    takes_periods_from_gusto,
    tells_of_late_changes,
)
from partner_qa.contract.names import (
    CREATE_PAYROLL_SYNC,
    CREATE_TIME_SHEET,
    LIST_PAY_PERIODS,
    LIST_TIME_SHEETS,
    SHOW_PAYROLL_SYNC,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

FIRST = {"pay_schedule_uuid": "s-1", "start_date": "2026-11-14", "end_date": "2026-11-27"}
SECOND = {"pay_schedule_uuid": "s-2", "start_date": "2026-11-16", "end_date": "2026-11-30"}
PERIODS = {"success": FIRST, "failure": SECOND, "partial": SECOND}
STATUS = {"success": "success", "failure": "failure", "partial": "partial_success"}
WARNINGS = {"partial": ["Pauline Pittelkow: is not on this payroll."]}
TOLD = {
    "failure": [{"about": "sync_failed", "message": "in processing"}],
    "partial": [{"about": "partial_failure", "message": "Pauline Pittelkow: is not on this payroll."}],
}
LATE = {
    "id": "late",
    "person_id": "anna",
    "status": "approved",
    "started_at": "2026-11-23T08:00:00-07:00",
    "ended_at": "2026-11-23T17:00:00-07:00",
    "time_zone": "America/Denver",
}
SHEET = {
    "uuid": "sheet",
    "entity_uuid": "u-anna",
    "time_zone": "America/Denver",
    "shift_started_at": "2026-11-23T15:00:00Z",
    "shift_ended_at": "2026-11-23T23:00:00Z",
    "entries": [{"pay_classification": "Regular", "hours_worked": "8.000"}],
}


class Payday:
    """Three syncs on tape and a change that comes late; what is given stands instead of what is right."""

    def __init__(self, tape):
        self.tape = tape

    def ask(self, period):
        body = {
            "kind": "regular",
            "pay_schedule_uuid": period["pay_schedule_uuid"],
            "pay_period_start_date": period["start_date"],
            "pay_period_end_date": period["end_date"],
        }
        uuid = f"sync-{len(self.tape.exchanges)}"
        answered = {"uuid": uuid, "status": "pending"}
        self.tape.add(
            "/v1/s", method="POST", status=202, sent=body, answered=answered, operation=CREATE_PAYROLL_SYNC
        )
        return uuid

    def sync(self, window, *, period=None, says=None, told=None, looks=True):
        with self.tape.window(window):
            uuid = self.ask(period or PERIODS[window])
            warnings = WARNINGS.get(window, [])
            held = {"uuid": uuid, "status": STATUS[window], "warnings": warnings}
            shown = {"uuid": uuid, "status": says or STATUS[window], "warnings": []}
            if looks:
                self.tape.tells({"shifts": [], "syncs": [shown]})
                self.tape.tells({"notices": TOLD.get(window, []) if told is None else told})
            self.tape.audits(held, operation=SHOW_PAYROLL_SYNC)
            self.tape.audits([FIRST, SECOND], operation=LIST_PAY_PERIODS)
        return self

    def late(self, *, state="sent", told=()):
        with self.tape.window("late"):
            self.tape.tells({"shifts": [{"id": "late", "state": state, "time_sheet_uuid": "sheet"}]})
            self.tape.tells({"notices": [*TOLD["partial"], *told]})
            self.tape.audits([SHEET], operation=LIST_TIME_SHEETS)
        return self

    def recording(self):
        given = {
            "periods": PERIODS,
            "left_out": "Pittelkow",
            "people": {"anna": "u-anna"},
            "late_shifts": [LATE],
        }
        return self.tape.recording(situation={**self.tape.windows, **given})


@pytest.fixture
def payday(tape):
    return Payday(tape)


def all_three(payday, **changes):
    for window in PERIODS:
        payday.sync(window, **changes.get(window, {}))
    return payday


def test_periods_as_gusto_lists_them_are_fine(payday):
    assert takes_periods_from_gusto(all_three(payday).recording()) == ()


@pytest.mark.parametrize(
    "period",
    [
        {**SECOND, "pay_schedule_uuid": "s-1"},
        {**SECOND, "start_date": "2026-11-15"},
    ],
)
def test_a_period_that_gusto_does_not_have_is_found(payday, period):
    findings = takes_periods_from_gusto(all_three(payday, failure={"period": period}).recording())
    assert any("does not have" in each.message for each in findings)


def test_a_period_of_the_other_schedule_is_found(payday):
    (finding,) = takes_periods_from_gusto(all_three(payday, partial={"period": FIRST}).recording())
    assert "another period" in finding.message


def test_leaving_one_schedule_out_is_found(payday):
    (finding,) = takes_periods_from_gusto(payday.sync("success").recording())
    assert finding.seen == "no sync"


@pytest.mark.parametrize("check", [takes_periods_from_gusto, follows_syncs_to_their_end])
def test_who_may_ask_for_syncs_and_asks_for_none_is_not_judged(payday, check):
    with pytest.raises(NotObserved):
        check(payday.late().recording())


@pytest.mark.parametrize("check", [takes_periods_from_gusto, follows_syncs_to_their_end])
def test_who_sends_hours_and_leaves_syncs_to_the_admin_is_right(payday, check):
    with pytest.raises(NotObserved):
        check(payday.late().recording(), may_sync=False)
    payday.tape.add("/v1/t", method="POST", status=201, operation=CREATE_TIME_SHEET)
    assert check(payday.late().recording(), may_sync=False) == ()


def test_who_asks_for_syncs_without_the_scope_is_judged_by_them(payday):
    payday.tape.add("/v1/t", method="POST", status=201, operation=CREATE_TIME_SHEET)
    told = all_three(payday, partial={"period": FIRST}).recording()
    assert takes_periods_from_gusto(told, may_sync=False)


def test_outcomes_that_are_followed_and_told_are_fine(payday):
    assert follows_syncs_to_their_end(all_three(payday).recording()) == ()


@pytest.mark.parametrize(
    ("window", "change", "words"),
    [
        ("success", {"says": "in_progress"}, "counts as in_progress"),
        ("failure", {"says": "success"}, "counts as success"),
        ("failure", {"told": []}, "nobody is told of failure"),
        ("partial", {"told": []}, "nobody is told of partial_success"),
        ("partial", {"told": [{"about": "partial_failure", "message": "2 people"}]}, "who was left out"),
    ],
)
def test_each_outcome_that_is_lost_is_found(payday, window, change, words):
    (finding,) = follows_syncs_to_their_end(all_three(payday, **{window: change}).recording())
    assert words in finding.message


def test_success_needs_no_notice(payday):
    old = [{"about": "unmatched", "message": "one person waits"}]
    assert follows_syncs_to_their_end(all_three(payday, success={"told": old}).recording()) == ()


def test_without_trouble_nothing_is_seen(payday):
    with pytest.raises(NotObserved):
        follows_syncs_to_their_end(payday.sync("success").recording())


def test_without_a_look_nothing_is_seen(payday):
    with pytest.raises(NotObserved) as caught:
        follows_syncs_to_their_end(
            all_three(payday, **{each: {"looks": False} for each in PERIODS}).recording()
        )
    assert "observations.hours" in caught.value.missing[-1]


@pytest.mark.parametrize("state", ["refused", "withheld"])
def test_a_late_change_that_is_refused_is_fine(payday, state):
    assert tells_of_late_changes(all_three(payday).late(state=state).recording()) == ()


def test_a_late_change_that_is_told_is_fine(payday):
    told = [{"about": "late_change", "message": "add it to the next payroll"}]
    assert tells_of_late_changes(all_three(payday).late(told=told).recording()) == ()


@pytest.mark.parametrize("state", ["sent", "pending"])
def test_a_late_change_that_is_swallowed_is_found_whatever_was_told_before(payday, state):
    (finding,) = tells_of_late_changes(all_three(payday).late(state=state).recording())
    assert "Gusto has 8.000" in finding.seen


def test_a_late_change_is_judged_where_the_admin_had_the_payroll_take_the_hours(payday):
    with payday.tape.window("success"):
        payday.tape.audits({"uuid": "by-admin", "status": "success"}, operation=SHOW_PAYROLL_SYNC)
    with payday.tape.window("partial"):
        payday.tape.tells({"notices": TOLD["partial"]})
    assert len(tells_of_late_changes(payday.late().recording())) == 1
    assert tells_of_late_changes(payday.late(state="refused").recording()) == ()


def test_hours_that_gusto_would_not_take_are_told_with_its_reason(payday):
    why = [{"error_key": "base", "message": "No hours could be synced."}]
    held = {"uuid": "s", "status": "failure", "errors": why, "warnings": ["Anna: the shift has not ended."]}
    with payday.tape.window("success"):
        payday.tape.audits(held, operation=SHOW_PAYROLL_SYNC)
    with pytest.raises(NotObserved) as caught:
        tells_of_late_changes(payday.late().recording())
    assert "failure (No hours could be synced.; Anna: the shift has not ended.)" in str(caught.value)


def test_a_change_before_any_payroll_is_not_late(payday):
    with pytest.raises(NotObserved):
        tells_of_late_changes(payday.late().recording())


def test_a_late_change_needs_a_look(payday):
    all_three(payday)
    payday.tape.windows["late"] = [1, 0]
    with pytest.raises(NotObserved):
        tells_of_late_changes(payday.recording())


def test_the_tape_has_what_gusto_says_of_each_sync(payday):
    audits = all_three(payday).recording().of_kind(Kind.AUDIT)
    assert [each.operation for each in audits].count(SHOW_PAYROLL_SYNC) == len(PERIODS)
