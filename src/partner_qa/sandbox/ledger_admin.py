"""What a bookkeeper meets: payrolls beside the regular ones, and reports that are late or never come.

`Admin.ledgers` is one. No integration can reach any of it; safe to call from any thread. A company that is
not there is our own mistake: `Impossible`.
"""

from __future__ import annotations

import uuid
from datetime import date

from partner_qa.errors import Impossible
from partner_qa.sandbox.company import Company
from partner_qa.sandbox.payroll_opening import add_payroll, make_bonus, tell_payroll
from partner_qa.sandbox.world import World


class LedgerAdmin:
    """The verbs for payrolls that were run beside the regular ones, and for reports."""

    def __init__(self, world: World) -> None:
        self._world = world

    def pay_bonus(self, company: str, day: date, *, reason: str = "Bonus") -> str:
        """Run an off-cycle payroll of everybody on a day, today or before; return its UUID.

        Tells `payroll.created` and `payroll.processed`. One for `Tax reconciliation` has no pay period [D].
        """
        with self._world.lock:
            found = self._require(company)
            payroll = make_bonus(str(uuid.uuid4()), day, is_past=True, reason=reason)
            add_payroll(self._world, found, payroll)
            tell_payroll(self._world, found, payroll, "processed")
            return payroll.uuid

    def let_reports_take(self, company: str, seconds: float) -> None:
        """Let the reports of a company that are asked for from now on be pending so long."""
        with self._world.lock:
            self._require(company).reports_take = seconds

    def let_next_report_take(self, company: str, payroll: str, seconds: float) -> None:
        """Let the next general ledger of a payroll that is asked for be pending so long, and no later one."""
        with self._world.lock:
            self._require(company).slow_reports[payroll] = seconds

    def is_report_pending(self, company: str, payroll: str) -> bool:
        """Return whether a general ledger of a payroll was asked for and is still being made."""
        with self._world.lock:
            reports, now = self._require(company).reports.values(), self._world.now()
            return any(each.payroll == payroll and each.is_pending(now) for each in reports)

    def let_report_fail(self, company: str, payroll: str) -> None:
        """Let every general ledger of a payroll that is asked for from now on fail."""
        with self._world.lock:
            self._require(company).failing_reports.append(payroll)

    def _require(self, company: str) -> Company:
        found = self._world.companies.get(company)
        if found is None:
            raise Impossible(f"the sandbox has no company {company}")
        self._world.touch(company)
        return found
