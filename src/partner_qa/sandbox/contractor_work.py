"""When a contractor works for a company: dismissed, brought back, and what the days bring.

All of it is Gusto's side: an application sees it in the contractor's record and in events. [D] names of the
events, https://docs.gusto.com/app-integrations/docs/webhook-events (September 2026 for those of a day);
[I] the `dismissal_date` is the last day of work, as for employees.
"""

from __future__ import annotations

from datetime import date

from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.contractors import tell
from partner_qa.sandbox.locking import write
from partner_qa.sandbox.world import World


def finish(world: World, company: Company, record: Record) -> None:
    """Complete the onboarding of a contractor; tells `contractor.onboarded`."""
    write(record, {"onboarded": True, "onboarding_status": "onboarding_completed", "payment_method": "Check"})
    tell(world, company, record, "onboarded")


def complete_self_onboarding(world: World, company: Company, record: Record) -> None:
    """Let a contractor finish their own part, which an admin has yet to review.

    Tells `contractor.self_onboarding_completed`.
    """
    write(record, {"onboarding_status": "self_onboarding_review"})
    tell(world, company, record, "self_onboarding_completed")


def delete(world: World, company: Company, record: Record) -> None:
    """Remove a contractor who was never onboarded; tells `contractor.deleted`."""
    contractor = str(record["uuid"])
    del company.contractors[contractor]
    company.contractor_accounts.pop(contractor, None)
    tell(world, company, record, "deleted")


def dismiss(world: World, company: Company, record: Record, last_day: date) -> None:
    """End the work of a contractor on a day; tells `contractor.deactivated`.

    For a day gone by `contractor.deactivation_effective` is told at once.
    """
    write(record, {"dismissal_date": last_day.isoformat(), "upcoming_employment": None})
    tell(world, company, record, "deactivated")
    if last_day < world.today:
        _end(world, company, record)


def cancel_dismissal(world: World, company: Company, record: Record) -> None:
    """Let a contractor stay who was to leave; tells `contractor.deactivation_cancelled`."""
    write(record, {"dismissal_date": None})
    tell(world, company, record, "deactivation_cancelled")


def rehire(world: World, company: Company, record: Record, first_day: date) -> None:
    """Let a dismissed contractor work again from a day on; tells `contractor.reactivated`.

    For today or a day gone by `contractor.reactivation_effective` is told at once.
    """
    write(record, {"upcoming_employment": {"start_date": first_day.isoformat(), "setup_status": None}})
    tell(world, company, record, "reactivated")
    if first_day <= world.today:
        _begin(world, company, record)


def cancel_rehire(world: World, company: Company, record: Record) -> None:
    """Let a contractor stay away who was to come back; tells `contractor.reactivation_cancelled`."""
    write(record, {"upcoming_employment": None})
    tell(world, company, record, "reactivation_cancelled")


def bring_contractors_to_today(world: World) -> None:
    """Let those go whose last day has gone by, and those be back whose first has come."""
    for company in world.companies.values():
        for record in company.contractors.values():
            day = record["dismissal_date"]
            if record["is_active"] and day is not None and str(day) < world.today.isoformat():
                _end(world, company, record)
            coming = record["upcoming_employment"]
            if isinstance(coming, dict) and str(coming["start_date"]) <= world.today.isoformat():
                _begin(world, company, record)


def _end(world: World, company: Company, record: Record) -> None:
    write(record, {"is_active": False})
    tell(world, company, record, "deactivation_effective")


def _begin(world: World, company: Company, record: Record) -> None:
    write(record, {"is_active": True, "dismissal_date": None, "upcoming_employment": None})
    tell(world, company, record, "reactivation_effective")
