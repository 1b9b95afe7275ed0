"""The people that a company begins with: who they are, and how far they have come in it.

Small companies are plain: everybody works there. From ten people on, some have left, some are about to, some
came back, some have not begun, and some were never finished. Wherever the contract allows null, somebody has
it. Nothing personal is real: see names.py and places.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from partner_qa.errors import HarnessBug
from partner_qa.model import Json
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.dice import Dice
from partner_qa.sandbox.names import ENGLISH, INITIALS, OTHERS, PREFERRED
from partner_qa.sandbox.places import CITIES
from partner_qa.sandbox.settling import Town, add_home, add_job, add_return, add_workplace, is_hourly

Story = Literal[
    "works", "left", "unfinished", "leaving", "came back", "begins later", "invited", "historical"
]

ROSTER_FIELDS = ("first_name", "last_name", "email", "date_of_birth")
PLAIN = 5  # so many at the top of the list are plain, so that whoever needs somebody plain finds them there

_LARGE = 10  # from so many people on, there are stories
_STORIES: Mapping[int, Story] = {
    1: "left",
    3: "unfinished",
    5: "leaving",
    8: "came back",
    11: "begins later",
    14: "invited",
    22: "historical",
}
_ROUND = 25
_INVITED = (
    "self_onboarding_pending_invite",
    "self_onboarding_invited",
    "self_onboarding_invited_started",
    "self_onboarding_invited_overdue",
    "self_onboarding_completed_by_employee",
    "self_onboarding_awaiting_admin_review",
)
_STATUSES = (
    "full_time",
    "full_time",
    "part_time_under_twenty_hours",
    "part_time_twenty_plus_hours",
    None,
    "variable",
    "seasonal",
)
_FREE_MAIL = ("post.example", "mail.example", "correo.example")


def settle_people(
    company: Company,
    *,
    people: int,
    roster: Sequence[Mapping[str, Json]] | None,
    number: int,
    anchor: date,
    dice: Dice,
) -> None:
    """Fill a company whose locations, departments and custom fields are there with people.

    `number` is the company's own: the next company has other people. With a roster it has these and no
    others, each of them employed and otherwise like anybody.
    """
    town = Town(
        company=company,
        dice=dice,
        anchor=anchor,
        places=[
            uuid for uuid, each in company.locations.items() if not str(each["street_1"]).startswith("PO")
        ],
        departments=list(company.departments),
    )
    if roster is not None:
        for index, row in enumerate(roster):
            _settle(town, index, "works", _read_row(row))
        return
    names = _walk_names((number - 1) * _ROUND)
    for index in range(people):
        story = _STORIES.get((index - PLAIN) % _ROUND, "works") if index >= PLAIN else "works"
        first, last = next(names)
        _settle(town, index, story if people >= _LARGE else "works", {"first_name": first, "last_name": last})


def _read_row(row: Mapping[str, Json]) -> Record:
    unknown = sorted(set(row) - set(ROSTER_FIELDS))
    if unknown or not row.get("first_name") or not row.get("last_name"):
        raise HarnessBug(f"a roster gives {', '.join(ROSTER_FIELDS)} of each person; this one {dict(row)!r}")
    return {"email": None, "date_of_birth": None, "work_email": None, **row}


def _walk_names(number: int) -> Iterator[tuple[str, str]]:
    """Go through the names for ever: one that ASCII can write, one that it cannot, by turns."""
    groups = tuple(OTHERS.values())
    while True:
        yield ENGLISH.name(number)
        round_, turn = divmod(number, len(groups))
        yield groups[turn].name(round_)
        number += 1


def _settle(town: Town, index: int, story: Story, given: Record) -> None:
    """Add one person with everything that belongs to them; `given` stands whatever chance says."""
    dice = town.dice
    hired = _hire_date(town, story)
    uuid = dice.uuid()
    person = {**_make_person(town, index, uuid, story, given), **given}
    town.company.employees[uuid] = person
    if story == "unfinished":
        return
    place = town.places[index % len(town.places)]
    add_home(town, index, uuid, hired, place)
    add_workplace(town, uuid, hired, place)
    add_job(town, index, person, hired, is_primary=True)
    if index % 9 == 4 and is_hourly(index):
        add_job(town, index, person, hired, is_primary=False)
    if story == "came back":
        add_return(town, uuid, hired, place)
    if not person["terminations"] and story == "works":
        town.settled.append(uuid)


def _hire_date(town: Town, story: Story) -> date:
    if story in {"begins later", "invited"}:
        return town.anchor + timedelta(days=5 + town.dice.roll(30))
    if story == "came back":
        return town.dice.day_before(town.anchor, least=20, most=90)
    if story == "historical":
        return town.dice.day_before(town.anchor, least=3_000, most=4_000)
    return town.dice.day_before(town.anchor, least=300, most=2_900)


def _make_person(town: Town, index: int, uuid: str, story: Story, given: Record) -> Record:
    """Return the record of an employee (schema `Employee`), without what other tables hold."""
    dice = town.dice
    is_finished = story not in {"unfinished", "invited"}
    mail, work_mail = _mail(town, index, str(given["first_name"]), str(given["last_name"]))
    department = (
        None if index % 6 == 5 or not is_finished else town.departments[index % len(town.departments)]
    )
    return {
        "uuid": uuid,
        "version": dice.hexadecimal(32),
        "company_uuid": town.company.uuid,
        "employee_code": dice.hexadecimal(6),
        "first_name": "",
        "middle_initial": dice.pick(INITIALS) if index % 3 == 1 else None,
        "last_name": "",
        "preferred_first_name": dice.pick(PREFERRED) if index % 5 == 3 else None,
        "email": mail,
        "work_email": work_mail,
        "phone": f"{dice.pick(CITIES)[3]}55501{dice.roll(100):02d}" if index % 4 else None,
        "date_of_birth": _birthday(town, story),
        "ssn": "",
        "has_ssn": is_finished,
        "hidden_ssn": "XXX-XX-XXXX" if is_finished else "",
        "department_uuid": department,
        "manager_uuid": dice.pick(town.settled) if town.settled and index % 4 else None,
        "onboarded": is_finished,
        "onboarding_status": _onboarding(index, story),
        "onboarding_documents_config": {
            "uuid": dice.uuid() if index % 2 else None,
            "i9_document": bool(index % 2),
        },
        "current_employment_status": _STATUSES[index % len(_STATUSES)] if is_finished else None,
        "historical": story == "historical",
        "payment_method": "Direct Deposit" if is_finished and index % 3 else "Check",
        "two_percent_shareholder": False if is_finished else None,
        "applicable_tax_ids": [],
        "eligible_paid_time_off": [],
        "garnishments": [],
        "terminations": _terminations(town, uuid, story),
        "custom_fields": _custom_values(town, index),
        "member_portal_invitation_status": _invitation(town, index, story),
        "partner_portal_invitation_sent": None if index % 2 else False,
    }


def _birthday(town: Town, story: Story) -> str | None:
    if story == "unfinished":
        return None
    return town.dice.day_before(town.anchor, least=19 * 365, most=64 * 365).isoformat()


def _onboarding(index: int, story: Story) -> str | None:
    if story == "unfinished":
        return "admin_onboarding_incomplete"
    if story == "invited":
        return _INVITED[index // _ROUND % len(_INVITED)]
    return None if story == "historical" else "onboarding_completed"


def _invitation(town: Town, index: int, story: Story) -> Json:
    if story != "invited":
        return None
    is_sent = index // _ROUND % 2 == 1
    sent = f"{town.anchor - timedelta(days=3)}T17:00:00Z"
    return {
        "status": "sent" if is_sent else "pending",
        "token_expired": False if is_sent else None,
        "welcome_email_sent_at": sent if is_sent else None,
        "last_password_resent_at": sent if index // _ROUND % 4 == 3 else None,
    }


def _mail(town: Town, index: int, first: str, last: str) -> tuple[str | None, str | None]:
    """Return a private address and one at work, both of nobody else; some people have only one of them.

    [O3] some customers' employees have no private address at all, which breaks matching by e-mail.
    """
    folded = (
        unicodedata.normalize("NFKD", f"{first}.{last}".replace(" ", "-")).encode("ascii", "ignore").decode()
    )
    local = "".join(sign for sign in folded.lower() if sign.isalnum() or sign in ".-")[:40].strip(".-")
    if len(local) < 4 or local in town.mailboxes:
        local = f"{local or 'person'}.{index + 1}"
    town.mailboxes.add(local)
    private = f"{local}@{_FREE_MAIL[index % len(_FREE_MAIL)]}"
    at_work = f"{local}@{town.company.profile['slug']}.example" if index % 2 else None
    if index % 11 == 9:
        return None, at_work
    return private, at_work


def _terminations(town: Town, employee: str, story: Story) -> list[Json]:
    days = {"left": -40 - town.dice.roll(200), "leaving": 12, "came back": -200, "historical": -2_500}.get(
        story
    )
    if days is None:
        return []
    return [
        {
            "uuid": town.dice.uuid(),
            "version": town.dice.hexadecimal(32),
            "employee_uuid": employee,
            "effective_date": (town.anchor + timedelta(days=days)).isoformat(),
            "run_termination_payroll": False,
        }
    ]


def _custom_values(town: Town, index: int) -> list[Json]:
    """Return values of the company's custom fields; they are strings whatever their type is [D]."""
    values = {
        "radio": ("S", "M", "L", "XXXL")[index % 4],
        "number": str(1000 + index),
        "text": "" if index % 3 else "Möhrchen",
        "currency": "250.0",
        "date": "2027-03-31",
    }
    shown = [
        each for position, each in enumerate(town.company.custom_fields.values()) if (index + position) % 3
    ]
    return [
        {
            "id": town.dice.uuid(),
            "company_custom_field_id": each["uuid"],
            "name": each["name"],
            "type": each["type"],
            "description": each["description"],
            "selection_options": each["selection_options"],
            "value": values[str(each["type"])],
        }
        for each in shown
    ]
