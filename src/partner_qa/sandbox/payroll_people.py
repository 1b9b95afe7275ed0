"""Who is on a payroll, and by which schedule somebody is paid.

[D] https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls-payroll_id-prepare:
preparing adds and removes "eligible employees". [I] what makes somebody eligible: finished onboarding, hired
by the last day of the period, and not gone before its first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.employee_record import list_terminations
from partner_qa.sandbox.payroll import Payroll
from partner_qa.sandbox.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Payee:
    """Somebody on a payroll: their record, their jobs that have begun, and what each pays in that period."""

    record: Record
    jobs: Sequence[Record]
    pays: Mapping[str, Record]
    last_day: date | None

    @property
    def uuid(self) -> str:
        """Return whose."""
        return str(self.record["uuid"])

    @property
    def is_salaried(self) -> bool:
        """Whether the primary job is paid by time, whatever hours are worked."""
        pay = self.pays.get(str(self.jobs[0]["uuid"]))
        return pay is not None and pay["payment_unit"] in {"Week", "Month", "Year"}


def find_payees(company: Company, payroll: Payroll) -> Iterator[Payee]:
    """Go through the people whom a payroll pays, in the company's order.

    [I] a job pays what is in effect on the last day of the period.
    """
    work = Work.of(company, payroll.end)
    for employee, record in company.employees.items():
        if not record["onboarded"] or (payroll.people is not None and employee not in payroll.people):
            continue
        jobs = [job for job in work.list_jobs(employee) if str(job["hire_date"]) <= payroll.end.isoformat()]
        if not jobs:
            continue
        last_day, has_own = _find_last_day(record, str(jobs[0]["hire_date"]))
        if last_day is not None and not _stays(payroll, last_day, has_own=has_own):
            continue
        pays = {str(job["uuid"]): work.find_current(str(job["uuid"])) for job in jobs}
        known = {job: pay for job, pay in pays.items() if pay is not None}
        payee = Payee(record=record, jobs=jobs, pays=known, last_day=last_day)
        if payroll.schedule is None or payroll.schedule == _schedule_of(company, payee):
            yield payee


def find_schedule(company: Company, record: Record, day: date) -> str | None:
    """Return the schedule by which somebody is paid, or `None` where none is assigned."""
    employee = str(record["uuid"])
    work = Work.of(company, day, only=employee)
    jobs = work.list_jobs(employee)
    pays = {str(job["uuid"]): work.find_current(str(job["uuid"])) for job in jobs}
    known = {job: pay for job, pay in pays.items() if pay is not None}
    return _schedule_of(company, Payee(record=record, jobs=jobs, pays=known, last_day=None))


def _schedule_of(company: Company, payee: Payee) -> str | None:
    kept = company.pay_schedule_assignment
    match kept.get("type"):
        case "hourly_salaried":
            is_salaried = bool(payee.jobs) and payee.is_salaried
            found = kept["salaried_pay_schedule_uuid" if is_salaried else "hourly_pay_schedule_uuid"]
        case "by_employee":
            rows = kept["employees"]
            found = rows.get(payee.uuid) if isinstance(rows, dict) else None
        case "by_department":
            rows = kept["departments"]
            department = str(payee.record["department_uuid"])
            own = rows.get(department) if isinstance(rows, dict) else None
            found = own or kept["default_pay_schedule_uuid"]
        case _:
            found = kept.get("default_pay_schedule_uuid")
    return None if found is None else str(found)


def _find_last_day(record: Record, hired: str) -> tuple[date | None, bool]:
    """Return the last day of work of the present employment, and whether it has a payroll of its own [D]."""
    ends = [each for each in list_terminations(record) if str(each["effective_date"]) >= hired]
    if not ends:
        return None, False
    last = min(ends, key=lambda each: str(each["effective_date"]))
    return date.fromisoformat(str(last["effective_date"])), bool(last["run_termination_payroll"])


def _stays(payroll: Payroll, last_day: date, *, has_own: bool) -> bool:
    """Whether somebody who leaves is still on a payroll.

    [D] post-v1-employees-employee_id-terminations: with `run_termination_payroll` the final wages come by an
    off-cycle payroll, otherwise on the current pay schedule.
    """
    if last_day < payroll.start:
        return False
    return not (has_own and payroll.schedule is not None and last_day <= payroll.end)
