"""Facts about the words of a violation: what they point at, and what they never show."""

from __future__ import annotations

from typing import Any

import pytest

from partner_qa.contract.schema import find_violations
from partner_qa.contract.violation import SEEN_LIMIT, find_nearest, offer, show, to_pointer


@pytest.mark.parametrize(
    ("schema", "instance", "message", "expected"),
    [
        ({"type": "string"}, 1, "is not of type string", "string"),
        ({"type": ["string", "null"]}, 1, "is not of type string or null", "string or null"),
        ({"required": ["a"]}, {}, "does not have a", "a is required"),
        ({"enum": ["Hour", "Week"]}, "hour", "is not one of the allowed values", "did you mean Hour?"),
        ({"enum": ["Hour", "Week"]}, "never", "is not one of the allowed values", "one of Hour, Week"),
        ({"enum": [1, 2]}, 3, "is not one of the allowed values", "one of 1, 2"),
        ({"const": 1}, 3, "is not one of the allowed values", "one of 1"),
        ({"pattern": "^a$"}, "b", "does not match the pattern", "^a$"),
        ({"maxLength": 2}, "abc", "is longer than 2 characters", "maxLength 2"),
        ({"minimum": 1}, 0, "is less than 1", "minimum 1"),
        ({"maxItems": 1}, [1, 2], "has more than 1 entries", "maxItems 1"),
        ({"uniqueItems": True}, [1, 1], "has the same entry twice", "uniqueItems true"),
        ({"not": {}}, 1, "does not satisfy not", "not an object with nothing"),
    ],
)
def test_each_rule_has_words_of_its_own(schema: Any, instance: Any, message: str, expected: str) -> None:
    (violation,) = find_violations(instance, schema)
    assert (violation.message, violation.expected) == (message, expected)


def test_each_missing_property_is_a_violation_of_its_own() -> None:
    found = find_violations({"b": 1}, {"required": ["a", "b", "it's", "c"]})
    assert [each.message for each in found] == ["does not have a", "does not have it's", "does not have c"]


def test_each_unknown_key_is_pointed_at_and_offered_its_neighbour() -> None:
    schema = {
        "properties": {"scopes": {}, "name": {}},
        "patternProperties": {"^x_": {}},
        "additionalProperties": False,
    }
    found = find_violations({"scpoes": 1, "x_a": 1, "zzz": 1, "name": 1}, schema)
    assert [(each.pointer, each.expected) for each in found] == [
        ("$.scpoes", "did you mean scopes?"),
        ("$.zzz", "one of scopes"),
    ]


def test_of_a_choice_only_the_branch_that_was_meant_is_spoken_of() -> None:
    schema = {
        "oneOf": [
            {"type": "null"},
            {"type": "object", "properties": {"kind": {"const": "a"}, "n": {"type": "integer"}}},
            {"type": "object", "properties": {"kind": {"const": "b"}, "n": {"type": "string"}}},
        ]
    }
    (violation,) = find_violations({"kind": "b", "n": 1}, schema)
    assert (violation.pointer, violation.expected) == ("$.n", "string")


def test_a_choice_without_a_likely_branch_is_said_to_fit_none() -> None:
    (violation,) = find_violations(1, {"anyOf": [{"type": "string"}, {"type": "null"}]})
    assert violation.message == "fits none of the 2 allowed shapes"


def test_a_choice_that_fits_twice_is_said_to_fit_more_than_one() -> None:
    (violation,) = find_violations(1, {"oneOf": [{"type": "integer"}, {"minimum": 0}]})
    assert violation.message == "fits more than one of the 2 allowed shapes"


@pytest.mark.parametrize("name", ["client_secret", "access_token", "refresh_token", "code", "Authorization"])
@pytest.mark.parametrize("value", ["hunter2hunter2", 123456789])
def test_secrets_are_never_shown(name: str, value: Any) -> None:
    (violation,) = find_violations({name: value}, {"properties": {name: {"type": "boolean"}}})
    assert str(value) not in repr(violation)
    assert "characters (hidden)" in violation.seen


@pytest.mark.parametrize(
    ("name", "value", "shape"),
    [
        ("ssn", "123-45-678", '"999-99-999"'),
        ("email", "ada@example", '"xxx@xxxxxxx"'),
        ("date_of_birth", "10 Dec 1815", '"99 xxx 9999"'),
        ("account_number", 12345678, '"99999999"'),
    ],
)
def test_personal_values_show_their_shape_only(name: str, value: Any, shape: str) -> None:
    (violation,) = find_violations(
        [{name: value}], {"items": {"properties": {name: {"maxLength": 1, "maximum": 1}}}}
    )
    assert violation.seen == shape


def test_a_person_inside_a_list_under_a_personal_name_is_masked_too() -> None:
    (violation,) = find_violations(
        {"emails": ["ada"]}, {"properties": {"emails": {"items": {"maxLength": 1}}}}
    )
    assert violation.seen == '"xxx"'


def test_containers_show_their_keys_and_never_their_values() -> None:
    assert show({"b": "secret", "a": 1}) == "an object with a, b"
    assert show(["secret"] * 3) == "an array of 3"


@pytest.mark.parametrize("value", ["x" * 500, {"k" * 500: 1}, 10**300])
def test_what_was_seen_is_capped(value: Any) -> None:
    assert len(show(value)) == SEEN_LIMIT


@pytest.mark.parametrize("value", ["\x1b[31m", "\u009b31m", "a\u202eb", "\ud800", "line\nbreak"])
def test_what_was_seen_is_safe_to_print(value: str) -> None:
    assert show(value).isprintable()
    assert to_pointer(["rows", value]).isprintable()
    (violation,) = find_violations({value: 1}, {"additionalProperties": False})
    assert (violation.pointer + violation.message + violation.expected).isprintable()


def test_pointers_quote_only_unusual_keys() -> None:
    assert to_pointer(["jobs", 0, "pay rate", "a_b"]) == '$.jobs[0]["pay rate"].a_b'


def test_the_nearest_word_is_the_one_that_begins_alike_or_is_spelt_alike() -> None:
    words = ["put-v1-companies", "put-v1-home_addresses-home_address_uuid"]
    assert find_nearest("put-v1-home", words) == "put-v1-home_addresses-home_address_uuid"
    assert find_nearest("put-v1-compnies", words) == "put-v1-companies"
    assert find_nearest("zebra", words) is None


def test_without_a_neighbour_a_dozen_words_are_offered() -> None:
    assert offer("zebra", ["a", "b"]) == "one of a, b"
    assert offer("zebra", [f"w{number:02}" for number in range(20)]).endswith("w11 and 8 more")
    assert offer("zebra", []) == "nothing is allowed here"
