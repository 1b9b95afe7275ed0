"""A fault as a person writes it: read as it is meant, and refused with what to write instead."""

from __future__ import annotations

import pytest

from partner_qa.cli.fault_words import read_fault
from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.errors import ContractError, UsageError
from partner_qa.recorder import faults

LIST = "get-v1-companies-company_id-employees"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("respond(500)", faults.respond(500)),
        (f"respond(429, retry_after=2) on {LIST}", faults.respond(429, retry_after=2).on(operation=LIST)),
        ("respond(retry_after=2, status=503)", faults.respond(503, retry_after=2)),
        ("respond(status=503, body={'a': [None]})", faults.respond(503, body={"a": [None]})),
        (f" delay(0.5) on {LIST} at 3", faults.delay(0.5).on(operation=LIST, occurrence=3)),
        ("reset() at 2-4", faults.reset().on(occurrence=range(2, 5))),
        ("unknown_enum('payment_unit')", faults.unknown_enum("payment_unit")),
        ("drop_fields('request_type')", faults.drop_fields("request_type")),
        ("empty_one()", faults.empty_one()),
        ("force_pages(5)", faults.force_pages(5)),
    ],
)
def test_a_fault_is_read_as_it_is_written(contract: Contract, text: str, expected: faults.Fault) -> None:
    assert read_fault(text, contract) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("respnd(500)", "did you mean respond?"),
        ("respond 500", "write it like"),
        ("respond(200)", "write it like"),
        ("respond('500')", "write it like"),
        ("respond()", "write it like"),
        ("delay(-1)", "write it like"),
        ("force_pages(0)", "write it like"),
        ("force_pages(2.5)", "takes whole numbers"),
        ("delay(1e400)", "up to 86,400"),
        ("delay(2, per=0.5)", "takes whole numbers"),
        ("respond(429, retry_after=1e400)", "up to 86,400"),
        ("respond(429.5)", "takes whole numbers"),
        ("respond(500, body={1, 2})", "set is not JSON serializable"),
        ("respond(500, body={'a': 1e999})", "not JSON compliant"),
        ("drop_fields()", "write it like \"drop_fields('status')\""),
        ("delay(1 + 1)", "1 + 1 is no plain value"),
        ("delay(__import__('os').getpid())", "write it like"),
        ("respond(500) at 0", "write it like"),
        ("reset() at 4-2", "write it like"),
        ("respond(500", "write it like"),
        ("", "write it like"),
    ],
)
def test_what_is_no_fault_is_refused_with_a_hint(contract: Contract, text: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_fault(text, contract)
    assert hint in caught.value.explain()


def test_an_operation_that_is_none_is_refused_with_its_nearest(contract: Contract) -> None:
    with pytest.raises(ContractError) as caught:
        read_fault(f"reset() on {LIST}s", contract)
    assert f"did you mean {LIST}?" in caught.value.explain()
