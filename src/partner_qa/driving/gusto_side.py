"""Gusto's side of a scenario: what an admin does there, and what Gusto itself does.

Only the embedded sandbox has such a side; on the live target a person would have to do it. Each verb waits
until the webhooks that tell of it have arrived and what follows from them was done.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

from partner_qa.driving.desk_side import DeskSide
from partner_qa.driving.payday_side import PaydaySide
from partner_qa.driving.stand import Stand
from partner_qa.model import Json, Tenant


class GustoSide:
    """What a scenario may do in Gusto, where the integration cannot see it."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self.payday = PaydaySide(stand)
        self.desk = DeskSide(stand)

    def let_tokens_live(self, tenant: Tenant, seconds: int) -> None:
        """Let the tokens that a company's consents and refreshes lead to from now on live so long."""
        self._stand.admin.set_token_lifetime(tenant.company, seconds)

    @contextmanager
    def lenient_rotation(self) -> Iterator[None]:
        """Let a refresh token that was traded in be good until the new access token is used."""
        before = self._stand.admin.set_rotation("grace")
        try:
            yield
        finally:
            self._stand.admin.set_rotation(before)

    def remove_application(self, tenant: Tenant) -> None:
        """Remove the integration in Gusto, as an admin does, and wait until webhooks have told of it."""
        self._stand.admin.disconnect(tenant.company)
        self._stand.admin.wait_for_deliveries(timeout=self._stand.profile.timing.cap)
        self._stand.settle(tenant)

    def audit(self, tenant: Tenant, path: str, **query: str) -> Json:
        """Read what Gusto holds by now, with a grant of the harness's own, into the recording.

        `path` may have `{company}` in it. Returns the object, or the list with all its pages.
        """
        return self._stand.audit(tenant, path.format(company=tenant.company), query)

    def found_company(self, *, people: int) -> str:
        """Found a company that no account of the integration is meant to connect, and return its UUID."""
        return self._stand.admin.create_company(people=people)

    def roster(self, tenant: Tenant) -> list[str]:
        """Return the UUIDs of the people of a company, as Gusto has them."""
        return [str(each["uuid"]) for each in self.people(tenant)]

    def people(self, tenant: Tenant) -> list[dict[str, Json]]:
        """Return the people of a company, as Gusto has them."""
        return self._stand.admin.people(tenant.company)

    def uuid_of(self, tenant: Tenant, first_name: str) -> str:
        """Return the UUID of the person of a company who has this first name."""
        return next(str(each["uuid"]) for each in self.people(tenant) if each["first_name"] == first_name)

    def change_person(self, tenant: Tenant, person: str, **fields: Json) -> None:
        """Change somebody in Gusto, as an admin would, and wait until the webhooks about it have arrived."""
        self._stand.admin.change_employee(tenant.company, person, **fields)
        self._stand.wait_for_webhooks(tenant)

    def change_person_while_slow(self, tenant: Tenant, person: str, **fields: Json) -> None:
        """Do the same while trouble holds requests; it is taken back once the webhooks were answered."""
        self._stand.admin.change_employee(tenant.company, person, **fields)
        self._stand.admin.wait_for_deliveries(timeout=self._stand.profile.timing.cap)
        self._stand.recorder.disarm()
        self._stand.settle(tenant, since=time.monotonic())

    def begin_hire(self, tenant: Tenant, **fields: Json) -> str:
        """Begin to hire somebody in Gusto, and return the UUID; what follows from it is not waited for."""
        return self._stand.admin.add_employee(tenant.company, **fields)

    def set_onboarded(self, tenant: Tenant, people: Iterable[str], *, onboarded: bool) -> None:
        """Let an admin have completed people's onboarding in Gusto, or not."""
        status = "onboarding_completed" if onboarded else "admin_onboarding_incomplete"
        for person in people:
            self._stand.admin.change_employee(
                tenant.company, person, onboarded=onboarded, onboarding_status=status
            )
        self._stand.wait_for_webhooks(tenant)

    def delete_person(self, tenant: Tenant, person: str) -> None:
        """Delete somebody in Gusto who is being onboarded; what follows from it is not waited for."""
        self._stand.admin.remove_employee(tenant.company, person)

    def dismiss(self, tenant: Tenant, person: str, *, days: int) -> None:
        """Dismiss somebody in Gusto; their last day of work is so many days from today (or ago: negative)."""
        self._stand.admin.dismiss(tenant.company, person, self._stand.site.anchor + timedelta(days=days))
        self._stand.wait_for_webhooks(tenant)

    def cancel_dismissal(self, tenant: Tenant, person: str) -> None:
        """Take a dismissal back that is not in effect yet."""
        self._stand.admin.cancel_dismissal(tenant.company, person)
        self._stand.wait_for_webhooks(tenant)

    def rehire(self, tenant: Tenant, person: str) -> None:
        """Hire somebody again who has left, from today."""
        self._stand.admin.rehire(tenant.company, person, self._stand.site.anchor)
        self._stand.wait_for_webhooks(tenant)

    def in_days(self, days: int) -> date:
        """Return the day so many days from today (or ago: negative), as Gusto counts."""
        return self._stand.site.anchor + timedelta(days=days)

    def give_time_off(self, tenant: Tenant, person: str, days: Mapping[date, str]) -> str:
        """Let somebody ask for so many hours of vacation on these days, and approve; return the request."""
        asked = {day: Decimal(hours) for day, hours in days.items()}
        request = self._stand.admin.request_time_off(tenant.company, person, asked)
        self._stand.admin.approve_time_off(tenant.company, request)
        return request

    def decide_time_off(
        self,
        tenant: Tenant,
        *,
        approve: Iterable[str] = (),
        decline: Iterable[str] = (),
        delete: Iterable[str] = (),
        change: Mapping[str, Mapping[date, str]] = MappingProxyType({}),
    ) -> None:
        """Decide about requests for time off, whatever was decided before: each by its UUID."""
        admin, company = self._stand.admin, tenant.company
        for request in approve:
            admin.approve_time_off(company, request)
        for request in decline:
            admin.decline_time_off(company, request)
        for request in delete:
            admin.delete_time_off(company, request)
        for request, days in change.items():
            moved = {day: Decimal(each) for day, each in days.items()}
            admin.approve_time_off(company, request, days=moved)
        self._stand.wait_for_webhooks(tenant)

    def contractors(self, tenant: Tenant) -> list[dict[str, Json]]:
        """Return the contractors of a company, as Gusto has them."""
        return self._stand.admin.contractors.list(tenant.company)

    def change_contractor(self, tenant: Tenant, contractor: str, **fields: Json) -> None:
        """Change a contractor in Gusto, as an admin would."""
        self._stand.admin.contractors.change(tenant.company, contractor, **fields)
        self._stand.wait_for_webhooks(tenant)

    def define_field(self, tenant: Tenant, name: str) -> str:
        """Give a company one more custom field, for text; return its UUID."""
        return self._stand.admin.custom_fields.define(tenant.company, name, "text")

    def answer_field(self, tenant: Tenant, person: str, field: str, value: str) -> None:
        """Let somebody's answer to a custom field be this; empty: it was cleared."""
        self._stand.admin.custom_fields.answer(tenant.company, person, field, value)

    def admin_mail(self, tenant: Tenant) -> str:
        """Return the e-mail address of the primary admin of a company."""
        return str(self._stand.admin.admins(tenant.company)[0]["email"])

    def pay_bonus(self, tenant: Tenant, *, days_ago: int = 0, reason: str = "Bonus") -> str:
        """Run a payroll beside the regular ones, for everybody; return its UUID."""
        day = self._stand.site.anchor - timedelta(days=days_ago)
        payroll = self._stand.admin.ledgers.pay_bonus(tenant.company, day, reason=reason)
        self._stand.wait_for_webhooks(tenant)
        return payroll

    def run_next_payroll(self, tenant: Tenant, *, paying_back: str = "") -> str:
        """Run the next regular payroll, as an admin does; return its UUID.

        `paying_back` is an amount that somebody on it is reimbursed with.
        """
        payroll = self._stand.admin.next_payroll(tenant.company)
        if paying_back:
            back: Json = [{"amount": paying_back, "description": "Travel"}]
            person = self.roster(tenant)[0]
            self._stand.admin.payroll_desk.enter(tenant.company, payroll, person, reimbursements=back)
        self.desk.run(tenant, payroll)
        return payroll

    def newest_processed_payroll(self, tenant: Tenant, *, skip: int = 0) -> str:
        """Return the UUID of the regular payroll that was run last, or so many before it."""
        payrolls = self._stand.admin.payrolls(tenant.company)
        return [each.uuid for each in payrolls if each.is_processed and not each.is_off_cycle][-1 - skip]

    def let_reports_take(self, tenant: Tenant, seconds: float) -> None:
        """Let the reports that are asked for from now on be pending so long."""
        self._stand.admin.ledgers.let_reports_take(tenant.company, seconds)

    def let_next_report_take(self, tenant: Tenant, payroll: str, seconds: float) -> None:
        """Let the next general ledger of a payroll that is asked for be pending so long."""
        self._stand.admin.ledgers.let_next_report_take(tenant.company, payroll, seconds)

    def is_report_pending(self, tenant: Tenant, payroll: str) -> bool:
        """Return whether a general ledger of a payroll was asked for and is still being made."""
        return self._stand.admin.ledgers.is_report_pending(tenant.company, payroll)

    def let_report_fail(self, tenant: Tenant, payroll: str) -> None:
        """Let every general ledger of a payroll fail from now on."""
        self._stand.admin.ledgers.let_report_fail(tenant.company, payroll)
