"""Does the integration know who is at work, who is gone, who is back, and who is hardly known at all?

All checks look at the scenario `people_come_and_go`. Its situation holds `colleagues` (a word for each person
→ their UUID) and the windows `before` and `after`, in which the integration was asked for people and matches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Exchange, Finding, Json, Kind, Recording

Row = Mapping[str, Json]
_STANDING = {
    "staying": "active",
    "gone": "terminated",
    "leaving": "active",
    "staying_after_all": "active",
}
_WHO = {
    "staying": "somebody at work",
    "gone": "somebody whose last day was yesterday",
    "leaving": "somebody whose last day is tomorrow",
    "staying_after_all": "somebody whose dismissal was for tomorrow, and was taken back",
    "returning": "somebody who was hired again",
}


def separates_lifecycles(recording: Recording) -> tuple[Finding, ...]:
    """Judge that people count as gone from the day after their last, not before, and not if it was undone.

    Not holding somebody who is gone is right as well. Source:
    https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-employees
    """
    colleagues = _colleagues(recording)
    findings = {}
    told = False
    for seen, rows in _looks(recording, "people"):
        told = told or any("employment" in row for row in rows)
        for who, expected in _STANDING.items():
            row = _find(rows, "gusto_uuid", colleagues.get(who))
            stands = str(row.get("employment", expected)) if row else "terminated"
            if stands != expected:
                words = f"{_WHO[who]} {'is ' + stands if row else 'is no longer held'}"
                findings[words] = _standing(recording, seen, words, expected)
    if not told:
        raise NotObserved(
            "where people stand was not told",
            missing=("observations.people, with people[].employment, in partner.yaml",),
        )
    return tuple(findings.values())


def _standing(recording: Recording, seen: Exchange, words: str, expected: str) -> Finding:
    return Finding(
        check="separates_lifecycles",
        message=f"does not tell who is at work: {words}",
        places=traffic.places(recording, [seen]),
        expected=expected,
        seen=words,
        hint="go by the employee's terminated flag, or compare each termination's effective_date, the last "
        "day of work, with today; read people again after employee.termination_cancelled",
        key=words,
    )


def relinks_the_rehired(recording: Recording) -> tuple[Finding, ...]:
    """Judge that somebody who was hired again is who they were: held once, at work, and matched as before.

    Whoever let go of the match when they left may propose it again; whoever kept it keeps it. Source:
    https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_id-rehire
    """
    uuid = _colleagues(recording).get("returning")
    people, matches = _looks(recording, "people"), _looks(recording, "matches")
    if not people and not matches:
        raise NotObserved(
            "who came back could not be seen",
            missing=("observations.people and observations.matches in partner.yaml",),
        )
    found: list[tuple[Exchange, str]] = []
    if people:
        seen, rows = people[-1]
        theirs = [row for row in rows if row.get("gusto_uuid") == uuid]
        if len(theirs) != 1:
            found.append((seen, f"held {len(theirs)} times"))
        elif theirs[0].get("employment") == "terminated":
            found.append((seen, "still counts as gone"))
    if matches:
        found += _lost_match(matches, uuid)
    return tuple(_rehired(recording, seen, words) for seen, words in found)


def _lost_match(looks: list[tuple[Exchange, list[Row]]], uuid: str | None) -> Iterator[tuple[Exchange, str]]:
    (_, before), (seen, after) = looks[0], looks[-1]
    was = _find(before, "person_id", "returning")
    now = _find(after, "person_id", "returning")
    others = [row for row in after if row.get("gusto_uuid") == uuid and row is not now]
    if others:
        yield seen, "taken for somebody else"
    state = str(now.get("state")) if now is not None else "unmatched"
    kept = state == "matched" and now is not None and now.get("gusto_uuid") == uuid
    if was is not None and was.get("state") == "matched" and not kept:
        yield seen, f"was matched before, and is {state} now"
    elif was is not None and not kept and state not in {"proposed", "conflict"}:
        yield seen, f"is {state}, though everything agrees"


def _rehired(recording: Recording, seen: Exchange, words: str) -> Finding:
    return Finding(
        check="relinks_the_rehired",
        message=f"does not know again who comes back: {words}",
        places=traffic.places(recording, [seen]),
        expected="the same person as before: held once, at work, matched to the same person",
        seen=words,
        hint="a rehire keeps the employee's UUID: keep the pair of your id and the UUID when somebody leaves",
        key=words,
    )


def copes_with_missing_facts(recording: Recording) -> tuple[Finding, ...]:
    """Judge that somebody without e-mail, birth date, department and manager is read like anybody else.

    And that they are matched with nobody on the strength of facts that both lack. Source:
    https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-employees
    """
    uuid = _colleagues(recording).get("bare")
    looks = _looks(recording, "people")
    troubled = traffic.within(recording, "trouble", Kind.ACTION)  # where Gusto itself fails
    syncs = [each for each in recording.of_kind(Kind.ACTION) if each.during == Action.SYNC_PEOPLE]
    failed = [each for each in syncs if _says_failed(each) and each not in troubled]
    if not looks and not failed:
        raise NotObserved("who was read could not be seen", missing=("observations.people in partner.yaml",))
    found: list[tuple[Exchange, str]] = []
    if failed:
        found.append((failed[0], "the sync failed"))
    elif _find(looks[0][1], "gusto_uuid", uuid) is None:
        found.append((looks[0][0], "the person was left out"))
    for seen, rows in _looks(recording, "matches"):
        row = _find(rows, "person_id", "bare")
        if row is not None and row.get("state") == "matched":
            found.append((seen, "two people of whom hardly anything is known were matched"))
    return tuple(
        Finding(
            check="copes_with_missing_facts",
            message=f"does not cope with somebody of whom facts are missing: {words}",
            places=traffic.places(recording, [seen]),
            expected="the person is read like anybody else, and matched with nobody",
            seen=words,
            hint="every field of an employee but uuid may be null: handle null before you compare or format",
            key=words,
        )
        for seen, words in found[:1]
    )


def _says_failed(action: Exchange) -> bool:
    told = traffic.json_of(action.response.body)
    return isinstance(told, dict) and told.get("status") == "failed"


def _colleagues(recording: Recording) -> dict[str, str]:
    given = recording.situation.get("colleagues")
    if not isinstance(given, dict):
        raise NotObserved("the people of this situation were never there", missing=traffic.RECORD_AGAIN)
    return {str(who): str(uuid) for who, uuid in given.items()}


def _looks(recording: Recording, name: str) -> list[tuple[Exchange, list[Row]]]:
    looks: list[tuple[Exchange, list[Row]]] = []
    for seen in recording.of_kind(Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        rows = told.get(name) if isinstance(told, dict) else None
        if isinstance(rows, list) and _is_within_a_window(recording, seen):
            looks.append((seen, [row for row in rows if isinstance(row, dict)]))
    return looks


def _is_within_a_window(recording: Recording, seen: Exchange) -> bool:
    """Whether the integration was asked at one of the two moments, and not in order to confirm matches."""
    windows = [recording.situation.get(name) for name in ("before", "after")]
    return any(
        isinstance(each, list) and int(str(each[0])) <= seen.sequence <= int(str(each[1])) for each in windows
    )


def _find(rows: list[Row], key: str, value: str | None) -> Row | None:
    return next((row for row in rows if row.get(key) == value), None)
