"""Reads a fault as a person writes it after `--fault`: `delay(2) on get-v1-employees at 3`.

Nothing is evaluated: a name of `recorder/faults.py`, plain values in brackets, the operation that it meets
and which of the matching requests (`at 3`, `at 2-4`; without it, every one).
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable

from partner_qa.contract.catalogue import Contract
from partner_qa.contract.violation import find_nearest
from partner_qa.errors import Problem, UsageError
from partner_qa.model import Json
from partner_qa.recorder import faults
from partner_qa.recorder.faults import Fault

_FORM = re.compile(
    r"(?P<call>\w+\s*\(.*\))(?:\s+on\s+(?P<operation>[\w./-]+))?(?:\s+at\s+(?P<first>\d+)(?:-(?P<last>\d+))?)?",
    re.DOTALL,
)
_MAKERS: dict[str, Callable[..., Fault]] = {
    "respond": faults.respond,
    "drop_response": faults.drop_response,
    "reset": faults.reset,
    "delay": faults.delay,
    "expire_token": faults.expire_token,
    "stale_version": faults.stale_version,
    "add_fields": faults.add_fields,
    "unknown_enum": faults.unknown_enum,
    "drop_fields": faults.drop_fields,
    "empty_one": faults.empty_one,
    "force_pages": faults.force_pages,
}
_OF_FIELDS = ("unknown_enum", "drop_fields")
_MOST = 86_400  # seconds of a day, and more than any list has pages
_HINT = 'write it like "respond(429, retry_after=2) on get-v1-employees at 2-4"'


def read_fault(text: str, contract: Contract) -> Fault:
    """Return the fault that a text describes; raises `UsageError` or `ContractError` with what to write."""
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise _refuse(text, "is not a fault", _HINT)
    operation = form["operation"]
    if operation is not None:
        contract.require_operation(operation)
    fault = _make(text, form["call"])
    if form["first"] is None:
        return fault.on(operation=operation)
    first, last = int(form["first"]), int(form["last"] or form["first"])
    if not 1 <= first <= last:
        raise _refuse(text, "counts from 1, upwards", _HINT)
    return fault.on(operation=operation, occurrence=range(first, last + 1))


def _make(text: str, written: str) -> Fault:
    name = written.partition("(")[0].strip()
    maker = _MAKERS.get(name)
    if maker is None:
        near = find_nearest(name, _MAKERS)
        hint = f"did you mean {near}?" if near else f"there are {', '.join(_MAKERS)}"
        raise _refuse(text, f"{name} is no fault", hint)
    try:
        call = ast.parse(written, mode="eval").body
        if not isinstance(call, ast.Call):
            raise _refuse(text, "is not a fault", _HINT)
        given = [_read_value(each) for each in call.args]
        named = {str(each.arg): _read_value(each.value) for each in call.keywords}
        _require_plain(text, name, given, named)
        return maker(*given, **named)
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        raise _refuse(text, f"cannot be made: {error}", _HINT) from error


def _read_value(node: ast.expr) -> Json:
    try:
        value: Json = ast.literal_eval(node)
    except ValueError as error:
        raise ValueError(f"{ast.unparse(node)} is no plain value") from error
    return value


def _require_plain(text: str, name: str, given: list[Json], named: dict[str, Json]) -> None:
    """Refuse values that the fault would trip over only when it fires."""
    json.dumps(named.get("body"), allow_nan=False)
    values = [*given, *(value for key, value in named.items() if key != "body")]
    if name in _OF_FIELDS:
        if not values or not all(isinstance(each, str) for each in values):
            raise _refuse(text, f"{name} takes names of fields", f"write it like \"{name}('status')\"")
        return
    if not all(_is_amount(each) for each in values):
        raise _refuse(text, f"{name} takes numbers above 0, up to {_MOST:,}", _HINT)
    seconds = given[:1] if name == "delay" else []  # the one amount that need not be whole
    if not all(isinstance(each, int) for each in values[len(seconds) :]):
        raise _refuse(text, f"{name} takes whole numbers", _HINT)
    status = given[0] if given else named.get("status")
    if name == "respond" and not (isinstance(status, int) and 400 <= status <= 599):
        raise _refuse(text, "respond takes a status from 400 to 599", _HINT)


def _is_amount(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _MOST


def _refuse(text: str, message: str, hint: str) -> UsageError:
    return UsageError([Problem(key=f'--fault "{text[:200]}"', message=message, hint=hint)])
