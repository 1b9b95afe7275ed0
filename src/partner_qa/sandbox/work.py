"""Who works at what, and what it pays today: jobs and compensations as they are shown.

A job's pay is that of its current compensation: the latest one that has begun ([D] schema `Job`, and
https://docs.gusto.com/embedded-payroll/changelog/added-support-for-effective-dating-of-employee-job-compensations).
So it follows from the business day and is found out whenever a job is shown, and so does its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from partner_qa.sandbox.company import Company, Record, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The jobs and the workplace of each employee and what each job pays, looked up once for one answer."""

    locations: Table
    workplaces: Mapping[str, str]
    jobs: Mapping[str, Sequence[Record]]
    compensations: Mapping[str, Sequence[Record]]
    today: date

    @classmethod
    def of(cls, company: Company, today: date, *, only: str | None = None) -> Work:
        """Return the work of a company on a business day; with `only` that of one employee."""
        addresses = group(company.work_addresses, "employee_uuid", only=only)
        active = {employee: find_active(each, today) for employee, each in addresses.items()}
        return cls(
            locations=company.locations,
            workplaces={
                employee: str(each["location_uuid"]) for employee, each in active.items() if each is not None
            },
            jobs=group(company.jobs, "employee_uuid", only=only),
            compensations=group(company.compensations, "job_uuid", only=only),
            today=today,
        )

    def list_jobs(self, employee: str) -> list[Record]:
        """Return somebody's jobs, the primary one first."""
        jobs = self.jobs.get(employee, ())
        return sorted(jobs, key=lambda job: not job["primary"]) if len(jobs) > 1 else list(jobs)

    def find_primary(self, employee: str) -> Record | None:
        """Return somebody's primary job, or `None` for somebody without a job."""
        return next(iter(self.list_jobs(employee)), None)

    def list_compensations(self, job: str) -> list[Record]:
        """Return what a job has paid, pays and will pay, in that order."""
        return _sort(self.compensations.get(job, ()))

    def find_current(self, job: str) -> Record | None:
        """Return the compensation that is in effect, or `None` before the first one begins."""
        return self._find_begun(self.list_compensations(job))

    def show_job(self, job: Record, *, with_all: bool) -> Record:
        """Return a job (schema `Job`) with its current compensation, or with all of them.

        [D] `current_compensation_uuid` is null where none is in effect (September 2026 changelog); [I] the
        rate is then 0.00, since the contract does not let it be null.
        """
        pays = self.list_compensations(str(job["uuid"]))
        current = self._find_begun(pays)
        shown = pays if with_all else [current]
        title = None if current is None else current.get("title")
        return {
            **job,
            **self._show_place(str(job["employee_uuid"])),
            "title": job["title"] if title is None else title,
            "rate": "0.00" if current is None else current["rate"],
            "payment_unit": None if current is None else current["payment_unit"],
            "current_compensation_uuid": None if current is None else current["uuid"],
            "compensations": [each for each in shown if each is not None],
        }

    def _find_begun(self, ordered: Sequence[Record]) -> Record | None:
        """Return the latest of what has begun by today."""
        day = self.today.isoformat()
        return next((each for each in reversed(ordered) if str(each["effective_date"]) <= day), None)

    def _show_place(self, employee: str) -> Record:
        """Return where somebody works, which is their active work address for each of their jobs [I]."""
        place = self.workplaces.get(employee)
        return {} if place is None else {"location_uuid": place, "location": self.locations[place]}

    def show_duties(self, employee: str) -> Record:
        """Return what an employee's record says of their work: title, flsa_status, hired_at.

        None of the three can be null, so somebody without a job has none of them.
        """
        primary = self.find_primary(employee)
        if primary is None:
            return {}
        pays = self.list_compensations(str(primary["uuid"]))
        current = self._find_begun(pays) or next(iter(pays), {})
        title = current.get("title") or primary["title"]
        shown: Record = {"hired_at": primary["hire_date"]}
        if title is not None:
            shown["title"] = title
        if "flsa_status" in current:
            shown["flsa_status"] = current["flsa_status"]
        return shown


def find_active(addresses: Sequence[Record], today: date) -> Record | None:
    """Return which of somebody's addresses of one kind counts today: the latest that has begun [D].

    [I] where none has begun yet, the first that will: somebody who is about to start lives somewhere.
    """
    if len(addresses) == 1:
        return addresses[0]
    ordered, day = _sort(addresses), today.isoformat()
    begun = [each for each in ordered if str(each["effective_date"]) <= day]
    return begun[-1] if begun else next(iter(ordered), None)


def _sort(records: Sequence[Record]) -> list[Record]:
    """Return what counts from a day on, the earliest first."""
    return (
        sorted(records, key=lambda each: str(each["effective_date"])) if len(records) > 1 else list(records)
    )


def group(table: Table, key: str, *, only: str | None = None) -> dict[str, list[Record]]:
    """Return the records of a table by what they refer to; with `only` those of one employee."""
    groups: dict[str, list[Record]] = {}
    for record in table.values():
        if only is None or record["employee_uuid"] == only:
            groups.setdefault(str(record[key]), []).append(record)
    return groups
