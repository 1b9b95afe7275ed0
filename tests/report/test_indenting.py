"""JSON is broken into lines, and nothing of it is changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from partner_qa.report.indenting import indented

VALUES = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(VALUES.filter(lambda value: isinstance(value, (dict, list))))
def test_whole_json_reads_as_json_is_usually_written(value: Any) -> None:
    assert indented(json.dumps(value)) == json.dumps(value, indent=2)


def test_numbers_escapes_and_repeated_keys_stay_as_they_were_sent() -> None:
    assert indented(r'{"a":1.50,"a":1E+2,"b":"\u00eb\/"}') == (
        '{\n  "a": 1.50,\n  "a": 1E+2,\n  "b": "\\u00eb\\/"\n}'
    )


def test_brackets_in_a_text_are_text() -> None:
    assert indented(r'["{ \" [,:"]') == '[\n  "{ \\" [,:"\n]'


@pytest.mark.parametrize(
    ("cut", "shown"),
    [
        ('[{"a":"b', '[\n  {\n    "a": "b'),
        ('[{"a":tr', '[\n  {\n    "a": tr'),
        ("[1", "[\n  1"),
        ("[", "["),
        ('{"a', '{"a'.replace('{"', '{\n  "')),
        ('{"a":"b\\', '{\n  "a": "b\\'),
    ],
)
def test_json_that_was_cut_is_read_as_far_as_it_goes(cut: str, shown: str) -> None:
    assert indented(cut) == shown


@pytest.mark.parametrize("text", ["[1 2]", '{"a":1 "b":2}', '["a" "b"]', '{"a":true "b'])
def test_values_without_a_comma_between_them_stay_apart(text: str) -> None:
    assert indented(text) == text


@pytest.mark.parametrize("text", ["", "plain", "<html>", "{not json, at all}", "[" * 10_000, "{{ a b }}"])
def test_what_is_not_json_comes_back_as_it_is(text: str) -> None:
    assert indented(text) == text
