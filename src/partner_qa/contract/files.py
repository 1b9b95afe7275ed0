"""Reads `schemas/gusto/<api-version>/` back from disk, and refuses what is not as it was imported.

`identity.json` names the SHA-256 of the other two files: an identity that results quote would mean little
if the schemas beside it could be edited. `importing.py` writes what is read here; `catalogue.py` comes here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partner_qa.contract.operation import (
    Operation,
    Paging,
    Parameter,
    ParameterIn,
    RequestBody,
    Token,
    VersionIn,
)
from partner_qa.errors import ContractError, Problem

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFiles:
    """What the three files hold; `definitions` are the `$defs` that the operations refer to."""

    identity: Mapping[str, Any]
    operations: tuple[Operation, ...]
    definitions: Mapping[str, Any]


def load_files(home: Path, version: str) -> ContractFiles:
    """Return the imported contract `home/<version>/`; raise `ContractError` where it cannot be used."""
    place = home / version
    held = sorted(each.parent.name for each in home.glob("*/identity.json"))
    if version not in held:
        problem = Problem(file=str(place), message="there is no contract of this version")
        raise ContractError([problem], hint=f"There is: {', '.join(held) or 'none'}.")
    identity = _read(place / "identity.json", None)
    if identity.get("format") != FORMAT:
        problem = Problem(file=str(place / "identity.json"), message=f"is not of format {FORMAT}")
        raise ContractError([problem], hint="Import the OpenAPI document again.")
    index = _read(place / "operations.json", identity)
    components = _read(place / "components.json", identity)
    operations = tuple(_to_operation(each) for each in index["operations"])
    return ContractFiles(identity=identity, operations=operations, definitions=components["$defs"])


def _read(path: Path, identity: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a JSON file, after a look whether it is the one that `identity` names."""
    try:
        text = path.read_text(encoding="utf-8")
        if identity is not None and identity["files"][path.name] != hashlib.sha256(text.encode()).hexdigest():
            problem = Problem(file=str(path), message="is not the file that identity.json names")
            raise ContractError([problem], hint="Import the OpenAPI document again; do not edit by hand.")
        content = json.loads(text)
    except (OSError, ValueError, KeyError) as error:
        raise ContractError([Problem(file=str(path), message=f"cannot be read: {error}")]) from error
    if not isinstance(content, dict):
        raise ContractError([Problem(file=str(path), message="is not a JSON object")])
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
