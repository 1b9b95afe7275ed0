"""How somebody stands with a company on a business day: hired, leaving, gone, about to come back.

A termination stands in its employee's record, a rehire in a table of the company; which of them counts
follows from their days. terminations.py and rehires.py write them, employment_history.py tells of them all.
[D] a termination's `effective_date` is the last day of work, a rehire's the first
(https://docs.gusto.com/embedded-payroll/changelog/added-webhooks-for-effective-employee-terminations-and-rehires).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.employee_record import list_terminations
from partner_qa.sandbox.employees import tell
from partner_qa.sandbox.entry_form import EntryForm, is_day
from partner_qa.sandbox.locking import write
from partner_qa.sandbox.world import World

# [I] which word of a rehire is which of an employee; `not_set` is none
STATUSES: Mapping[str, str | None] = MappingProxyType(
    {
        "part_time": "part_time_under_twenty_hours",
        "full_time": "full_time",
        "part_time_eligible": "part_time_twenty_plus_hours",
        "variable": "variable",
        "seasonal": "seasonal",
        "not_set": None,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """One time at the company, from the day somebody was hired; `rehire` is `None` for the first."""

    hired: str
    last_day: str | None
    rehire: Record | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Employment:
    """The terminations and rehires of one employee, oldest first. Days are ISO 8601 texts."""

    record: Record
    terminations: Sequence[Record]
    rehires: Sequence[Record]
    jobs: Sequence[Record]
    today: str

    @classmethod
    def of(cls, company: Company, record: Record, today: date) -> Employment:
        """Return how an employee stands with their company on a business day."""
        employee = record["uuid"]
        theirs = (each for each in company.rehires.values() if each["employee_uuid"] == employee)
        return cls(
            record=record,
            terminations=sorted(list_terminations(record), key=day_of),
            rehires=sorted(theirs, key=day_of),
            jobs=[each for each in company.jobs.values() if each["employee_uuid"] == employee],
            today=today.isoformat(),
        )

    @property
    def hired(self) -> str | None:
        """Return the day on which the present job began, or `None` for somebody without a job."""
        primary = next((each for each in self.jobs if each["primary"]), None)
        return None if primary is None else str(primary["hire_date"])

    def find_termination(self) -> Record | None:
        """Return the termination of the present employment, or of the one that ended last.

        [O] there is one at most; [I] it is no longer shown once somebody is back at work.
        """
        latest = self.terminations[-1] if self.terminations else None
        if latest is None:
            return None
        is_over = any(day_of(latest) < day_of(each) <= self.today for each in self.rehires)
        return None if is_over else latest

    def find_rehire(self) -> Record | None:
        """Return the rehire that came after the latest termination, in effect or not."""
        last_day = day_of(self.terminations[-1]) if self.terminations else ""
        return next((each for each in reversed(self.rehires) if day_of(each) > last_day), None)

    def find_future_rehire(self) -> Record | None:
        """Return a rehire that is not in effect yet."""
        found = self.find_rehire()
        return found if found is not None and day_of(found) > self.today else None

    def has_ended(self) -> bool:
        """Whether the last day of work has gone by and nobody hired them again since."""
        termination = self.find_termination()
        return termination is not None and day_of(termination) < self.today

    def list_spells(self) -> list[Spell]:
        """Return each time that somebody was, is or will be at the company, oldest first."""
        if self.hired is None:
            return []
        begun = [each for each in self.rehires if day_of(each) <= self.today]
        first = str(begun[0]["former_hire_date"]) if begun else self.hired
        spells = []
        starts = [(first, None), *((day_of(each), each) for each in self.rehires)]
        for number, (start, rehire) in enumerate(starts):
            after = starts[number + 1][0] if number + 1 < len(starts) else None
            days = [day_of(each) for each in self.terminations]
            ends = [day for day in days if start <= day and (after is None or day < after)]
            spells.append(Spell(hired=start, last_day=ends[-1] if ends else None, rehire=rehire))
        return spells


def day_of(record: Record) -> str:
    """Return the day from which a termination or a rehire counts."""
    return str(record["effective_date"])


def take_effective_date(form: EntryForm) -> None:
    """Read the day from which a termination or a rehire counts; the literals are [D]."""
    form.take("effective_date", "Effective date is required", required=True)
    day = form.values.get("effective_date")
    if isinstance(day, str) and not is_day(day):
        del form.values["effective_date"]
        form.refuse("effective_date", "Effective date is not a valid date")


def bring_back(world: World, company: Company, record: Record, rehire: Record) -> None:
    """Let somebody be back at work: a rehire takes effect. Tells `employee.rehire_effective`.

    [D] `hired_at` and the jobs' `hire_date` are those of the present employment.
    """
    rehire["former_hire_date"] = Employment.of(company, record, world.today).hired
    for job in company.jobs.values():
        if job["employee_uuid"] == record["uuid"]:
            write(job, {"hire_date": rehire["effective_date"]})
    changes: Record = {}
    if "employment_status" in rehire:
        changes["current_employment_status"] = STATUSES[str(rehire["employment_status"])]
    if "two_percent_shareholder" in rehire:
        changes["two_percent_shareholder"] = rehire["two_percent_shareholder"]
    write(record, changes)
    tell(world, company, record, "rehire_effective")


def bring_everybody_back(world: World, since: date) -> None:
    """Let everybody be back at work whose rehire took effect since a business day."""
    for company in world.companies.values():
        for rehire in company.rehires.values():
            if since.isoformat() < day_of(rehire) <= world.today.isoformat():
                bring_back(world, company, company.employees[str(rehire["employee_uuid"])], rehire)
