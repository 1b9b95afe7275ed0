"""Whether one customer's data stays with that customer."""

from __future__ import annotations

from typing import Any

from partner_qa.checks import data, keeping, traffic
from partner_qa.contract.names import LIST_EMPLOYEES
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording
from partner_qa.spoiler import changing, with_answer_json
from partner_qa.suite import item, require


def _shows_somebody_of_the_other_company(recording: Recording) -> Recording:
    first, second = recording.tenants
    theirs = traffic.audited(recording, LIST_EMPLOYEES, second.company)
    stranger: Json = {"gusto_uuid": theirs[0]["uuid"]}

    def is_the_firsts(each: Exchange) -> bool:
        tells_people = b'"people"' in each.response.body.content
        return each.kind is Kind.OBSERVATION and each.account == first.account and tells_people

    def add_stranger(told: dict[str, Any]) -> Json:
        return {**told, "people": [*told["people"], stranger]}

    return changing(is_the_firsts, with_answer_json(add_stranger))(recording)


@item("DATA-02", spoiled_by=_shows_somebody_of_the_other_company, evidence=Evidence.REPORTED)
def test_keeps_customers_apart(two_tenants: Recording) -> None:
    """Connect two companies for two customers, sync both, and look at what is held for each."""
    require(data.keeps_customers_apart(two_tenants))


def _tells_logs(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"logs"' in exchange.response.body.content


def _logs_a_person(told: dict[str, Any]) -> Json:
    return {"logs": [*told["logs"], "could not match hugo@kessin.example, 1970-02-14"]}


@item(
    "DATA-03", spoiled_by=changing(_tells_logs, with_answer_json(_logs_a_person)), evidence=Evidence.REPORTED
)
def test_keeps_logs_clean(refused_requests: Recording) -> None:
    """Let a sync fail in three ways; search the logs for tokens, secrets, SSNs, addresses and birth dates."""
    require(keeping.keeps_logs_clean(refused_requests))


def _tells_storage(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"stored"' in exchange.response.body.content


def _keeps_tokens(told: dict[str, Any]) -> Json:
    return {"stored": [*told["stored"], {"kind": "tokens", "count": 1}]}


@item(
    "DATA-05",
    spoiled_by=changing(_tells_storage, with_answer_json(_keeps_tokens), last=True),
    evidence=Evidence.REPORTED,
)
def test_deletes_after_disconnect(first_connect: Recording) -> None:
    """Ask what is stored for the customer before and after the disconnect."""
    require(keeping.deletes_after_disconnect(first_connect))
