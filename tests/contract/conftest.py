"""A small contract of our own, the shipped one, and instances generated from schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.contract.importing import import_contract

Instances = Callable[[str], st.SearchStrategy[Any]]


@pytest.fixture(scope="session")
def small_openapi() -> Path:
    return Path(__file__).parents[1] / "data" / "small-openapi.yaml"


@pytest.fixture(scope="session")
def bakery(small_openapi: Path, tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract of the small document."""
    home = tmp_path_factory.mktemp("contracts")
    import_contract(small_openapi, home)
    return load_contract("2030-01-02", folder=home)


@pytest.fixture(scope="session")
def gusto() -> Contract:
    """The shipped contract."""
    return load_contract()


@pytest.fixture(scope="session")
def instances(gusto: Contract) -> Instances:
    """Return a strategy for instances of a shipped definition."""

    def instances_of(name: str) -> st.SearchStrategy[Any]:
        schema = gusto.find_schema(name)
        assert schema is not None
        return _strategy(schema, gusto, depth=0)

    return instances_of


_TEXTS: Mapping[str, st.SearchStrategy[str]] = {
    "date": st.dates().map(str),
    "date-time": st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat() + "Z"),
    "uuid": st.uuids().map(str),
    "email": st.just("someone@example.com"),
}


def _strategy(schema: Mapping[str, Any], gusto: Contract, *, depth: int) -> st.SearchStrategy[Any]:
    parts = [_strategy(part, gusto, depth=depth) for part in schema.get("allOf", ())]
    if "$ref" in schema:
        parts.append(_strategy(gusto.resolve({"$ref": schema["$ref"]}), gusto, depth=depth + 1))
    choices = [schema[each] for each in ("oneOf", "anyOf") if each in schema]
    parts += [st.one_of([_strategy(each, gusto, depth=depth) for each in choice]) for choice in choices]
    if not parts or "properties" in schema or "required" in schema:
        parts.append(_plain(schema, gusto, depth=depth))
    return parts[0] if len(parts) == 1 else st.tuples(*parts).map(_merge)


def _merge(parts: tuple[Any, ...]) -> Any:
    if all(isinstance(part, dict) for part in parts):
        return {key: value for part in parts for key, value in part.items()}
    return parts[0]


def _plain(schema: Mapping[str, Any], gusto: Contract, *, depth: int) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds = schema.get(
        "type", "object" if "properties" in schema or "required" in schema else ["string", "integer", "null"]
    )
    if isinstance(kinds, list):
        return st.one_of([_plain({**schema, "type": kind}, gusto, depth=depth) for kind in kinds])
    low, high = schema.get("minimum"), schema.get("maximum")
    match kinds:
        case "string":
            return _text(schema)
        case "integer":
            return st.integers(low if low is None else int(low), high)
        case "number":
            return st.floats(low, high, allow_nan=False, allow_infinity=False) | st.integers(1, 9)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "array":
            most = 0 if depth > 4 else schema.get("maxItems", 2)
            items = _strategy(schema.get("items", {}), gusto, depth=depth + 1) if most else st.none()
            return st.lists(items, max_size=min(most, 2), unique_by=repr)
    return _object(schema, gusto, depth=depth)


def _text(schema: Mapping[str, Any]) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(schema["pattern"])
    if schema.get("format") in _TEXTS:
        return _TEXTS[schema["format"]]
    return st.text(min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 8))


def _object(schema: Mapping[str, Any], gusto: Contract, *, depth: int) -> st.SearchStrategy[Any]:
    required = schema.get("required", ())
    properties = schema.get("properties", {})
    wanted = [name for name in properties if properties[name] and (depth < 4 or name in required)]
    fields = {name: _strategy(properties[name], gusto, depth=depth + 1) for name in wanted}
    unknown = {name: st.text(max_size=3) for name in required if name not in properties}
    return st.fixed_dictionaries(
        {**unknown, **{name: fields[name] for name in fields if name in required}},
        optional={name: fields[name] for name in fields if name not in required},
    )
