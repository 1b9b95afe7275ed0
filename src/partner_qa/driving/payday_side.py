"""Gusto's side of payday: schedules, pay periods, payrolls that are run there, hours on their way into them.

Part of `stage.gusto` (gusto_side.py). Unless they say otherwise, verbs wait until the webhooks that
tell of them have arrived and what follows was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from partner_qa.driving.stand import Stand
from partner_qa.model import Json, Tenant
from partner_qa.sandbox.payroll import Payroll

_UNDER_WAY = frozenset({"pending", "in_progress"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPeriod:
    """A pay period that has begun and was not paid yet, with its schedule and its payroll."""

    schedule: str
    payroll: str
    start: date
    end: date

    def to_json(self) -> dict[str, Json]:
        """Return the period as a time-tracking product asks for its sync."""
        return {
            "pay_schedule_uuid": self.schedule,
            "start_date": self.start.isoformat(),
            "end_date": self.end.isoformat(),
        }


class PaydaySide:
    """What a scenario may do about payrolls in Gusto, where the integration cannot see it."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    @property
    def today(self) -> date:
        """Return the business day of the sandbox."""
        return self._stand.site.anchor

    def pay_by_two_schedules(self, tenant: Tenant) -> None:
        """Let a company pay every second person, from the second on, by another schedule: twice per month."""
        self._stand.admin.assign_pay_schedules(tenant.company, "by_employee")
        self._stand.wait_for_webhooks(tenant)

    def open_periods(self, tenant: Tenant) -> list[OpenPeriod]:
        """Return for each schedule the pay period that holds today, first schedule first."""
        found = [each for each in self._stand.admin.payrolls(tenant.company) if _is_open(each, self.today)]
        first = self._stand.admin.payrolls(tenant.company)[0].schedule
        found.sort(key=lambda each: each.schedule != first)
        return [
            OpenPeriod(schedule=str(each.schedule), payroll=each.uuid, start=each.start, end=each.end)
            for each in found
        ]

    def submit_payroll(self, tenant: Tenant, payroll: str) -> None:
        """Submit a payroll and leave it in processing, which takes nothing. Nobody waits for webhooks."""
        self._stand.admin.submit_payroll(tenant.company, payroll)

    def reopen_payroll(self, tenant: Tenant, payroll: str) -> None:
        """Let a submitted payroll fail, so that it can be written again. Nobody waits for webhooks."""
        self._stand.admin.fail_payroll(tenant.company, payroll)

    def list_syncs(self, tenant: Tenant) -> list[str]:
        """Return the syncs of hours into payrolls, oldest first, whoever started them."""
        return list(self._stand.admin.payroll_syncs(tenant.company))

    def start_sync(self, tenant: Tenant, period: OpenPeriod) -> None:
        """Start a sync of a pay period in Gusto, where it has hours. Nobody waits for webhooks."""
        asked: dict[str, Json] = {
            "pay_schedule_uuid": period.schedule,
            "pay_period_start_date": period.start.isoformat(),
            "pay_period_end_date": period.end.isoformat(),
        }
        self._stand.admin.start_payroll_sync(tenant.company, asked)

    def finish_syncs(self, tenant: Tenant) -> list[str]:
        """Let every sync of hours into a payroll come to its end; return all there were, oldest first."""
        admin = self._stand.admin
        syncs = admin.payroll_syncs(tenant.company)
        under_way = [sync for sync, status in syncs.items() if status in _UNDER_WAY]
        for sync in under_way:
            while admin.advance_sync(tenant.company, sync) in _UNDER_WAY:
                pass
        if under_way:
            self._stand.wait_for_webhooks(tenant)
        return list(syncs)


def _is_open(payroll: Payroll, today: date) -> bool:
    is_regular = payroll.schedule is not None and not payroll.is_off_cycle
    return is_regular and not payroll.is_processed and payroll.start <= today <= payroll.end
