"""Refusals: the envelope, and status, category and wording of each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.sandbox import problem
from partner_qa.sandbox.call import Reply


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract()


def row(reply: Reply) -> dict[str, Any]:
    (found,) = json.loads(reply.body)["errors"]
    assert dict(reply.headers)["Content-Type"] == "application/json"
    return dict(found)


@pytest.mark.parametrize(
    ("reply", "status", "key", "category"),
    [
        (problem.not_found(), 404, "request", "not_found"),
        (problem.conflict(), 409, "base", "invalid_resource_version"),
        (problem.embedded_only(), 404, "request", "missing_permissions"),
        (problem.unauthorized("The access token expired"), 401, "request", "invalid_token"),
        (problem.forbidden_scope(["payrolls:read"]), 403, "request", "missing_oauth_scopes"),
        (problem.forbidden_token("system"), 403, "request", "missing_permissions"),
        (problem.rate_limited(7), 429, "request", "rate_limit_exceeded"),
        (problem.not_acceptable("Invalid API Version"), 406, "request", "invalid_api_version"),
        (problem.bad_request(), 400, "request", "invalid_request_error"),
        (problem.too_large(10), 413, "request", "invalid_request_error"),
        (
            problem.unsupported_media_type(["application/json"]),
            415,
            "request",
            "invalid_request_error",
        ),
        (problem.internal_error(), 500, "request", "internal_error"),
        (problem.not_built("get-v1-benefits"), 501, "request", "not_built"),
        (problem.unprocessable("rate", "invalid_attribute_value", "Rate is wrong"), 422, "rate", None),
    ],
)
def test_each_refusal_has_its_status_key_and_category(
    reply: Reply, status: int, key: str, category: str | None
) -> None:
    found = row(reply)
    assert reply.status == status
    assert found["error_key"] == key
    assert category in {None, found["category"]}
    assert found["message"]
    assert set(found) <= {"error_key", "category", "message", "metadata"}


def test_the_published_literals_are_kept() -> None:
    assert row(problem.not_found())["message"] == "The requested resource was not found."
    assert (
        row(problem.conflict())["message"]
        == "You are attempting to update a resource using an out-of-date version."
    )


def test_every_missing_scope_is_named() -> None:
    reply = problem.forbidden_scope(["payrolls:write", "employees:read"])
    rows = json.loads(reply.body)["errors"]
    assert [each["metadata"]["missing_scope_name"] for each in rows] == ["payrolls:write", "employees:read"]
    assert all(each["metadata"]["missing_scope_name"] in each["message"] for each in rows)


def test_an_unauthorized_answer_carries_a_challenge() -> None:
    challenge = dict(problem.unauthorized("The access token expired").headers)["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    assert 'error="invalid_token"' in challenge


def test_a_rate_limited_answer_says_for_how_long_in_whole_seconds() -> None:
    reply = problem.rate_limited(7, headers=(("X-RateLimit-Remaining", "0"),))
    assert dict(reply.headers)["Retry-After"] == "7"
    assert dict(reply.headers)["X-RateLimit-Remaining"] == "0"


def test_metadata_is_left_out_where_there_is_none() -> None:
    assert "metadata" not in row(problem.unprocessable("base", "invalid_operation", "No"))
    with_some = problem.unprocessable("base", "payroll_blocker", "No", {"key": "suspended"})
    assert row(with_some)["metadata"] == {"key": "suspended"}


def test_nested_mistakes_stand_inside_of_their_parent() -> None:
    inner = problem.to_entry("state", "invalid_attribute_value", "State is wrong")
    entry = problem.to_nested("child_support", [inner], {"entity_type": "Garnishment"})
    assert entry["category"] == "nested_errors"
    assert entry["errors"] == [inner]
    assert entry["metadata"] == {"entity_type": "Garnishment"}


@pytest.mark.parametrize(
    ("operation_id", "reply"),
    [
        ("put-v1-employees", problem.not_found()),
        ("put-v1-employees", problem.conflict()),
        ("put-v1-employees", problem.unprocessable("first_name", "invalid_attribute_value", "No")),
        (
            "put-v1-employees",
            problem.refuse(422, [problem.to_nested("jobs", [problem.to_entry("a", "b", "c")])]),
        ),
    ],
)
def test_refusals_fit_the_published_schemas(contract: Contract, operation_id: str, reply: Reply) -> None:
    operation = contract.require_operation(operation_id)
    assert operation.responses.get(reply.status) is not None
    assert (
        contract.check_response(operation, status=reply.status, headers=reply.headers, body=reply.body) == ()
    )
