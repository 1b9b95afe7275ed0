"""The companies that the sandbox begins with: invented, complete, and alike for the same seed.

Everything follows from the seed, the number of the company in its sandbox, and the anchor date, UUIDs
included; a company is the same again whatever was asked of another. The people come from people.py.
[I] What a demo company holds is not published, so each holds what its operations can show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone

from partner_qa.model import Json
from partner_qa.sandbox.benefit_population import settle_benefits
from partner_qa.sandbox.company import AdminRole, Company, Record
from partner_qa.sandbox.contractor_population import settle_contractors
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.garnishments import settle_garnishments
from partner_qa.sandbox.names import ENGLISH
from partner_qa.sandbox.notifications import settle_notifications
from partner_qa.sandbox.payroll_opening import settle_payrolls
from partner_qa.sandbox.people import settle_people
from partner_qa.sandbox.places import CITIES, COMPANIES, DEPARTMENTS, STREETS
from partner_qa.sandbox.reimbursements import settle_reimbursements
from partner_qa.sandbox.time_off_population import settle_time_off
from partner_qa.sandbox.world import World

_PACIFIC = timezone(timedelta(hours=-8))
_HOURLY = (("Overtime", 1.5), ("Double overtime", 2.0), ("Regular Hours", 1.0))
_FIXED = (
    "Bonus",
    "Commission",
    "Paycheck Tips",
    "Cash Tips",
    "Correction Payment",
    "Severance",
    "Minimum Wage Adjustment",
    "Reimbursement",
)
_PAID_TIME_OFF = ("Vacation Hours", "Sick Hours", "Holiday Hours")


def make_company(world: World, *, people: int, roster: Sequence[Mapping[str, Json]] | None = None) -> Company:
    """Found a company of so many people, terminated and onboarding ones among them, and keep it in the world.

    With a `roster` it has exactly these people: each row gives first_name, last_name, email and
    date_of_birth, and `people` does not count. Nothing is told: the company was there before the partner.
    """
    number = len(world.companies) + 1
    settings = world.settings
    dice = Dice(settings.seed, number, settings.anchor, mask=settings.mask)
    company = Company(uuid=dice.uuid(), profile={})
    company.profile = _make_profile(company.uuid, number, settings.anchor, dice)
    _hire_admins(company, number, Dice(settings.seed, "accountant", mask=settings.mask), dice)
    _open_locations(company, people if roster is None else len(roster), settings.anchor, dice)
    _define_custom_fields(company, dice)
    _open_departments(company, dice)
    settle_people(company, people=people, roster=roster, number=number, anchor=settings.anchor, dice=dice)
    vacation = Dice(settings.seed, number, settings.anchor, "time off", mask=settings.mask)
    settle_time_off(company, anchor=settings.anchor, dice=vacation)
    perks = Dice(settings.seed, number, settings.anchor, "benefits", mask=settings.mask)
    settle_benefits(company, anchor=settings.anchor, dice=perks)
    payday = Dice(settings.seed, number, settings.anchor, "payday", mask=settings.mask)
    settle_payrolls(company, anchor=settings.anchor, dice=payday)
    others = Dice(settings.seed, number, settings.anchor, "contractors", mask=settings.mask)
    settle_contractors(company, people=people if roster is None else 0, anchor=settings.anchor, dice=others)
    settle_notifications(company, anchor=settings.anchor, dice=others)
    settle_reimbursements(company, anchor=settings.anchor, dice=others)
    settle_garnishments(company, dice=others)
    world.companies[company.uuid] = company
    return company


def _make_profile(uuid: str, number: int, anchor: date, dice: Dice) -> Record:
    """Return the company's own record (schema `Company`, without what other tables hold).

    The second, the third … company lack what the contract allows to be null.
    """
    name = COMPANIES[(number - 1) % len(COMPANIES)]
    name = name if number <= len(COMPANIES) else f"{name} {number}"
    joined = dice.day_before(anchor, least=400, most=2_000)
    return {
        "uuid": uuid,
        "ein": f"00-{dice.roll(10_000_000):07d}",
        "entity_type": None if number % 5 == 2 else dice.pick(("LLC", "C-Corporation", "Sole proprietor")),
        "company_status": "Approved",
        "tier": None if number % 5 == 3 else dice.pick(("simple", "plus", "premium")),
        "is_suspended": False,
        "is_partner_managed": False,
        "is_high_risk_business": False,
        "is_marijuana_business": False,
        "contractor_only": False,
        "name": name,
        "slug": f"company-{dice.hexadecimal(8)}",
        "trade_name": None if number % 2 else f"{name.split()[0].strip(',')} Works",
        "join_date": None if number % 5 == 4 else joined.isoformat(),
        "funding_type": None if number % 5 == 0 else "ach",
        "pay_schedule_type": None if number % 5 == 2 else "single",
        "primary_signatory": None if number % 5 == 3 else _make_signatory(number, dice),
        "compensations": _define_pay(dice),
    }


def _define_pay(dice: Dice) -> Record:
    """Return what a company can pay; a few kinds have no UUID, as the contract allows."""
    hourly: list[Json] = [
        {"name": kind, "multiple": multiple, "uuid": None if multiple == 1.0 else dice.uuid()}
        for kind, multiple in _HOURLY
    ]
    fixed: list[Json] = [
        {"name": kind, "uuid": None if kind == _FIXED[-1] else dice.uuid()} for kind in _FIXED
    ]
    paid_time_off: list[Json] = [
        {"name": kind, "uuid": None if kind == _PAID_TIME_OFF[-1] else dice.uuid()} for kind in _PAID_TIME_OFF
    ]
    return {"hourly": hourly, "fixed": fixed, "paid_time_off": paid_time_off}


def _make_signatory(number: int, dice: Dice) -> Record:
    first, last = ENGLISH.name(number * 3 + 900)
    city, state, code, area = dice.pick(CITIES)
    return {
        "uuid": dice.uuid(),
        "first_name": first,
        "middle_initial": None if number % 2 else "Q",
        "last_name": last,
        "phone": _telephone(area, dice),
        "email": f"signatory@{_domain(number)}",
        "home_address": {
            "street_1": f"{1 + dice.roll(900)} {dice.pick(STREETS)}",
            "street_2": None if number % 2 else "Floor 2",
            "city": city,
            "state": state,
            "zip": code,
            "country": "USA",
        },
    }


def _hire_admins(company: Company, number: int, shared: Dice, dice: Dice) -> None:
    """Give a company its three admins: primary, full access, limited access.

    The one with full access is the same outside accountant for every company of the sandbox: somebody who
    must choose a company as they give access.
    """
    slug = company.profile["slug"]
    roles: tuple[tuple[AdminRole, str, str, str, str | None], ...] = (
        ("primary", dice.uuid(), "Ottoline", "Dombey-Ōmori", None if number % 4 == 2 else "4155550100"),
        ("full", shared.uuid(), "Thaddeus", "O\u2019Cratchit", "2125550199"),
        ("limited", dice.uuid(), "Ζωή", "Λυδία", None),
    )
    for role, uuid, first, last, phone in roles:
        company.admins[uuid] = {
            "uuid": uuid,
            "email": "books@accountant.example" if role == "full" else f"{role}@{slug}.example",
            "first_name": first,
            "last_name": last,
            "phone": phone,
        }
        company.admin_roles[uuid] = role


def _open_locations(company: Company, people: int, anchor: date, dice: Dice) -> None:
    """Open one place of work for every 40 people or so, and a post office box where nobody works."""
    count = 1 if people < 5 else min(2 + people // 40, len(CITIES))
    start = dice.roll(len(CITIES))
    opened = datetime.combine(anchor - timedelta(days=1_200), time(9), _PACIFIC).isoformat()
    for index in range(count + (people >= 5)):
        is_box = index == count
        city, state, code, area = CITIES[(start + index) % len(CITIES)]
        uuid = dice.uuid()
        street = f"PO Box {100 + dice.roll(900)}" if is_box else f"{1 + dice.roll(9000)} {dice.pick(STREETS)}"
        company.locations[uuid] = {
            "uuid": uuid,
            "version": dice.hexadecimal(32),
            "company_uuid": company.uuid,
            "phone_number": _telephone(area, dice),
            "street_1": street,
            "street_2": f"Suite {1 + dice.roll(40)}" if index % 2 else None,
            "city": city,
            "state": state,
            "zip": code,
            "country": "USA",
            "filing_address": index == 0,
            "mailing_address": is_box or (count == 1 and people < 5),
            "active": True,
            "inactive": False,
            "warnings": [],
            "created_at": opened,
            "updated_at": opened,
        }


def _open_departments(company: Company, dice: Dice) -> None:
    for title in DEPARTMENTS:
        uuid = dice.uuid()
        company.departments[uuid] = {
            "uuid": uuid,
            "version": dice.hexadecimal(32),
            "company_uuid": company.uuid,
            "title": title,
        }


def _define_custom_fields(company: Company, dice: Dice) -> None:
    rows: tuple[tuple[str, str, str | None, list[Json] | None], ...] = (
        ("T-shirt size", "radio", None, ["S", "M", "L", "XXXL"]),
        ("Badge number", "number", "As printed on the badge", None),
        ("Spitzname", "text", None, None),
        ("Uniform allowance", "currency", "Per year, in dollars", None),
        ("Forklift licence until", "date", "", None),
    )
    for name, kind, description, options in rows:
        uuid = dice.uuid()
        company.custom_fields[uuid] = {
            "uuid": uuid,
            "name": name,
            "type": kind,
            "description": description,
            "selection_options": options,
        }


def _telephone(area: str, dice: Dice) -> str:
    """Return a number of those that are kept for fiction."""
    return f"{area}55501{dice.roll(100):02d}"


def _domain(number: int) -> str:
    return f"company-{number}.example"
