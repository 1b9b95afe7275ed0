from dataclasses import replace

import pytest

from partner_qa.checks.time import (
    carries_corrections_over,
    reads_people_before_hours,
    sends_approved_hours_only,
    sends_each_shift_once,
    sends_time_sheets,
)
from partner_qa.contract.names import (
    CREATE_TIME_SHEET,
    LIST_TIME_SHEETS,
    UPDATE_PAYROLL,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

PEOPLE = {"anna": "u-anna", "unconfirmed": "u-stranger"}
VALID = {
    "entity_type": "Employee",
    "entity_uuid": "u-anna",
    "time_zone": "America/Denver",
    "shift_started_at": "2026-11-16T08:00:00-07:00",
    "shift_ended_at": "2026-11-16T17:00:00-07:00",
    "entries": [{"pay_classification": "Regular", "hours_worked": 8.333}],
}


def shift(name, day, *, person="anna", hours=9, status="approved"):
    start, end = f"2026-11-{day}T08:00:00-07:00", f"2026-11-{day}T{8 + hours:02d}:00:00-07:00"
    zone = "America/Denver"
    return {
        "id": name,
        "person_id": person,
        "status": status,
        "started_at": start,
        "ended_at": end,
        "time_zone": zone,
    }


def sheet(day, *, hours="9.000", entity="u-anna", uuid=None):
    return {
        "uuid": uuid or f"sheet-{day}",
        "entity_uuid": entity,
        "time_zone": "America/Denver",
        "shift_started_at": f"2026-11-{day}T15:00:00Z",
        "shift_ended_at": f"2026-11-{day}T23:30:00Z",
        "entries": [{"pay_classification": "Regular", "hours_worked": hours}],
    }


SHIFTS = [
    shift("kept", 16),
    shift("shortened", 17),
    shift("deleted", 18),
    shift("waiting", 19, status="pending"),
    shift("stranger", 16, person="unconfirmed"),
]
CORRECTED = [
    shift("kept", 16),
    shift("shortened", 17, hours=5),
    shift("waiting", 19),
    shift("stranger", 16, person="unconfirmed"),
]
FIRST = [sheet(16), sheet(17), sheet(18)]
LAST = [sheet(16), sheet(17, hours="5.000"), sheet(19)]


class Week:
    """A week on tape: sheets in Gusto after the first, the second and the last sending."""

    def __init__(self, tape):
        self.tape = tape

    def posts(
        self, body=None, *, operation=CREATE_TIME_SHEET, status=201, answered=None, during="send_hours"
    ):
        sent = self.tape.add(
            "/v1/anything",
            method="POST",
            operation=operation,
            status=status,
            sent=VALID if body is None else body,
            answered=answered,
        )
        self.tape.exchanges[-1] = replace(sent, during=during)
        return self

    def ends(self, first=(), again=None, corrected=()):
        for window, held in (
            ("first", first),
            ("again", first if again is None else again),
            ("corrected", corrected),
        ):
            with self.tape.window(window):
                self.tape.audits(list(held), operation=LIST_TIME_SHEETS)
        given = {"people": PEOPLE, "shifts": SHIFTS, "corrected_shifts": CORRECTED}
        return self.tape.recording(situation={**self.tape.windows, **given})


@pytest.fixture
def week(tape):
    return Week(tape)


def test_time_sheets_alone_are_fine(week):
    assert sends_time_sheets(week.posts().ends()) == ()


@pytest.mark.parametrize("during", ["send_hours", None])
def test_hours_in_a_payroll_are_found_even_when_they_are_refused(week, during):
    body = {"employee_compensations": [{"hourly_compensations": [{"name": "Regular Hours", "hours": "8"}]}]}
    week.posts().posts(body, operation=UPDATE_PAYROLL, status=403, during=during)
    (finding,) = sends_time_sheets(week.ends())
    assert "payroll" in finding.message


@pytest.mark.parametrize(
    ("body", "during"),
    [
        ({"employee_compensations": [{"fixed_compensations": [{"name": "Bonus"}]}]}, "send_hours"),
        ({"employee_compensations": [{"hourly_compensations": [{"hours": "8"}]}]}, "update_payroll"),
    ],
)
def test_other_payroll_updates_are_none_of_its_business(week, body, during):
    week.posts().posts(body, operation=UPDATE_PAYROLL, status=200, during=during)
    assert sends_time_sheets(week.ends()) == ()


def test_without_a_time_sheet_nothing_is_seen(week):
    with pytest.raises(NotObserved):
        sends_time_sheets(week.posts(status=422).ends())


def test_people_first_is_fine(week):
    week.tape.add(week.tape.employees)
    assert reads_people_before_hours(week.posts().ends(FIRST)) == ()


def test_hours_before_people_are_found(week):
    week.posts().tape.add(week.tape.employees)
    (finding,) = reads_people_before_hours(week.ends(FIRST))
    assert "before anybody was read" in finding.message


@pytest.mark.parametrize("entity", ["u-stranger", "u-somebody-else"])
def test_hours_of_somebody_unmatched_are_found(week, entity):
    week.tape.add(week.tape.employees)
    (finding,) = reads_people_before_hours(week.posts().ends([*FIRST, sheet(16, entity=entity)]))
    assert "nobody matched" in finding.message


def test_without_hours_the_order_is_not_seen(week):
    week.tape.add(week.tape.employees)
    with pytest.raises(NotObserved):
        reads_people_before_hours(week.ends())


@pytest.mark.parametrize("uuid", ["sheet-17", "a new sheet instead of it"])
def test_a_correction_may_change_the_sheet_or_replace_it(week, uuid):
    last = [sheet(16), sheet(17, hours="5.000", uuid=uuid)]
    assert carries_corrections_over(week.ends(FIRST, corrected=last)) == ()


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ([*LAST, sheet(18)], "deleted shift still stands"),
        ([sheet(16), sheet(17)], "did not arrive"),
        ([sheet(16)], "did not arrive"),
        ([*LAST, sheet(17, uuid="old")], "stands twice"),
    ],
)
def test_what_is_left_of_before_is_found(week, last, words):
    (finding,) = carries_corrections_over(week.ends(FIRST, corrected=last))
    assert words in finding.message


def test_what_was_never_sent_cannot_be_corrected(week):
    with pytest.raises(NotObserved):
        carries_corrections_over(week.ends([sheet(16)], corrected=LAST))


def test_the_same_sheets_after_the_same_shifts_are_fine(week):
    assert sends_each_shift_once(week.ends(FIRST)) == ()


def test_second_sheets_are_found(week):
    (finding,) = sends_each_shift_once(week.ends(FIRST, again=[*FIRST, sheet(16, uuid="second")]))
    assert finding.seen == "1 shift has more time sheets than before: kept"


@pytest.mark.parametrize(
    ("number", "ends"), [(5, "s1, s2, s3, s4, s5"), (7, "s1, s2, s3, s4, s5 and 2 more")]
)
def test_how_many_shifts_are_doubled_beside_those_named_is_said(week, monkeypatch, number, ends):
    days = range(11, 11 + number)
    monkeypatch.setitem(globals(), "SHIFTS", [shift(f"s{day - 10}", day) for day in days])
    first = [sheet(day, uuid=f"sheet-{day}") for day in days]
    (finding,) = sends_each_shift_once(
        week.ends(first, again=[*first, *(sheet(day, uuid=f"second-{day}") for day in days)])
    )
    assert finding.seen == f"{number} shifts have more time sheets than before: {ends}"


def test_a_shift_in_two_sheets_is_no_double(week):
    halves = [sheet(16, hours="4.500", uuid="a"), sheet(16, hours="4.500", uuid="b")]
    assert sends_each_shift_once(week.ends(halves)) == ()


def test_without_a_first_sheet_there_is_no_second(week):
    with pytest.raises(NotObserved):
        sends_each_shift_once(week.ends([]))


def test_a_shift_that_is_sent_once_it_is_approved_is_fine(week):
    assert sends_approved_hours_only(week.ends(FIRST, corrected=LAST)) == ()


def test_a_shift_that_waits_and_stands_is_found(week):
    (finding,) = sends_approved_hours_only(week.ends([*FIRST, sheet(19)], corrected=LAST))
    assert finding.message.endswith("is pending")


def test_a_shift_that_was_rejected_and_stands_is_found(week, monkeypatch):
    monkeypatch.setitem(CORRECTED[0], "status", "rejected")
    (finding,) = sends_approved_hours_only(week.ends(FIRST, corrected=LAST))
    assert finding.message.endswith("is rejected")


def test_sending_nothing_at_all_proves_nothing(week):
    with pytest.raises(NotObserved) as caught:
        sends_approved_hours_only(week.ends(FIRST, corrected=[sheet(16)]))
    assert "waiting: not told" in str(caught.value)


@pytest.mark.parametrize(
    "check", [carries_corrections_over, sends_each_shift_once, sends_approved_hours_only]
)
def test_without_reading_gusto_nothing_is_judged(tape, check):
    with pytest.raises(NotObserved):
        check(tape.recording())


def test_a_sheet_of_no_readable_beginning_is_nobodys_fault(week):
    with pytest.raises(NotObserved):
        sends_each_shift_once(week.ends([{**sheet(16), "shift_started_at": None}]))


def test_an_audit_is_told_from_the_integrations_own_reads(week):
    week.tape.add("/v1/anything", operation=LIST_TIME_SHEETS, answered=[sheet(16)])
    assert week.tape.exchanges[-1].kind is Kind.API
    with pytest.raises(NotObserved):
        sends_each_shift_once(week.tape.recording(situation={"first": [1, 1], "again": [1, 1]}))
