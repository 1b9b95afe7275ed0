"""Does the integration say which of somebody's jobs was worked, and ask where it cannot know?

The check looks at the scenario `somebody_with_two_jobs`. Its situation holds the `shifts` and `lines` that
the integration was given and `people` (the partner's id → the UUID in Gusto); what Gusto ended up with was
read with a grant of the harness's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from partner_qa.checks import traffic
from partner_qa.checks.traffic import rows_of
from partner_qa.contract.names import (
    CREATE_TIME_SHEET,
    LIST_EMPLOYEES,
    LIST_TIME_SHEETS,
    SHOW_PAYROLL,
    UPDATE_PAYROLL,
    UPDATE_TIME_SHEET,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Recording

Row = Mapping[str, Json]
Jobs = Mapping[str, Mapping[str, str]]  # by person: titles by the job's UUID
_PEOPLE = "employee_compensations"
_ENTRIES = ("hourly_compensations", "fixed_compensations")
_SILENT = "hours of a job that nobody named, or that Gusto has not, are {} for another, and nobody is asked"


def names_the_right_job(recording: Recording) -> tuple[Finding, ...]:
    """Judge that hours are of the job that was worked, a job its own person's, and that it is asked in doubt.

    Hours of which the job is not certain may wait, or go to some job where the customer is told at once.
    Source: https://gusto.com/about/bd/employee-sync
    """
    jobs = _find_jobs(recording)
    wrong: dict[str, list[Exchange]] = {}
    for call, person, job in _find_writes(recording):
        if job not in jobs.get(person, {}):
            wrong.setdefault("a job is sent that is not the person's own", []).append(call)
    sheets = [call for call in traffic.api_calls(recording, CREATE_TIME_SHEET) if traffic.is_success(call)]
    updates = [call for call in traffic.api_calls(recording, UPDATE_PAYROLL) if traffic.is_success(call)]
    if not sheets and not updates and not wrong:
        missing = ("actions.send_hours, or actions.update_payroll, in partner.yaml",)
        raise NotObserved("no hours of anybody reached Gusto", missing=missing)
    for words in _judge_sheets(recording, jobs) if sheets else ():
        wrong.setdefault(words, sheets)
    for words in _judge_payroll(recording, jobs) if updates else ():
        wrong.setdefault(words, updates)
    return tuple(_finding(recording, words, calls) for words, calls in wrong.items())


def _finding(recording: Recording, words: str, calls: list[Exchange]) -> Finding:
    return Finding(
        check="names_the_right_job",
        message=f"does not name the right job: {words}",
        places=traffic.places(recording, calls),
        expected="each hour under the person's own job of that title; what is not certain waits",
        seen=words,
        hint="keep the jobs of each person by UUID and title, choose by title among the person's own, and "
        "hold back hours whose job you do not know",
        key=words,
    )


def _find_jobs(recording: Recording) -> Jobs:
    people = traffic.audited(recording, LIST_EMPLOYEES)
    jobs = {
        str(person.get("uuid")): {
            str(job["uuid"]): str(job.get("title")) for job in rows_of(person.get("jobs"))
        }
        for person in people
    }
    if not any(len(each) > 1 for each in jobs.values()):
        raise NotObserved("somebody with two jobs was never there", missing=traffic.RECORD_AGAIN)
    return jobs


def _find_writes(recording: Recording) -> Iterator[tuple[Exchange, str, str]]:
    """Find each job that was written, and for whom."""
    for call in traffic.api_calls(recording, CREATE_TIME_SHEET, UPDATE_TIME_SHEET, UPDATE_PAYROLL):
        sent = traffic.json_of(call.request.body)
        if not isinstance(sent, dict):
            continue
        if sent.get("entity_uuid") and sent.get("job_uuid"):
            yield call, str(sent["entity_uuid"]), str(sent["job_uuid"])
        for row in rows_of(sent.get(_PEOPLE)):
            for entry in (
                each for name in _ENTRIES for each in rows_of(row.get(name)) if each.get("job_uuid")
            ):
                yield call, str(row.get("employee_uuid")), str(entry["job_uuid"])


def _judge_sheets(recording: Recording, jobs: Jobs) -> Iterator[str]:
    """Compare the shifts with the time sheets that Gusto ended up with: by person, and by when they began."""
    people = recording.situation.get("people")
    uuids = people if isinstance(people, dict) else {}
    held = traffic.audited(recording, LIST_TIME_SHEETS)
    is_told = bool(traffic.notices_in(recording, "hours"))
    for shift in rows_of(recording.situation.get("shifts")):
        person = str(uuids.get(str(shift["person_id"])))
        titles = {
            jobs.get(person, {}).get(str(sheet.get("job_uuid")))
            for sheet in held
            if sheet.get("entity_uuid") == person and _is_same_moment(sheet, shift)
        }
        own = set(jobs.get(person, {}).values())
        wanted = {str(shift["job"])} if shift.get("job") else own
        if len(wanted) == 1 and wanted <= own:
            if titles != wanted:
                yield "hours are sent for another job" if titles else "hours of a known job are not sent"
        elif titles and not is_told:
            yield _SILENT.format("sent")


def _is_same_moment(sheet: Row, shift: Row) -> bool:
    given = (str(sheet.get("shift_started_at")), str(shift.get("started_at")))
    first, second = (datetime.fromisoformat(each) for each in given)
    return first == second


def _judge_payroll(recording: Recording, jobs: Jobs) -> Iterator[str]:
    """Compare the lines with the hours that the payroll ended up with: each job has its own."""
    lines = rows_of(recording.situation.get("lines"))
    people = recording.situation.get("people")
    uuids = people if isinstance(people, dict) else {}
    person = str(uuids.get(str(lines[0]["person_id"]))) if lines else ""
    own = jobs.get(person, {})
    hours = {title: Decimal(0) for title in own.values()}
    for row in (
        each for page in traffic.audited(recording, SHOW_PAYROLL) for each in rows_of(page.get(_PEOPLE))
    ):
        if row.get("employee_uuid") == person:
            for entry in rows_of(row.get("hourly_compensations")):
                title = own.get(str(entry.get("job_uuid")), "")
                hours[title] = hours.get(title, Decimal(0)) + Decimal(str(entry.get("hours") or 0))
    surplus = sum(hours.values(), Decimal(0))
    for line in lines:
        if line["job"] in hours:
            surplus -= Decimal(str(line["hours"]))
            if hours[str(line["job"])] < Decimal(str(line["hours"])):
                yield "hours of a job do not reach it in the payroll"
    if surplus > 0 and not traffic.notices_in(recording, "payroll"):
        yield _SILENT.format("written into the payroll")
