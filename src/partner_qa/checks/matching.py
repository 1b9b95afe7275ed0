"""Does the integration compare people rightly: both e-mails, whole birth dates, whole names, one to one?

Each check looks at one of the people of the scenario `lookalike_people`, by the partner's own id. What was
matched is told by the integration: there is no such thing on the wire.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from partner_qa.checks import traffic
from partner_qa.checks.people import NOBODY
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

Row = Mapping[str, Json]
_STRENGTH = {"matched": 2, "proposed": 1, "conflict": 1}


def compares_both_e_mails(recording: Recording) -> tuple[Finding, ...]:
    """Judge that an e-mail from work counts as much as a personal one, whatever its case.

    Two people agree with somebody on an e-mail and on the birth date: `personal-e-mail` by the personal one,
    `work-e-mail` by one that stands in the other field, in other case. The second has to be taken as far as
    the first: whoever only ever proposes, leaves all matching to a person, or does not compare e-mail at all,
    is right too. Source:
    https://docs.gusto.com/app-integrations/docs/syncing-employees
    """
    seen, rows = _first_look(recording)
    personal, work = _strength(rows, "personal-e-mail"), _strength(rows, "work-e-mail")
    if work >= personal:
        return ()
    return (
        _finding(
            recording,
            seen,
            check="compares_both_e_mails",
            message="does not compare both e-mail addresses without regard to case",
            expected="an e-mail from work and a birth date count as much as a personal e-mail and one",
            seen_words=f"personal e-mail: {_state(rows, 'personal-e-mail')}; "
            f"e-mail at work: {_state(rows, 'work-e-mail')}",
            hint="compare each of your addresses with both email and work_email, in lower case",
        ),
    )


def compares_whole_birth_dates(recording: Recording) -> tuple[Finding, ...]:
    """Judge that two people who share an e-mail and a birthday, but not the year, are not matched.

    Not comparing birth dates at all is right too. Source:
    https://docs.gusto.com/app-integrations/docs/syncing-employees
    """
    return _unless_matched(
        recording,
        "e-mail-and-birthday",
        check="compares_whole_birth_dates",
        message="does not compare birth dates with their year",
        expected="the same day and month in another year is another birth date",
        hint="compare the whole date, year included",
    )


def only_suggests_similar_names(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a name that differs in a letter is no more than a suggestion.

    The two agree on the birth date besides, so that a similar name taken for the same makes a match.
    Overlooking the likeness altogether is right too. Source:
    https://docs.gusto.com/app-integrations/docs/syncing-employees
    """
    return _unless_matched(
        recording,
        "similar-name",
        check="only_suggests_similar_names",
        message="does not ask before it takes similar names for the same",
        expected="a similar name is shown to a person, who confirms or changes it",
        hint="let edit distance find candidates for the review page, and count only equal names as a match",
    )


def maps_nobody_twice(recording: Recording) -> tuple[Finding, ...]:
    """Judge that no two of the partner's people are the same person in Gusto, whoever decided so.

    Two of them agree with one person in everything; later somebody confirms both. Refusing the decision and
    taking the person away from the other are both right. Source:
    https://docs.gusto.com/app-integrations/docs/syncing-employees
    """
    _require_matches(recording)
    findings = []
    for seen, rows in _looks(recording):
        claimed = Counter(str(row["gusto_uuid"]) for row in rows if row.get("state") == "matched")
        twice = sorted(uuid for uuid, count in claimed.items() if count > 1)
        if twice:
            ids = [str(row["person_id"]) for row in rows if row.get("gusto_uuid") == twice[0]]
            findings.append(
                _finding(
                    recording,
                    seen,
                    check="maps_nobody_twice",
                    message="does not keep two of its people from being one person in Gusto",
                    expected="one person in Gusto is one person here; a second claim is a conflict to decide",
                    seen_words=f"{', '.join(ids)} are all matched to one person",
                    hint="give (account, Gusto UUID) a unique key, and show the conflict to a person",
                )
            )
    return tuple(findings[:1])


def _unless_matched(
    recording: Recording, person: str, *, check: str, message: str, expected: str, hint: str
) -> tuple[Finding, ...]:
    seen, rows = _first_look(recording)
    if _state(rows, person) != "matched":
        return ()
    words = f"{person} was matched without asking"
    return (
        _finding(
            recording, seen, check=check, message=message, expected=expected, seen_words=words, hint=hint
        ),
    )


def _first_look(recording: Recording) -> tuple[Exchange, list[Row]]:
    """Return the first look at matches, before anybody confirmed anything."""
    _require_matches(recording)
    return _looks(recording)[0]


def _require_matches(recording: Recording) -> None:
    """Proof of life: somebody was matched or proposed, if only by hand and later."""
    if not any(_STRENGTH.get(str(row.get("state"))) for _, rows in _looks(recording) for row in rows):
        raise NotObserved(NOBODY, missing=traffic.MATCHES_PEOPLE)


def _looks(recording: Recording) -> list[tuple[Exchange, list[Row]]]:
    looks: list[tuple[Exchange, list[Row]]] = []
    for seen in recording.of_kind(Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        rows = told.get("matches") if isinstance(told, dict) else None
        if isinstance(rows, list):
            looks.append((seen, [row for row in rows if isinstance(row, dict)]))
    return looks


def _state(rows: list[Row], person: str) -> str:
    return next((str(row.get("state")) for row in rows if row.get("person_id") == person), "unmatched")


def _strength(rows: list[Row], person: str) -> int:
    return _STRENGTH.get(_state(rows, person), 0)


def _finding(
    recording: Recording,
    seen: Exchange,
    *,
    check: str,
    message: str,
    expected: str,
    seen_words: str,
    hint: str,
) -> Finding:
    return Finding(
        check=check,
        message=message,
        places=traffic.places(recording, [seen]),
        expected=expected,
        seen=seen_words,
        hint=hint,
        key=check,
    )
