"""Payrolls come about by themselves: one for each pay period of each schedule, until three months ahead.

[D] https://docs.gusto.com/app-integrations/docs/updating-payrolls: Gusto makes regular payrolls from the pay
schedule; the earliest that is not processed is the next to run. Here too is what a company begins with: its
schedule, half a year of processed payrolls and two off-cycle ones. [I] how a demo company pays.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from partner_qa.model import Json
from partner_qa.sandbox.company import Company, Record, Table
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.employee_record import list_terminations
from partner_qa.sandbox.pay_calendar import Period, find_deadline, shift_working_days, walk_periods
from partner_qa.sandbox.payroll import Payroll
from partner_qa.sandbox.world import World

AHEAD = timedelta(days=93)  # [O] as far as a list of payrolls looks ahead
_PAST = timedelta(days=190)  # [I] a little more than the half year that is listed by default
_LAG = 7  # [I] days from the end of a period to its check date
_BORN = time(9, tzinfo=UTC)


def settle_payrolls(company: Company, *, anchor: date, dice: Dice) -> None:
    """Give a company whose people are there its pay schedule and its payrolls.

    The period that holds the anchor date is the next to run: it began at least a week ago, and its deadline
    is at least three days ahead. Everything whose check date is past is processed.
    """
    end = anchor + timedelta(days=(4 - anchor.weekday()) % 7)
    schedule = _make_schedule(dice, end)
    company.pay_schedules[str(schedule["uuid"])] = schedule
    company.pay_schedule_assignment = {"type": "single", "default_pay_schedule_uuid": schedule["uuid"]}
    if company.profile["pay_schedule_type"] is None:
        company.pay_schedule_assignment["type"] = None
    company.founding = _copy(company)
    for payroll in _make_regular(schedule, anchor - _PAST, anchor, mask=dice.uuid()):
        company.payrolls[payroll.uuid] = replace(payroll, is_seeded=payroll.is_processed)
    _add_bonuses(company, anchor, dice)


def open_payrolls(world: World, company: Company) -> None:
    """Make the payrolls that have come within reach since; tells `payroll.created` of each [D]."""
    today = world.today
    for schedule in list(company.pay_schedules.values()):
        if not schedule["active"]:
            continue
        known = [each.end for each in company.payrolls.values() if each.schedule == schedule["uuid"]]
        first = max(known) + timedelta(days=1) if known else today
        for payroll in _make_regular(schedule, first, today, mask=None):
            add_payroll(world, company, payroll)


def add_payroll(world: World, company: Company, payroll: Payroll) -> None:
    """Keep a new payroll and tell of it."""
    company.payrolls[payroll.uuid] = payroll
    tell_payroll(world, company, payroll, "created")


def tell_payroll(world: World, company: Company, payroll: Payroll, what: str) -> None:
    """Tell what happened to a payroll ([D] https://docs.gusto.com/app-integrations/docs/payroll-events)."""
    world.events.append(company.uuid, f"payroll.{what}", "Payroll", payroll.uuid)


def make_off_cycle(
    *,
    payroll_uuid: str,
    reason: str,
    period: Period,
    people: Iterable[str] | None,
    created_at: datetime,
) -> Payroll:
    """Return an off-cycle payroll, of everybody unless some are named; [D] it belongs to no schedule."""
    return Payroll(
        uuid=payroll_uuid,
        schedule=None,
        start=period.start,
        end=period.end,
        check_date=period.check_date,
        initial_check_date=period.check_date,
        deadline=find_deadline(period.check_date),
        created_at=created_at,
        reason=reason,
        people=None if people is None else frozenset(people),
    )


def _make_schedule(dice: Dice, end: date) -> Record:
    return {
        "uuid": dice.uuid(),
        "version": dice.hexadecimal(32),
        "frequency": "Every other week",
        "anchor_pay_date": (end - timedelta(days=280 - _LAG)).isoformat(),
        "anchor_end_of_pay_period": (end - timedelta(days=280)).isoformat(),
        "day_1": None,
        "day_2": None,
        "name": None,
        "custom_name": "Every other Friday",
        "active": True,
        "auto_payroll": False,
        "auto_payroll_enablement_blockers": None,
    }


def _make_regular(schedule: Record, first: date, today: date, *, mask: str | None) -> list[Payroll]:
    """Return the payrolls of a schedule from a day on until as far ahead as is listed.

    With `mask` the UUIDs follow from it, and what was due before today is processed; without, they are new.
    """
    made: list[Payroll] = []
    for period in walk_periods(schedule, first):
        if period.end > today + AHEAD:
            break
        name = f"{schedule['uuid']} {period.end}"
        is_past = mask is not None and period.check_date < today
        deadline = find_deadline(period.check_date)
        made.append(
            Payroll(
                uuid=str(uuid.uuid4()) if mask is None else Dice(mask, name).uuid(),
                schedule=str(schedule["uuid"]),
                start=period.start,
                end=period.end,
                check_date=period.check_date,
                initial_check_date=period.check_date,
                deadline=deadline,
                created_at=datetime.combine(min(period.start, today) - timedelta(days=30), _BORN),
                processed_on=deadline.date() if is_past else None,
                calculated_at=deadline - timedelta(hours=3) if is_past else None,
                status="submit_success" if is_past else None,
            )
        )
    return made


def make_bonus(payroll_uuid: str, day: date, *, is_past: bool, reason: str = "Bonus") -> Payroll:
    """Return an off-cycle payroll that pays everybody a bonus: run on its day, or waiting to be run.

    What one that was run has paid is chance, as of all payrolls of the past.
    """
    payroll = make_off_cycle(
        payroll_uuid=payroll_uuid,
        reason=reason,
        period=Period(start=day, end=day, check_date=shift_working_days(day, 2 if is_past else 9)),
        people=None,
        created_at=datetime.combine(day, _BORN),
    )
    if is_past:
        payroll.is_seeded, payroll.processed_on = True, day
        payroll.calculated_at = datetime.combine(day, time(18, tzinfo=UTC))
        payroll.status = "submit_success"
        payroll.deadline = datetime.combine(day, time(23, tzinfo=UTC))
    return payroll


def _add_bonuses(company: Company, anchor: date, dice: Dice) -> None:
    """Add two off-cycle payrolls: one that was run two months ago, and one that waits."""
    for days, is_past in ((-60, True), (-2, False)):
        payroll = make_bonus(dice.uuid(), anchor + timedelta(days=days), is_past=is_past)
        company.payrolls[payroll.uuid] = payroll


def _copy(company: Company) -> Company:
    """Return what payrolls of the past are made of, out of reach of later writes."""
    employees: Table = {}
    for employee, each in company.employees.items():
        terminations: list[Json] = [dict(end) for end in list_terminations(each)]
        employees[employee] = {**each, "terminations": terminations}
    return Company(
        uuid=company.uuid,
        profile=company.profile,
        employees=employees,
        jobs={job: dict(each) for job, each in company.jobs.items()},
        compensations={pay: dict(each) for pay, each in company.compensations.items()},
        company_benefits={benefit: dict(each) for benefit, each in company.company_benefits.items()},
        employee_benefits={key: dict(each) for key, each in company.employee_benefits.items()},
        pay_schedules=company.pay_schedules,
        time_off_policies=company.time_off_policies,
        time_off_balances={policy: dict(each) for policy, each in company.time_off_balances.items()},
        pay_schedule_assignment=dict(company.pay_schedule_assignment),
    )
