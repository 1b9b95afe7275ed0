"""Whether several who write at once do each other no harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from partner_qa.checks import concurrency, traffic
from partner_qa.contract.catalogue import Contract
from partner_qa.contract.names import UPDATE_PAYROLL
from partner_qa.model import Exchange, Json, Kind, Recording, Run
from partner_qa.spoiler import changing, in_every_recording, with_request_json
from partner_qa.suite import item, require


def _updates(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and exchange.operation == UPDATE_PAYROLL


def _with_old_versions(body: dict[str, Any]) -> Json:
    rows = [{**row, "version": "0" * 32} for row in body["employee_compensations"]]
    return {**body, "employee_compensations": rows}


@item("CONC-01", spoiled_by=in_every_recording(changing(_updates, with_request_json(_with_old_versions))))
def test_sends_the_version_just_read(run: Run, contract: Contract) -> None:
    """Follow every version through the run: which answer has shown it, and which write has sent it."""
    require(concurrency.sends_the_version_just_read(run, contract=contract))


def _pays_what_was_due_before(recording: Recording) -> Recording:
    """Put the amount of the update that was stale into the one that came after it."""
    stale, again, *_ = [
        each for each in traffic.within(recording, "stale", Kind.API) if each.operation == UPDATE_PAYROLL
    ]
    old: Any = traffic.json_of(stale.request.body)

    def is_the_second(exchange: Exchange) -> bool:
        return exchange.sequence == again.sequence

    def put_amounts(body: dict[str, Any]) -> Json:
        amounts = old["employee_compensations"][0]["fixed_compensations"]
        rows = [{**row, "fixed_compensations": amounts} for row in body["employee_compensations"]]
        return {**body, "employee_compensations": rows}

    return changing(is_the_second, with_request_json(put_amounts))(recording)


@item("CONC-02", spoiled_by=_pays_what_was_due_before)
def test_reckons_again_after_a_conflict(contested_payroll: Recording) -> None:
    """Raise an amount in Gusto between the integration's reading and its writing, and look at the sum."""
    require(concurrency.reckons_again_after_a_conflict(contested_payroll))


def _never_tires(recording: Recording) -> Recording:
    """Let every try of an update that was locked begin as soon as the one before has ended."""
    tries = [each for each in traffic.within(recording, "lasting", Kind.API) if _updates(each)]
    first = tries[0].started
    at_once = {each.sequence: first + timedelta(milliseconds=20 * at) for at, each in enumerate(tries)}
    return recording.with_exchanges(
        tuple(
            replace(each, started=at_once[each.sequence], elapsed=0.01) if each.sequence in at_once else each
            for each in recording.exchanges
        )
    )


@item("CONC-03", spoiled_by=_never_tires)
def test_pauses_before_a_locked_payroll(contested_payroll: Recording) -> None:
    """Answer one update, and later all of them, that the payroll is locked; time what comes next."""
    require(concurrency.pauses_before_a_locked_payroll(contested_payroll))


def _writes_again(recording: Recording) -> Recording:
    """Let the repeated sync write what the first did, and a cent more."""
    first = [each for each in traffic.within(recording, "first", Kind.API) if _updates(each)]
    calls = traffic.within(recording, "repeated", Kind.API)
    if not first or not calls:
        return recording
    again = replace(first[-1], sequence=calls[-1].sequence, started=calls[-1].started)
    more = with_request_json(_with_a_cent_more)(again)
    kept = (each for each in recording.exchanges if each.sequence != calls[-1].sequence)
    return recording.with_exchanges((*kept, more))


def _with_a_cent_more(body: dict[str, Any]) -> Json:
    rows = [
        {
            **row,
            "fixed_compensations": [
                {**each, "amount": "0.01"} for each in row.get("fixed_compensations", [])
            ],
        }
        for row in body["employee_compensations"]
    ]
    return {**body, "employee_compensations": rows}


@item("CONC-04", spoiled_by=in_every_recording(_writes_again))
def test_repeats_without_effect(run: Run) -> None:
    """Do the same sync twice, and compare every row of the payroll after the first with after the second."""
    require(concurrency.repeats_without_effect(run))
