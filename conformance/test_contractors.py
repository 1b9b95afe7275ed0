"""Whether contractors are read, named and left as they are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from partner_qa.checks import contractors
from partner_qa.contract.names import LIST_CONTRACTORS, UPDATE_CONTRACTOR
from partner_qa.model import Body, Evidence, Exchange, Json, Kind, Recording
from partner_qa.spoiler import changing, repeating, with_answer_json
from partner_qa.suite import item, require


def _tells_contractors(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"contractors"' in exchange.response.body.content


def _all_at_work(told: dict[str, Any]) -> Json:
    return {**told, "contractors": [{**each, "is_active": True} for each in told["contractors"]]}


@item(
    "CON-01",
    spoiled_by=changing(_tells_contractors, with_answer_json(_all_at_work)),
    evidence=Evidence.REPORTED,
)
def test_keeps_contractors_apart(contractors_of_every_kind: Recording) -> None:
    """Have individuals and businesses, some of them gone, and ask whom it holds by which name."""
    require(contractors.keeps_contractors_apart(contractors_of_every_kind))


def _reads_contractors(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and exchange.operation == LIST_CONTRACTORS


def _makes_a_business_a_person(read: Exchange) -> Exchange:
    """Update a business that was just read, with the other type."""
    rows: list[dict[str, Any]] = json.loads(read.response.body.content)
    one = next(each for each in rows if each["type"] == "Business" and each["onboarded"])
    update = replace(
        read.request,
        method="PUT",
        url=f"http://127.0.0.1/v1/contractors/{one['uuid']}",
        body=Body.of(json.dumps({"version": one["version"], "type": "Individual"}).encode()),
    )
    return replace(read, request=update, operation=UPDATE_CONTRACTOR)


@item("CON-02", spoiled_by=repeating(_reads_contractors, _makes_a_business_a_person))
def test_leaves_types_alone(contractors_of_every_kind: Recording) -> None:
    """Rename a business like a person between two reads, and look for updates that send another type."""
    require(contractors.leaves_types_alone(contractors_of_every_kind))
