"""From an OpenAPI 3.1 schema to a JSON Schema 2020-12 that holds structure only.

Prose, examples and vendor keys go; every validation keyword stays. What OpenAPI says with words of its
own is said in JSON Schema's: read-only properties are not required in requests, write-only ones not in
responses, `nullable` is a type, a discriminator is a condition on each branch. `importing.py` comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Schema = dict[str, Any]

COMPONENT = "#/components/schemas/"
DEFINITION = "#/$defs/"

_ONE = frozenset({"items", "additionalProperties", "not", "propertyNames", "contains", "if", "then", "else"})
_MANY = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas"})
_PLAIN = frozenset(
    {
        "type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems",
        "minProperties", "maxProperties", "dependentRequired", "minContains", "maxContains", "default",
        "deprecated", "readOnly", "writeOnly",
    }
)  # fmt: skip
_TRANSLATED = frozenset({"$ref", "required", "nullable", "discriminator"})
_PROSE = frozenset({"title", "description", "example", "examples", "externalDocs", "xml"})


class Direction(StrEnum):
    """Who writes the body: in a request read-only properties are absent, in a response write-only ones.

    OpenAPI 3.1 takes both words from JSON Schema Validation 2020-12, section 9.4.
    """

    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Translates the schemas of one document in one direction.

    `rename` says under which definition a component is found in this direction.
    """

    components: Mapping[str, Schema]
    direction: Direction
    rename: Callable[[str], str] = str

    def of(self, schema: Schema | bool) -> Schema | bool:
        """Return the structure of `schema`; a boolean schema stands for itself."""
        if isinstance(schema, bool):
            return schema
        found = {key: value for key, value in schema.items() if key in _PLAIN}
        for key, value in schema.items():
            if key in _ONE:
                found[key] = self.of(value)
            elif key in _MANY:
                found[key] = [self.of(each) for each in value]
            elif key in _NAMED:
                found[key] = {name: self.of(each) for name, each in value.items()}
        if "$ref" in schema:
            found["$ref"] = DEFINITION + self.rename(_component_of(schema["$ref"]))
        self._add_required(schema, found)
        self._add_discriminator(schema, found)
        return _as_nullable(found) if schema.get("nullable") is True else found

    def _add_required(self, schema: Schema, found: Schema) -> None:
        absent = "readOnly" if self.direction is Direction.REQUEST else "writeOnly"
        properties = schema.get("properties", {})
        required = [name for name in schema.get("required", ()) if not self._is(absent, properties.get(name))]
        if required:
            found["required"] = required

    def _is(self, word: str, schema: Schema | bool | None) -> bool:
        if not isinstance(schema, dict):
            return False
        if word in schema:
            return schema[word] is True
        return "$ref" in schema and self._is(word, self.components.get(_component_of(schema["$ref"])))

    def _add_discriminator(self, schema: Schema, found: Schema) -> None:
        """Make each branch hold only for its own values of the discriminating property.

        OpenAPI 3.1, section 4.8.25: it is a hint there; without it overlapping branches stay ambiguous.
        """
        discriminator = schema.get("discriminator")
        choice = next((key for key in ("oneOf", "anyOf") if key in schema), None)
        if discriminator is None or choice is None:
            return
        name = discriminator["propertyName"]
        mapping = {value: _component_of(ref) for value, ref in discriminator.get("mapping", {}).items()}
        for index, branch in enumerate(schema[choice]):
            component = _component_of(branch["$ref"])
            values = [value for value, mapped in mapping.items() if mapped == component] or [component]
            condition = {"properties": {name: {"enum": values}}, "required": [name]}
            found[choice][index] = {"allOf": [found[choice][index], condition]}


def _component_of(ref: str) -> str:
    return ref.removeprefix(COMPONENT)


def _as_nullable(schema: Schema) -> Schema:
    kind = schema.get("type")
    if kind is None:
        return {"anyOf": [schema, {"type": "null"}]}
    kinds = [kind] if isinstance(kind, str) else list(kind)
    nullable = {**schema, "type": kinds if "null" in kinds else [*kinds, "null"]}
    if "enum" in schema and None not in schema["enum"]:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def walk_schemas(schema: Any) -> Iterator[Schema]:
    """Yield `schema` and every schema inside it, outermost first; references are not followed."""
    if not isinstance(schema, dict):
        return
    yield schema
    for key, value in schema.items():
        if key in _ONE:
            yield from walk_schemas(value)
        elif key in _MANY:
            for each in value:
                yield from walk_schemas(each)
        elif key in _NAMED:
            for each in value.values():
                yield from walk_schemas(each)


def references_of(schema: Any, prefix: str = DEFINITION) -> frozenset[str]:
    """Return the names that `schema` refers to directly."""
    refs = (each.get("$ref") for each in walk_schemas(schema))
    return frozenset(
        ref.removeprefix(prefix) for ref in refs if isinstance(ref, str) and ref.startswith(prefix)
    )


def unknown_keywords(schema: Any) -> frozenset[str]:
    """Return the keywords that JSON Schema does not know and that are neither prose nor a vendor's."""
    known = _PLAIN | _ONE | _MANY | _NAMED | _TRANSLATED | _PROSE
    keys = {key for each in walk_schemas(schema) for key in each}
    return frozenset(key for key in keys if key not in known and not key.startswith("x-"))
