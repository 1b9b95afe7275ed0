"""Each operation gives each answer that the contract declares for it: a good one, and every error."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from partner_qa.contract.catalogue import load_contract
from partner_qa.contract.operation import Operation

NOBODY = "00000000-0000-4000-8000-000000000000"


def declared() -> list[Any]:
    return [
        pytest.param(each, status, id=f"{each.id} {status}")
        for each in load_contract().operations
        for status in sorted(each.responses)
    ]


@pytest.mark.parametrize(("asked", "status"), declared())
def test_every_declared_answer_is_given(desk: Any, asked: Operation, status: int) -> None:
    answer = provoke(desk, asked, status)
    assert answer.status == status, answer.body
    said = desk.requests.get(asked.id, {}).get("refused", {}).get("says")
    if status == 422 and said is not None:
        assert said in [row.get("message") for row in rows_of(answer.json()["errors"])]


def provoke(desk: Any, operation: Operation, status: int) -> Any:
    """Return the answer to the request of answers.yaml that is to be answered with this status."""
    if status == 422:
        return desk.send(operation, desk.wish(operation, refused=True))
    wish = desk.wish(operation)
    if status == 204 and operation.success == 200:  # a rehire, of somebody who has none
        return desk.send(operation, {**wish, "at": {"employees": "$employee"}})
    if status == 404:
        absent = desk.requests.get(operation.id, {}).get("absent", {}).get("at")
        return desk.send(operation, {**wish, "at": {**wish["at"], **(absent or last_id_of(operation))}})
    if status == 409 and operation.version_in == "none":  # there already
        desk.do(operation.id)
    elif status == 409:
        desk.is_stale = True
    else:
        assert status < 300, f"no request of {operation.id} is to be answered {status}"
    return desk.send(operation, wish)


def last_id_of(operation: Operation) -> dict[str, str]:
    segments = operation.path.split("/")
    before = [each for each, after in pairwise(segments) if after.startswith("{")]
    assert before, (
        f"{operation.id} declares a 404, and its path has no id: say in answers.yaml what is absent"
    )
    return {before[-1]: NOBODY}


def rows_of(rows: Any) -> Iterator[Any]:
    """Yield the rows of an error answer and those inside of them."""
    for each in rows:
        yield each
        yield from rows_of(each.get("errors", []))


def test_every_request_is_about_an_operation_of_the_contract(desk: Any) -> None:
    assert desk.requests.keys() <= {each.id for each in load_contract().operations}
