"""The contract: all operations of one API version, and whether a message fits its operation.

Made from `schemas/gusto/<api-version>/`, which `importing.py` writes. The sandbox finds its handlers
here, the recorder names exchanges by it, the checks judge requests with it. It judges shapes; what a
version header means is `versions.py`, what a value means is the sandbox's business.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from partner_qa.contract.message import (
    find_media_violation,
    media_type_of,
    read_body,
    to_parameter_value,
)
from partner_qa.contract.operation import (
    Operation,
    Paging,
    Parameter,
    ParameterIn,
    RequestBody,
    Token,
    VersionIn,
)
from partner_qa.contract.routes import Routes
from partner_qa.contract.schema import Validator
from partner_qa.contract.violation import Violation, Where, find_nearest, offer, show
from partner_qa.errors import ContractError, Problem
from partner_qa.model import Facts, Headers, find_header
from partner_qa.settings import find_shipped

FORMAT = 1


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

    def resolve(self, schema: Facts) -> Facts:
        """Return what a schema refers to (`{"$ref": "#/$defs/Employee"}`), or the schema itself."""
        ref = schema.get("$ref")
        if not isinstance(ref, str) or len(schema) != 1:
            return schema
        found: Facts = self._definitions[ref.removeprefix("#/$defs/")]
        return found

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
            elif key not in given:
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
    home = folder or find_shipped("schemas") / "gusto"
    place = home / version
    if not place.is_dir():
        held = sorted(each.name for each in home.glob("*/") if (each / "identity.json").is_file())
        problem = Problem(file=str(place), message="there is no contract of this version")
        raise ContractError([problem], hint=f"There is: {', '.join(held) or 'none'}.")
    identity = _read(place / "identity.json", None)
    if identity.get("format") != FORMAT:
        problem = Problem(file=str(place / "identity.json"), message=f"is not of format {FORMAT}")
        raise ContractError([problem], hint="Import the OpenAPI document again.")
    index = _read(place / "operations.json", identity)
    components = _read(place / "components.json", identity)
    operations = [_to_operation(each) for each in index["operations"]]
    return Contract(identity=identity, operations=operations, definitions=components["$defs"])


def _read(path: Path, identity: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a JSON file, after a look whether it is the one that `identity` names."""
    try:
        text = path.read_text(encoding="utf-8")
        if identity is not None and identity["files"][path.name] != hashlib.sha256(text.encode()).hexdigest():
            problem = Problem(file=str(path), message="is not the file that identity.json names")
            raise ContractError([problem], hint="Import the OpenAPI document again; do not edit by hand.")
        content: dict[str, Any] = json.loads(text)
    except (OSError, ValueError, KeyError) as error:
        raise ContractError([Problem(file=str(path), message=f"cannot be read: {error}")]) from error
    return content


def _to_operation(entry: Mapping[str, Any]) -> Operation:
    body = entry["body"]
    return Operation(
        id=entry["id"],
        method=entry["method"],
        path=entry["path"],
        tag=entry["tag"],
        summary=entry["summary"],
        token=Token(entry["token"]),
        scopes=tuple(entry["scopes"]),
        additional_scopes=tuple(entry["additional_scopes"]),
        paging=Paging(entry["paging"]),
        version_in=VersionIn(entry["version_in"]),
        parameters=tuple(
            Parameter(
                name=each["name"],
                place=ParameterIn(each["in"]),
                required=each["required"],
                schema=each["schema"],
            )
            for each in entry["parameters"]
        ),
        body=None
        if body is None
        else RequestBody(
            required=body["required"], media_types=tuple(body["media_types"]), schema=body["schema"]
        ),
        responses={int(status): schema for status, schema in entry["responses"].items()},
    )
