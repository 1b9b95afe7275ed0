"""Makes `schemas/gusto/<api-version>/` from an OpenAPI document: the same bytes from the same input.

`operations.json` is the index, `components.json` the schemas as JSON Schema 2020-12 `$defs`,
`identity.json` says from what they were made and what was corrected (`errata.py`). Nothing of the
document's prose is carried over. `catalogue.py` reads what is written here.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partner_qa.contract.errata import Erratum, apply_errata
from partner_qa.contract.files import FORMAT
from partner_qa.contract.openapi import OpenApi, load_openapi, reachable_from
from partner_qa.contract.structure import (
    COMPONENT,
    DEFINITION,
    Direction,
    Schema,
    Structure,
    references_of,
    unknown_keywords,
)
from partner_qa.errors import ContractError, Problem

DERIVATION = "derived from public sources"
_WRITABLE = ".writable"
_VERSION_HEADER = "x-gusto-api-version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import wrote: the folder, and how much is in it."""

    folder: Path
    version: str
    operations: int
    definitions: int
    errata: tuple[str, ...]


def import_contract(
    source: Path, into: Path, *, derivation: str = DERIVATION, replace: bool = False
) -> Imported:
    """Write the contract of the OpenAPI document `source` to `into/<api-version>/`.

    A contract made from other bytes, or with another derivation, is only overwritten with `replace`.
    Raises `ContractError`.
    """
    given = load_openapi(source)
    document = copy.deepcopy(given.document)
    errata = apply_errata(document)
    corrected = OpenApi(path=given.path, document=document, sha256=given.sha256)
    operations, definitions = _derive(corrected)
    files = {"operations.json": _to_text(operations), "components.json": _to_text(definitions)}
    identity = _identity(corrected, errata, derivation, files)
    folder = into / given.version
    _write(folder, {**files, "identity.json": _to_text(identity)}, replace=replace)
    return Imported(
        folder=folder,
        version=given.version,
        operations=len(operations["operations"]),
        definitions=len(definitions["$defs"]),
        errata=tuple(each.name for each in errata),
    )


def _derive(source: OpenApi) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the index and the definitions that it needs."""
    writable = _find_writable(source.schemas)
    answers = Structure(components=source.schemas, direction=Direction.RESPONSE)
    requests = Structure(
        components=source.schemas,
        direction=Direction.REQUEST,
        rename=lambda name: name + _WRITABLE if name in writable else name,
    )
    definitions = {name: answers.of(schema) for name, schema in source.schemas.items()}
    definitions |= {name + _WRITABLE: requests.of(source.schemas[name]) for name in writable}
    index = _Index(source=source, requests=requests, answers=answers, definitions=definitions)
    operations = [index.entry(*each) for each in source.operations()]
    kept = reachable_from(frozenset(index.roots), definitions)
    shown = {name: definitions[name] for name in sorted(kept)}
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": shown}
    return {"version": source.version, "operations": operations}, schema


def _find_writable(schemas: Mapping[str, Schema]) -> frozenset[str]:
    """Return the components that are another schema in a request than in a response.

    Those are the ones that differ themselves, and the ones that lead to one that does.
    """
    directions = [Structure(components=schemas, direction=each) for each in Direction]
    found = {name for name, schema in schemas.items() if directions[0].of(schema) != directions[1].of(schema)}
    leads = {name: references_of(schema, COMPONENT) for name, schema in schemas.items()}
    while more := {name for name in schemas if name not in found and leads[name] & found}:
        found |= more
    return frozenset(found)


class _Index:
    """Builds the index; `roots` are the definitions it refers to, inline schemas become definitions."""

    def __init__(
        self, *, source: OpenApi, requests: Structure, answers: Structure, definitions: dict[str, Any]
    ) -> None:
        self._source = source
        self._requests = requests
        self._answers = answers
        self._definitions = definitions
        self.roots: set[str] = set()

    def entry(self, method: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
        """Return the index entry of one operation."""
        name = operation["operationId"]
        responses = operation["responses"]
        return {
            "id": name,
            "method": method,
            "path": path,
            "tag": next(iter(operation.get("tags", ())), ""),
            "summary": operation.get("summary", ""),
            "token": operation["x-auth"],
            "scopes": operation["x-scopes"],
            "additional_scopes": operation["x-additional-scopes"],
            "paging": operation["x-paginated"],
            "version_in": operation["x-version-required"],
            "parameters": self._parameters(path, operation),
            "body": self._body(name, operation.get("requestBody")),
            "responses": {
                str(status): self._answer(f"{name}.{status}", answer)
                for status, answer in sorted(responses.items(), key=lambda pair: str(pair[0]))
            },
        }

    def _parameters(self, path: str, operation: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the parameters; the version header belongs to no operation and is left out."""
        return [
            {
                "name": each["name"],
                "in": each["in"],
                "required": each.get("required") is True,
                "schema": self._requests.of(each.get("schema", {})),
            }
            for each in self._source.parameters(path, operation)
            if not (each["in"] == "header" and each["name"].lower() == _VERSION_HEADER)
        ]

    def _body(self, name: str, body: dict[str, Any] | None) -> dict[str, Any] | None:
        if body is None:
            return None
        content = body["content"]
        schema = next(iter(content.values())).get("schema", {})
        return {
            "required": body.get("required") is True,
            "media_types": list(content),
            "schema": self._refer(f"{name}.request", self._requests.of(schema)),
        }

    def _answer(self, name: str, answer: dict[str, Any]) -> Schema | None:
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        return None if schema is None else self._refer(name, self._answers.of(schema))

    def _refer(self, name: str, schema: Schema | bool) -> Schema:
        """Return a reference to `schema`, which becomes the definition `name` unless it is one already."""
        if isinstance(schema, dict) and list(schema) == ["$ref"]:
            self.roots |= references_of(schema)
            return schema
        if name in self._definitions:
            raise ContractError([Problem(key=name, message="is also the name of a component")])
        self._definitions[name] = schema
        self.roots.add(name)
        return {"$ref": DEFINITION + name}


def _identity(
    source: OpenApi, errata: tuple[Erratum, ...], derivation: str, files: Mapping[str, str]
) -> dict[str, Any]:
    left_out = sorted({key for schema in source.schemas.values() for key in unknown_keywords(schema)})
    return {
        "format": FORMAT,
        "version": source.version,
        "derivation": derivation,
        "source_sha256": source.sha256,
        "errata": [{"name": each.name, "change": each.change, "source": each.source} for each in errata],
        "left_out": left_out,
        "files": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(files.items())},
    }


def _to_text(content: Mapping[str, Any]) -> str:
    """Return JSON whose bytes depend on the content alone."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _write(folder: Path, files: Mapping[str, str], *, replace: bool) -> None:
    held = folder / "identity.json"
    try:
        if held.is_file() and not replace and held.read_text(encoding="utf-8") != files[held.name]:
            problem = Problem(file=str(folder), message="holds a contract made from something else")
            raise ContractError([problem], hint="Import it with --replace, or into another folder.")
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ContractError([Problem(file=str(folder), message=error.strerror or str(error))]) from error
