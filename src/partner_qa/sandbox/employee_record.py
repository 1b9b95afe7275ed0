"""An employee as Gusto shows one: the kept record, what follows from other tables, and what was asked for.

Who reads people in the sandbox (a list, one of them, the answer to a write, the admin side) reads them here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from partner_qa.sandbox.call import Call
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.time_off_hours import list_eligible
from partner_qa.sandbox.visibility import JOB, hides, leave_out
from partner_qa.sandbox.work import Work, find_active, group

# [D] fields that come only with an `include` of get-v1-companies-company_id-employees
_ON_DEMAND = frozenset({"custom_fields", "member_portal_invitation_status", "partner_portal_invitation_sent"})
_LINES = ("street_1", "street_2", "city", "state", "zip", "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The people of a company, ready to be shown in one answer; `include` holds the known tokens."""

    company: Company
    today: date
    work: Work
    include: frozenset[str] = frozenset()
    homes: Mapping[str, list[Record]] = field(default_factory=dict)
    garnishments: Mapping[str, list[Record]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, company: Company, today: date, *, include: Collection[str] = (), only: str | None = None
    ) -> People:
        """Return the people of a company on a business day; with `only` one employee can be shown."""
        return cls(
            company=company,
            today=today,
            work=Work.of(company, today, only=only),
            include=frozenset(include),
            homes=group(company.home_addresses, "employee_uuid", only=only),
            garnishments=group(company.garnishments, "employee_uuid", only=only),
        )

    def show(self, record: Record) -> Record:
        """Return an employee (schema `Employee`) as somebody with every scope sees them."""
        uuid = str(record["uuid"])
        shown = record.copy()
        for name in _ON_DEMAND:
            shown.pop(name, None)
        department = self.company.departments.get(str(record["department_uuid"]))
        shown["department"] = None if department is None else department["title"]
        shown["eligible_paid_time_off"] = list_eligible(self.company, uuid)
        shown["terminated"] = is_terminated(record, self.work)
        shown["terminations"] = [show_termination(each, self.work) for each in list_terminations(record)]
        shown["garnishments"] = list(self.garnishments.get(uuid, ()))
        shown.update(self.work.show_duties(uuid))
        with_all = "all_compensations" in self.include
        shown["jobs"] = [self.work.show_job(job, with_all=with_all) for job in self.work.list_jobs(uuid)]
        if self.include:
            self._add_wanted(record, shown)
        return shown

    def show_to(self, call: Call, record: Record) -> Record:
        """Return an employee as the grant of a call may see them: without pay, for want of its scope."""
        shown = self.show(record)
        jobs = shown["jobs"]
        if hides(call, "compensations:read") and isinstance(jobs, list):
            shown["jobs"] = [leave_out(call, job, JOB) for job in jobs if isinstance(job, dict)]
        return shown

    def _add_wanted(self, record: Record, shown: Record) -> None:
        homes = self.homes.get(str(record["uuid"]), [])
        active = find_active(homes, self.today)
        if "custom_fields" in self.include:
            shown["custom_fields"] = record["custom_fields"]
        if "portal_invitations" in self.include:
            for name in ("member_portal_invitation_status", "partner_portal_invitation_sent"):
                shown[name] = record[name]
        if "company_name" in self.include:
            shown["company_name"] = self.company.profile["name"]
        if "current_home_address" in self.include:
            # [I] somebody without one: the contract lets each line be null, not the whole
            shown["current_home_address"] = (
                dict.fromkeys(_LINES) if active is None else _to_home(active, is_active=True)
            )
        if "all_home_addresses" in self.include:
            shown["all_home_addresses"] = [
                {**_to_home(each, is_active=each is active), "effective_date": each["effective_date"]}
                for each in homes
            ]


def list_terminations(record: Record) -> list[Record]:
    """Return the terminations that stand in an employee's record."""
    kept = record["terminations"]
    return [each for each in kept if isinstance(each, dict)] if isinstance(kept, list) else []


def is_terminated(record: Record, work: Work) -> bool:
    """Whether somebody has left: a termination is in effect and nobody hired them again since."""
    return any(_is_in_effect(each, work) for each in list_terminations(record))


def is_leaving(record: Record, work: Work) -> bool:
    """Whether somebody has left or is going to."""
    day = work.today.isoformat()
    return is_terminated(record, work) or any(
        str(each["effective_date"]) >= day for each in list_terminations(record)
    )


def show_termination(termination: Record, work: Work) -> Record:
    """Return a termination (schema `Termination`) as it is today.

    [D] it can be cancelled while it lies ahead, unless it runs a termination payroll. [D] the
    `effective_date` is the last day of work, so it is in effect from the day after.
    """
    return {
        **termination,
        "active": _is_in_effect(termination, work),
        "cancelable": not termination["run_termination_payroll"]
        and str(termination["effective_date"]) > work.today.isoformat(),
    }


def _is_in_effect(termination: Record, work: Work) -> bool:
    last_day = str(termination["effective_date"])
    primary = work.find_primary(str(termination["employee_uuid"]))
    is_over = primary is not None and last_day < str(primary["hire_date"]) <= work.today.isoformat()
    return last_day < work.today.isoformat() and not is_over


def _to_home(address: Record, *, is_active: bool) -> Record:
    return {name: address[name] for name in ("uuid", *_LINES)} | {"active": is_active}
