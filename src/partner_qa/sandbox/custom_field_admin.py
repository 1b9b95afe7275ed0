"""What an admin does with custom fields in Gusto: define, answer, clear. `Admin.custom_fields` is one.

[D] https://docs.gusto.com/app-integrations/docs/getting-custom-fields: what was never answered is not among
somebody's fields, what was cleared is there and empty. No integration can reach any of it; safe to call from
any thread. What is not there is our own mistake: `Impossible`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Literal

from partner_qa.errors import Impossible
from partner_qa.model import Json
from partner_qa.sandbox.company import Company, Record
from partner_qa.sandbox.employees import change_employee
from partner_qa.sandbox.world import World

FieldType = Literal["text", "currency", "number", "date", "radio"]


class CustomFieldAdmin:
    """The verbs for custom fields. Each takes the UUID of the company."""

    def __init__(self, world: World) -> None:
        self._world = world

    def define(self, company: str, name: str, kind: FieldType, *, options: Sequence[str] = ()) -> str:
        """Give a company one more field that nobody has answered; return its UUID. No event is told [I].

        [I] names need not be unique: nothing says that they are.
        """
        with self._world.lock:
            field = str(uuid.uuid4())
            choices: list[Json] | None = list(options) if kind == "radio" else None
            self._require(company).custom_fields[field] = {
                "uuid": field,
                "name": name,
                "type": kind,
                "description": None,
                "selection_options": choices,
            }
            return field

    def answer(self, company: str, employee: str, field: str, value: str) -> None:
        """Let somebody's answer to a field be this text; empty: it was cleared. Tells `employee.updated`."""
        with self._world.lock:
            found = self._require(company)
            definition, record = found.custom_fields.get(field), found.employees.get(employee)
            if definition is None or record is None:
                raise Impossible(f"company {company} has no field {field}, or no employee {employee}")
            answered: Record = {
                "id": str(uuid.uuid4()),
                "company_custom_field_id": field,
                **{name: each for name, each in definition.items() if name != "uuid"},
                "value": value,
            }
            self._write(found, record, [*_others(record, field), answered])

    def forget(self, company: str, employee: str, field: str) -> None:
        """Let a field be one that somebody has never answered; tells `employee.updated`."""
        with self._world.lock:
            found = self._require(company)
            record = found.employees.get(employee)
            if record is None:
                raise Impossible(f"company {company} has no employee {employee}")
            self._write(found, record, _others(record, field))

    def _write(self, company: Company, record: Record, rows: list[Json]) -> None:
        change_employee(self._world, company, record, {"custom_fields": rows})

    def _require(self, company: str) -> Company:
        found = self._world.companies.get(company)
        if found is None:
            raise Impossible(f"the sandbox has no company {company}")
        self._world.touch(company)  # who asks for it here may change it
        return found


def _others(record: Record, field: str) -> list[Json]:
    rows = record["custom_fields"]
    return [
        each
        for each in (rows if isinstance(rows, list) else [])
        if isinstance(each, dict) and each["company_custom_field_id"] != field
    ]
