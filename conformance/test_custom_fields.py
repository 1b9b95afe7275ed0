"""Whether people's answers stand under the fields that they are answers to."""

from __future__ import annotations

from typing import Any

from partner_qa.checks import custom_fields
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording
from partner_qa.spoiler import changing, with_answer_json
from partner_qa.suite import item, require


def _tells_people(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"people"' in exchange.response.body.content


def _forgets_what_was_cleared(told: dict[str, Any]) -> Json:
    people = [
        {
            **person,
            "custom_fields": [{**each, "value": each["value"] or None} for each in person["custom_fields"]],
        }
        for person in told["people"]
    ]
    return {**told, "people": people}


@item(
    "CF-01",
    spoiled_by=changing(_tells_people, with_answer_json(_forgets_what_was_cleared), last=True),
    evidence=Evidence.WIRE,
)
def test_joins_custom_fields(custom_fields_answered: Recording) -> None:
    """Give two fields one name, let people answer, clear and pass over them, and ask who answered what."""
    require(custom_fields.joins_custom_fields(custom_fields_answered))
