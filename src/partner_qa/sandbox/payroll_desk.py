"""What an admin types into payrolls in Gusto, beside running them. `Admin.payroll_desk` is one.

No integration can reach any of it; safe to call from any thread. What is not there, or cannot be typed in, is
our own mistake: `Impossible`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from partner_qa.errors import HarnessBug, Impossible
from partner_qa.model import Json
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.payroll import Payroll
from partner_qa.sandbox.payroll_opening import tell_payroll
from partner_qa.sandbox.payroll_rows import prepare_rows
from partner_qa.sandbox.payroll_running import delete_payroll, reverse_payroll
from partner_qa.sandbox.payroll_update import RowForm, write_update
from partner_qa.sandbox.world import World


class PayrollDesk:
    """The verbs for the rows of payrolls and for earning types. Each takes the UUID of the company."""

    def __init__(self, world: World) -> None:
        self._world = world

    def enter(self, company: str, payroll: str, employee: str, **fields: Json) -> Record:
        """Type fields into somebody's row of an open payroll; tells `payroll.updated`.

        `fields` are those of the operation that updates a payroll, and mean the same; an entry without a
        `job_uuid` is for the primary job. Returns the row afterwards, with its new version.
        """
        with self._world.lock:
            found = self._require(company)
            kept = found.payrolls.get(payroll)
            if kept is None or kept.is_processed:
                raise Impossible(f"company {company} has no open payroll {payroll}")
            if kept.rows is None:
                prepare_rows(found, kept)
            row = (kept.rows or {}).get(employee)
            if row is None:
                raise Impossible(f"employee {employee} is not on payroll {payroll}")
            form = RowForm(found, kept, row, found.employees[employee])
            form.read(_with_job(found, employee, fields))
            if form.mistakes:
                raise HarnessBug(f"this cannot be typed into a payroll: {form.mistakes}")
            write_update(found, kept, [form], {})
            tell_payroll(self._world, found, kept, "updated")
            return dict(row)

    def delete(self, company: str, payroll: str) -> None:
        """Delete an off-cycle payroll that was not run; tells `payroll.deleted`."""
        with self._world.lock:
            delete_payroll(self._world, self._require(company), self._find(company, payroll))

    def reverse(self, company: str, payroll: str, people: Iterable[str] | None = None) -> str:
        """Take back what a processed payroll paid, to everybody or to these; return the reversal's UUID.

        Tells `payroll.reversed` or `payroll.partially_reversed`.
        """
        with self._world.lock:
            kept = self._find(company, payroll)
            return reverse_payroll(self._world, self._require(company), kept, people).uuid

    def lock(self, company: str, payroll: str, requests: int = 1) -> None:
        """Let so many updates of a payroll find it locked by another one, which is answered 409."""
        with self._world.lock:
            self._find(company, payroll).locks = requests

    def add_earning_type(self, company: str, name: str, *, active: bool = True) -> str:
        """Give a company an earning type of its own; return its UUID. Gusto has no event for it."""
        with self._world.lock:
            made = str(uuid.uuid4())
            earning_type: Record = {"uuid": made, "name": name, "active": active}
            self._require(company).earning_types[made] = earning_type
            return made

    def _find(self, company: str, payroll: str) -> Payroll:
        found = self._require(company).payrolls.get(payroll)
        if found is None:
            raise Impossible(f"company {company} has no payroll {payroll}")
        return found

    def _require(self, company: str) -> Company:
        found = self._world.companies.get(company)
        if found is None:
            raise Impossible(f"the sandbox has no company {company}")
        self._world.touch(company)
        return found


def _with_job(company: Company, employee: str, fields: Record) -> Record:
    """Return fields whose entries of pay each name a job: the primary one, where none is named."""
    jobs = [each for each in company.jobs.values() if each["employee_uuid"] == employee and each["primary"]]
    named: Record = {"job_uuid": jobs[0]["uuid"]} if jobs else {}
    return {
        name: [{**named, **each} for each in value if isinstance(each, dict)]
        if name in {"hourly_compensations", "fixed_compensations"} and isinstance(value, list)
        else value
        for name, value in fields.items()
    }
