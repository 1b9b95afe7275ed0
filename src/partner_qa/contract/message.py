"""Reads the parts of an HTTP message into values that a schema can judge.

Parameters are text on the wire and typed in the contract; bodies are JSON or a form. What cannot be read
is a violation of its own and never reaches a schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from partner_qa.contract.errata import FORM
from partner_qa.contract.operation import Parameter
from partner_qa.contract.violation import Violation, Where, show
from partner_qa.model import Headers, Json, find_header

_INTEGER = re.compile(r"-?\d+", re.ASCII)
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_LONGEST_INTEGER = 18
_JSON_TYPE = re.compile(r"application/([a-z0-9.+-]+\+)?json", re.IGNORECASE)


def to_value(text: str, kind: Json) -> Json:
    """Return the typed value of a parameter's text, or the text where it is not of that type."""
    if kind == "integer" and _INTEGER.fullmatch(text) and len(text) <= _LONGEST_INTEGER:
        return int(text)
    if kind == "number" and _NUMBER.fullmatch(text):
        return float(text)
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def to_parameter_value(parameter: Parameter, texts: Sequence[str]) -> Json:
    """Return the value of a parameter that was given at least once.

    An array may be comma-joined, repeated, or both; blank entries are no entries. Of another parameter
    the last one counts, as in Rails.
    """
    if not parameter.is_array:
        return to_value(texts[-1], parameter.schema.get("type"))
    items = parameter.schema.get("items")
    kind = items.get("type") if isinstance(items, dict) else None
    return [to_value(part, kind) for text in texts for part in text.split(",") if part]


def media_type_of(headers: Headers) -> str:
    """Return the content type without its parameters, in lower case; empty where there is none."""
    return (find_header(headers, "content-type") or "").partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether a content type is JSON (RFC 8259) or one of its `+json` kin (RFC 6839, section 3.1)."""
    return _JSON_TYPE.fullmatch(media_type) is not None


def read_body(body: bytes, media_type: str) -> tuple[Any, Violation | None]:
    """Return the value of a body, or what makes it unreadable.

    JSON as in RFC 8259: UTF-8, no `NaN`, no `Infinity`. Everything that does not say it is a form is read
    as JSON.
    """
    try:
        text = body.decode("utf-8")
        if media_type == FORM:
            return dict(parse_qsl(text, keep_blank_values=True)), None
        return json.loads(text, parse_constant=_refuse_constant), None
    except UnicodeDecodeError:
        reason = "is not UTF-8 text"
    except json.JSONDecodeError as error:
        reason = f"is not valid JSON ({error.msg}, line {error.lineno} column {error.colno})"
    except RecursionError:
        reason = "is nested too deeply"
    except ValueError as error:
        reason = f"is not valid JSON ({error})"
    return None, Violation(
        where=Where.BODY, pointer="$", rule="json", message=reason, expected="JSON (RFC 8259)"
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def find_media_violation(headers: Headers, accepted: Sequence[str]) -> Violation | None:
    """Return what is wrong with the content type of a body, if anything."""
    media_type = media_type_of(headers)
    wants_json = any(is_json(each) for each in accepted)
    if media_type in accepted or (wants_json and is_json(media_type)):
        return None
    message = "does not say what the body is" if not media_type else "is not a content type of this operation"
    expected = " or ".join(accepted)
    return Violation(
        where=Where.HEADER,
        pointer="Content-Type",
        rule="content-type",
        message=message,
        expected=expected,
        seen=show(media_type) if media_type else "no Content-Type",
    )
