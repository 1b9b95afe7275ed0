"""Every event that Gusto documents for app integrations, and what in this sandbox tells it.

[D] https://docs.gusto.com/app-integrations/docs/webhook-events and the page of each type; those of a month's
changelog are marked there. A test does each act and hears its event; what nothing here brings about has a
reason, and can be told by `/_sandbox/tell_event`. docs/reference/sandbox.md shows the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_OTHER_PRODUCT = "only Gusto Embedded Payroll has what this is about"

# type | event | what tells it: an operation, an act under /_sandbox, a day; after a dash, why nothing does
_TABLE = f"""
BankAccount | company.bank_account.created | add_bank_account
BankAccount | company.bank_account.updated | change_bank_account
BankAccount | company.bank_account.verified | verify_bank_account
BankAccount | company.bank_account.deleted | remove_bank_account
BankAccount | employee.bank_account.created | add_bank_account
BankAccount | employee.bank_account.updated | change_bank_account
BankAccount | employee.bank_account.deleted | remove_bank_account
BankAccount | contractor.bank_account.created | add_bank_account
BankAccount | contractor.bank_account.updated | change_bank_account
BankAccount | contractor.bank_account.deleted | remove_bank_account
Company | company.provisioned | POST /oauth/token
Company | company.deprovisioned | POST /v1/companies/…/disconnect_app_integration, disconnect
Company | company.partner_authorized | - Gusto does not say when it is told
Company | company.migrated | - {_OTHER_PRODUCT}: a call that migrates a company
Company | company.updated | PUT /v1/companies/…
Company | company.onboarded | onboard_company
Company | company.approved | approve_company
Company | company.not_approved | refuse_approval
Company | company.needs_approval | question_approval
Company | company.suspended | suspend
Company | company.suspended_effective | suspend, or its day
Company | company.unsuspended | unsuspend
Company | company.payroll_transfer_completed | - Gusto does not say what is transferred
Company | company.marked_as_high_risk_business | mark_company
Company | company.marked_as_marijuana_business | mark_company
CompanyBenefit | company_benefit.created | POST /v1/companies/…/company_benefits
CompanyBenefit | company_benefit.updated | PUT /v1/company_benefits/…
CompanyBenefit | company_benefit.deleted | DELETE /v1/company_benefits/…
Contractor | contractor.created | POST /v1/companies/…/contractors
Contractor | contractor.updated | PUT /v1/contractors/…
Contractor | contractor.onboarded | finish_onboarding
Contractor | contractor.marked_for_self_onboarding | POST /v1/companies/…/contractors
Contractor | contractor.self_onboarding_completed | complete_self_onboarding
Contractor | contractor.deactivated | PUT /v1/contractors/…, dismiss
Contractor | contractor.deactivation_effective | its day
Contractor | contractor.deactivation_cancelled | cancel_dismissal
Contractor | contractor.reactivated | PUT /v1/contractors/…, rehire
Contractor | contractor.reactivation_effective | its day
Contractor | contractor.reactivation_cancelled | cancel_rehire
Contractor | contractor.deleted | delete_contractor
Contractor | contractor.payment_method_type_updated | add_bank_account, remove_bank_account
Contractor | contractor.payment_method.deleted | remove_bank_account
ContractorPayment | contractor_payment.created | pay_contractor
ContractorPayment | contractor_payment.cancelled | cancel_contractor_payment
Employee | employee.created | POST /v1/companies/…/employees
Employee | employee.updated | PUT /v1/employees/…
Employee | employee.onboarded | finish_onboarding
Employee | employee.marked_for_self_onboarding | POST /v1/companies/…/employees
Employee | employee.self_onboarding_completed | complete_self_onboarding
Employee | employee.terminated | POST /v1/employees/…/terminations, dismiss
Employee | employee.termination_effective | its day
Employee | employee.termination_cancelled | DELETE /v1/employees/…/terminations, cancel_dismissal
Employee | employee.rehired | POST /v1/employees/…/rehire, rehire
Employee | employee.rehire_effective | its day
Employee | employee.rehire_cancelled | DELETE /v1/employees/…/rehire
Employee | employee.deleted | DELETE /v1/employees/…
Employee | employee.payment_method_type_updated | add_bank_account, remove_bank_account
Employee | employee.payment_method.deleted | remove_bank_account
EmployeeBenefit | employee_benefit.created | POST /v1/employees/…/employee_benefits
EmployeeBenefit | employee_benefit.updated | PUT /v1/employee_benefits/…
EmployeeBenefit | employee_benefit.deleted | DELETE /v1/employee_benefits/…
EmployeeHomeAddress | employee_home_address.created | POST /v1/employees/…/home_addresses
EmployeeHomeAddress | employee_home_address.updated | PUT /v1/home_addresses/…
EmployeeHomeAddress | employee_home_address.deleted | DELETE /v1/home_addresses/…
EmployeeJobCompensation | employee_job_compensation.created | POST /v1/jobs/…/compensations
EmployeeJobCompensation | employee_job_compensation.updated | PUT /v1/compensations/…
EmployeeJobCompensation | employee_job_compensation.deleted | DELETE /v1/compensations/…
EmployeeWorkAddress | employee_work_address.created | POST /v1/employees/…/work_addresses
EmployeeWorkAddress | employee_work_address.updated | PUT /v1/work_addresses/…
EmployeeWorkAddress | employee_work_address.deleted | DELETE /v1/work_addresses/…
ExternalPayroll | external_payroll.created | - {_OTHER_PRODUCT}: payrolls of another provider
ExternalPayroll | external_payroll.updated | - {_OTHER_PRODUCT}: payrolls of another provider
ExternalPayroll | external_payroll.deleted | - {_OTHER_PRODUCT}: payrolls of another provider
FastAchConfig | fast_ach_config.activated | - {_OTHER_PRODUCT}: faster payments
FastAchConfig | fast_ach_config.deactivated | - {_OTHER_PRODUCT}: faster payments
Form | company.form.created | - no operation shows a form
Form | company.form.updated | - no operation shows a form
Form | company.form.signed | - no operation shows a form
Form | employee.form.created | - no operation shows a form
Form | employee.form.updated | - no operation shows a form
Form | employee.form.signed | - no operation shows a form
Form | contractor.form.created | - no operation shows a form
Form | contractor.form.updated | - no operation shows a form
Form | contractor.form.signed | - no operation shows a form
Location | location.created | POST /v1/companies/…/locations
Location | location.updated | PUT /v1/locations/…
Notification | notification.created | notify
Notification | notification.resolved | resolve_notification
Payroll | payroll.created | create_payroll, or a day
Payroll | payroll.updated | PUT /v1/companies/…/payrolls/…
Payroll | payroll.deleted | delete_payroll
Payroll | payroll.calculated | run_payroll
Payroll | payroll.submitted | run_payroll
Payroll | payroll.processed | run_payroll
Payroll | payroll.processing_failed | fail_payroll
Payroll | payroll.paid | - Gusto's demo does not tell it either
Payroll | payroll.reversed | reverse_payroll
Payroll | payroll.partially_reversed | reverse_payroll
Payroll | payroll.cancelled | cancel_payroll
PayrollSync | payroll_sync.created | POST /v1/companies/…/time_tracking/payroll_syncs
PayrollSync | payroll_sync.updated | the steps of a sync
PaySchedule | pay_schedule.created | assign_pay_schedules
PaySchedule | pay_schedule.updated | change_pay_schedule
Signatory | signatory.created | - no operation shows a signatory but as part of the company
Signatory | signatory.updated | - no operation shows a signatory but as part of the company
Signatory | signatory.deleted | - no operation shows a signatory but as part of the company
Signatory | signatory.marked_for_invite | - no operation shows a signatory but as part of the company
TimeOffRequest | time_off_request.created | request_time_off
TimeOffRequest | time_off_request.updated | approve_time_off, decline_time_off
TimeOffRequest | time_off_request.deleted | delete_time_off
TimeSheetsBatch | time_sheets_batch.processing | the steps of a batch
TimeSheetsBatch | time_sheets_batch.completed | the steps of a batch
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """One event: `told_by` says what tells it, or `untold` why nothing does."""

    event_type: str
    entity_type: str
    told_by: str = ""
    untold: str = ""


@cache
def list_documented() -> tuple[Documented, ...]:
    """Return every event, by type and in the order of a thing's life."""
    return tuple(_read())


def find_documented(event_type: str) -> Documented | None:
    """Return one event by its name, or `None` where Gusto documents none of that name."""
    return next((each for each in list_documented() if each.event_type == event_type), None)


def _read() -> Iterator[Documented]:
    for line in _TABLE.strip().splitlines():
        entity, event, by = (part.strip() for part in line.split(" | "))
        is_untold = by.startswith("- ")
        yield Documented(
            event_type=event,
            entity_type=entity,
            told_by="" if is_untold else by,
            untold=by.removeprefix("- ") if is_untold else "",
        )
