"""What comes back in every payroll without being sent: reimbursements that recur, and deductions.

[D] recurring reimbursements are on regular payrolls by themselves
(https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_id-recurring_reimbursements);
[I] a garnishment is a deduction of the payroll under its own UUID, and off-cycle payrolls have it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from partner_qa.model import Json
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.payroll import Payroll
from partner_qa.sandbox.work import group


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The standing items of a company's people, looked up once for one payroll."""

    reimbursements: Mapping[str, Sequence[Record]]
    garnishments: Mapping[str, Sequence[Record]]

    @classmethod
    def of(cls, company: Company, payroll: Payroll) -> Standing:
        """Return what stands on the day on which a payroll is prepared."""
        table = {} if payroll.is_off_cycle else company.recurring_reimbursements
        return cls(
            reimbursements=group(table, "employee_uuid"),
            garnishments=group(company.garnishments, "employee_uuid"),
        )

    def list_reimbursements(self, employee: str) -> list[Json]:
        """Return what somebody is paid back each time."""
        return [
            {name: each[name] for name in ("uuid", "amount", "description")} | {"recurring": True}
            for each in self.reimbursements.get(employee, ())
        ]

    def list_deductions(self, employee: str) -> list[Json]:
        """Return what is deducted from somebody each time: garnishments; every eighth has a parking space."""
        found: list[Json] = [
            {
                "name": each["description"] or "Garnishment",
                "amount": float(str(each["amount"])),
                "amount_type": "percent" if each["deduct_as_percentage"] else "fixed",
                "uuid": each["uuid"],
                "updatable_via_payroll": True,
            }
            for each in self.garnishments.get(employee, ())
            if each["active"]
        ]
        return found + _list_parking(employee)


def _list_parking(employee: str) -> list[Json]:
    dice = Dice("deductions", employee)
    if not dice.happens(8):
        return []
    return [
        {
            "name": "Parking",
            "amount": 12.5,
            "amount_type": "fixed",
            "uuid": dice.uuid(),
            "updatable_via_payroll": True,
        }
    ]


def to_item_key(entry: Record) -> str:
    """Return by what a reimbursement or deduction is known: its UUID."""
    return f"item {entry['uuid']}"
