"""Whether hires reach Gusto whole and once, and come back out where they have to."""

from __future__ import annotations

from typing import Any

from partner_qa.checks import recruiting
from partner_qa.contract.names import CREATE_EMPLOYEE
from partner_qa.model import Exchange, Json, Kind, Recording
from partner_qa.spoiler import changing, repeating, with_answer_json, with_request_json
from partner_qa.suite import item, require


def _creates(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and exchange.operation == CREATE_EMPLOYEE


def _without_last_name(body: dict[str, Json]) -> Json:
    return {key: value for key, value in body.items() if key != "last_name"}


@item("ATS-01", spoiled_by=changing(_creates, with_request_json(_without_last_name), last=True))
def test_creates_valid_hires(people_are_hired: Recording) -> None:
    """Hire people with and without an e-mail, invited and not, and read what is sent to create them."""
    require(recruiting.creates_valid_hires(people_are_hired))


def _creates_somebody_known(recording: Recording) -> Recording:
    hired: Any = recording.situation["hired"]
    return repeating(_creates, with_request_json(lambda _: dict(hired["known"][1])))(recording)


@item("ATS-02", spoiled_by=_creates_somebody_known)
def test_creates_nobody_twice(people_are_hired: Recording) -> None:
    """Hire somebody who works there, somebody who has left, and one person twice; count them in Gusto."""
    require(recruiting.creates_nobody_twice(people_are_hired))


def _claims_a_refused_hire(recording: Recording) -> Recording:
    """What Gusto did not delete any more is said to be done."""
    window: Any = recording.situation["too_late"]
    first, last = window

    def is_the_end_of_it(each: Exchange) -> bool:
        is_told = b'"failed"' in each.response.body.content
        return each.kind is Kind.ACTION and first <= each.sequence <= last and is_told

    def claim(told: dict[str, Json]) -> Json:
        return {**told, "status": "done"}

    return changing(is_the_end_of_it, with_answer_json(claim), last=True)(recording)


@item("ATS-04", spoiled_by=_claims_a_refused_hire)
def test_withdraws_while_onboarding(people_are_hired: Recording) -> None:
    """Take one hire back in time and one after onboarding was completed, and see who is left in Gusto."""
    require(recruiting.withdraws_while_onboarding(people_are_hired))
