"""Whether people are matched on enough, and for good."""

from __future__ import annotations

from typing import Any

from partner_qa.checks import people
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording
from partner_qa.spoiler import changing, with_answer_json
from partner_qa.suite import item, require


def _tells_matches(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"matches"' in exchange.response.body.content


def _matches_on_e_mail_only(recording: Recording) -> Recording:
    theirs: Any = recording.situation["gusto_people"]
    uuid = next(each["uuid"] for each in theirs if each["last_name"] == "Gieshübler")
    row: Json = {"person_id": "e-mail-only", "gusto_uuid": uuid, "state": "matched"}

    def add_row(told: dict[str, Any]) -> Json:
        return {"matches": [*told["matches"], row]}

    return changing(_tells_matches, with_answer_json(add_row))(recording)


def _forgets_matches(told: dict[str, Any]) -> Json:
    return {"matches": [{**row, "gusto_uuid": None, "state": "unmatched"} for row in told["matches"]]}


@item("EMP-01", spoiled_by=_matches_on_e_mail_only, evidence=Evidence.REPORTED)
def test_matches_on_two_data_points(lookalike_people: Recording) -> None:
    """Offer people who agree on everything, on two data points, and on one, and ask who was matched."""
    require(people.matches_on_two_data_points(lookalike_people))


@item(
    "EMP-06",
    spoiled_by=changing(_tells_matches, with_answer_json(_forgets_matches), last=True),
    evidence=Evidence.REPORTED,
)
def test_keeps_matches_when_people_change(renamed_person: Recording) -> None:
    """Rename somebody who was matched, change the e-mail too, sync again, and ask who is matched."""
    require(people.keeps_matches_when_people_change(renamed_person))
