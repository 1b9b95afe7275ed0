"""Which handler answers which operation: the `OPERATIONS` of every module, together."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from partner_qa.errors import HarnessBug
from partner_qa.sandbox import (
    addresses,
    admins,
    benefit_summary,
    companies,
    company_benefits,
    contractor_payment_details,
    contractor_payments,
    contractors,
    contribution_exclusions,
    departments,
    earning_types,
    employee_benefits,
    employees,
    employment_history,
    garnishments,
    high_earners,
    jobs,
    locations,
    notifications,
    outside_benefits,
    pay_schedules,
    payroll_syncs,
    payrolls,
    provisioning,
    rehires,
    reimbursements,
    reports,
    salary_estimates,
    supported_benefits,
    terminations,
    time_off,
    time_off_activities,
    time_off_requests,
    time_sheets,
    tokens,
    webhooks,
)
from partner_qa.sandbox.call import Handler

_PARTS: tuple[Mapping[str, Handler], ...] = (
    tokens.OPERATIONS,
    webhooks.OPERATIONS,
    companies.OPERATIONS,
    admins.OPERATIONS,
    locations.OPERATIONS,
    departments.OPERATIONS,
    employees.OPERATIONS,
    jobs.OPERATIONS,
    addresses.OPERATIONS,
    terminations.OPERATIONS,
    rehires.OPERATIONS,
    employment_history.OPERATIONS,
    contractors.OPERATIONS,
    contractor_payment_details.OPERATIONS,
    contractor_payments.OPERATIONS,
    reimbursements.OPERATIONS,
    notifications.OPERATIONS,
    garnishments.OPERATIONS,
    reports.OPERATIONS,
    time_off_activities.OPERATIONS,
    provisioning.OPERATIONS,
    pay_schedules.OPERATIONS,
    earning_types.OPERATIONS,
    payrolls.OPERATIONS,
    time_sheets.OPERATIONS,
    payroll_syncs.OPERATIONS,
    time_off.OPERATIONS,
    time_off_requests.OPERATIONS,
    supported_benefits.OPERATIONS,
    company_benefits.OPERATIONS,
    contribution_exclusions.OPERATIONS,
    benefit_summary.OPERATIONS,
    employee_benefits.OPERATIONS,
    outside_benefits.OPERATIONS,
    high_earners.OPERATIONS,
    salary_estimates.OPERATIONS,
)


def collect_handlers() -> Mapping[str, Handler]:
    """Return every handler by its operationId; raises `HarnessBug` where two claim the same."""
    found: dict[str, Handler] = {}
    for part in _PARTS:
        for operation, handler in part.items():
            if operation in found:
                raise HarnessBug(f"two handlers answer {operation}")
            found[operation] = handler
    return MappingProxyType(found)
