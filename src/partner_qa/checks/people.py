"""Does the integration know who is who: matched on enough, and once matched, matched for good?"""

from __future__ import annotations

from collections.abc import Mapping

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

Person = Mapping[str, Json]

NOBODY = "nobody was matched or proposed, or could be matched by hand, not even who agrees on everything"


def matches_on_two_data_points(recording: Recording) -> tuple[Finding, ...]:
    """Judge that people matched without a person's confirmation agree on two of e-mail, birth date, name.

    The situation holds both sides: `partner_people` (by the partner's ids) and `gusto_people` (by UUID).
    Proof of life: somebody who agrees on everything was matched or proposed, or was matched by hand. Source:
    https://docs.gusto.com/app-integrations/docs/syncing-employees
    """
    observed = _observed_matches(recording)
    ours = _people(recording.situation.get("partner_people"), "id")
    theirs = _people(recording.situation.get("gusto_people"), "uuid")
    if not observed or not ours or not theirs:
        raise NotObserved(
            "what the integration matched could not be observed",
            missing=("actions.set_people and observations.matches in partner.yaml",),
        )
    seen, rows = observed[-1]
    if not any(row.get("gusto_uuid") for row in rows):
        raise NotObserved(NOBODY, missing=traffic.MATCHES_PEOPLE)
    findings = []
    for row in rows:
        mine, other = ours.get(str(row.get("person_id"))), theirs.get(str(row.get("gusto_uuid")))
        if row.get("state") == "matched" and mine and other:
            agreeing = agreeing_data_points(mine, other)
            if len(agreeing) < 2:
                findings.append(_too_few(recording, seen, row, agreeing))
    return tuple(findings)


def agreeing_data_points(ours: Person, theirs: Person) -> tuple[str, ...]:
    """Return which of `e-mail`, `birth date`, `full name` two people agree on.

    Either e-mail of the one counts against either of the other, and case is ignored; a missing value
    agrees with nothing.
    """
    points = {
        "e-mail": bool(_emails(ours) & _emails(theirs)),
        "birth date": bool(ours.get("date_of_birth"))
        and ours.get("date_of_birth") == theirs.get("date_of_birth"),
        "full name": bool(_name(ours).strip()) and _name(ours) == _name(theirs),
    }
    return tuple(name for name, agrees in points.items() if agrees)


def _emails(person: Person) -> set[str]:
    return {str(value).casefold() for key in ("email", "work_email") if (value := person.get(key))}


def _name(person: Person) -> str:
    return f"{person.get('first_name') or ''} {person.get('last_name') or ''}".casefold()


def _too_few(recording: Recording, seen: Exchange, row: Person, agreeing: tuple[str, ...]) -> Finding:
    on = " and ".join(agreeing) or "nothing"
    return Finding(
        check="matches_on_two_data_points",
        message=f"does not ask before matching people who agree on {on} only",
        places=traffic.places(recording, [seen]),
        expected="matched without asking only when two of e-mail, full birth date and full name agree",
        seen=f"{row.get('person_id')} was matched on {on}",
        hint="propose such a match to a person, and use it after they confirmed it",
        key=f"agreeing={on}",
    )


def keeps_matches_when_people_change(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a person who was matched stays matched to the same UUID after a change of name and e-mail.

    The situation holds `renamed`, the UUIDs of the people who were changed before the last observation of
    matches. Whether a match was made by the integration or confirmed by a person is all one. Source: https://docs.gusto.com/app-integrations/docs/syncing-employees
    """
    observed = _observed_matches(recording)
    given = recording.situation.get("renamed")
    renamed = {str(each) for each in given} if isinstance(given, list) else set()
    before = {person: uuid for _, rows in observed[:-1] for person, uuid in _matched(rows).items()}
    at_stake = {person: uuid for person, uuid in before.items() if uuid in renamed}
    if not at_stake:
        raise NotObserved("nobody who was matched changed name", missing=traffic.MATCHES_PEOPLE)
    seen, rows = observed[-1]
    after = _matched(rows)
    return tuple(
        Finding(
            check="keeps_matches_when_people_change",
            message="does not keep a match when the person's name and e-mail change",
            places=traffic.places(recording, [observed[-2][0], seen]),
            expected=f"{person} stays matched to the same Gusto person",
            seen=f"{person} is now matched to {after.get(person) or 'nobody'}",
            hint="store the pair of your id and the Gusto UUID, and match only people who have no pair yet",
            key=f"person={person}",
        )
        for person, uuid in at_stake.items()
        if after.get(person) != uuid
    )


def _observed_matches(recording: Recording) -> list[tuple[Exchange, list[Person]]]:
    observed: list[tuple[Exchange, list[Person]]] = []
    for seen in recording.of_kind(Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        rows = told.get("matches") if isinstance(told, dict) else None
        if isinstance(rows, list):
            observed.append((seen, [row for row in rows if isinstance(row, dict)]))
    return observed


def _matched(rows: list[Person]) -> dict[str, str]:
    return {
        str(row.get("person_id")): str(row["gusto_uuid"])
        for row in rows
        if row.get("state") == "matched" and row.get("gusto_uuid")
    }


def _people(given: Json, key: str) -> dict[str, Person]:
    rows = given if isinstance(given, list) else []
    return {str(row[key]): row for row in rows if isinstance(row, dict) and key in row}
