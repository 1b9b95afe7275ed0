"""Gusto's side of a scenario: what an admin does there, and what Gusto itself does.

Only the embedded sandbox has such a side; on the live target a person would have to do it. Each verb waits
until the webhooks that tell of it have arrived and what follows from them was done.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal

from partner_qa.driving.stand import Stand
from partner_qa.errors import HarnessBug
from partner_qa.model import Json, Target, Tenant


class GustoSide:
    """What a scenario may do in Gusto, where the integration cannot see it."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

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
        if self._stand.auditor is None:
            raise HarnessBug(f"a scenario audits Gusto on the {Target.LIVE} target")
        return self._stand.auditor.read(tenant.company, path.format(company=tenant.company), query)

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
        self._wait_for_webhooks(tenant)

    def change_person_while_slow(self, tenant: Tenant, person: str, **fields: Json) -> None:
        """Do the same while trouble holds requests; it is taken back once the webhooks were answered."""
        self._stand.admin.change_employee(tenant.company, person, **fields)
        self._stand.admin.wait_for_deliveries(timeout=self._stand.profile.timing.cap)
        self._stand.recorder.disarm()
        self._stand.settle(tenant, since=time.monotonic())

    def dismiss(self, tenant: Tenant, person: str, *, days: int) -> None:
        """Dismiss somebody in Gusto; their last day of work is so many days from today (or ago: negative)."""
        self._stand.admin.dismiss(tenant.company, person, self._stand.site.anchor + timedelta(days=days))
    def begin_hire(self, tenant: Tenant, **fields: Json) -> str:
        """Begin to hire somebody in Gusto, and return the UUID; what follows from it is not waited for."""
        return self._stand.admin.add_employee(tenant.company, **fields)

    def set_onboarded(self, tenant: Tenant, person: str, *, onboarded: bool) -> None:
        """Let an admin have completed somebody's onboarding in Gusto, or not."""
        status = "onboarding_completed" if onboarded else "admin_onboarding_incomplete"
        self.change_person(tenant, person, onboarded=onboarded, onboarding_status=status)

    def delete_person(self, tenant: Tenant, person: str) -> None:
        """Delete somebody in Gusto who is being onboarded; what follows from it is not waited for."""
        self._stand.admin.remove_employee(tenant.company, person)

        self._wait_for_webhooks(tenant)

    def cancel_dismissal(self, tenant: Tenant, person: str) -> None:
        """Take a dismissal back that is not in effect yet."""
        self._stand.admin.cancel_dismissal(tenant.company, person)
        self._wait_for_webhooks(tenant)

    def rehire(self, tenant: Tenant, person: str) -> None:
        """Hire somebody again who has left, from today."""
        self._stand.admin.rehire(tenant.company, person, self._stand.site.anchor)
        self._wait_for_webhooks(tenant)

    def day(self, days: int) -> date:
        """Return the day so many days from today (or ago: negative), as Gusto counts."""
        return self._stand.site.anchor + timedelta(days=days)

    def ask_for_time_off(self, tenant: Tenant, person: str, days: Mapping[date, str]) -> str:
        """Let somebody ask for so many hours of vacation on these days; return the request's UUID."""
        asked = {day: Decimal(hours) for day, hours in days.items()}
        return self._stand.admin.request_time_off(tenant.company, person, asked)

    def decide_time_off(self, tenant: Tenant, request: str, *, approves: bool) -> None:
        """Approve or decline a request for time off, as an admin does, whatever was decided before."""
        decide = self._stand.admin.approve_time_off if approves else self._stand.admin.decline_time_off
        decide(tenant.company, request)
        self._wait_for_webhooks(tenant)

    def change_time_off(self, tenant: Tenant, request: str, days: Mapping[date, str]) -> None:
        """Let a request for time off be for these days instead."""
        asked = {day: Decimal(hours) for day, hours in days.items()}
        self._stand.admin.change_time_off(tenant.company, request, asked)
        self._wait_for_webhooks(tenant)

    def delete_time_off(self, tenant: Tenant, request: str) -> None:
        """Take a request for time off back."""
        self._stand.admin.delete_time_off(tenant.company, request)
        self._wait_for_webhooks(tenant)

    def contractors(self, tenant: Tenant) -> list[dict[str, Json]]:
        """Return the contractors of a company, as Gusto has them."""
        return self._stand.admin.contractors.list(tenant.company)

    def change_contractor(self, tenant: Tenant, contractor: str, **fields: Json) -> None:
        """Change a contractor in Gusto, as an admin would."""
        self._stand.admin.contractors.change(tenant.company, contractor, **fields)
        self._wait_for_webhooks(tenant)

    def define_field(self, tenant: Tenant, name: str) -> str:
        """Give a company one more custom field, for text; return its UUID."""
        return self._stand.admin.custom_fields.define(tenant.company, name, "text")

    def answer_field(self, tenant: Tenant, person: str, field: str, value: str | None) -> None:
        """Let somebody's answer to a custom field be this; empty: cleared, `None`: never answered."""
        fields = self._stand.admin.custom_fields
        if value is None:
            fields.forget(tenant.company, person, field)
        else:
            fields.answer(tenant.company, person, field, value)
        self._wait_for_webhooks(tenant)

    def _wait_for_webhooks(self, tenant: Tenant) -> None:
        """Wait until what is owed was delivered, and what follows from it was done."""
        self._stand.admin.wait_for_deliveries(timeout=self._stand.profile.timing.cap)
        self._stand.settle(tenant, since=time.monotonic())
