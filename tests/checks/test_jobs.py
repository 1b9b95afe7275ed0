import pytest

from partner_qa.checks.jobs import names_the_right_job
from partner_qa.contract.names import (
    CREATE_TIME_SHEET,
    LIST_EMPLOYEES,
    LIST_TIME_SHEETS,
    SHOW_PAYROLL,
    UPDATE_PAYROLL,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Kind

JOBS = {"one": {"one-bar": "Barista"}, "two": {"two-desk": "Desk", "two-bar": "Barista"}}
PEOPLE = [
    {"uuid": who, "jobs": [{"uuid": job, "title": title} for job, title in each.items()]}
    for who, each in JOBS.items()
]


def shift(name, person, day, job=None):
    began = {"started_at": f"2026-11-{day}T09:00:00-07:00"}
    return {"id": name, "person_id": person, **began, **({"job": job} if job else {})}


SHIFTS = [
    shift("single", "p1", 10),
    shift("first", "p2", 11, "Desk"),
    shift("second", "p2", 12, "Barista"),
    shift("unknown", "p2", 13, "Lifeguard"),
    shift("untold", "p2", 14),
]
LINES = [
    {"person_id": "p2", "job": "Barista", "hours": "3.000"},
    {"person_id": "p2", "job": "Lifeguard", "hours": "2.000"},
]
RIGHT = {10: ("one", "one-bar"), 11: ("two", "two-desk"), 12: ("two", "two-bar")}


class Work:
    """What was sent, what Gusto ended up with, and what the customer was told."""

    def __init__(self, tape):
        self.tape = tape

    def audit(self, operation, answered):
        self.tape.add("/v1/audited", kind=Kind.AUDIT, operation=operation, answered=answered)

    def told(self, window, *notices):
        with self.tape.window(window):
            self.tape.tells({"notices": [{"about": each, "message": "-"} for each in notices]})
        return self

    def send(self, sheets):
        """Send a sheet for each day: of whom, and of which job."""
        for person, job in sheets.values():
            sent = {"entity_uuid": person, "job_uuid": job}
            self.tape.add("/v1/sheets", method="POST", status=201, sent=sent, operation=CREATE_TIME_SHEET)
        rows = [
            {"entity_uuid": person, "job_uuid": job, "shift_started_at": f"2026-11-{day}T16:00:00Z"}
            for day, (person, job) in sheets.items()
        ]
        self.audit(LIST_TIME_SHEETS, rows)
        return self

    def pay(self, **hours):
        """Update a payroll, after which it has these hours by job."""
        entries = [
            {"name": "Regular Hours", "job_uuid": f"two-{job}", "hours": each} for job, each in hours.items()
        ]
        row = {"employee_uuid": "two", "hourly_compensations": entries}
        sent = {"employee_compensations": [row]}
        self.tape.add("/v1/payrolls/p", method="PUT", sent=sent, operation=UPDATE_PAYROLL)
        self.audit(SHOW_PAYROLL, {"employee_compensations": [row, {"employee_uuid": "one"}]})
        return self

    def judge(self, people=PEOPLE):
        self.audit(LIST_EMPLOYEES, people)
        given = {"shifts": SHIFTS, "lines": LINES, "people": {"p1": "one", "p2": "two"}}
        recording = self.tape.recording()
        return names_the_right_job(self.tape.recording(situation={**recording.situation, **given}))


@pytest.fixture
def work(tape):
    return Work(tape)


def test_hours_of_the_jobs_that_were_worked_are_fine(work):
    assert work.send(RIGHT).told("hours").pay(bar="3.000", desk="0.000").told("payroll").judge() == ()


def test_a_job_may_be_assumed_where_the_customer_is_told(work):
    sheets = {**RIGHT, 13: ("two", "two-desk"), 14: ("two", "two-desk")}
    work.send(sheets).told("hours", "partial_failure")
    assert work.pay(bar="3.000", desk="2.000").told("payroll", "excluded").judge() == ()


@pytest.mark.parametrize(
    ("sheets", "words"),
    [
        ({11: ("two", "two-bar")}, "hours are sent for another job"),
        ({12: ("two", "two-desk")}, "hours are sent for another job"),
        ({13: ("two", "two-desk")}, "nobody is asked"),
        ({14: ("two", "two-desk")}, "nobody is asked"),
    ],
)
def test_each_hour_of_a_wrong_job_is_found(work, sheets, words):
    (finding,) = work.send({**RIGHT, **sheets}).told("hours").judge()
    assert words in finding.message


def test_a_job_of_somebody_elses_of_the_same_title_is_found(work):
    findings = work.send({**RIGHT, 12: ("two", "one-bar")}).told("hours").judge()
    assert "not the person's own" in findings[0].message


def test_hours_of_a_known_job_that_are_not_sent_are_found(work):
    (finding,) = work.send({10: RIGHT[10], 12: RIGHT[12]}).told("hours").judge()
    assert "not sent" in finding.message


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ({"bar": "0.000", "desk": "3.000"}, ["do not reach it"]),
        ({"bar": "5.000", "desk": "0.000"}, ["nobody is asked"]),
        ({"bar": "3.000", "desk": "2.000"}, ["nobody is asked"]),
        ({"bar": "0.000", "desk": "5.000"}, ["do not reach it", "nobody is asked"]),
    ],
)
def test_hours_of_a_wrong_job_in_a_payroll_are_found(work, hours, words):
    findings = work.pay(**hours).told("payroll").judge()
    assert [each in finding.message for each, finding in zip(words, findings, strict=True)] == [True] * len(
        words
    )


def test_without_hours_nothing_was_observed(work):
    with pytest.raises(NotObserved) as caught:
        work.judge()
    assert "send_hours" in caught.value.missing[0]


def test_without_somebody_who_has_two_jobs_nothing_was_observed(work):
    with pytest.raises(NotObserved):
        work.send(RIGHT).judge(people=PEOPLE[:1])
