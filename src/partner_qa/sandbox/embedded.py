"""The operations that only Gusto Embedded Payroll has; app integrations that call one get a 404 of its own.

[D] category `missing_permissions`: https://docs.gusto.com/app-integrations/docs/api-error-categories. The
list holds methods and paths of https://docs.gusto.com/embedded-payroll/reference (June 2026) that are no
operations of app integrations.
"""

from __future__ import annotations

from collections.abc import Iterator

_ROUTES = """
GET /v1/companies/{}/ach_transactions
POST /v1/companies/{}/admins
GET POST /v1/companies/{}/attachments
GET /v1/companies/{}/attachments/{}
GET /v1/companies/{}/attachments/{}/download_url
GET POST /v1/companies/{}/bank_accounts
DELETE /v1/companies/{}/bank_accounts/{}
PUT /v1/companies/{}/bank_accounts/{}/verify
GET POST /v1/companies/{}/contractor_payment_groups
POST /v1/companies/{}/contractor_payment_groups/preview
POST /v1/companies/{}/contractor_payments
GET /v1/companies/{}/contractor_payments/preview
DELETE /v1/companies/{}/contractor_payments/{}
GET /v1/companies/{}/employees/payment_details
GET POST /v1/companies/{}/external_payrolls
GET PUT /v1/companies/{}/external_payrolls/tax_liabilities
PUT /v1/companies/{}/external_payrolls/tax_liabilities/finish
DELETE GET PUT /v1/companies/{}/external_payrolls/{}
GET /v1/companies/{}/external_payrolls/{}/calculate_taxes
GET PUT /v1/companies/{}/federal_tax_details
PUT /v1/companies/{}/finish_onboarding
POST /v1/companies/{}/flows
GET /v1/companies/{}/forms
POST /v1/companies/{}/historical_employees
PUT /v1/companies/{}/historical_employees/{}
DELETE GET POST PUT /v1/companies/{}/holiday_pay_policy
PUT /v1/companies/{}/holiday_pay_policy/add
PUT /v1/companies/{}/holiday_pay_policy/remove
GET PUT /v1/companies/{}/industry_selection
GET /v1/companies/{}/information_requests
GET /v1/companies/{}/onboarding_status
GET /v1/companies/{}/paid_holidays
POST /v1/companies/{}/pay_schedules
POST /v1/companies/{}/pay_schedules/assign
POST /v1/companies/{}/pay_schedules/assignment_preview
GET /v1/companies/{}/pay_schedules/preview
PUT /v1/companies/{}/pay_schedules/{}
GET PUT /v1/companies/{}/payment_configs
GET /v1/companies/{}/payroll_reversals
POST /v1/companies/{}/payrolls
GET /v1/companies/{}/payrolls/blockers
POST /v1/companies/{}/payrolls/skip
DELETE /v1/companies/{}/payrolls/{}
PUT /v1/companies/{}/payrolls/{}/calculate
PUT /v1/companies/{}/payrolls/{}/cancel
GET PATCH /v1/companies/{}/payrolls/{}/partner_disbursements
PUT /v1/companies/{}/payrolls/{}/submit
POST /v1/companies/{}/people_batches
GET /v1/companies/{}/recovery_cases
GET /v1/companies/{}/report_templates/{}
POST /v1/companies/{}/reports
GET POST /v1/companies/{}/signatories
POST /v1/companies/{}/signatories/invite
DELETE PUT /v1/companies/{}/signatories/{}
GET POST /v1/companies/{}/suspensions
GET /v1/companies/{}/tax_requirements
GET PUT /v1/companies/{}/tax_requirements/{}
POST /v1/companies/{}/time_off/admin_approved_requests
GET /v1/companies/{}/time_off/balances
GET POST /v1/companies/{}/time_off/requests
POST /v1/companies/{}/time_off/requests/preview
POST /v1/companies/{}/time_off_policies
GET /v1/companies/{}/wire_in_requests
DELETE GET /v1/contractor_payment_groups/{}
PUT /v1/contractor_payment_groups/{}/fund
GET PATCH /v1/contractor_payment_groups/{}/partner_disbursements
PUT /v1/contractor_payments/{}/fund
GET /v1/contractor_payments/{}/pdf
GET /v1/contractor_payments/{}/receipt
DELETE /v1/contractors/{}
GET PUT /v1/contractors/{}/address
GET POST /v1/contractors/{}/bank_accounts
GET /v1/contractors/{}/documents
GET /v1/contractors/{}/forms
GET /v1/contractors/{}/forms/{}
GET /v1/contractors/{}/forms/{}/pdf
GET PUT /v1/contractors/{}/onboarding_status
GET PUT /v1/contractors/{}/payment_method
DELETE POST /v1/contractors/{}/rehire
DELETE POST /v1/contractors/{}/termination
GET /v1/documents/{}
GET /v1/documents/{}/pdf
PUT /v1/documents/{}/sign
GET POST /v1/employees/{}/bank_accounts
DELETE PUT /v1/employees/{}/bank_accounts/{}
GET PUT /v1/employees/{}/federal_taxes
GET /v1/employees/{}/forms
GET /v1/employees/{}/forms/{}
GET /v1/employees/{}/forms/{}/pdf
PUT /v1/employees/{}/forms/{}/sign
GET PUT /v1/employees/{}/i9_authorization
GET /v1/employees/{}/i9_authorization/document_options
GET PUT /v1/employees/{}/i9_authorization/documents
DELETE /v1/employees/{}/i9_authorization/documents/{}
PUT /v1/employees/{}/i9_authorization/employer_sign
GET POST /v1/employees/{}/jobs
PUT /v1/employees/{}/onboarding_documents_config
GET PUT /v1/employees/{}/onboarding_status
GET /v1/employees/{}/pay_stubs
GET PUT /v1/employees/{}/payment_method
GET PUT /v1/employees/{}/state_taxes
GET /v1/forms/{}
GET /v1/forms/{}/pdf
PUT /v1/forms/{}/sign
GET /v1/generated_documents/{}/{}
PUT /v1/information_requests/{}/submit
GET /v1/invoices/{}
DELETE GET PUT /v1/jobs/{}
GET /v1/notifications/{}
POST /v1/partner_managed_companies
POST /v1/partner_managed_companies/{}/accept_terms_of_service
PUT /v1/partner_managed_companies/{}/migrate
GET /v1/partner_managed_companies/{}/migration_readiness
POST /v1/partner_managed_companies/{}/retrieve_terms_of_service
GET POST PUT /v1/partner_managed_companies/{}/terms_of_service
POST /v1/payroll_digests
GET /v1/payroll_digests/{}
GET /v1/payrolls/{}/employees/{}/pay_stub
POST /v1/payrolls/{}/generated_documents/printable_payroll_checks
POST /v1/payrolls/{}/gross_up
GET /v1/payrolls/{}/receipt
GET /v1/people_batches/{}
POST /v1/plaid/processor_token
PUT /v1/recovery_cases/{}/redebit
POST /v1/sandbox/generate_1099
POST /v1/sandbox/generate_w2
DELETE GET /v1/time_off/requests/{}
PUT /v1/time_off/requests/{}/approve
PUT /v1/time_off/requests/{}/decline
PUT /v1/time_off_policies/{}
PUT /v1/time_off_policies/{}/balance
PUT /v1/time_off_policies/{}/deactivate
PUT /v1/time_off_policies/{}/remove_employees
GET PUT /v1/wire_in_requests/{}
"""


class EmbeddedRoutes:
    """Knows which requests are for Embedded Payroll."""

    def __init__(self) -> None:
        self._routes: dict[tuple[str, int], list[tuple[str, ...]]] = {}
        for method, segments in _read_routes():
            self._routes.setdefault((method, len(segments)), []).append(segments)

    def has(self, method: str, path: str, *, named: bool = False) -> bool:
        """Whether a request line is one of Embedded's; `path` is as sent, without the query.

        With `named`, only routes that end in a word count (`…/payrolls/blockers`): the contract would take
        that word for an id.
        """
        segments = tuple(path.split("/"))
        return any(
            _fits(route, segments) and not (named and route[-1] == "{}")
            for route in self._routes.get((method, len(segments)), ())
        )


def _read_routes() -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in _ROUTES.split("\n"):
        *methods, path = line.split() or [""]
        for method in methods:
            yield method, tuple(path.split("/"))


def _fits(route: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    return all(
        wanted == given or (wanted == "{}" and given) for wanted, given in zip(route, segments, strict=True)
    )
