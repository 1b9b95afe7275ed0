"""Whether time off is what Gusto says that it is."""

from __future__ import annotations

from typing import Any

from partner_qa.checks import time_off
from partner_qa.contract.names import SHOW_PAYROLL
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording
from partner_qa.spoiler import changing, with_answer_json
from partner_qa.suite import item, require


def _tells_time_off(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"time_off"' in exchange.response.body.content


def _all_approved(told: dict[str, Any]) -> Json:
    return {**told, "time_off": [{**each, "status": "approved"} for each in told["time_off"]]}


def _without_policies(told: dict[str, Any]) -> Json:
    rows = [{**each, "policy_uuid": None, "policy_type": None} for each in told["time_off"]]
    return {**told, "time_off": rows}


def _in_whole_days(told: dict[str, Any]) -> Json:
    rows = [{**each, "days": dict.fromkeys(each["days"], "8.000")} for each in told["time_off"]]
    return {**told, "time_off": rows}


@item(
    "PTO-01",
    spoiled_by=changing(_tells_time_off, with_answer_json(_all_approved)),
    evidence=Evidence.REPORTED,
)
def test_follows_request_statuses(time_off_in_every_status: Recording) -> None:
    """Have requests in every status, change some of them, and ask before and after which of them count."""
    require(time_off.follows_request_statuses(time_off_in_every_status))


@item(
    "PTO-02",
    spoiled_by=changing(_tells_time_off, with_answer_json(_without_policies)),
    evidence=Evidence.REPORTED,
)
def test_tells_policies_apart(time_off_in_every_status: Recording) -> None:
    """Leave request_type out of every answer, and ask which policy each request is of; read writes too."""
    require(time_off.tells_policies_apart(time_off_in_every_status))


@item(
    "PTO-03",
    spoiled_by=changing(_tells_time_off, with_answer_json(_in_whole_days)),
    evidence=Evidence.REPORTED,
)
def test_counts_hours_by_day(time_off_in_every_status: Recording) -> None:
    """Approve 2.125 hours of a day and time off without limit, and ask for hours and balances."""
    require(time_off.counts_hours_by_day(time_off_in_every_status))


def _shows_payroll(exchange: Exchange) -> bool:
    return exchange.kind is Kind.AUDIT and exchange.operation == SHOW_PAYROLL


def _with_time_off_twice(told: dict[str, Any]) -> Json:
    for row in told["employee_compensations"]:
        for entry in row["paid_time_off"]:
            entry["hours"] = str(2 * float(entry["hours"]))
    return told


@item("PTO-04", spoiled_by=changing(_shows_payroll, with_answer_json(_with_time_off_twice), last=True))
def test_adds_no_time_off_twice(time_off_in_every_status: Recording) -> None:
    """Have hours written into a payroll that holds approved time off, and read how much it holds then."""
    require(time_off.adds_no_time_off_twice(time_off_in_every_status))
