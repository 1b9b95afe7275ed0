"""Somebody accepted an offer: they are created in Gusto once, or found there, or a person is asked.

Gusto has no key that makes a create safe to repeat. So before every create, the first one and each after an
answer that was lost, the company's people are read, those who have left among them, and whoever agrees on two
facts is the person: nobody is created twice. What a create sends is what Gusto needs and the customer gave;
an SSN is for Gusto to ask for. A hire that falls through is deleted only while onboarding lasts.
Sources: https://docs.gusto.com/app-integrations/docs/idempotency;
https://docs.gusto.com/app-integrations/reference/post-v1-employees;
https://docs.gusto.com/app-integrations/reference/delete-v1-employee
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from acme_time import people
from acme_time.database import Database
from acme_time.gusto import Refused, Unavailable, read_json
from acme_time.jobs import Job
from acme_time.matching import FACTS_NEEDED, Rules, count_agreements
from acme_time.notices import post_notice
from acme_time.parts import Parts
from acme_time.sync import EMPLOYEES, sync_people

log = logging.getLogger(__name__)

SENT_FACTS = ("first_name", "last_name", "email", "work_email", "date_of_birth")

WANTED = "wanted"
TRIED = "tried"  # sent; whether it was done, nobody knows until somebody has looked
CREATED = "created"
FOUND = "found"  # Gusto had them before us
ASKED = "asked"  # the next step is a person's
FALLEN_THROUGH = "fallen_through"  # the customer takes the hire back
WITHDRAWN = "withdrawn"

SETTLED = frozenset({CREATED, FOUND, WITHDRAWN})
NO_ADDRESS = "Gusto invites people by e-mail. Give an address, or hire without an invitation."
ONE_FACT = "Somebody in Gusto may be this person. Please say whether they are, on the page of people."
DISMISS = (
    "Their onboarding is complete, so they cannot be deleted. Dismiss them in Gusto as of their last day."
)
NOT_OURS = "They were in Gusto before this hire, and stay. Dismiss them in Gusto if they are to leave."


@dataclass(frozen=True, slots=True, kw_only=True)
class Hire:
    """Somebody whom the customer hired: `is_ours` once we tried to create them, `detail` for the customer."""

    person_id: str
    facts: Mapping[str, Any]
    invites: bool
    state: str
    gusto_uuid: str | None
    is_ours: bool
    detail: str


def keep_hire(database: Database, account: str, person: Mapping[str, Any], *, invites: bool) -> None:
    """Remember that somebody was hired; pressing the button twice is one hire."""
    wish = database.seal({"facts": dict(person), "invites": invites})
    with database.transaction() as db:
        db.execute(
            "INSERT INTO hires VALUES (?, ?, ?, ?, NULL, 0, '')"
            " ON CONFLICT (account, person_id) DO UPDATE SET"
            " wish = excluded.wish, state = CASE WHEN state IN (?, ?, ?) THEN state ELSE excluded.state END",
            (account, person["id"], wish, WANTED, TRIED, CREATED, FOUND),
        )


def take_back(database: Database, account: str, person_id: str) -> None:
    """Remember that a hire fell through."""
    with database.transaction() as db:
        db.execute(
            "UPDATE hires SET state = ? WHERE account = ? AND person_id = ? AND state != ?",
            (FALLEN_THROUGH, account, person_id, WITHDRAWN),
        )


def list_hires(database: Database, account: str) -> list[Hire]:
    """Return the account's hires, in the order in which they came."""
    with database.reading() as db:
        rows = db.execute("SELECT * FROM hires WHERE account = ? ORDER BY rowid", (account,)).fetchall()
    return [
        Hire(
            person_id=row["person_id"],
            state=row["state"],
            gusto_uuid=row["gusto_uuid"],
            is_ours=bool(row["is_ours"]),
            detail=row["detail"],
            **database.unseal(row["wish"]),
        )
        for row in rows
    ]


def settle_hires(parts: Parts, job: Job) -> str:
    """Bring every open hire one step further: find, create, withdraw. One that fails stops no other."""
    hires = list_hires(parts.database, job.account)
    _create(parts, job, [each for each in hires if each.state in {WANTED, TRIED}])
    for hire in hires:
        if hire.state == FALLEN_THROUGH:
            _withdraw(parts, job, hire)
    return f"{len(hires)} hires"


def _create(parts: Parts, job: Job, wanted: Sequence[Hire]) -> None:
    if not wanted:
        return
    if "creates_without_looking" not in parts.config.defects:
        sync_people(parts, job)  # after an answer was lost this job begins anew, and so does the look
    known = people.list_employees(parts.database, parts.config, job.account)
    if "overlooks_leavers" in parts.config.defects:
        known = [each for each in known if not each["terminated"]]
    for hire in wanted:
        agreeing = {each["uuid"]: count_agreements(hire.facts, each, Rules()) for each in known}
        strong = [uuid for uuid, count in agreeing.items() if count >= FACTS_NEEDED]
        if len(strong) == 1 and "creates_without_looking" not in parts.config.defects:
            _keep_found(parts.database, job.account, hire, strong[0])
        elif strong or _is_hinted(hire, known):
            _ask(parts, job.account, hire, ONE_FACT)
        elif hire.invites and not hire.facts.get("email") and _is_careful(parts):
            _ask(parts, job.account, hire, NO_ADDRESS)
        else:
            _send(parts, job.account, hire)


def _keep_found(database: Database, account: str, hire: Hire, uuid: str) -> None:
    """Link somebody whom Gusto has: through us, if an answer was lost, or without us."""
    if hire.state == TRIED:
        _note(database, account, hire, CREATED, "Onboarding goes on in Gusto.", uuid)
    else:
        _note(database, account, hire, FOUND, "Gusto has this person already.", uuid)


def _is_careful(parts: Parts) -> bool:
    return "invites_nobody" not in parts.config.defects


def _is_hinted(hire: Hire, known: Sequence[Mapping[str, Any]]) -> bool:
    """Whether somebody agrees on e-mail or name alone. A birth date alone says nothing in a large company."""
    facts = {**hire.facts, "date_of_birth": None}
    return any(count_agreements(facts, each, Rules()) for each in known)


def _send(parts: Parts, account: str, hire: Hire) -> None:
    """Create somebody; that Gusto takes no more from us than a name is said to whoever pressed the button."""
    body = {name: hire.facts[name] for name in SENT_FACTS if hire.facts.get(name)}
    body |= {"self_onboarding": True} if hire.invites else {}
    if "invents_an_ssn" in parts.config.defects:
        body["ssn"] = "900123456"
    _note(parts.database, account, hire, TRIED, "", None)
    try:
        made = read_json(parts.company.send("POST", account, EMPLOYEES, json=body))
    except Unavailable:
        if "repeats_a_lost_create" in parts.config.defects:
            made = read_json(parts.company.send("POST", account, EMPLOYEES, json=body))
        else:
            raise  # nobody knows whether it was done: the job comes back, and looks before it creates
    except Refused as error:
        if error.status in {401, 403, 406}:
            raise
        _ask(parts, account, hire, "Gusto refused this person: " + " ".join(error.messages or (str(error),)))
        return
    _note(parts.database, account, hire, CREATED, "Onboarding goes on in Gusto.", str(made["uuid"]))
    message = "A hire is in Gusto now. Onboarding is completed there, before the first payday."
    post_notice(parts.database, account, "onboarding_needed", message)


def _look_for(parts: Parts, job: Job, hire: Hire) -> str | None:
    """Return who a hire became whose create was never answered, if anybody."""
    sync_people(parts, job)
    known = people.list_employees(parts.database, parts.config, job.account)
    agreeing = [each["uuid"] for each in known if count_agreements(hire.facts, each, Rules()) >= FACTS_NEEDED]
    return agreeing[0] if len(agreeing) == 1 else None


def _withdraw(parts: Parts, job: Job, hire: Hire) -> None:
    """Delete a hire that fell through, as long as Gusto allows it; after that, dismissing is for a person."""
    account, uuid = job.account, hire.gusto_uuid
    if uuid is None and hire.is_ours:
        uuid = _look_for(parts, job, hire)
    if uuid is None:
        _note(parts.database, account, hire, WITHDRAWN, "Gusto never heard of this hire.", None)
        return
    if not hire.is_ours:
        _ask(parts, account, hire, NOT_OURS)
        return
    try:
        parts.company.send("DELETE", account, f"/v1/employees/{uuid}")
    except Refused as error:
        if error.status == 422:
            _refused_to_delete(parts, account, hire)
            return
        if error.status != 404:  # it is gone already, as was asked
            raise
    people.drop_employee(parts.database, account, uuid)
    _note(parts.database, account, hire, WITHDRAWN, "Deleted in Gusto.", None)


def _refused_to_delete(parts: Parts, account: str, hire: Hire) -> None:
    if "says_withdrawn" in parts.config.defects:
        _note(parts.database, account, hire, WITHDRAWN, "", None)
    else:
        _ask(parts, account, hire, DISMISS)


def _ask(parts: Parts, account: str, hire: Hire, detail: str) -> None:
    _note(parts.database, account, hire, ASKED, detail, hire.gusto_uuid)
    message = "Something about a hire needs you. Please look at the list of hires."
    post_notice(parts.database, account, "partial_failure", message)


def _note(
    database: Database, account: str, hire: Hire, state: str, detail: str, gusto_uuid: str | None
) -> None:
    log.info("hire %s of account %s is %s", hire.person_id, account, state)
    with database.transaction() as db:
        db.execute(
            "UPDATE hires SET state = ?, detail = ?, gusto_uuid = ?, is_ours = ?"
            " WHERE account = ? AND person_id = ?",
            (state, detail, gusto_uuid, hire.is_ours or state in {TRIED, CREATED}, account, hire.person_id),
        )
