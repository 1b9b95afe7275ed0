"""How a contract looks in a terminal and as JSON."""

from __future__ import annotations

import json
from typing import Any

from partner_qa.contract.catalogue import Contract
from partner_qa.contract.operation import Operation, ParameterIn
from partner_qa.model import Facts


def list_as_text(contract: Contract) -> str:
    """Return one line for each operation, under its tag, after a head that says what the contract is."""
    rows = sorted(contract.operations, key=lambda each: each.tag)
    width = max(len(each.id) for each in rows)
    lines = [_head(contract)]
    tag = None
    for each in rows:
        if each.tag != tag:
            tag = each.tag
            lines += ["", tag or "(no tag)"]
        lines.append(f"  {each.id:<{width}}  {each.method:<6} {each.path}")
    return "\n".join(lines)


def list_as_json(contract: Contract) -> str:
    """Return identity and operations; schemas are references."""
    operations = [_facts(each) for each in contract.operations]
    return json.dumps({"identity": dict(contract.identity), "operations": operations}, indent=2)


def one_as_text(contract: Contract, operation: Operation) -> str:
    """Return what one operation needs, takes and answers."""
    lines = [
        f"{operation.method} {operation.path}",
        f"  id        {operation.id}",
        f"  what      {operation.summary}",
        f"  token     {operation.token}",
        f"  scopes    {' '.join(operation.scopes) or 'none'}",
    ]
    if operation.additional_scopes:
        lines.append(f"  also      {' '.join(operation.additional_scopes)} (fields are left out without)")
    lines += [f"  paging    {operation.paging}", f"  version   {operation.version_in}"]
    for place in ParameterIn:
        for parameter in operation.parameters_in(place):
            need = "required" if parameter.required else "optional"
            lines.append(f"  {place:<9} {parameter.name}, {need}: {_brief(parameter.schema)}")
    if operation.body is not None:
        need = "required" if operation.body.required else "optional"
        lines.append(f"  body      {need}, {' or '.join(operation.body.media_types)}")
        lines += _indented(contract.resolve(operation.body.schema))
    for status, schema in operation.responses.items():
        name = "no body" if schema is None else str(schema["$ref"]).removeprefix("#/$defs/")
        lines.append(f"  {status}       {name}")
    return "\n".join([*lines, "", _head(contract)])


def one_as_json(contract: Contract, operation: Operation) -> str:
    """Return one operation with the schemas of its body and answers one step resolved."""
    facts = _facts(operation)
    if operation.body is not None:
        facts["body"]["schema"] = contract.resolve(operation.body.schema)
    facts["responses"] = {
        str(status): None if schema is None else contract.resolve(schema)
        for status, schema in operation.responses.items()
    }
    return json.dumps(facts, indent=2)


def _head(contract: Contract) -> str:
    derivation = contract.identity.get("derivation", "")
    return f"Gusto API {contract.version}, {len(contract.operations)} operations ({derivation})"


def _facts(operation: Operation) -> dict[str, Any]:
    body = operation.body
    return {
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "tag": operation.tag,
        "summary": operation.summary,
        "token": operation.token,
        "scopes": list(operation.scopes),
        "additional_scopes": list(operation.additional_scopes),
        "paging": operation.paging,
        "version_in": operation.version_in,
        "parameters": [
            {"name": each.name, "in": each.place, "required": each.required, "schema": each.schema}
            for each in operation.parameters
        ],
        "body": None
        if body is None
        else {"required": body.required, "media_types": list(body.media_types), "schema": body.schema},
        "responses": {str(status): schema for status, schema in operation.responses.items()},
    }


def _brief(schema: Facts) -> str:
    """Return a schema on one line."""
    items = schema.get("items")
    if isinstance(items, dict):
        return f"any of {_brief(items)}"
    if isinstance(schema.get("enum"), list):
        return json.dumps(schema["enum"])
    extra = {key: value for key, value in schema.items() if key not in {"type", "deprecated"}}
    return f"{schema.get('type', 'any')}{' ' + json.dumps(extra) if extra else ''}"


def _indented(schema: Facts) -> list[str]:
    return ["    " + line for line in json.dumps(schema, indent=2).splitlines()]
