"""Schemathesis against the sandbox, operation by operation, from the contract written as OpenAPI again.

Valid requests and broken ones: none is answered 5xx, no answer breaks the schema that is declared for it,
every refusal is in Gusto's words, and a body that breaks the contract is refused (answers/test_wrong_values
asks the same of each field in turn, and of queries). `make fuzz` asks more of the same.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from partner_qa.contract.operation import Operation

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
ENVELOPE = {"error_key", "category"}


@cache
def schema_of(tools: Any) -> Any:
    return schemathesis.openapi.from_dict(tools.document)


def strategy_of(tools: Any, operation: Operation, mode: GenerationMode) -> Any:
    made = schema_of(tools)[operation.path][operation.method]
    return made.as_strategy(generation_mode=mode)


def bounded(tools: Any) -> Any:
    return settings(
        max_examples=tools.examples,
        deadline=None,
        database=None,
        derandomize=tools.examples < 10,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )


def open_prepared(tools: Any) -> Any:
    """Return a sandbox in which every kind of thing that can be made in one call is there."""
    gusto = tools.gusto()
    gusto.prepare()
    return gusto


def encode_query(query: Any) -> str:
    pairs = [
        (str(name), each if isinstance(each, str) else json.dumps(each))
        for name, value in (query or {}).items()
        for each in (value if isinstance(value, list) else [value])
    ]
    return urlencode(pairs, errors="surrogatepass")


def encode_body(case: Any, payload: Any) -> tuple[bytes, str]:
    if isinstance(payload, bytes):  # Schemathesis sends some bodies that are no JSON at all
        return payload, "application/json"
    if case.media_type == "application/x-www-form-urlencoded" and isinstance(payload, dict):
        return encode_query(payload).encode(), case.media_type
    return json.dumps(payload).encode(), "application/json"


def perform(tools: Any, gusto: Any, operation: Operation, case: Any, *, seed: int) -> Any:
    """Send a generated request, with what is real put in; return the answer as Schemathesis reads it."""
    reality = tools.reality(gusto=gusto, random=Random(seed))
    token = gusto.token_for(operation)
    path = reality.fill(operation, case.path_parameters or {})
    version = reality.version_of(path, token) if operation.method in {"PUT", "PATCH", "DELETE"} else ""
    query = reality.settle(dict(case.query or {}), version)
    body, headers = b"", []
    if not isinstance(case.body, schemathesis.core.NotSet):
        body, media_type = encode_body(case, reality.settle(case.body, version))
        headers.append(("Content-Type", media_type))
    target = f"{path}?{encode_query(query)}"
    note(f"{operation.method} {target} {body[:1000]!r}")
    answer = gusto.send(operation.method, target, token, body=body, headers=tuple(headers))
    note(f"{answer.status} {answer.body[:1000]!r}")
    sent = httpx.Request(operation.method, f"http://gusto.test{quote(path)}", headers=headers, content=body)
    response = httpx.Response(answer.status, headers=[*answer.headers], content=answer.body, request=sent)
    response.elapsed = timedelta()
    return response


def judge(tools: Any, operation: Operation, case: Any, answer: httpx.Response) -> None:
    if operation.id not in tools.built:
        assert answer.status_code < 500 or answer.status_code == 501
        return
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code >= 400 and operation.id not in tools.oauth:
        rows = answer.json()["errors"]
        assert rows
        assert all(row.keys() >= ENVELOPE for row in rows)


def test_a_valid_request_is_answered_as_the_contract_says(tools: Any, operation: Operation) -> None:
    @bounded(tools)
    @given(case=strategy_of(tools, operation, GenerationMode.POSITIVE), seed=st.integers(0, 2**16))
    def ask(case: Any, seed: int) -> None:
        gusto = open_prepared(tools)
        try:
            judge(tools, operation, case, perform(tools, gusto, operation, case, seed=seed))
        finally:
            gusto.close()

    ask()


@cache
def validator_of(tools: Any, operation_id: str) -> Any:
    operation = tools.contract.require_operation(operation_id)
    asked = tools.document["paths"][operation.path][operation.method.lower()]
    return tools.open_validator(asked["requestBody"]["content"]["application/json"]["schema"])


def is_broken(tools: Any, operation: Operation, sent: httpx.Request) -> bool:
    """Whether a body is none that the contract allows; what is no JSON is none either."""
    if operation.body is None or operation.id in tools.oauth or not sent.content.strip():
        return False
    try:
        value = json.loads(sent.content)
    except ValueError:
        return True
    return not validator_of(tools, operation.id).is_valid(value)


def can_be_broken(operation: Operation) -> bool:
    """Whether anything can be wrong with a request beyond an id that is not there."""
    typed = any(each.schema.get("type") != "string" or "enum" in each.schema for each in operation.parameters)
    return operation.body is not None or typed


def test_a_broken_request_is_refused_in_gustos_words(tools: Any, operation: Operation) -> None:
    if not can_be_broken(operation):
        return

    @bounded(tools)
    @given(case=strategy_of(tools, operation, GenerationMode.NEGATIVE), seed=st.integers(0, 2**16))
    def ask(case: Any, seed: int) -> None:
        gusto = open_prepared(tools)
        try:
            answer = perform(tools, gusto, operation, case, seed=seed)
            judge(tools, operation, case, answer)
            assert answer.status_code >= 400 or not is_broken(tools, operation, answer.request)
        finally:
            gusto.close()

    ask()
