"""Where Gusto's document contradicts Gusto's own pages or examples, and what the import does about it.

Each erratum is named, says where it applies and on what it rests, and edits the OpenAPI document before
anything is derived from it. The identity of an imported contract lists the ones that were applied, so
nobody has to guess why a schema differs from the published one. Judging by the uncorrected document
would blame integrations for following the guide, or the sandbox for sending what Gusto sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

FORM = "application/x-www-form-urlencoded"
_REFERENCE = "https://docs.gusto.com/app-integrations/reference/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erratum:
    """One correction. `apply` edits the document and answers whether the place was there to edit."""

    name: str
    change: str
    source: str
    apply: Callable[[Document], bool]


def _schema(document: Document, name: str) -> dict[str, Any]:
    found = document.get("components", {}).get("schemas", {}).get(name, {})
    return found if isinstance(found, dict) else {}


def _operation(document: Document, operation_id: str) -> dict[str, Any]:
    for item in document.get("paths", {}).values():
        for operation in item.values():
            if isinstance(operation, dict) and operation.get("operationId") == operation_id:
                return operation
    return {}


def _any_of(schema: dict[str, Any]) -> bool:
    if "oneOf" not in schema:
        return False
    schema["anyOf"] = schema.pop("oneOf")
    return True


def _token_answer(document: Document) -> bool:
    return _any_of(_schema(document, "Authentication"))


def _error_metadata(document: Document) -> bool:
    return _any_of(_schema(document, "Entity-Error-Object").get("properties", {}).get("metadata", {}))


def _code_grant(document: Document) -> bool:
    content = _operation(document, "oauth-access-token").get("requestBody", {}).get("content", {})
    branches = content.get("application/json", {}).get("schema", {}).get("oneOf")
    if branches is None:
        return False
    fields = ("client_id", "client_secret", "code", "redirect_uri")
    properties: dict[str, Any] = {name: {"type": "string"} for name in fields}
    properties["grant_type"] = {"type": "string", "enum": ["authorization_code"]}
    branches.append({"type": "object", "properties": properties, "required": sorted(properties)})
    return True


def _forms(document: Document) -> bool:
    found = False
    for operation_id in ("oauth-access-token", "revoke-access-token"):
        content = _operation(document, operation_id).get("requestBody", {}).get("content", {})
        if "application/json" in content and FORM not in content:
            content[FORM] = content["application/json"]
            found = True
    return found


def _properties(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema.get("properties", {})
    for branch in schema.get("allOf", ()):
        yield branch.get("properties", {})


def _running_shift(document: Document) -> bool:
    found = False
    for name in ("Time-Sheet", "Time-Sheet-Update-Body"):
        for properties in _properties(_schema(document, name)):
            ended = properties.get("shift_ended_at", {})
            if ended.get("type") == "string":
                ended["type"] = ["string", "null"]
                found = True
    return found


def _contractor_uuid(document: Document) -> bool:
    payments = _schema(document, "Contractor-Payment-Summary").get("properties", {})
    rows = payments.get("contractor_payments", {}).get("items", {}).get("properties", {})
    uuid = rows.get("contractor_uuid", {})
    if uuid.get("type") != "number":
        return False
    uuid["type"] = ["number", "string"]
    return True


def _nullable_enums(document: Document) -> bool:
    found = False
    for schema in _objects(document):
        values, types = schema.get("enum"), schema.get("type")
        is_nullable = isinstance(types, list) and "null" in types
        if is_nullable and isinstance(values, list) and None not in values:
            values.append(None)
            found = True
    return found


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


ERRATA: tuple[Erratum, ...] = (
    Erratum(
        name="token-answer-any-of",
        change="Authentication: oneOf read as anyOf, because a refreshed token fits both branches",
        source=_REFERENCE + "oauth-access-token",
        apply=_token_answer,
    ),
    Erratum(
        name="error-metadata-any-of",
        change="Entity-Error-Object.metadata: oneOf read as anyOf, because one branch requires nothing",
        source="https://docs.gusto.com/app-integrations/docs/errors",
        apply=_error_metadata,
    ),
    Erratum(
        name="token-code-grant",
        change="POST /oauth/token: the authorization_code request of the guide is a third branch",
        source="https://docs.gusto.com/app-integrations/docs/oauth2",
        apply=_code_grant,
    ),
    Erratum(
        name="oauth-form-encoding",
        change="POST /oauth/token and /oauth/revoke: form-encoded bodies are accepted beside JSON",
        source="https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3",
        apply=_forms,
    ),
    Erratum(
        name="running-shift-null",
        change="Time-Sheet and its update: shift_ended_at is null while the shift runs, as the prose says",
        source=_REFERENCE + "put-time_tracking-time_sheets-time_sheet_uuid",
        apply=_running_shift,
    ),
    Erratum(
        name="contractor-uuid-string",
        change="Contractor-Payment-Summary: contractor_uuid may be a string, as in the published example",
        source=_REFERENCE + "get-v1-companies-company_id-contractor_payments",
        apply=_contractor_uuid,
    ),
    Erratum(
        name="nullable-enum-null",
        change="every enum whose type allows null: null is one of its values, or the type would say nothing",
        source="https://json-schema.org/draft/2020-12/json-schema-validation#section-6.1.2",
        apply=_nullable_enums,
    ),
)


def apply_errata(document: Document) -> tuple[Erratum, ...]:
    """Correct `document` in place; return the errata that found their place in it, in order."""
    return tuple(each for each in ERRATA if each.apply(document))
