"""Whether lists are read to their end."""

from __future__ import annotations

from typing import Any

from partner_qa.checks import changing as shifting
from partner_qa.checks import pagination, traffic
from partner_qa.contract.names import UPDATE_PAYROLL
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording
from partner_qa.spoiler import changing, dropping, with_answer_json, with_request_json
from partner_qa.suite import item, require


def _reads_the_last_page(exchange: Exchange) -> bool:
    numbers = traffic.page_numbers(exchange)
    return numbers is not None and numbers[0] == numbers[1] > 1


@item("PAGE-01", spoiled_by=dropping(_reads_the_last_page))
def test_reads_every_page(large_company_sync: Recording) -> None:
    """Sync a company of 251 people whose list comes in pages, and count the pages that were asked for."""
    require(pagination.reads_every_page(large_company_sync))


def _reads_on(exchange: Exchange) -> bool:
    return traffic.find_query(exchange, "starting_after_uuid") is not None


@item("PAGE-02", spoiled_by=dropping(_reads_on))
def test_follows_the_cursor(webhook_forgeries: Recording) -> None:
    """Give out events one by one, and look whether each next one is asked for."""
    require(pagination.follows_the_cursor(webhook_forgeries))


def _updates(exchange: Exchange) -> bool:
    return exchange.operation == UPDATE_PAYROLL


def _with_everybody_twice(body: dict[str, Any]) -> Json:
    return {**body, "employee_compensations": body["employee_compensations"] * 2}


@item("PAGE-03", spoiled_by=changing(_updates, with_request_json(_with_everybody_twice)))
def test_merges_and_chunks_big_payrolls(large_payroll: Recording) -> None:
    """Send a bonus for everybody of a company of 250, count the people in each update, and add up."""
    require(pagination.merges_and_chunks_big_payrolls(large_payroll))


def _tells_people(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"people"' in exchange.response.body.content


def _loses_the_fifth(told: dict[str, Any]) -> Json:
    return {"people": [*told["people"][:4], *told["people"][5:]]}


@item(
    "PAGE-04",
    spoiled_by=changing(_tells_people, with_answer_json(_loses_the_fifth)),
    evidence=Evidence.REPORTED,
)
def test_reads_shifting_lists(people_change_while_read: Recording) -> None:
    """Delete and hire people between two pages of three syncs, and compare who is held with who was there."""
    require(shifting.reads_shifting_lists(people_change_while_read))
