"""What is wrong with a value, in our own words, without showing the value where it is about a person.

jsonschema's errors carry the facts; its sentences quote whole instances, which may be a secret or an
employee. So the sentences are built here from the facts, and `seen` is capped, masked by field name, and
never a whole object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from jsonschema.exceptions import ValidationError

SEEN_LIMIT = 80
_LISTED = 12
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_SECRET = re.compile(r"secret|token|password|authorization|^code$|^state$", re.IGNORECASE)
_PERSONAL = re.compile(
    r"ssn|social|birth|email|phone|first_name|last_name|middle_initial|preferred_name|street|^zip$"
    r"|account_number|routing_number|^ein$|tax_id",
    re.IGNORECASE,
)
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


class Where(StrEnum):
    """Which part of a message a violation is in."""

    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One way in which a message does not fit its contract.

    `pointer` leads to the value (`$[3].jobs[0].rate`, or a parameter's name), `rule` is the keyword that
    it breaks. A mild violation is one that a server ignores (an unknown query parameter): a warning.
    """

    where: Where
    pointer: str
    rule: str
    message: str
    expected: str = ""
    seen: str = ""
    is_mild: bool = False

    def __str__(self) -> str:
        return f"{self.where} {self.pointer}: {self.message}"


def to_pointer(path: Iterable[str | int]) -> str:
    """Return a path into a value as people read it: `$[3].jobs[0]["pay rate"]`."""
    parts = ["$"]
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        elif _PLAIN_KEY.fullmatch(key):
            parts.append(f".{key}")
        else:
            parts.append(f"[{_cap(json.dumps(key))}]")
    return "".join(parts)


def show(value: Any, path: Sequence[str | int] = ()) -> str:
    """Return `value` for people: capped, containers by their size, secrets and people by their shape."""
    if isinstance(value, dict):
        return f"an object with {', '.join(sorted(map(str, value))[:_LISTED]) or 'nothing'}"[:SEEN_LIMIT]
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if isinstance(value, str):
        names = [key for key in path if isinstance(key, str)]
        if any(_SECRET.search(name) for name in names):
            return f"a text of {len(value)} characters (hidden)"
        if any(_PERSONAL.search(name) for name in names):
            value = _to_shape(value)
    return _cap(json.dumps(value, ensure_ascii=False))


def _to_shape(text: str) -> str:
    """Return the shape of a text: its letters as `x`, its digits as `9`, the rest as it is."""
    return "".join("9" if each.isdigit() else "x" if each.isalpha() else each for each in text)


def _cap(text: str) -> str:
    return text if len(text) <= SEEN_LIMIT else text[: SEEN_LIMIT - 1] + "…"


def name_kind(value: Any) -> str:
    """Return the JSON type of a value."""
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "null")


def to_violations(error: ValidationError, where: Where, prefix: Sequence[str | int] = ()) -> list[Violation]:
    """Return what one error of jsonschema means; of a choice, what is wrong with the likeliest branch."""
    path = [*prefix, *error.absolute_path]
    if error.context and error.validator in {"anyOf", "oneOf"}:
        branch = _likeliest(error.context)
        if branch:
            return [each for inner in branch for each in to_violations(inner, where, prefix)]
    message, expected, seen = _word(error, path)
    rule = str(error.validator)
    pointer = to_pointer(path)
    return [
        Violation(
            where=where,
            pointer=pointer if where is Where.BODY else pointer.removeprefix("$."),
            rule=rule,
            message=message,
            expected=expected,
            seen=seen,
        )
    ]


def _likeliest(context: Sequence[ValidationError]) -> list[ValidationError]:
    """Return the errors of the branch that the writer most likely meant, or none where they tie.

    A branch of another type, or with another discriminating value, was not meant; of the rest the one
    with the fewest errors was.
    """
    branches: dict[Any, list[ValidationError]] = {}
    for error in context:
        branches.setdefault(error.relative_schema_path[0], []).append(error)
    ranked = sorted((_distance(errors), index) for index, errors in branches.items())
    if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
        return []
    return branches[ranked[0][1]]


def _distance(errors: Sequence[ValidationError]) -> tuple[bool, bool, int]:
    other_type = any(not each.relative_path and each.validator == "type" for each in errors)
    other_value = any(each.validator in {"enum", "const"} for each in errors)
    return other_type, other_value, len(errors)


def _word(error: ValidationError, path: Sequence[str | int]) -> tuple[str, str, str]:
    """Return message, expected and seen."""
    limit: Any = error.validator_value
    value: Any = error.instance
    seen = show(value, path)
    match error.validator:
        case "required":
            missing = _missing_of(error)
            return f"does not have {missing}", f"{missing} is required", seen
        case "type":
            kinds = " or ".join([limit] if isinstance(limit, str) else limit)
            return f"is not of type {kinds}", kinds, seen
        case "enum" | "const":
            allowed = limit if error.validator == "enum" else [limit]
            listed = ", ".join(json.dumps(each, ensure_ascii=False) for each in allowed[:_LISTED])
            more = f" and {len(allowed) - _LISTED} more" if len(allowed) > _LISTED else ""
            return "is not one of the allowed values", listed + more, seen
        case "pattern":
            return "does not match the pattern", str(limit), seen
        case "format":
            return f"is not a valid {limit}", str(limit), seen
        case "additionalProperties" | "unevaluatedProperties" | "propertyNames":
            return "has a key that is not allowed", "", seen
        case "anyOf" | "oneOf":
            count = len(limit)
            fits = "more than one" if error.validator == "oneOf" and not error.context else "none"
            return f"fits {fits} of the {count} allowed shapes", f"one of {count} shapes", seen
        case _:
            return _word_limit(str(error.validator), limit), f"{error.validator} {limit}"[:SEEN_LIMIT], seen


_LIMITS = {
    "minLength": "is shorter than {} characters",
    "maxLength": "is longer than {} characters",
    "minimum": "is less than {}",
    "maximum": "is more than {}",
    "exclusiveMinimum": "is not more than {}",
    "exclusiveMaximum": "is not less than {}",
    "multipleOf": "is not a multiple of {}",
    "minItems": "has fewer than {} entries",
    "maxItems": "has more than {} entries",
    "minProperties": "has fewer than {} keys",
    "maxProperties": "has more than {} keys",
    "uniqueItems": "has the same entry twice",
}


def _word_limit(rule: str, limit: Any) -> str:
    return _LIMITS.get(rule, f"does not satisfy {rule}").format(limit)


def _missing_of(error: ValidationError) -> str:
    """Return the property that one `required` error speaks of.

    jsonschema reports each missing property by an error of its own, in the order of the keyword, and
    names it only in its sentence: `'rate' is a required property`.
    """
    required: Any = error.validator_value
    held: Any = error.instance
    for name in required:
        if name not in held and error.message.startswith(repr(name)):
            return str(name)
    return "a required property"
