"""What happens in Gusto until somebody who was hired can be paid. `Admin.onboarding_desk` is one.

No integration can reach any of it: [D] an application begins a hire and an admin completes it; safe to call
from any thread. [D] the events: https://docs.gusto.com/app-integrations/docs/employee-events. What is not
there, or cannot be done now, is our own mistake: `Impossible`.
"""

from __future__ import annotations

import uuid

from partner_qa.errors import Impossible
from partner_qa.sandbox.company import Company, Record, Table
from partner_qa.sandbox.employees import tell
from partner_qa.sandbox.locking import fresh_version, write
from partner_qa.sandbox.world import World

_BY_THEMSELVES = frozenset(
    {
        "self_onboarding_pending_invite",
        "self_onboarding_invited",
        "self_onboarding_invited_started",
        "self_onboarding_invited_overdue",
    }
)


class OnboardingDesk:
    """The verbs for people who are being onboarded. Each takes the UUIDs of the company and the employee."""

    def __init__(self, world: World) -> None:
        self._world = world

    def invite(self, company: str, employee: str) -> None:
        """Let somebody onboard themselves; tells `employee.marked_for_self_onboarding`."""
        with self._world.lock:
            found, record = self._find(company, employee)
            _require(record["onboarding_status"] not in _BY_THEMSELVES, f"{employee} is invited already")
            write(record, {"onboarding_status": "self_onboarding_invited"})
            tell(self._world, found, record, "marked_for_self_onboarding")

    def complete_self_onboarding(self, company: str, employee: str) -> None:
        """Let somebody finish their own part; tells `employee.self_onboarding_completed`.

        An admin has yet to `finish` the rest.
        """
        with self._world.lock:
            found, record = self._find(company, employee)
            _require(
                record["onboarding_status"] in _BY_THEMSELVES,
                f"employee {employee} does not onboard themselves",
            )
            write(record, {"onboarding_status": "self_onboarding_completed_by_employee", **_identify(record)})
            tell(self._world, found, record, "self_onboarding_completed")

    def finish(self, company: str, employee: str, *, title: str = "Assistant", rate: str = "25.00") -> None:
        """Complete the onboarding of somebody, who is paid from now on; tells `employee.onboarded`.

        [D] applications cannot give somebody a job, so an admin does: who has none gets this one, paid by the
        hour from today. [I] who has no place of work works at the company's first. Both are told.
        """
        with self._world.lock:
            found, record = self._find(company, employee)
            if not found.locations:
                raise Impossible(f"company {company} has no location where employee {employee} could work")
            if not _has(found.jobs, employee):
                self._employ(found, employee, title, rate)
            if not _has(found.work_addresses, employee):
                self._place(found, employee)
            done: Record = {"onboarded": True, "onboarding_status": "onboarding_completed"}
            write(record, {**done, **_identify(record)})
            tell(self._world, found, record, "onboarded")

    def _employ(self, company: Company, employee: str, title: str, rate: str) -> None:
        day = self._world.today.isoformat()
        job: Record = {
            "uuid": str(uuid.uuid4()),
            "version": fresh_version(),
            "employee_uuid": employee,
            "hire_date": day,
            "title": title,
            "primary": True,
            "two_percent_shareholder": False,
            "state_wc_covered": None,
            "state_wc_class_code": None,
        }
        pay: Record = {
            "uuid": str(uuid.uuid4()),
            "version": fresh_version(),
            "employee_uuid": employee,
            "job_uuid": job["uuid"],
            "rate": rate,
            "payment_unit": "Hour",
            "flsa_status": "Nonexempt",
            "effective_date": day,
            "adjust_for_minimum_wage": False,
            "minimum_wages": [],
        }
        company.jobs[str(job["uuid"])] = job
        company.compensations[str(pay["uuid"])] = pay
        self._append(company, "employee_job_compensation.created", "EmployeeJobCompensation", pay)

    def _place(self, company: Company, employee: str) -> None:
        address: Record = {
            "uuid": str(uuid.uuid4()),
            "version": fresh_version(),
            "employee_uuid": employee,
            "location_uuid": next(iter(company.locations)),
            "effective_date": self._world.today.isoformat(),
        }
        company.work_addresses[str(address["uuid"])] = address
        self._append(company, "employee_work_address.created", "EmployeeWorkAddress", address)

    def _append(self, company: Company, event: str, entity: str, record: Record) -> None:
        self._world.events.append(company.uuid, event, entity, str(record["uuid"]))

    def _find(self, company: str, employee: str) -> tuple[Company, Record]:
        found = self._world.companies.get(company)
        if found is None:
            raise Impossible(f"the sandbox has no company {company}")
        self._world.touch(company)
        record = found.employees.get(employee)
        if record is None or record["onboarded"]:
            raise Impossible(f"company {company} has no employee {employee} who is being onboarded")
        return found, record


def _has(table: Table, employee: str) -> bool:
    return any(each["employee_uuid"] == employee for each in table.values())


def _identify(record: Record) -> Record:
    """Return what somebody gives of themselves in the course of it, where it is not known yet."""
    known: Record = {"has_ssn": True, "hidden_ssn": "XXX-XX-XXXX"}
    return known | ({} if record["date_of_birth"] else {"date_of_birth": "1990-01-31"})


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Impossible(otherwise)
