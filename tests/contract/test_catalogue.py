"""Facts about judging requests and responses by their operation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.contract.violation import Violation, Where
from partner_qa.errors import ContractError

JSON = (("content-type", "application/json; charset=utf-8"),)
EMPLOYEES = "get-v1-companies-company_id-employees"
EMPLOYEE: Mapping[str, Any] = {"uuid": "u", "first_name": "Ada", "last_name": "Byron"}


def ask(
    contract: Contract,
    operation: str,
    *,
    query: Sequence[tuple[str, str]] = (),
    body: Any = b"",
    headers: Any = JSON,
    path: Mapping[str, str] | None = None,
) -> tuple[Violation, ...]:
    found = contract.require_operation(operation)
    params = path or {each.name: "x" for each in found.parameters if each.place == "path"}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return contract.check_request(found, path_params=params, query=query, headers=headers, body=content)


def answer(
    contract: Contract, operation: str, status: int, body: Any, headers: Any = JSON
) -> tuple[Violation, ...]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    found = contract.require_operation(operation)
    return contract.check_response(found, status=status, headers=headers, body=content)


def brief(violations: Sequence[Violation]) -> list[tuple[str, str, str]]:
    return [(each.where.value, each.pointer, each.rule) for each in violations]


def test_a_plain_request_fits(gusto: Contract) -> None:
    assert ask(gusto, EMPLOYEES, query=[("page", "1"), ("per", "100"), ("terminated", "false")]) == ()


@pytest.mark.parametrize(
    "query",
    [
        [("include", "custom_fields,company_name")],
        [("include", "custom_fields"), ("include", "company_name")],
        [("include[]", "custom_fields"), ("include[]", "company_name")],
        [("include", "")],
        [("include", "custom_fields,"), ("include[]", "company_name")],
    ],
)
def test_arrays_may_be_joined_by_commas_repeated_or_bracketed(gusto: Contract, query: Any) -> None:
    assert ask(gusto, EMPLOYEES, query=query) == ()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ([("page", "one")], ("query", "page", "type")),
        ([("page", "")], ("query", "page", "type")),
        ([("page", "1.5")], ("query", "page", "type")),
        ([("page", "9" * 400)], ("query", "page", "type")),
        ([("terminated", "yes")], ("query", "terminated", "type")),
        ([("include", "company_name,everything")], ("query", "include[1]", "enum")),
        ([("sort_by", "shoe_size")], ("query", "sort_by", "pattern")),
    ],
)
def test_a_parameter_that_does_not_fit_is_pointed_at(
    gusto: Contract, query: Any, expected: tuple[str, str, str]
) -> None:
    assert brief(ask(gusto, EMPLOYEES, query=query)) == [expected]


def test_an_unknown_parameter_is_mild_and_offered_its_neighbour(gusto: Contract) -> None:
    (violation,) = ask(gusto, EMPLOYEES, query=[("pgae", "1"), ("pgae", "2")])
    assert brief([violation]) == [("query", "pgae", "unknown-parameter")]
    assert violation.is_mild
    assert violation.expected == "did you mean page?"


def test_brackets_on_what_is_no_array_make_an_unknown_parameter(gusto: Contract) -> None:
    assert brief(ask(gusto, EMPLOYEES, query=[("page[]", "1")])) == [("query", "page[]", "unknown-parameter")]


def test_the_value_of_an_unknown_parameter_is_never_shown(gusto: Contract) -> None:
    assert "hunter2" not in repr(ask(gusto, EMPLOYEES, query=[("access_token", "hunter2")]))


def test_a_repeated_parameter_is_mild_and_its_last_value_counts(gusto: Contract) -> None:
    found = ask(gusto, EMPLOYEES, query=[("page", "x"), ("page", "1")])
    assert brief(found) == [("query", "page", "repeated-parameter")]
    assert found[0].is_mild


def test_a_missing_query_parameter_is_named(bakery: Contract) -> None:
    (violation,) = ask(bakery, "eat-cake")
    assert brief([violation]) == [("query", "version", "required")]
    assert not violation.is_mild


def test_a_missing_path_parameter_is_named(bakery: Contract) -> None:
    assert brief(ask(bakery, "list-cakes", path={"other": "x"})) == [("path", "shop_id", "required")]


def test_the_version_header_is_not_judged_here(gusto: Contract) -> None:
    assert ask(gusto, EMPLOYEES, headers=(("X-Gusto-API-Version", "nonsense"),)) == ()


@pytest.mark.parametrize("body", [b"", b"{}", b" {} "])
def test_a_request_without_a_declared_body_may_have_an_empty_one(gusto: Contract, body: bytes) -> None:
    assert ask(gusto, EMPLOYEES, body=body) == ()


def test_a_body_that_nobody_reads_is_mild(gusto: Contract) -> None:
    (violation,) = ask(gusto, EMPLOYEES, body={"page": 1})
    assert brief([violation]) == [("body", "$", "unexpected-body")]
    assert violation.is_mild


def test_a_required_body_that_is_missing_is_a_violation(bakery: Contract) -> None:
    assert brief(ask(bakery, "bake-cake")) == [("body", "$", "required")]


def test_an_optional_body_may_be_missing(gusto: Contract) -> None:
    optional = [each for each in gusto.operations if each.body is not None and not each.body.required]
    assert optional
    for operation in optional:
        assert not [each for each in ask(gusto, operation.id) if each.where is Where.BODY]


def test_everything_wrong_with_a_body_is_found_at_once(bakery: Contract) -> None:
    found = ask(bakery, "bake-cake", body={"price": "1", "baked_on": "today", "recipe": {"cake": {}}})
    assert sorted(brief(found)) == [
        ("body", "$", "required"),
        ("body", "$", "required"),
        ("body", "$.baked_on", "format"),
        ("body", "$.price", "pattern"),
        ("body", "$.recipe.cake", "required"),
        ("body", "$.recipe.cake", "required"),
    ]


def test_read_only_properties_are_not_required_in_a_request(bakery: Contract) -> None:
    assert ask(bakery, "bake-cake", body={"name": "Sacher", "pin": "1"}) == ()
    assert answer(bakery, "bake-cake", 201, {"name": "Sacher"}) != ()


@pytest.mark.parametrize(
    "headers", [(), (("Content-Type", "text/plain"),), (("Content-Type", "multipart/form-data"),)]
)
def test_a_body_that_does_not_call_itself_json_is_a_violation_and_still_judged(
    bakery: Contract, headers: Any
) -> None:
    found = ask(bakery, "bake-cake", body={"name": 1, "pin": "1"}, headers=headers)
    assert brief(found) == [("header", "Content-Type", "content-type"), ("body", "$.name", "type")]


def test_another_media_type_is_reported_once(bakery: Contract) -> None:
    found = ask(bakery, "bake-cake", body=b"<cake/>", headers=(("Content-Type", "application/xml"),))
    assert brief(found) == [("header", "Content-Type", "content-type")]


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON;charset=UTF-8", "application/hal+json"]
)
def test_every_spelling_of_json_is_json(bakery: Contract, kind: str) -> None:
    assert ask(bakery, "bake-cake", body={"name": "a", "pin": "1"}, headers=(("CONTENT-TYPE", kind),)) == ()


@pytest.mark.parametrize(
    "body",
    [b"{", b"{'a': 1}", b"\xff\xfe", b'{"a": NaN}', b'{"a": -Infinity}', b"[" * 100_000, b"9" * 9999, b" "],
)
def test_a_body_that_is_no_json_is_a_violation_and_no_crash(bakery: Contract, body: bytes) -> None:
    assert brief(ask(bakery, "bake-cake", body=body)) == [("body", "$", "json")]
    assert brief(answer(bakery, "show-cake", 200, body)) == [("body", "$", "json")]


def test_a_response_that_fits_has_no_violations(gusto: Contract) -> None:
    assert answer(gusto, EMPLOYEES, 200, [EMPLOYEE] * 3) == ()


def test_a_response_is_pointed_into(gusto: Contract) -> None:
    jobs = [{"uuid": "j", "rate": 7}]
    found = answer(gusto, EMPLOYEES, 200, [EMPLOYEE, {**EMPLOYEE, "jobs": jobs}])
    assert brief(found) == [("body", "$[1].jobs[0].rate", "type")]
    assert (found[0].expected, found[0].seen) == ("string", "7")


@pytest.mark.parametrize("status", [401, 406, 429, 500, 299])
def test_nothing_is_known_about_an_undeclared_status(gusto: Contract, status: int) -> None:
    assert answer(gusto, EMPLOYEES, status, b"anything") == ()


def test_a_declared_response_without_a_body_is_not_looked_at(gusto: Contract) -> None:
    assert answer(gusto, "delete-v1-employee", 204, b"") == ()


def test_a_response_must_call_itself_json(gusto: Contract) -> None:
    found = answer(gusto, EMPLOYEES, 200, [EMPLOYEE], headers=(("Content-Type", "text/html"),))
    assert brief(found) == [("header", "Content-Type", "content-type")]


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("get-v1-employee", "get-v1-employees"),
        ("post-v1-webhook-subscriptions", "post-v1-webhook-subscription"),
    ],
)
def test_an_operation_that_does_not_exist_is_offered_its_neighbour(
    gusto: Contract, asked: str, near: str
) -> None:
    with pytest.raises(ContractError) as caught:
        gusto.require_operation(asked)
    assert f"did you mean {near}" in caught.value.explain()


def test_a_reference_is_resolved_one_step(gusto: Contract) -> None:
    rows: Any = gusto.resolve({"$ref": "#/$defs/Show-Employees"})
    assert rows["type"] == "array"
    assert gusto.resolve({"type": "string"}) == {"type": "string"}
    assert gusto.find_schema("Nothing") is None


def test_each_schema_of_the_shipped_contract_compiles(gusto: Contract) -> None:
    for operation in gusto.operations:
        for status in operation.responses:
            gusto.check_response(operation, status=status, headers=JSON, body=b"{}")
        ask(gusto, operation.id, body={})


def test_two_loads_share_nothing() -> None:
    first, second = load_contract(), load_contract()
    assert first.operations == second.operations
    assert first.operations is not second.operations
