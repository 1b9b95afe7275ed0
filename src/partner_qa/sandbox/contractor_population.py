"""The contractors that a company begins with, and what they were paid.

A small company has two plain ones, an hourly individual and a business with a fixed wage; from ten people on
there is also whoever is unfinished, invited, dismissed, about to go or to come back. Nothing personal is
real: see names.py and places.py.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from partner_qa.model import Json
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.contractor_payments import make_payment
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.names import ENGLISH, INITIALS, OTHERS
from partner_qa.sandbox.places import CITIES, STREETS

Story = Literal["works", "unfinished", "invited", "dismissed", "leaving", "returning"]

_STORIES: tuple[Story, ...] = (
    "works",
    "works",
    "unfinished",
    "invited",
    "dismissed",
    "leaving",
    "returning",
    "works",
)
_LARGE = 10  # from so many people on, there are stories
_BUSINESSES = (
    "Heep & Jorkins",
    "Veneering Drugs",
    "Krook Rag and Bottle",
    "Merdle & Söhne",
    "Fezziwig Festivities",
    "Tellson's Tallies",
    "Æthelred Émigré Imports",
    "Cheeryble Bros.",
)
_PAID = 6  # times in the past, every other week


def settle_contractors(company: Company, *, people: int, anchor: date, dice: Dice) -> None:
    """Give a company whose locations and departments are there contractors, and pay them."""
    if not people:
        return
    count = 2 if people < _LARGE else len(_STORIES) + people // 25
    groups = [dice.uuid() for _ in range(_PAID + 1)]
    for index in range(count):
        story = _STORIES[index] if index < len(_STORIES) else "works"
        record = _make_contractor(company, index, story, anchor, dice)
        company.contractors[str(record["uuid"])] = record
        if record["payment_method"] == "Direct Deposit":
            company.contractor_accounts[str(record["uuid"])] = _open_accounts(index, dice)
        if story == "works":
            _pay(company, record, index, anchor, groups, dice)


def _make_contractor(company: Company, index: int, story: Story, anchor: date, dice: Dice) -> Record:
    """Return the record of a contractor; every second one is a business."""
    is_business = index % 2 == 1 and story not in {"invited", "leaving"}
    is_finished = story not in {"unfinished", "invited"}
    is_hourly = index % 4 in {0, 3}
    departments = list(company.departments)
    uuid = dice.uuid()
    return {
        "uuid": uuid,
        "version": dice.hexadecimal(32),
        "company_uuid": company.uuid,
        "type": "Business" if is_business else "Individual",
        "wage_type": "Hourly" if is_hourly else "Fixed",
        "start_date": dice.day_before(anchor, least=120, most=1_500).isoformat(),
        "is_active": story not in {"dismissed", "returning"},
        **_name(company, index, dice, is_business=is_business),
        "has_ssn": is_finished and not is_business,
        "hourly_rate": f"{30 + 5 * (index % 9)}.00" if is_hourly else "0.00",
        "file_new_hire_report": None if is_business else index % 4 == 0,
        "work_state": "CA" if index % 4 == 0 and not is_business else None,
        "onboarded": is_finished,
        "onboarding_status": {
            "unfinished": "admin_onboarding_incomplete",
            "invited": "self_onboarding_invited",
        }.get(story, "onboarding_completed"),
        "address": _address(index, dice) if is_finished else None,
        "department_uuid": departments[index % len(departments)] if index % 3 == 0 and departments else None,
        "payment_method": ("Check" if index % 2 else "Direct Deposit") if is_finished else None,
        **_end(story, anchor),
        "member_portal_invitation_status": _invitation(anchor) if story == "invited" else None,
        "partner_portal_invitation_sent": None if index % 2 else False,
    }


def _name(company: Company, index: int, dice: Dice, *, is_business: bool) -> Record:
    nobody: Record = dict.fromkeys(("first_name", "last_name", "middle_initial", "business_name", "ein"))
    slug = company.profile["slug"]
    mail: Record = {
        "email": None if index % 5 == 4 else f"contractor.{index + 1}@{slug}.example",
        "work_email": f"c{index + 1}@{slug}.example" if index % 3 == 1 else None,
    }
    if is_business:
        name = _BUSINESSES[index // 2 % len(_BUSINESSES)]
        name = name if index // 2 < len(_BUSINESSES) else f"{name} {index // 2}"
        has_number = index % 4 == 1
        ein = f"00-{dice.roll(10_000_000):07d}" if has_number else None
        return {**nobody, "business_name": name, "ein": ein, "has_ein": has_number, **mail}
    groups = tuple(OTHERS.values())
    number = 600 + index
    first, last = (
        ENGLISH.name(number) if index % 4 == 0 else groups[index % len(groups)].name(index // 2 + 11)
    )
    initial = dice.pick(INITIALS) if index % 4 == 2 else None
    person = {"first_name": first, "last_name": last, "middle_initial": initial}
    return {**nobody, **person, "has_ein": None, **mail}


def _address(index: int, dice: Dice) -> Record:
    city, state, code, _ = dice.pick(CITIES)
    return {
        "street_1": f"{1 + dice.roll(900)} {dice.pick(STREETS)}",
        "street_2": "Rear building" if index % 3 == 1 else None,
        "city": city,
        "state": state,
        "zip": code,
        "country": "USA",
    }


def _end(story: Story, anchor: date) -> Record:
    days = {"dismissed": -60, "leaving": 14, "returning": -30}.get(story)
    last_day = None if days is None else (anchor + timedelta(days=days)).isoformat()
    coming: Json = None
    if story == "returning":
        coming = {"start_date": (anchor + timedelta(days=20)).isoformat(), "setup_status": None}
    return {"dismissal_date": last_day, "upcoming_employment": coming}


def _invitation(anchor: date) -> Record:
    return {
        "status": "sent",
        "token_expired": False,
        "welcome_email_sent_at": f"{anchor - timedelta(days=2)}T17:00:00Z",
        "last_password_resent_at": None,
    }


def _open_accounts(index: int, dice: Dice) -> list[Record]:
    """Open one account, or two that share the money: so much into the first, the rest into the second."""
    count = 2 if index % 4 == 0 else 1
    accounts: list[Record] = []
    for priority in range(1, count + 1):
        digits = f"{dice.roll(10_000):04d}"
        amount: Json = 100 if count == 1 else 250 if priority == 1 else None
        accounts.append(
            {
                "bank_account_uuid": dice.uuid(),
                "name": "Everyday" if priority == 1 else "Savings",
                "account_type": "Checking" if priority == 1 else "Savings",
                "hidden_account_number": f"XXXX{digits}",
                "encrypted_account_number": dice.hexadecimal(64),
                "routing_number": "000000000",  # no bank has this one
                "priority": priority,
                "split_amount": amount,
            }
        )
    return accounts


def _pay(company: Company, record: Record, index: int, anchor: date, groups: list[str], dice: Dice) -> None:
    """Pay somebody every other week; the newest payment lies ahead."""
    for number, group in enumerate(groups):
        day = anchor + timedelta(days=3 - 14 * (_PAID - number))
        given: Record = (
            {"hours": "20.5"} if record["wage_type"] == "Hourly" else {"wage": str(900 + 50 * index)}
        )
        given["bonus"] = "125.25" if number == 2 else "0"
        given["reimbursement"] = "48.90" if (number + index) % 3 == 0 else "0"
        given["memo"] = f"Work until {day.isoformat()}" if number % 2 else None
        given["invoice_number"] = f"INV-{index + 1:03d}-{number + 1}" if number % 3 else None
        payment = make_payment(record, day, dice.uuid(), group, given)
        company.contractor_payments[str(payment["uuid"])] = payment
