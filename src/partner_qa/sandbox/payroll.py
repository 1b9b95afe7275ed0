"""A payroll as the sandbox keeps it; its rows say what each person gets.

Only values stand here: how they are shown is payroll_record.py, who is on one and what they earn is
payroll_rows.py. A row is the JSON object of its employee, without the names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from partner_qa.model import Json

Row = dict[str, Json]

# [D] off-cycle reasons of payrolls that nobody but Gusto runs
TAX_RECONCILIATION = "Tax reconciliation"  # [D]
REVERSAL = "Reversal"  # [D]
RESERVED = frozenset({"Benefit reversal", REVERSAL, TAX_RECONCILIATION})
TRANSITION = "Transition from old pay schedule"  # [D]
DISMISSAL = "Dismissed employee"  # [D]
# [D] schema `Off-Cycle-Reason-Type`: all of them
REASONS = (
    "Adhoc",
    "Benefit reversal",
    "Bonus",
    "Correction",
    DISMISSAL,
    "Hired employee",
    "Wage correction",
    TAX_RECONCILIATION,
    REVERSAL,
    "Disability insurance distribution",
    TRANSITION,
)


@dataclass(slots=True, kw_only=True)
class Payroll:
    """One payroll: regular where it has no `reason`, off-cycle otherwise.

    `people` are those whom an off-cycle payroll pays (`None`: everybody). `rows` is `None` until it is
    prepared; a payroll that was processed before the sandbox began gets them when somebody first looks
    (`is_seeded`). `status` is that of its processing request; `edited` holds what an update or a sync wrote
    and a prepare must leave alone; `compensations` and company `benefits` are those that it paid, `time_off`
    what it changed in balances, by policy and employee, and `consumed` the requests that it paid. `locks` is
    how many updates will still find it locked, `reverses` the payroll that a reversal takes back.
    """

    uuid: str
    schedule: str | None
    start: date
    end: date
    check_date: date
    initial_check_date: date
    deadline: datetime
    created_at: datetime
    reason: str | None = None
    people: frozenset[str] | None = None
    rows: dict[str, Row] | None = None
    is_seeded: bool = False
    processed_on: date | None = None
    calculated_at: datetime | None = None
    status: str | None = None
    compensations: frozenset[str] = frozenset()
    benefits: frozenset[str] = frozenset()
    time_off: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    consumed: list[str] = field(default_factory=list)
    edited: set[tuple[str, str]] = field(default_factory=set)
    withholding_pay_period: str | None = None
    fixed_withholding_rate: bool | None = None
    skip_regular_deductions: bool | None = None
    locks: int = 0
    reverses: str = ""

    @property
    def is_processed(self) -> bool:
        """Whether it was run."""
        return self.processed_on is not None

    @property
    def is_off_cycle(self) -> bool:
        """Whether it was made by hand; [D] a transition payroll counts as one."""
        return self.reason is not None

    def overlaps(self, start: date, end: date) -> bool:
        """Whether its pay period has a day in common with these days, both ends included."""
        return self.start <= end and self.end >= start
