"""The contract: all operations of one API version, and whether a message fits its operation.

Made from `schemas/gusto/<api-version>/`, which `importing.py` writes and `files.py` reads. The sandbox
finds its handlers here, the recorder names and judges exchanges by it. It judges shapes; what a version
header means is `versions.py`, what a value means is the sandbox's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from partner_qa.contract.files import load_files
from partner_qa.contract.message import (
    find_media_violation,
    media_type_of,
    read_body,
    to_parameter_value,
)
from partner_qa.contract.operation import Operation, Parameter, ParameterIn
from partner_qa.contract.routes import Routes
from partner_qa.contract.schema import Validator
from partner_qa.contract.structure import references_of, walk_schemas
from partner_qa.contract.violation import Violation, Where, find_nearest, offer, show
from partner_qa.errors import ContractError, Problem
from partner_qa.model import Facts, Headers, find_header
from partner_qa.settings import find_shipped


class Contract:
    """The operations of one API version. Validators are compiled when first needed and kept.

    `identity` says from what the contract was made; every result names it.
    """

    def __init__(
        self, *, identity: Facts, operations: Sequence[Operation], definitions: Mapping[str, Any]
    ) -> None:
        self.version = str(identity["version"])
        self.identity = identity
        self.operations = tuple(operations)
        self._definitions = definitions
        self._by_id = {each.id: each for each in self.operations}
        self._routes = Routes(self.operations)
        self._validators: dict[str, Validator] = {}

    def find_operation(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation of a request line and its path parameters, or `None`.

        `path` stands as in the URL, percent-encoded and without the query; the parameters come back
        decoded. Literal segments win over parameters.
        """
        return self._routes.find(method, path)

    def require_operation(self, operation_id: str) -> Operation:
        """Return an operation by its operationId; raise `ContractError` where there is none."""
        found = self._by_id.get(operation_id)
        if found is None:
            near = find_nearest(operation_id, self._by_id)
            hint = f"did you mean {near}?" if near else "partner-qa contract show lists them"
            raise ContractError([Problem(key=operation_id, message="is not an operation", hint=hint)])
        return found

    @property
    def schema_names(self) -> tuple[str, ...]:
        """The names of all definitions."""
        return tuple(self._definitions)

    def find_schema(self, name: str) -> Facts | None:
        """Return a definition by its name (`Employee`), or `None`."""
        found: Facts | None = self._definitions.get(name)
        return found

    def resolve(self, schema: Facts) -> Facts:
        """Return what a schema refers to (`{"$ref": "#/$defs/Employee"}`), or the schema itself."""
        ref = schema.get("$ref")
        if not isinstance(ref, str) or len(schema) != 1:
            return schema
        found: Facts = self._definitions[ref.removeprefix("#/$defs/")]
        return found

    def list_body_fields(self, operation: Operation) -> frozenset[str]:
        """Return the names of all fields that the body of an operation may have, however deep."""
        waiting = [operation.body.schema] if operation.body is not None else []
        names: set[str] = set()
        seen: set[str] = set()
        while waiting:
            schema = waiting.pop()
            for each in walk_schemas(schema):
                names |= set(each.get("properties", {}))
            new = references_of(schema) - seen
            seen |= new
            waiting += [self._definitions[each] for each in new]
        return frozenset(names)

    def check_request(
        self,
        operation: Operation,
        *,
        path_params: Mapping[str, str],
        query: Sequence[tuple[str, str]],
        headers: Headers,
        body: bytes,
    ) -> tuple[Violation, ...]:
        """Return every way in which a request does not fit its operation.

        `path_params` and `query` are decoded. What a server would ignore (an unknown or repeated query
        parameter, a body that nobody reads) is mild.
        """
        return (
            *self._check_path(operation, path_params),
            *self._check_query(operation, query),
            *self._check_headers(operation, headers),
            *self._check_body(operation, headers, body),
        )

    def check_response(
        self, operation: Operation, *, status: int, headers: Headers, body: bytes
    ) -> tuple[Violation, ...]:
        """Return every way in which a response does not fit its operation.

        Nothing is known about a status that the contract does not declare, so nothing is found there.
        """
        schema = operation.responses.get(status)
        if schema is None:
            return ()
        wrong_type = find_media_violation(headers, ("application/json",))
        value, unreadable = read_body(body, "application/json")
        found = [each for each in (wrong_type, unreadable) if each is not None]
        if unreadable is None:
            found += self._validator(schema).find_violations(value)
        return tuple(found)

    def _check_path(self, operation: Operation, given: Mapping[str, str]) -> list[Violation]:
        found: list[Violation] = []
        for parameter in operation.parameters_in(ParameterIn.PATH):
            texts = [given[parameter.name]] if parameter.name in given else []
            found += self._check_parameter(operation, parameter, texts, Where.PATH)
        return found

    def _check_query(self, operation: Operation, query: Sequence[tuple[str, str]]) -> list[Violation]:
        parameters = {each.name: each for each in operation.parameters_in(ParameterIn.QUERY)}
        given: dict[str, list[str]] = {}
        found: list[Violation] = []
        for key, text in query:
            name = key.removesuffix("[]")
            if name in parameters and (name == key or parameters[name].is_array):
                given.setdefault(name, []).append(text)
            else:
                found.append(_unknown_parameter(key, sorted(parameters)))
        for name, parameter in parameters.items():
            texts = given.get(name, [])
            if len(texts) > 1 and not parameter.is_array:
                found.append(_repeated_parameter(name, len(texts)))
            found += self._check_parameter(operation, parameter, texts, Where.QUERY)
        return list(dict.fromkeys(found))

    def _check_headers(self, operation: Operation, headers: Headers) -> list[Violation]:
        found: list[Violation] = []
        for parameter in operation.parameters_in(ParameterIn.HEADER):
            text = find_header(headers, parameter.name)
            texts = [] if text is None else [text]
            found += self._check_parameter(operation, parameter, texts, Where.HEADER)
        return found

    def _check_parameter(
        self, operation: Operation, parameter: Parameter, texts: Sequence[str], where: Where
    ) -> Sequence[Violation]:
        if not texts:
            return [_missing_parameter(parameter.name, where)] if parameter.required else []
        key = f"{operation.id} {where} {parameter.name}"
        if key not in self._validators:
            self._validators[key] = Validator(parameter.schema, definitions=self._definitions)
        value = to_parameter_value(parameter, texts)
        return self._validators[key].find_violations(value, where=where, prefix=(parameter.name,))

    def _check_body(self, operation: Operation, headers: Headers, body: bytes) -> list[Violation]:
        declared = operation.body
        if declared is None:
            return [_UNEXPECTED_BODY] if body.strip() not in {b"", b"{}"} else []
        if not body:
            return [_MISSING_BODY] if declared.required else []
        wrong_type = find_media_violation(headers, declared.media_types)
        value, unreadable = read_body(body, media_type_of(headers) if wrong_type is None else "")
        if wrong_type is not None and unreadable is not None:
            return [wrong_type]
        found = [each for each in (wrong_type, unreadable) if each is not None]
        if unreadable is None:
            found += self._validator(declared.schema).find_violations(value)
        return found

    def _validator(self, schema: Facts) -> Validator:
        """Return the validator of a reference; all schemas of the index are references."""
        key = str(schema["$ref"])
        if key not in self._validators:
            self._validators[key] = Validator(schema, definitions=self._definitions)
        return self._validators[key]


_MISSING_BODY = Violation(
    where=Where.BODY, pointer="$", rule="required", message="does not have a body", expected="a body"
)
_UNEXPECTED_BODY = Violation(
    where=Where.BODY,
    pointer="$",
    rule="unexpected-body",
    message="has a body, which this operation does not read",
    expected="no body",
    is_mild=True,
)


def _missing_parameter(name: str, where: Where) -> Violation:
    return Violation(
        where=where, pointer=name, rule="required", message="is missing", expected=f"{name} is required"
    )


def _unknown_parameter(name: str, known: Sequence[str]) -> Violation:
    return Violation(
        where=Where.QUERY,
        pointer=show(name).strip('"'),
        rule="unknown-parameter",
        message="is not a parameter of this operation",
        expected=offer(name, known),
        is_mild=True,
    )


def _repeated_parameter(name: str, count: int) -> Violation:
    return Violation(
        where=Where.QUERY,
        pointer=name,
        rule="repeated-parameter",
        message=f"is given {count} times, and only the last one counts",
        expected="one value",
        is_mild=True,
    )


def load_contract(version: str = "2026-06-15", *, folder: Path | None = None) -> Contract:
    """Return the contract of an API version from `folder` (default: the shipped `schemas/gusto`).

    Raises `ContractError` where it is missing, unreadable or not what its identity says.
    """
    files = load_files(folder or find_shipped("schemas") / "gusto", version)
    return Contract(identity=files.identity, operations=files.operations, definitions=files.definitions)
