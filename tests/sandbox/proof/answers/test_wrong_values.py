"""What breaks the contract is refused, everywhere, and writes nothing.

Every field that a body may have, however deep, gets every kind of wrong value, and is left out; every
parameter of a query gets wrong texts. Whether the contract is broken is said by jsonschema itself, not by the
part of the sandbox that refuses. Where Gusto takes it all the same, the list below says so, with its source.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from partner_qa.contract.message import to_parameter_value
from partner_qa.contract.operation import Operation, Parameter, ParameterIn, Token

Place = tuple[str | int, ...]
JSON = (("Content-Type", "application/json"),)
MISSING = object()
WRONG_VALUES = [None, True, 7, -1, 1.5, "", "x", "2026-02-31", [], ["x"], [None], {}, {"x": 1}, [{}], [[]]]
WRONG_TEXTS = ["", "x", "-1", "0", "1.5", "true", "2026-02-31", "[]", "x,y"]
DEEPEST = 8

# What Gusto does not refuse although the contract does not allow it: by operation ("" for any) and field.
TAKEN_FIELDS = {
    ("oauth-access-token", "redirect_uri"): "[D] RFC 6749 section 3.2: what has no value counts as left out",
}
# The same in a query: parameters by name, or "enum" and "boolean" for all of that kind.
TAKEN_PARAMETERS = {
    "page": "[I] dossier section 12: what is no page counts as the first",
    "per": "[I] dossier section 12: what is no size counts as the usual one",
    "limit": "[I] as `per`",
    "enum": "[O] an unknown token matches nothing (200 `[]`), an unknown `include` is dropped",
    "boolean": "[I] Rails reads any text as a boolean",
}


def resolve(tools: Any, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = tools.document["components"]["schemas"][name] if name else schema
    return found


def places_of(tools: Any, schema: Mapping[str, Any], place: Place = ()) -> Iterator[Place]:
    """Yield the place of every field that a schema knows; the first row stands for all rows."""
    schema = resolve(tools, schema)
    yield place
    if len(place) >= DEEPEST:
        return
    for name, each in schema.get("properties", {}).items():
        yield from places_of(tools, each, (*place, name))
    if isinstance(schema.get("items"), Mapping):
        yield from places_of(tools, schema["items"], (*place, 0))
    for keyword in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(keyword, []):
            yield from places_of(tools, each, place)


def with_value(body: Any, place: Place, value: Any) -> Any:
    """Return a body with a value at a place, or without anything there; rows and objects are made."""
    if not place:
        return value
    first, *rest = place
    if isinstance(first, int):
        rows = list(body) if isinstance(body, list) and body else [{}]
        rows[0] = with_value(rows[0], tuple(rest), value)
        return [] if rows[0] is MISSING else rows
    fields = dict(body) if isinstance(body, dict) else {}
    changed = with_value(fields.get(first), tuple(rest), value)
    return {
        **{name: each for name, each in fields.items() if name != first},
        **({} if changed is MISSING else {first: changed}),
    }


class Body:
    """What may be sent to an operation, according to the document, and each way to spoil it."""

    def __init__(self, tools: Any, operation: Operation) -> None:
        asked = tools.document["paths"][operation.path][operation.method.lower()]
        self.schema = asked["requestBody"]["content"]["application/json"]["schema"]
        self.validator = tools.open_validator(self.schema)
        self.spoilt = [
            (place, value)
            for place in dict.fromkeys(places_of(tools, self.schema))
            for value in [MISSING, *WRONG_VALUES]
            if place or value is not MISSING
        ]

    def spoil(self, good: Any) -> Iterator[tuple[Place, Any]]:
        """Yield each place and value that break the contract in a body which keeps it."""
        assert self.validator.is_valid(good), f"the good request is none: {good}"
        for place, value in self.spoilt:
            if not self.validator.is_valid(with_value(good, place, value)):
                yield place, value


def is_known_to_be_taken(operation: Operation, place: Place) -> bool:
    name = str(next((each for each in reversed(place) if isinstance(each, str)), ""))
    return not {("", name), (operation.id, name)}.isdisjoint(TAKEN_FIELDS)


def test_a_body_that_breaks_the_contract_is_refused_and_writes_nothing(
    tools: Any, open_desk: Any, operation: Operation
) -> None:
    if operation.body is None:
        return
    desk = open_desk()
    path, good = desk.fill(operation, desk.wish(operation))
    before, count = repr(desk.company), 0
    for place, value in Body(tools, operation).spoil(good):
        body = json.dumps(with_value(good, place, value)).encode()
        token, count = desk.gusto.token_for(operation), count + 1
        answer = desk.gusto.send(operation.method, path, token, body=body, headers=JSON)
        if answer.status < 400 and is_known_to_be_taken(operation, place):
            desk = open_desk()  # what was taken has changed things
            path, good = desk.fill(operation, desk.wish(operation))
            before = repr(desk.company)
            continue
        assert 400 <= answer.status < 500, f"{place} {value!r} was answered {answer.status}"
        assert repr(desk.company) == before, f"{place} {value!r} was refused, and something was written"
    assert count, "nothing can be wrong with this body"


def test_a_body_that_is_not_there_counts_as_an_empty_object(open_desk: Any, operation: Operation) -> None:
    """[I] So that the words name what is missing; what Gusto says there is not known."""
    if operation.body is None or operation.token is Token.NONE:
        return
    told = []
    for body, headers in ((b"", ()), (b"{}", JSON)):
        desk = open_desk()
        path, _ = desk.fill(operation, desk.wish(operation))
        answer = desk.gusto.send(
            operation.method, path, desk.gusto.token_for(operation), body=body, headers=headers
        )
        told.append((answer.status, answer.json() if answer.status >= 400 else {}))
    assert told[0] == told[1]
    assert told[0][0] < 300 or 400 <= told[0][0] < 500


class Query:
    """The wrong texts of each parameter of an operation's query."""

    def __init__(self, tools: Any, operation: Operation) -> None:
        self.wrong = [
            (parameter, text)
            for parameter in operation.parameters_in(ParameterIn.QUERY)
            for text in WRONG_TEXTS
            if not self.is_valid(tools, parameter, text)
        ]

    def is_valid(self, tools: Any, parameter: Parameter, text: str) -> bool:
        schema = tools.repoint(parameter.schema)
        return tools.open_validator(schema).is_valid(to_parameter_value(parameter, [text]))


def kind_of(parameter: Parameter) -> str:
    """Return what TAKEN_PARAMETERS calls a parameter."""
    schema = parameter.schema.get("items") if parameter.is_array else parameter.schema
    if isinstance(schema, Mapping) and "enum" in schema:
        return "enum"
    return "boolean" if isinstance(schema, Mapping) and schema.get("type") == "boolean" else parameter.name


def test_a_query_that_breaks_the_contract_is_refused(tools: Any, desk: Any, operation: Operation) -> None:
    wish = desk.wish(operation)
    path, body = desk.fill(operation, wish)
    good = {name: str(each) for name, each in desk.put(wish["query"]).items()}
    for parameter, text in Query(tools, operation).wrong:
        token = desk.gusto.token_for(operation)
        answer = desk.gusto.call(operation.method, path, token, body, **{**good, parameter.name: text})
        is_taken = answer.status < 300 and not {parameter.name, kind_of(parameter)}.isdisjoint(
            TAKEN_PARAMETERS
        )
        assert is_taken or 400 <= answer.status < 500, f"{parameter.name}={text} was answered {answer.status}"


def test_a_parameter_that_is_required_is_missed(desk: Any, operation: Operation) -> None:
    wish = desk.wish(operation)
    path, body = desk.fill(operation, wish)
    for parameter in operation.parameters_in(ParameterIn.QUERY):
        if parameter.required:
            rest = {name: each for name, each in desk.put(wish["query"]).items() if name != parameter.name}
            answer = desk.gusto.call(operation.method, path, desk.gusto.token_for(operation), body, **rest)
            assert answer.status == 422


def test_an_unknown_parameter_changes_nothing(desk: Any, operation: Operation) -> None:
    """Design: positions where the sources disagree. Unknown query parameters are ignored."""
    if operation.method != "GET":
        return
    wish = desk.wish(operation)
    path, _ = desk.fill(operation, wish)
    good = {name: str(each) for name, each in desk.put(wish["query"]).items()}
    token = desk.gusto.token_for(operation)
    plain = desk.gusto.call("GET", path, token, **good)
    odd = desk.gusto.call("GET", path, token, **good, updated_since="2026-01-01")
    assert (odd.status, odd.body) == (plain.status, plain.body)
