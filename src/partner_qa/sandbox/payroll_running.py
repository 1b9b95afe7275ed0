"""What an admin does with payrolls in Gusto: calculate, submit, run, cancel, and make off-cycle ones.

[D] https://docs.gusto.com/app-integrations/docs/updating-payrolls: app integrations cannot. A mistake of the
caller's (the payroll was run already) is `Impossible`: it is a scenario that errs. `payroll.paid` is never
told: Gusto's demo does not either [D].
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from partner_qa.errors import Impossible
from partner_qa.sandbox.benefit_limits import set_rooms
from partner_qa.sandbox.benefit_reckoning import reckon_benefits, take_benefits
from partner_qa.sandbox.company import Company
from partner_qa.sandbox.pay_calendar import Period
from partner_qa.sandbox.payroll import REVERSAL, Payroll
from partner_qa.sandbox.payroll_opening import add_payroll, make_off_cycle, tell_payroll
from partner_qa.sandbox.payroll_reckoning import calculate, forget
from partner_qa.sandbox.payroll_record import business_now, is_cancellable
from partner_qa.sandbox.payroll_rows import note_benefits, note_compensations, prepare_rows, rows_of
from partner_qa.sandbox.payrolls import is_blocked
from partner_qa.sandbox.time_off_hours import restore_balances, settle_balances
from partner_qa.sandbox.time_off_requests import consume_requests, restore_requests
from partner_qa.sandbox.world import World


def calculate_payroll(world: World, company: Company, payroll: Payroll) -> None:
    """Calculate an unprocessed payroll, prepared or not; tells `payroll.calculated` [D]."""
    _require_unprocessed(payroll)
    _require_unblocked(company)
    if payroll.rows is None:
        prepare_rows(company, payroll)
    take_benefits(company, payroll, rows_of(company, payroll))
    set_rooms(company, payroll)
    for row in rows_of(company, payroll).values():
        reckon_benefits(row)
        calculate(row)
    payroll.calculated_at, payroll.status = business_now(world), "calculate_success"
    tell_payroll(world, company, payroll, "calculated")


def submit_payroll(world: World, company: Company, payroll: Payroll) -> None:
    """Submit a payroll, which is being processed from now on; tells `payroll.submitted` [D]."""
    _require_unprocessed(payroll)
    _require_unblocked(company)
    if payroll.calculated_at is None:
        calculate_payroll(world, company, payroll)
    payroll.status = "submitting"
    tell_payroll(world, company, payroll, "submitted")


def process_payroll(world: World, company: Company, payroll: Payroll) -> None:
    """Let a submitted payroll be processed, and frozen for good; tells `payroll.processed` [D].

    Time off that it pays is used up, and what its hours earn is added [I].
    """
    _require_unprocessed(payroll)
    note_compensations(company, payroll)
    note_benefits(company, payroll)
    settle_balances(company, payroll)
    consume_requests(world, company, payroll)
    payroll.status, payroll.processed_on = "submit_success", world.today
    tell_payroll(world, company, payroll, "processed")


def fail_payroll(world: World, company: Company, payroll: Payroll) -> None:
    """Let a submitted payroll fail, so that it can be written again; tells `payroll.processing_failed`."""
    _require_unprocessed(payroll)
    payroll.status = "processing_failed"
    tell_payroll(world, company, payroll, "processing_failed")


def run_payroll(world: World, company: Company, payroll: Payroll) -> None:
    """Calculate, submit and process a payroll, as an admin does before its deadline."""
    submit_payroll(world, company, payroll)
    process_payroll(world, company, payroll)


def cancel_payroll(world: World, company: Company, payroll: Payroll) -> None:
    """Take a processed payroll back, until its deadline; it can be written again. `payroll.cancelled`."""
    if not is_cancellable(world, payroll):
        raise Impossible(f"payroll {payroll.uuid} cannot be cancelled: not run, or past its deadline")
    payroll.processed_on, payroll.calculated_at, payroll.status = None, None, None
    restore_balances(company, payroll)
    restore_requests(world, company, payroll)
    for row in rows_of(company, payroll).values():
        forget(row)
    tell_payroll(world, company, payroll, "cancelled")


def delete_payroll(world: World, company: Company, payroll: Payroll) -> None:
    """Delete an off-cycle payroll that was not run; tells `payroll.deleted`.

    [D] https://docs.gusto.com/embedded-payroll/changelog/added-payrolldeleted-webhook; [I] regular ones stay.
    """
    _require_unprocessed(payroll)
    if not payroll.is_off_cycle:
        raise Impossible(f"payroll {payroll.uuid} is a regular one, which comes of its pay schedule")
    del company.payrolls[payroll.uuid]
    tell_payroll(world, company, payroll, "deleted")


def reverse_payroll(
    world: World, company: Company, payroll: Payroll, people: Iterable[str] | None = None
) -> Payroll:
    """Take back what a processed payroll paid, to everybody or to these; return the reversal.

    [D] tells `payroll.reversed` where nobody is left whose pay stands, else `payroll.partially_reversed`. The
    reversal is an off-cycle payroll of Gusto's own, which nobody can write. [I] its sums are not reckoned.
    """
    if not payroll.is_processed:
        raise Impossible(f"payroll {payroll.uuid} was not processed yet: there is nothing to take back")
    earlier = [each for each in company.payrolls.values() if each.reverses == payroll.uuid]
    standing = set(rows_of(company, payroll)).difference(*(each.people or () for each in earlier))
    wanted = standing if people is None else set(people)
    if not wanted or not wanted <= standing:
        raise Impossible(
            f"payroll {payroll.uuid} did not pay these people, or their pay was reversed already"
        )
    reversal = make_off_cycle(
        payroll_uuid=str(uuid.uuid4()),
        reason=REVERSAL,
        period=Period(start=payroll.start, end=payroll.end, check_date=payroll.check_date),
        people=sorted(wanted),
        created_at=business_now(world),
    )
    reversal.reverses = payroll.uuid
    add_payroll(world, company, reversal)
    tell_payroll(world, company, payroll, "reversed" if wanted == standing else "partially_reversed")
    return reversal


def create_off_cycle(
    world: World, company: Company, *, reason: str, period: Period, people: Iterable[str] | None
) -> Payroll:
    """Make an off-cycle payroll, as an admin does in Gusto; tells `payroll.created`."""
    payroll = make_off_cycle(
        payroll_uuid=str(uuid.uuid4()),
        reason=reason,
        period=period,
        people=people,
        created_at=business_now(world),
    )
    add_payroll(world, company, payroll)
    return payroll


def _require_unprocessed(payroll: Payroll) -> None:
    if payroll.is_processed:
        raise Impossible(f"payroll {payroll.uuid} was processed already")


def _require_unblocked(company: Company) -> None:
    """[D] nobody runs payrolls of a company that is suspended or not approved: category `payroll_blocker`."""
    if is_blocked(company):
        raise Impossible(f"payrolls of company {company.uuid} are blocked: it is suspended or not approved")
