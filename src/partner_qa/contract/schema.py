"""Judges values by JSON Schema 2020-12: the only door to jsonschema and its fast twin.

jsonschema gives verdict and words. Where jsonschema-rs is installed it looks first, and what it finds
clean is clean; all else is judged again by jsonschema, so the words and the strictness never depend on
which of the two is there. See docs/decisions/0002-json-schema-and-its-fast-twin.md.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError

from partner_qa.contract.structure import references_of
from partner_qa.contract.violation import Violation, Where
from partner_qa.contract.wording import to_violations
from partner_qa.errors import HarnessBug
from partner_qa.model import Facts
from partner_qa.settings import find_shipped

try:
    import jsonschema_rs
except ImportError:  # no wheel for this platform: jsonschema alone judges, the same but slower
    jsonschema_rs = None  # type: ignore[assignment] # mypy knows no optional modules

FORMATS = ("date", "date-time", "email", "uuid")
HAS_PREFILTER = jsonschema_rs is not None
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Validator:
    """One schema, compiled once. `definitions` are the `$defs` that it may refer to.

    `prefilter=False` judges by jsonschema alone; the verdict is the same.
    """

    def __init__(
        self, schema: Facts, *, definitions: Mapping[str, Any] | None = None, prefilter: bool = True
    ) -> None:
        whole = _with_definitions(schema, definitions or {})
        self._slow = Draft202012Validator(whole, format_checker=FormatChecker(formats=FORMATS))
        self._fast = (
            jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
            if prefilter and HAS_PREFILTER
            else None
        )

    def find_violations(
        self, instance: Any, *, where: Where = Where.BODY, prefix: Sequence[str | int] = ()
    ) -> tuple[Violation, ...]:
        """Return everything that is wrong with `instance`, in document order.

        `prefix` is where `instance` stands in the message.
        """
        if self._fast is not None and self._is_clean(instance):
            return ()
        try:
            errors = sorted(self._slow.iter_errors(instance), key=lambda error: list(error.absolute_path))
        except RecursionError:
            return (Violation(where=where, pointer="$", rule="depth", message="is nested too deeply"),)
        found = (each for error in errors for each in to_violations(error, where, prefix))
        return tuple(dict.fromkeys(found))

    def _is_clean(self, instance: Any) -> bool:
        """Whether the fast twin has no complaint; what it cannot read at all is not clean."""
        assert self._fast is not None  # noqa: S101 - said to mypy, asked by the caller
        try:
            return bool(self._fast.is_valid(instance))
        except (ValueError, TypeError, OverflowError, RecursionError):
            return False


def find_violations(
    instance: Any,
    schema: Facts,
    *,
    schemas: Mapping[str, Any] | None = None,
    where: Where = Where.BODY,
    prefilter: bool = True,
) -> tuple[Violation, ...]:
    """Return everything that is wrong with `instance`; `schemas` are the `$defs` that `schema` refers to."""
    return Validator(schema, definitions=schemas, prefilter=prefilter).find_violations(instance, where=where)


def _with_definitions(schema: Facts, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return `schema` with the definitions it leads to and no others: compiling all of them is slow."""
    own = schema.get("$defs")
    needed: dict[str, Any] = dict(own) if isinstance(own, dict) else {}
    pending = [name for each in (schema, *needed.values()) for name in sorted(references_of(each))]
    while pending:
        name = pending.pop()
        if name in needed:
            continue
        if name not in definitions:
            raise HarnessBug(f"a schema refers to {name}, which is not defined")
        needed[name] = definitions[name]
        pending += sorted(references_of(needed[name]))
    return {"$schema": _DIALECT, **schema, "$defs": needed}


def load_schema(name: str) -> Facts:
    """Return the schema of one of our own formats: `profile`, `adapter/people`, `results`."""
    path = find_shipped("schemas") / f"{name}.json"
    try:
        text = path.read_text(encoding="utf-8")
        schema: Facts = json.loads(text)
        _require_schema(text)
    except (OSError, ValueError, SchemaError) as error:
        raise HarnessBug(f"the schema {name} cannot be read: {error}") from error
    return schema


@functools.cache
def _require_schema(text: str) -> None:
    """Raise `SchemaError` where a text is no schema; the same text is looked at once, for it takes long."""
    schema = json.loads(text)
    if not HAS_PREFILTER or not jsonschema_rs.meta.is_valid(schema):
        Draft202012Validator.check_schema(schema)
