"""Whether payrolls are written with care for everybody else who writes into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from partner_qa.checks import earnings, payroll, payroll_amounts, traffic
from partner_qa.contract.names import LIST_EARNING_TYPES, PREPARE_PAYROLL, UPDATE_PAYROLL
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording
from partner_qa.spoiler import changing, dropping, with_answer_json, with_path, with_request_json
from partner_qa.suite import item, require


def _updates(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and exchange.operation == UPDATE_PAYROLL


def _prepares(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and exchange.operation == PREPARE_PAYROLL


def _lists_earning_types(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and exchange.operation == LIST_EARNING_TYPES


def _tells_notices(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"notices"' in exchange.response.body.content


def _without_notices(_told: dict[str, Json]) -> Json:
    return {"notices": []}


def _in_each_row(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], Json]:
    """Return a change of an update that changes each person's row."""

    def edit(body: dict[str, Any]) -> Json:
        rows = [change(row) for row in body["employee_compensations"]]
        return {**body, "employee_compensations": rows}

    return edit


def _paid_200(row: dict[str, Any]) -> dict[str, Any]:
    fixed = [{**each, "amount": "200.00"} for each in row.get("fixed_compensations", [])]
    return {**row, "fixed_compensations": fixed}


def _paid_a_number(row: dict[str, Any]) -> dict[str, Any]:
    fixed = [{**each, "amount": float(each["amount"])} for each in row.get("fixed_compensations", [])]
    return {**row, "fixed_compensations": fixed}


def _with_memo(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "memo": "Paid by us"}


def _into_the_off_cycle_one(recording: Recording) -> Recording:
    wanted, other = str(recording.situation["payroll"]), str(recording.situation["off_cycle"])
    return changing(_updates, with_path(lambda path: path.replace(wanted, other)))(recording)


@item("PAY-01", spoiled_by=_into_the_off_cycle_one)
def test_chooses_the_next_payroll(shared_payroll: Recording) -> None:
    """Have an off-cycle payroll before the regular one, and later one that was run; look which is written."""
    require(payroll.chooses_the_next_payroll(shared_payroll))


@item("PAY-02", spoiled_by=dropping(_prepares))
def test_prepares_before_it_writes(shared_payroll: Recording) -> None:
    """Compare prepares with updates: which came before which, and how often one payroll was prepared."""
    require(payroll.prepares_before_it_writes(shared_payroll))


@item(
    "PAY-03",
    spoiled_by=changing(_tells_notices, with_answer_json(_without_notices)),
    evidence=Evidence.REPORTED,
)
def test_leaves_out_the_ineligible(shared_payroll: Recording) -> None:
    """Ask for a bonus for somebody who left before the pay period, and look at rows and notices."""
    require(payroll.leaves_out_the_ineligible(shared_payroll))


@item("PAY-04", spoiled_by=changing(_updates, with_request_json(_in_each_row(_paid_200))))
def test_adds_to_what_others_entered(shared_payroll: Recording) -> None:
    """Type a bonus of 150.00 in Gusto, contribute 200.00, and look for 350.00."""
    require(payroll_amounts.adds_to_what_others_entered(shared_payroll))


def _forgets_an_edit(recording: Recording) -> Recording:
    edited = {each.sequence for each in traffic.within(recording, "edited", Kind.API)}

    def is_of_the_edit(exchange: Exchange) -> bool:
        return exchange.sequence in edited and _updates(exchange)

    return changing(is_of_the_edit, with_request_json(_in_each_row(_paid_200)), last=True)(recording)


@item("PAY-05", spoiled_by=_forgets_an_edit)
def test_replaces_only_its_own_part(shared_payroll: Recording) -> None:
    """Sync the same again, raise the bonus in Gusto and the contribution, lose an answer, and add up."""
    require(payroll_amounts.replaces_only_its_own_part(shared_payroll))


@item("PAY-06", spoiled_by=changing(_updates, with_request_json(_in_each_row(_with_memo))))
def test_keeps_to_the_template(shared_payroll: Recording) -> None:
    """Hold each row that was sent against the row as it had been prepared."""
    require(payroll_amounts.keeps_to_the_template(shared_payroll))


@item("PAY-07", spoiled_by=changing(_updates, with_request_json(_in_each_row(_paid_a_number))))
def test_sends_exact_decimals(shared_payroll: Recording) -> None:
    """Contribute cents and thousandths of an hour, and read each number as it was sent."""
    require(payroll_amounts.sends_exact_decimals(shared_payroll))


@item("PAY-08", spoiled_by=dropping(_lists_earning_types))
def test_maps_earning_types(shared_payroll: Recording) -> None:
    """Contribute an amount of an earning type that Gusto has not, and of an inactive one, three times."""
    require(earnings.maps_earning_types(shared_payroll))


def _tells_no_block(recording: Recording) -> Recording:
    looks = {each.sequence for each in traffic.within(recording, "suspended", Kind.OBSERVATION)}

    def is_of_the_block(exchange: Exchange) -> bool:
        return _tells_notices(exchange) and exchange.sequence in looks

    return changing(is_of_the_block, with_answer_json(_without_notices))(recording)


@item("PAY-10", spoiled_by=_tells_no_block, evidence=Evidence.REPORTED)
def test_leaves_running_to_gusto(contested_payroll: Recording) -> None:
    """Suspend the company in Gusto, contribute once more, and look at the calls and at what is told."""
    require(payroll.leaves_running_to_gusto(contested_payroll))
