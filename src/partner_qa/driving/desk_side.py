"""Gusto's side of a payroll that is being written: what an admin types into it, and how it looks then.

Part of `stage.gusto` (gusto_side.py), as `desk`.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from partner_qa.driving.stand import Stand
from partner_qa.model import Json, Tenant
from partner_qa.sandbox.payroll import Row

_ROWS_PER_PAGE = 100  # of a payroll that is shown, at most


class DeskSide:
    """What an admin does at the desk before a payroll is run, where the integration cannot see it."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand

    def next_payroll(self, tenant: Tenant) -> str:
        """Return the UUID of the regular payroll that is next to run."""
        return self._stand.admin.next_payroll(tenant.company)

    def period(self, tenant: Tenant, payroll: str) -> dict[str, Json]:
        """Return the first and last day of a payroll, as an integration is asked for them."""
        found = next(each for each in self._stand.admin.payrolls(tenant.company) if each.uuid == payroll)
        return {"start_date": found.start.isoformat(), "end_date": found.end.isoformat()}

    def add_off_cycle(self, tenant: Tenant, *, reason: str, before: str) -> str:
        """Make an off-cycle payroll of everybody, of days before those of a payroll; return its UUID."""
        first = next(each for each in self._stand.admin.payrolls(tenant.company) if each.uuid == before).start
        return self._stand.admin.create_off_cycle_payroll(
            tenant.company, reason=reason, start=first - timedelta(days=2), end=first - timedelta(days=1)
        )

    def add_earning_type(self, tenant: Tenant, name: str, *, active: bool = True) -> None:
        """Give a company an earning type of its own."""
        self._stand.admin.payroll_desk.add_earning_type(tenant.company, name, active=active)

    def enter(self, tenant: Tenant, payroll: str, person: str, **fields: Json) -> None:
        """Type fields into somebody's row. Nobody waits for what the integration makes of it."""
        self._stand.admin.payroll_desk.enter(tenant.company, payroll, person, **fields)

    def raise_pay(self, tenant: Tenant, payroll: str, person: str, *, name: str, by: str) -> None:
        """Raise an amount in somebody's row, whatever it is by now. Nobody waits either."""
        kept = next(each for each in self._stand.admin.payrolls(tenant.company) if each.uuid == payroll)
        amount = _read_fixed((kept.rows or {})[person], name) + Decimal(by)
        entry: list[Json] = [{"name": name, "amount": f"{amount:.2f}"}]
        self.enter(tenant, payroll, person, fixed_compensations=entry)

    def calculate(self, tenant: Tenant, payroll: str) -> None:
        """Calculate a payroll, and read everybody's row into the recording."""
        self._stand.admin.calculate_payroll(tenant.company, payroll)
        self._stand.wait_for_webhooks(tenant)
        kept = next(each for each in self._stand.admin.payrolls(tenant.company) if each.uuid == payroll)
        pages = -(-len(kept.rows or {}) // _ROWS_PER_PAGE)
        for page in range(1, pages + 1):
            path = f"/v1/companies/{tenant.company}/payrolls/{payroll}"
            self._stand.audit(tenant, path, {"page": str(page)})

    def run(self, tenant: Tenant, payroll: str) -> None:
        """Calculate, submit and process a payroll; it takes nothing any more."""
        self._stand.admin.run_payroll(tenant.company, payroll)
        self._stand.wait_for_webhooks(tenant)

    def suspend(self, tenant: Tenant) -> None:
        """Suspend a company, so that its payrolls are blocked."""
        self._stand.admin.company_desk.suspend(tenant.company)
        self._stand.wait_for_webhooks(tenant)

    def lift_suspension(self, tenant: Tenant) -> None:
        """Let a company be suspended no more."""
        self._stand.admin.company_desk.lift_suspension(tenant.company)
        self._stand.wait_for_webhooks(tenant)


def _read_fixed(row: Row, name: str) -> Decimal:
    entries = row["fixed_compensations"]
    rows = entries if isinstance(entries, list) else []
    amounts = [str(each["amount"]) for each in rows if isinstance(each, dict) and each["name"] == name]
    return sum(map(Decimal, amounts), Decimal(0))
