"""Custom fields: what a company defines for itself, and what people have answered.

The definitions are the company's, the answers come with each person, and a field's UUID joins them; names are
for people to read, and may change or be there twice. A field that somebody never answered is not among their
answers; one that was cleared is, and is empty.
Source: https://docs.gusto.com/app-integrations/docs/getting-custom-fields
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from acme_time.config import Config
from acme_time.database import Database
from acme_time.gusto import PER_PAGE, Unavailable, count_pages, read_json
from acme_time.parts import Parts

DEFINITIONS = "/v1/companies/{company}/custom_fields"
INCLUDED: dict[str, str | int] = {"include": "custom_fields"}  # answers come only where they are asked for


def read_definitions(parts: Parts, account: str) -> None:
    """Read which custom fields the account's company has, in place of what was known."""
    fields: list[dict[str, Any]] = []
    page, last = 1, 1
    while page <= last:
        response = parts.company.get(account, DEFINITIONS, {"page": page, "per": PER_PAGE})
        body = read_json(response)
        rows = body.get("custom_fields") if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise Unavailable("the custom fields are not a list")
        fields += [{"uuid": row["uuid"], "name": row["name"], "type": row["type"]} for row in rows]
        page, last = page + 1, count_pages(response)
    with parts.database.transaction() as db:
        sealed = parts.database.seal(fields)
        db.execute("INSERT OR REPLACE INTO custom_fields VALUES (?, ?)", (account, sealed))


def list_definitions(database: Database, account: str) -> list[dict[str, Any]]:
    """Return the company's custom fields: `uuid`, `name`, `type`."""
    with database.reading() as db:
        row = db.execute("SELECT facts FROM custom_fields WHERE account = ?", (account,)).fetchone()
    found: list[dict[str, Any]] = database.unseal(row["facts"]) if row else []
    return found


def read_answers(employee: Mapping[str, Any]) -> dict[str, dict[str, str | None]]:
    """Return the custom fields of an employee of Gusto's, by the field's UUID: `name` and `value`."""
    return {
        row["company_custom_field_id"]: {"name": row.get("name", ""), "value": row.get("value")}
        for row in employee.get("custom_fields") or []
        if isinstance(row, dict) and row.get("company_custom_field_id")
    }


def find_answer(
    config: Config, answers: Mapping[str, Mapping[str, str | None]], field: Mapping[str, Any]
) -> str | None:
    """Return what somebody answered; `""` where it was cleared, `None` where there never was an answer."""
    found = answers.get(field["uuid"])
    if "joins_fields_by_name" in config.defects:
        found = {each["name"]: each for each in answers.values()}.get(field["name"])
    value = None if found is None else found["value"]
    if "takes_cleared_for_unanswered" in config.defects:
        return value or None
    return value
