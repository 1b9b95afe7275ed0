"""Does the integration know what a company asks of its people, and what they answered, cleared or left open?

The check looks at the scenario `custom_fields_answered`, in which the harness read fields and answers with a
grant of its own before the integration did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from partner_qa.checks import traffic
from partner_qa.contract.names import (
    LIST_CUSTOM_FIELDS,
    LIST_EMPLOYEES,
    LIST_PERSONS_CUSTOM_FIELDS,
    SHOW_EMPLOYEE,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

Answers = Mapping[str, str | None]  # by field; None or missing: never answered, "": cleared


def joins_custom_fields(recording: Recording) -> tuple[Finding, ...]:
    """Judge that fields are read from the company, answers with the people, and joined by the field's UUID.

    Answers may come with `include=custom_fields` or person by person. A field that was never answered may be
    missing or null; one that was cleared is empty. Source:
    https://docs.gusto.com/app-integrations/docs/getting-custom-fields
    """
    fields = _find_fields(recording)
    answers = {str(row["uuid"]): _answers_of(row.get("custom_fields")) for row in _people(recording)}
    if not fields or not answers:
        raise NotObserved(
            "the custom fields of this situation were never there", missing=traffic.RECORD_AGAIN
        )
    unread = list(_find_unread(recording))
    looks = list(_looks(recording))
    if not looks and not unread:
        missing = ("observations.people, with people[].custom_fields, in partner.yaml",)
        raise NotObserved("which answers are held was not told", missing=missing)
    wrong: dict[str, Exchange] = {}
    for seen, held in looks[-1:]:
        for person, given in answers.items():
            for field in fields:
                words = _compare(given.get(field), held.get(person, {}).get(field))
                if words:
                    wrong.setdefault(words, seen)
    return (
        *(_finding(recording, words, []) for words in unread),
        *(_finding(recording, words, [seen]) for words, seen in wrong.items()),
    )


def _compare(had: str | None, held: str | None) -> str:
    """Return what is wrong with an answer that is held, or nothing."""
    if had == held:
        return ""
    if had is None:
        return (
            "a field that was never answered has an answer" if held else "a field never answered is cleared"
        )
    if had == "":
        return (
            "a field that was cleared is as if it had never been answered"
            if held is None
            else ("a field that was cleared has an answer")
        )
    return "an answer is missing" if not held else "an answer is another field's, or another person's"


def _finding(recording: Recording, words: str, seen: list[Exchange]) -> Finding:
    return Finding(
        check="joins_custom_fields",
        message=f"does not join custom fields to people: {words}",
        places=traffic.places(recording, seen),
        expected="each answer under the field of its company_custom_field_id; cleared is empty, not missing",
        seen=words,
        hint="read the company's custom_fields, ask for people with include=custom_fields, and join by "
        "company_custom_field_id, never by name",
        key=words,
    )


def _find_unread(recording: Recording) -> Iterator[str]:
    """Find what was never asked for, without which nothing can be joined."""
    if not any(map(traffic.is_success, traffic.api_calls(recording, LIST_CUSTOM_FIELDS))):
        yield "the company's fields were never read"
    included = [
        call
        for call in traffic.api_calls(recording, LIST_EMPLOYEES, SHOW_EMPLOYEE)
        if any(
            name.startswith("include") and "custom_fields" in value for name, value in traffic.query_of(call)
        )
    ]
    if not any(
        map(traffic.is_success, [*included, *traffic.api_calls(recording, LIST_PERSONS_CUSTOM_FIELDS)])
    ):
        yield "people's answers were never asked for"


def _find_fields(recording: Recording) -> list[str]:
    return [
        str(field["uuid"])
        for told in traffic.audited(recording, LIST_CUSTOM_FIELDS)
        for field in _list_of(told.get("custom_fields"))
        if isinstance(field, dict)
    ]


def _people(recording: Recording) -> list[dict[str, Json]]:
    return [row for row in traffic.audited(recording, LIST_EMPLOYEES) if "uuid" in row]


def _looks(recording: Recording) -> Iterator[tuple[Exchange, dict[str, Answers]]]:
    for seen in recording.of_kind(Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        rows = _list_of(told.get("people")) if isinstance(told, dict) else []
        people = [row for row in rows if isinstance(row, dict) and "custom_fields" in row]
        if people:
            yield seen, {str(row.get("gusto_uuid")): _answers_of(row["custom_fields"]) for row in people}


def _answers_of(rows: Json) -> Answers:
    return {
        str(row.get("company_custom_field_id")): None if row.get("value") is None else str(row["value"])
        for row in _list_of(rows)
        if isinstance(row, dict)
    }


def _list_of(given: Json) -> list[Json]:
    return given if isinstance(given, list) else []
