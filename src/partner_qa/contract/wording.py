"""From the errors of jsonschema to violations in our own words.

jsonschema's errors carry the facts; its sentences quote whole instances, which may be a secret or an
employee. So each sentence is built here from the facts. Of a choice (`anyOf`, `oneOf`) only the branch
that the writer probably meant is spoken of. `schema.py` comes here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from jsonschema.exceptions import ValidationError

from partner_qa.contract.violation import Violation, Where, offer, show, to_pointer

_LISTED = 12
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


def to_violations(error: ValidationError, where: Where, prefix: Sequence[str | int]) -> Iterator[Violation]:
    """Yield what one error means; `prefix` is where the instance stands in its message."""
    path = [*prefix, *error.absolute_path]
    rule = str(error.validator)
    steps = error.relative_schema_path
    if rule in {"anyOf", "oneOf"} and error.context and (branch := _likeliest(error.context)):
        for inner in branch:
            yield from to_violations(inner, where, prefix)
    elif rule == "additionalProperties":
        for name, known in _unknown_keys(error):
            message = "is not a known key"
            yield _violation(where, [*path, name], rule, message, expected=offer(name, known))
    elif len(steps) > 1 and steps[-2] == "propertyNames":
        name = str(error.instance)
        allowed: Any = error.validator_value
        expected = offer(name, allowed) if rule == "enum" else show(allowed)
        yield _violation(where, [*path, name], "propertyNames", "is not an allowed key", expected=expected)
    else:
        message, expected = _word(error)
        yield _violation(where, path, rule, message, expected=expected, seen=show(error.instance, path))


def _violation(
    where: Where, path: Sequence[str | int], rule: str, message: str, *, expected: str, seen: str = ""
) -> Violation:
    pointer = to_pointer(path) if where is Where.BODY else to_pointer(path).removeprefix("$.")
    return Violation(
        where=where,
        pointer=pointer,
        rule=rule,
        message=message,
        expected=expected,
        seen=seen,
        path=tuple(path),
    )


def _likeliest(context: Sequence[ValidationError]) -> list[ValidationError]:
    """Return the errors of the branch that the writer most likely meant, or none where branches tie.

    A branch of another type, or with another discriminating value, was not meant; of the rest the one
    that misses the fewest keys, and then the one with the fewest errors, was.
    """
    branches: dict[Any, list[ValidationError]] = {}
    for error in context:
        branches.setdefault(error.relative_schema_path[0], []).append(error)
    ranked = sorted((_distance(errors), index) for index, errors in branches.items())
    if len(ranked) > 1 and ranked[0][0] == ranked[1][0]:
        return []
    return branches[ranked[0][1]]


def _distance(errors: Sequence[ValidationError]) -> tuple[bool, bool, int, int]:
    other_type = any(not each.relative_path and each.validator == "type" for each in errors)
    other_value = any(each.validator in {"enum", "const"} for each in errors)
    missing = sum(each.validator == "required" for each in errors)
    return other_type, other_value, missing, len(errors)


def _unknown_keys(error: ValidationError) -> Iterator[tuple[str, list[str]]]:
    """Yield each key that a closed object does not know, with the keys that it could have meant."""
    schema: Any = error.schema
    instance: Any = error.instance
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for name in instance:
        if name not in known and not any(re.search(pattern, name) for pattern in patterns):
            yield name, [key for key in known if key not in instance]


def _word(error: ValidationError) -> tuple[str, str]:
    """Return the message and what was expected."""
    rule = str(error.validator)
    limit: Any = error.validator_value
    match rule:
        case "required":
            missing = _missing_of(error)
            return f"does not have {missing}", f"{missing} is required"
        case "type":
            kinds = " or ".join([limit] if isinstance(limit, str) else limit)
            return f"is not of type {kinds}", kinds
        case "enum" | "const":
            return "is not one of the allowed values", _word_values(
                limit if rule == "enum" else [limit], error
            )
        case "pattern":
            return "does not match the pattern", str(limit)
        case "format":
            return f"is not a valid {limit}", str(limit)
        case "anyOf" | "oneOf":
            fits = "none" if error.context else "more than one"
            return f"fits {fits} of the {len(limit)} allowed shapes", f"one of {len(limit)} shapes"
        case _:
            words = _LIMITS.get(rule, f"does not satisfy {rule}")
            return words.format(limit), f"{rule} {show(limit)}"


def _word_values(allowed: Sequence[Any], error: ValidationError) -> str:
    if isinstance(error.instance, str) and all(isinstance(each, str) for each in allowed):
        return offer(error.instance, allowed)
    listed = ", ".join(json.dumps(each, ensure_ascii=False) for each in allowed[:_LISTED])
    return f"one of {listed}"


def _missing_of(error: ValidationError) -> str:
    """Return the property that one `required` error speaks of.

    jsonschema reports each missing property by an error of its own and names it only in its sentence:
    `'rate' is a required property`.
    """
    required: Any = error.validator_value
    held: Any = error.instance
    for name in required:
        if name not in held and error.message.startswith(repr(name)):
            return str(name)
    return "a required property"
