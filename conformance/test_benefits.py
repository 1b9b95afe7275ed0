"""Whether people are enrolled in benefits once, by what each benefit takes, and withdrawn again."""

from __future__ import annotations

from typing import Any

from partner_qa.checks import benefits, retirement
from partner_qa.contract.names import ENROL_IN_BULK, LIST_HIGH_EARNERS, SHOW_REQUIREMENTS
from partner_qa.model import Exchange, Json, Kind, Recording, Run
from partner_qa.spoiler import changing, dropping, in_every_recording, with_answer_json, with_request_json
from partner_qa.suite import item, require


@item(
    "BEN-01",
    spoiled_by=in_every_recording(dropping(lambda call: call.operation == SHOW_REQUIREMENTS)),
)
def test_reads_what_it_takes(run: Run) -> None:
    """Enrol people in a 401(k) and in a benefit that may be closed to the application; look what is read."""
    require(benefits.reads_what_it_takes(run))


def _in_older_words(body: dict[str, Any]) -> Json:
    first, *others = body["employee_benefits"]
    kept = {name: value for name, value in first.items() if name != "contribution"}
    return {"employee_benefits": [{**kept, "company_contribution": "50.00"}, *others]}


@item(
    "BEN-02",
    spoiled_by=changing(lambda call: call.operation == ENROL_IN_BULK, with_request_json(_in_older_words)),
)
def test_enrols_once(benefits_enrolled: Recording) -> None:
    """Enrol the same people twice, and look who takes part in Gusto after each time."""
    require(benefits.enrols_once(benefits_enrolled))


def _shows_high_earners(exchange: Exchange) -> bool:
    return exchange.kind is Kind.AUDIT and exchange.operation == LIST_HIGH_EARNERS


@item("BEN-03", spoiled_by=changing(_shows_high_earners, with_answer_json(lambda _: [])))
def test_carries_retirement_rules(benefits_enrolled: Recording) -> None:
    """Enrol somebody in a 401(k) of whom much is known, and look how much of it Gusto knows afterwards."""
    require(retirement.carries_retirement_rules(benefits_enrolled))


def _tells_of_a_failure(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"partial_failure"' in exchange.response.body.content


@item("BEN-04", spoiled_by=changing(_tells_of_a_failure, with_answer_json(lambda _: {"notices": []})))
def test_withdraws_as_allowed(benefits_enrolled: Recording) -> None:
    """End an enrolment, first while Gusto refuses every change and then while it does not."""
    require(benefits.withdraws_as_allowed(benefits_enrolled))
