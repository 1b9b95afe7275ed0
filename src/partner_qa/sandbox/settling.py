"""What belongs to somebody from the day they are hired: where they live and work, what they do and earn.

people.py decides who comes; here they get the records of the other tables. Seed only: what an operation
writes is in addresses.py and jobs.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.places import JOBS, STREETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """What is needed to settle somebody: the company, its chance and its day, and who has come so far."""

    company: Company
    dice: Dice
    anchor: date
    places: Sequence[str]
    departments: Sequence[str]
    mailboxes: set[str] = field(default_factory=set)
    settled: list[str] = field(default_factory=list)


def add_home(town: Town, index: int, employee: str, hired: date, place: str) -> None:
    """Let somebody live near their place of work; every ninth moved since."""
    dice = town.dice
    location = town.company.locations[place]
    moves = [hired] if index % 9 else [hired, hired + timedelta(days=200)]
    for day in moves:
        uuid = dice.uuid()
        town.company.home_addresses[uuid] = {
            "uuid": uuid,
            "version": dice.hexadecimal(32),
            "employee_uuid": employee,
            "street_1": f"{1 + dice.roll(900)} {dice.pick(STREETS)}",
            "street_2": f"Apt {1 + dice.roll(90)}" if index % 3 == 0 else None,
            "city": location["city"],
            "state": location["state"],
            "zip": location["zip"],
            "country": "USA",
            "effective_date": day.isoformat(),
            "courtesy_withholding": False,
            "warnings": [],
        }


def add_workplace(town: Town, employee: str, hired: date, place: str) -> None:
    """Let somebody work at a location of the company."""
    uuid = town.dice.uuid()
    town.company.work_addresses[uuid] = {
        "uuid": uuid,
        "version": town.dice.hexadecimal(32),
        "employee_uuid": employee,
        "location_uuid": place,
        "effective_date": hired.isoformat(),
    }


def add_return(town: Town, employee: str, hired: date, place: str) -> None:
    """Let somebody be here for the second time since a day; the first began two years before."""
    dice = Dice(employee)  # of their own, so that nobody else becomes another
    uuid = dice.uuid()
    town.company.rehires[uuid] = {
        "uuid": uuid,
        "version": dice.hexadecimal(32),
        "employee_uuid": employee,
        "effective_date": hired.isoformat(),
        "file_new_hire_report": True,
        "work_location_uuid": place,
        "former_hire_date": (hired - timedelta(days=730)).isoformat(),
    }


def is_hourly(index: int) -> bool:
    """Whether the primary job of the person with this index is paid by the hour."""
    return JOBS[index % len(JOBS)][2]


def add_job(town: Town, index: int, person: Record, hired: date, *, is_primary: bool) -> None:
    """Give somebody a job; some were paid less before, some will be paid more."""
    dice = town.dice
    title, pay, is_hourly = JOBS[index % len(JOBS)]
    if not is_primary:
        title, pay, is_hourly = next(job for job in JOBS if job[2] and job[0] != title)
    uuid = dice.uuid()
    town.company.jobs[uuid] = {
        "uuid": uuid,
        "version": dice.hexadecimal(32),
        "employee_uuid": person["uuid"],
        "hire_date": hired.isoformat(),
        "title": None if index % 13 == 12 else title,
        "primary": is_primary,
        "two_percent_shareholder": False,
        "state_wc_covered": True if index % 4 == 1 else None,
        "state_wc_class_code": "8810" if index % 4 == 1 else None,
    }
    days = [hired]
    if index % 3 == 2 and hired + timedelta(days=250) < town.anchor:
        days.append(hired + timedelta(days=250))
    if index % 10 == 7:
        days.append(max(hired, town.anchor) + timedelta(days=60))
    for step, day in enumerate(days):
        _add_compensation(
            town, uuid, person, day, pay=pay * (100 + 4 * step), is_hourly=is_hourly, index=index
        )


def _add_compensation(
    town: Town, job: str, person: Record, day: date, *, pay: int, is_hourly: bool, index: int
) -> None:
    """Add what a job pays from a day on; `pay` is in cents."""
    uuid = town.dice.uuid()
    town.company.compensations[uuid] = {
        "uuid": uuid,
        "version": town.dice.hexadecimal(32),
        "employee_uuid": person["uuid"],
        "job_uuid": job,
        "rate": f"{pay // 100}.{pay % 100:02d}",
        "payment_unit": "Hour" if is_hourly else "Year",
        "flsa_status": "Nonexempt" if is_hourly else ("Salaried Nonexempt" if index % 8 == 5 else "Exempt"),
        "effective_date": day.isoformat(),
        "adjust_for_minimum_wage": False,
        "minimum_wages": [],
    }
