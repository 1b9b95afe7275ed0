"""Whether payrolls get into the books: the right ones, whole, and once."""

from __future__ import annotations

from typing import Any

from partner_qa.checks import accounting, ledgers
from partner_qa.contract.names import ASK_FOR_LEDGER
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording
from partner_qa.spoiler import changing, repeating, with_answer_json, with_path
from partner_qa.suite import item, require


def _asks_for_a_draft(recording: Recording) -> Recording:
    payrolls = accounting.payrolls_of(recording)
    draft = next(uuid for uuid, row in payrolls.items() if row.get("processed") is False)
    path = f"/v1/payrolls/{draft}/reports/general_ledger"
    return repeating(lambda call: call.operation == ASK_FOR_LEDGER, with_path(lambda _: path))(recording)


@item("GL-01", spoiled_by=_asks_for_a_draft)
def test_posts_what_was_run(payrolls_posted: Recording) -> None:
    """Post the journal of a company with drafts, and with a payroll that is older than half a year."""
    require(accounting.posts_what_was_run(payrolls_posted))


def _tells_notices(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"notices"' in exchange.response.body.content


@item("GL-02", spoiled_by=changing(_tells_notices, with_answer_json(lambda _: {"notices": []})))
def test_waits_for_reports(payrolls_posted: Recording) -> None:
    """Let one report be pending for seconds, others for less, one fail; look at polls, notices and logs."""
    require(accounting.waits_for_reports(payrolls_posted))


def _tells_entries(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"entries"' in exchange.response.body.content


def _loses_a_line(told: dict[str, Any]) -> Json:
    *entries, last = told["entries"]
    return {"entries": [*entries, {**last, "lines": last["lines"][1:]}]}


@item(
    "GL-03",
    spoiled_by=changing(_tells_entries, with_answer_json(_loses_a_line), last=True),
    evidence=Evidence.REPORTED,
)
def test_posts_whole_and_balanced(payrolls_posted: Recording) -> None:
    """Add up each entry, in the end and while a report is pending; compare with what the payroll came to."""
    require(ledgers.posts_whole_and_balanced(payrolls_posted))


def _posts_the_first_again(told: dict[str, Any]) -> Json:
    return {"entries": [*told["entries"], {**told["entries"][0], "id": "posted-again"}]}


@item(
    "GL-04",
    spoiled_by=changing(_tells_entries, with_answer_json(_posts_the_first_again), last=True),
    evidence=Evidence.REPORTED,
)
def test_posts_once(payrolls_posted: Recording) -> None:
    """Post three times, first while a report takes long, last after two new payrolls and a repeated event."""
    require(ledgers.posts_once(payrolls_posted))
