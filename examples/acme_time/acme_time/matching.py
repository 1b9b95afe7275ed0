"""Who in Gusto is who in Acme Time: a pure function of two lists of people.

Two of three facts must agree before two records are taken for one person without asking: an e-mail address
(personal or work, whichever side holds it in which field), the full date of birth, the full name. One fact
is a hint for a person to confirm. Two candidates are a question, never a choice of ours. What was matched
before is not looked at again: the mapping is by Gusto's UUID and outlives every change of name.
Source: https://docs.gusto.com/app-integrations/docs/sync-employees
"""

from __future__ import annotations

import difflib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Facts = Mapping[str, Any]

FACTS_NEEDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When facts agree. The defaults are the careful ones; everything else is for defects."""

    needed: int = FACTS_NEEDED
    both_addresses: bool = True
    whole_birth_date: bool = True
    whole_name: bool = True
    one_to_one: bool = True


CAREFUL = Rules()


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
    rules: Rules = CAREFUL,
) -> list[Match]:
    """Return a match for each of our people: the settled ones untouched, the others as the facts say."""
    taken = {match.gusto_uuid for match in settled.values() if match.gusto_uuid}
    free = [employee for employee in employees if employee["uuid"] not in taken]
    open_people = [person for person in people if person["id"] not in settled]
    strengths = {
        person["id"]: {employee["uuid"]: count_agreements(person, employee, rules) for employee in free}
        for person in open_people
    }
    claims = Counter(
        uuid for found in strengths.values() for uuid, strength in found.items() if strength >= rules.needed
    )
    return [settled[person["id"]] for person in people if person["id"] in settled] + [
        _judge(person["id"], strengths[person["id"]], claims, rules) for person in open_people
    ]


def _judge(person_id: str, strengths: Mapping[str, int], claims: Mapping[str, int], rules: Rules) -> Match:
    strong = [uuid for uuid, strength in strengths.items() if strength >= rules.needed]
    if len(strong) == 1 and (claims[strong[0]] == 1 or not rules.one_to_one):
        return Match(person_id=person_id, gusto_uuid=strong[0], state="matched")
    if strong:
        return Match(person_id=person_id, gusto_uuid=None, state="conflict")
    hints = [uuid for uuid, strength in strengths.items() if strength > 0]
    if hints:
        only = hints[0] if len(hints) == 1 else None
        return Match(person_id=person_id, gusto_uuid=only, state="proposed")
    return Match(person_id=person_id, gusto_uuid=None, state="unmatched")


def count_agreements(person: Facts, employee: Facts, rules: Rules = CAREFUL) -> int:
    """Return how many of e-mail, date of birth and full name agree; what is missing never agrees."""
    same_mail = bool(_addresses(person, rules) & _addresses(employee, rules))
    born, theirs = (_birth_date(each, rules) for each in (person, employee))
    same_birth = bool(born) and born == theirs
    name, other = _full_name(person), _full_name(employee)
    same_name = bool(name) and (name == other or (not rules.whole_name and _is_similar(name, other)))
    return same_mail + same_birth + same_name


def _birth_date(record: Facts, rules: Rules) -> str:
    born = record.get("date_of_birth") or ""
    return born if rules.whole_birth_date else born[len("1978-") :]


def _is_similar(name: str, other: str) -> bool:
    return difflib.SequenceMatcher(None, name, other).ratio() > 0.9


def _addresses(record: Facts, rules: Rules) -> set[str]:
    found = [record.get("email")]
    if rules.both_addresses:
        found.append(record.get("work_email"))
    return {address.strip().casefold() for address in found if address and address.strip()}


def _full_name(record: Facts) -> str:
    first, last = (record.get("first_name") or "", record.get("last_name") or "")
    if not first.strip() or not last.strip():
        return ""
    return " ".join(unicodedata.normalize("NFKC", f"{first} {last}").casefold().split())
