"""An answer of rows is what the plain way of writing JSON gives, however often and in whatever state."""

from __future__ import annotations

import json
from typing import Any

import pytest

from partner_qa.sandbox.call import Reply

NESTED: dict[str, Any] = {"uuid": "a", "jobs": [{"rate": "1.00", "place": {"city": "Zürich"}}], "n": None}


@pytest.mark.parametrize(
    "rows",
    [[], [NESTED], [NESTED, {}, NESTED], [1, 1.0, True], [["x"], "\u2028", '"\\'], [10**30, -0.0, 1e300]],
)
def test_rows_are_written_as_one_array_would_be(rows: list[Any]) -> None:
    for _ in range(2):  # the second time they are known
        assert Reply.of_rows(200, rows, headers=(("X-Page", "1"),)) == Reply.of(
            200, rows, headers=(("X-Page", "1"),)
        )


def test_a_change_deep_inside_of_a_row_is_in_the_next_answer() -> None:
    row: dict[str, Any] = json.loads(json.dumps(NESTED))
    Reply.of_rows(200, [row])
    row["jobs"][0]["place"]["city"] = "Bern"
    assert b'"city":"Bern"' in Reply.of_rows(200, [row]).body


def test_values_that_are_equal_and_written_differently_are_not_mixed_up() -> None:
    for value in (True, 1, 1.0, False, 0, 0.0, -0.0):
        assert (
            Reply.of_rows(200, [{"v": value}]).body
            == json.dumps([{"v": value}], separators=(",", ":")).encode()
        )


def test_the_order_of_fields_is_kept() -> None:
    Reply.of_rows(200, [{"a": 1, "b": 2}])
    assert Reply.of_rows(200, [{"b": 2, "a": 1}]).body == b'[{"b":2,"a":1}]'


def test_half_a_surrogate_pair_is_refused_as_before() -> None:
    for answer in (Reply.of, Reply.of_rows):
        with pytest.raises(UnicodeEncodeError):
            answer(200, ["\ud800"])
