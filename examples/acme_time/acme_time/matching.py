"""Who in Gusto is who in Acme Time: a pure function of two lists of people.

Two of three facts must agree before two records are taken for one person without asking: an e-mail address
(personal or work, whichever side holds it in which field), the full date of birth, the full name. One fact
is a hint for a person to confirm. Two candidates are a question, never a choice of ours. What was matched
before is not looked at again: the mapping is by Gusto's UUID and outlives every change of name.
Source: https://docs.gusto.com/app-integrations/docs/sync-employees
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]

FACTS_NEEDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What we think of one of our own people; `by_person` when somebody decided it."""

    person_id: str
    gusto_uuid: str | None
    state: str  # matched, proposed, unmatched, conflict
    by_person: bool = False


def match_people(
    people: Sequence[Facts],
    employees: Sequence[Facts],
    settled: Mapping[str, Match],
    *,
    needed: int = FACTS_NEEDED,
) -> list[Match]:
    """Return a match for each of our people: the settled ones untouched, the others as the facts say."""
    taken = {match.gusto_uuid for match in settled.values() if match.gusto_uuid}
    free = [employee for employee in employees if employee["uuid"] not in taken]
    open_people = [person for person in people if person["id"] not in settled]
    strengths = {
        person["id"]: {employee["uuid"]: count_agreements(person, employee) for employee in free}
        for person in open_people
    }
    claims = Counter(
        uuid for found in strengths.values() for uuid, strength in found.items() if strength >= needed
    )
    return [settled[person["id"]] for person in people if person["id"] in settled] + [
        _judge(person["id"], strengths[person["id"]], claims, needed) for person in open_people
    ]


def _judge(person_id: str, strengths: Mapping[str, int], claims: Mapping[str, int], needed: int) -> Match:
    strong = [uuid for uuid, strength in strengths.items() if strength >= needed]
    if len(strong) == 1 and claims[strong[0]] == 1:
        return Match(person_id=person_id, gusto_uuid=strong[0], state="matched")
    if strong:
        return Match(person_id=person_id, gusto_uuid=None, state="conflict")
    hints = [uuid for uuid, strength in strengths.items() if strength > 0]
    if hints:
        only = hints[0] if len(hints) == 1 else None
        return Match(person_id=person_id, gusto_uuid=only, state="proposed")
    return Match(person_id=person_id, gusto_uuid=None, state="unmatched")


def count_agreements(person: Facts, employee: Facts) -> int:
    """Return how many of e-mail, date of birth and full name agree; what is missing never agrees."""
    same_mail = bool(_addresses(person) & _addresses(employee))
    born = person.get("date_of_birth")
    same_birth = bool(born) and born == employee.get("date_of_birth")
    name = _full_name(person)
    same_name = bool(name) and name == _full_name(employee)
    return same_mail + same_birth + same_name


def _addresses(record: Facts) -> set[str]:
    found = (record.get("email"), record.get("work_email"))
    return {address.strip().casefold() for address in found if address and address.strip()}


def _full_name(record: Facts) -> str:
    first, last = (record.get("first_name") or "", record.get("last_name") or "")
    if not first.strip() or not last.strip():
        return ""
    return " ".join(unicodedata.normalize("NFKC", f"{first} {last}").casefold().split())
