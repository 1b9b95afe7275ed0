"""One company as the sandbox keeps it: tables of records, each record in the shape of its schema.

A record is the JSON object that Gusto would show to somebody with every scope; what a grant may not see is
left out when it is shown, never when it is kept. What follows from other tables or from the business day (an
employee's jobs, whether a termination is in effect) is put in when it is shown, so that it is true at once.
Tables keep the order of creation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from partner_qa.model import Json
from partner_qa.sandbox.payroll import Payroll
from partner_qa.sandbox.report import Report

Record = dict[str, Json]
Table = dict[str, Record]
AdminRole = Literal["primary", "full", "limited"]  # who may connect an application: the first two


@dataclass(slots=True, kw_only=True)
class Company:
    """A company and all that belongs to it, by UUID. `profile` is its own record (schema `Company`).

    Records refer to each other by UUID (`employee_uuid`, `job_uuid`, `location_uuid`), as in Gusto.
    Terminations and values of custom fields stand in their employee's record. `admin_roles` says what each
    admin may do. `time_off_balances` are hours by policy and employee, `contribution_exclusions` the names of
    what does not count, by company benefit, `batch_contents` the sheets of a batch until they are written.
    `bank_accounts` are those of the company and of its employees by owner, where they are not as at first.
    `founding` is the company as it was when the sandbox began, from which payrolls of the past are known. A
    company that a partner founded has a `claim_token` and, until its admin came to claim it, is not claimed.
    """

    uuid: str
    profile: Record
    suspended_from: str = ""  # the day from which it is, while that lies ahead
    bank_accounts: dict[str, list[str]] = field(default_factory=dict)
    admins: Table = field(default_factory=dict)
    admin_roles: dict[str, AdminRole] = field(default_factory=dict)
    custom_fields: Table = field(default_factory=dict)
    locations: Table = field(default_factory=dict)
    departments: Table = field(default_factory=dict)
    employees: Table = field(default_factory=dict)
    jobs: Table = field(default_factory=dict)
    compensations: Table = field(default_factory=dict)
    home_addresses: Table = field(default_factory=dict)
    work_addresses: Table = field(default_factory=dict)
    rehires: Table = field(default_factory=dict)
    contractors: Table = field(default_factory=dict)
    contractor_accounts: dict[str, list[Record]] = field(default_factory=dict)
    contractor_payments: Table = field(default_factory=dict)
    recurring_reimbursements: Table = field(default_factory=dict)
    notifications: Table = field(default_factory=dict)
    garnishments: Table = field(default_factory=dict)
    company_benefits: Table = field(default_factory=dict)
    contribution_exclusions: dict[str, frozenset[str]] = field(default_factory=dict)
    employee_benefits: Table = field(default_factory=dict)
    outside_benefits: Table = field(default_factory=dict)
    high_earner_statuses: Table = field(default_factory=dict)
    salary_estimates: Table = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    reports_take: float = 1.0  # seconds [I]
    failing_reports: list[str] = field(default_factory=list)  # payrolls of which no ledger can be made
    slow_reports: dict[str, float] = field(default_factory=dict)  # payroll: seconds its next ledger takes
    claim_token: str = ""
    is_claimed: bool = True
    pay_schedules: Table = field(default_factory=dict)
    pay_schedule_assignment: Record = field(default_factory=dict)
    earning_types: Table = field(default_factory=dict)
    payrolls: dict[str, Payroll] = field(default_factory=dict)
    time_off_policies: Table = field(default_factory=dict)
    time_off_balances: dict[str, dict[str, str]] = field(default_factory=dict)
    time_off_requests: Table = field(default_factory=dict)
    time_sheets: Table = field(default_factory=dict)
    payroll_syncs: Table = field(default_factory=dict)
    time_sheet_batches: Table = field(default_factory=dict)
    batch_contents: dict[str, list[Record]] = field(default_factory=dict)
    founding: Company | None = None
