"""What an admin does with contractors in Gusto: finish, dismiss, bring back, pay. `Admin.contractors` is one.

No integration can reach any of it; safe to call from any thread. What is not there, or cannot be done with
somebody, is our own mistake: `Impossible`.
"""

from __future__ import annotations

from datetime import date

from partner_qa.errors import Impossible
from partner_qa.model import Json
from partner_qa.sandbox import contractor_work
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.contractor_payments import cancel, may_cancel, pay
from partner_qa.sandbox.contractor_record import is_leaving
from partner_qa.sandbox.contractors import change_contractor
from partner_qa.sandbox.world import World

_BY_THEMSELVES = frozenset(
    {"self_onboarding_not_invited", "self_onboarding_invited", "self_onboarding_started"}
)


class ContractorAdmin:
    """The verbs for contractors. Each takes the UUIDs of the company and of the contractor."""

    def __init__(self, world: World) -> None:
        self._world = world

    def list(self, company: str) -> list[Record]:
        """Return the contractors of a company as Gusto keeps them, in the order in which they came."""
        with self._world.lock:
            return [dict(each) for each in self._require(company).contractors.values()]

    def change(self, company: str, contractor: str, **fields: Json) -> None:
        """Change fields of a contractor; tells `contractor.updated`."""
        with self._world.lock:
            record = self._find(company, contractor)
            _require(set(fields) <= set(record), f"a contractor has no such field: {', '.join(fields)}")
            change_contractor(self._world, self._require(company), record, fields)

    def finish(self, company: str, contractor: str) -> None:
        """Complete the onboarding of a contractor, who is paid by check; tells `contractor.onboarded`."""
        with self._world.lock:
            record = self._find(company, contractor)
            _require(not record["onboarded"], f"contractor {contractor} is onboarded already")
            contractor_work.finish(self._world, self._require(company), record)

    def complete_self_onboarding(self, company: str, contractor: str) -> None:
        """Let a contractor finish their own part; tells `contractor.self_onboarding_completed`."""
        with self._world.lock:
            record = self._find(company, contractor)
            by_themselves = str(record["onboarding_status"]) in _BY_THEMSELVES
            _require(by_themselves, f"contractor {contractor} does not onboard themselves")
            contractor_work.complete_self_onboarding(self._world, self._require(company), record)

    def delete(self, company: str, contractor: str) -> None:
        """Remove a contractor whose onboarding is not finished; tells `contractor.deleted`."""
        with self._world.lock:
            record = self._find(company, contractor)
            _require(not record["onboarded"], f"contractor {contractor} is onboarded: dismiss them")
            contractor_work.delete(self._world, self._require(company), record)

    def dismiss(self, company: str, contractor: str, last_day: date) -> None:
        """End the work of a contractor on their last day; tells `contractor.deactivated`."""
        with self._world.lock:
            record = self._find(company, contractor)
            is_here = record["is_active"] and record["dismissal_date"] is None
            _require(bool(is_here), f"contractor {contractor} is leaving or has left already")
            contractor_work.dismiss(self._world, self._require(company), record, last_day)

    def cancel_dismissal(self, company: str, contractor: str) -> None:
        """Let a contractor stay who was to leave; tells `contractor.deactivation_cancelled`."""
        with self._world.lock:
            record = self._find(company, contractor)
            _require(is_leaving(record, self._world.today), f"contractor {contractor} is not leaving")
            contractor_work.cancel_dismissal(self._world, self._require(company), record)

    def rehire(self, company: str, contractor: str, first_day: date) -> None:
        """Let a dismissed contractor work again from a day on; tells `contractor.reactivated`."""
        with self._world.lock:
            record = self._find(company, contractor)
            is_gone = not record["is_active"] and record["upcoming_employment"] is None
            _require(is_gone, f"contractor {contractor} has not left, or is coming back already")
            contractor_work.rehire(self._world, self._require(company), record, first_day)

    def cancel_rehire(self, company: str, contractor: str) -> None:
        """Let a contractor stay away who was to come back; tells `contractor.reactivation_cancelled`."""
        with self._world.lock:
            record = self._find(company, contractor)
            _require(record["upcoming_employment"] is not None, f"contractor {contractor} is not coming back")
            contractor_work.cancel_rehire(self._world, self._require(company), record)

    def pay(self, company: str, contractor: str, day: date, **given: Json) -> str:
        """Pay a contractor on a day and return the payment's UUID; tells `contractor_payment.created`.

        `given` are hours, wage, bonus and reimbursement as decimal texts, memo and invoice_number.
        """
        with self._world.lock:
            record = self._find(company, contractor)
            return str(pay(self._world, self._require(company), record, day, given)["uuid"])

    def cancel_payment(self, company: str, payment: str) -> None:
        """Take back a payment that lies ahead; tells `contractor_payment.cancelled`."""
        with self._world.lock:
            found = self._require(company).contractor_payments.get(payment)
            if found is None or not may_cancel(self._world, found):
                raise Impossible(f"company {company} has no payment {payment} that can be cancelled")
            cancel(self._world, self._require(company), found)

    def _require(self, company: str) -> Company:
        found = self._world.companies.get(company)
        if found is None:
            raise Impossible(f"the sandbox has no company {company}")
        self._world.touch(company)  # who asks for it here may change it
        return found

    def _find(self, company: str, contractor: str) -> Record:
        found = self._require(company).contractors.get(contractor)
        if found is None:
            raise Impossible(f"company {company} has no contractor {contractor}")
        return found


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Impossible(otherwise)
