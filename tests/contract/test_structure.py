"""Facts about translating OpenAPI schemas into JSON Schema."""

from __future__ import annotations

from typing import Any

import pytest

from partner_qa.contract.schema import find_violations
from partner_qa.contract.structure import (
    Direction,
    Structure,
    references_of,
    unknown_keywords,
    walk_schemas,
)

COMPONENTS: dict[str, Any] = {
    "Id": {"type": "string", "readOnly": True},
    "Alias": {"$ref": "#/components/schemas/Id"},
    "Cat": {"type": "object", "properties": {"lives": {"type": "integer"}}},
    "Dog": {"type": "object", "properties": {"tricks": {"type": "array"}}},
}


def structure(schema: Any, direction: Direction = Direction.RESPONSE) -> Any:
    return Structure(components=COMPONENTS, direction=direction).of(schema)


def test_structure_stays_and_prose_goes() -> None:
    given = {"type": "string", "pattern": "^a", "maxLength": 3, "default": "a", "deprecated": True}
    prose = {"title": "T", "description": "D", "example": "a", "examples": ["a"], "x-tags": ["t"], "xml": {}}
    assert structure({**given, **prose}) == given


def test_schemas_inside_schemas_are_translated_too() -> None:
    inner = {"type": "string", "description": "D"}
    given = {
        "properties": {"a": inner},
        "patternProperties": {"^x": inner},
        "items": inner,
        "additionalProperties": inner,
        "propertyNames": inner,
        "allOf": [inner],
        "anyOf": [inner],
        "prefixItems": [inner],
        "not": inner,
    }
    assert "description" not in str(structure(given))
    assert set(structure(given)) == set(given)
    assert unknown_keywords(given) == frozenset()


def test_boolean_schemas_stand_for_themselves() -> None:
    assert structure({"additionalProperties": False, "items": True}) == {
        "additionalProperties": False,
        "items": True,
    }


def test_references_lead_to_definitions_and_keep_their_siblings() -> None:
    assert structure({"$ref": "#/components/schemas/Cat", "minProperties": 1}) == {
        "$ref": "#/$defs/Cat",
        "minProperties": 1,
    }


@pytest.mark.parametrize("name", ["Id", "Alias"])
def test_a_property_is_read_only_through_its_reference(name: str) -> None:
    schema = {"required": ["id"], "properties": {"id": {"$ref": f"#/components/schemas/{name}"}}}
    assert "required" not in structure(schema, Direction.REQUEST)
    assert structure(schema, Direction.RESPONSE)["required"] == ["id"]


def test_a_property_that_says_it_is_not_read_only_is_required() -> None:
    reference = {"$ref": "#/components/schemas/Id", "readOnly": False}
    schema = {"required": ["id"], "properties": {"id": reference}}
    assert structure(schema, Direction.REQUEST)["required"] == ["id"]


def test_write_only_properties_are_not_required_in_responses() -> None:
    schema = {"required": ["pin"], "properties": {"pin": {"type": "string", "writeOnly": True}}}
    assert structure(schema, Direction.REQUEST)["required"] == ["pin"]
    assert "required" not in structure(schema, Direction.RESPONSE)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "nullable": True},
        {"type": ["string", "null"], "nullable": True},
        {"enum": ["a"], "type": "string", "nullable": True},
        {"$ref": "#/components/schemas/Id", "nullable": True},
    ],
)
def test_nullable_admits_null(schema: Any) -> None:
    translated = structure(schema)
    definitions = {"Id": structure(COMPONENTS["Id"])}
    assert find_violations(None, translated, schemas=definitions) == ()
    assert find_violations("a", translated, schemas=definitions) == ()
    assert find_violations(1, translated, schemas=definitions) != ()


def test_not_nullable_admits_no_null() -> None:
    assert structure({"type": "string", "nullable": False}) == {"type": "string"}


@pytest.mark.parametrize(
    "mapping", [{"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}, {}]
)
def test_a_discriminator_decides_between_branches_that_overlap(mapping: dict[str, str]) -> None:
    choice = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }
    definitions = {name: structure(schema) for name, schema in COMPONENTS.items()}
    cat = "cat" if mapping else "Cat"
    translated = structure(choice)
    assert find_violations({"kind": cat, "lives": 9}, translated, schemas=definitions) == ()
    (violation,) = find_violations({"kind": cat, "lives": "nine"}, translated, schemas=definitions)
    assert violation.pointer == "$.lives"
    assert find_violations({"kind": "fish"}, translated, schemas=definitions) != ()


def test_walking_does_not_mistake_property_names_for_keywords() -> None:
    schema = {
        "properties": {"items": {"type": "string"}, "$ref": {"type": "integer"}},
        "enum": [{"$ref": "x"}],
    }
    assert len(list(walk_schemas(schema))) == 3
    assert references_of(schema) == frozenset()


def test_keywords_that_json_schema_does_not_know_are_told() -> None:
    assert unknown_keywords({"items": {"maxDecimalPlaces": 2, "x-vendor": 1, "title": "T"}}) == {
        "maxDecimalPlaces"
    }
