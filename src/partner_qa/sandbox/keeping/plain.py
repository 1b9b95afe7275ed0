"""Values as plain JSON and back, led by the types of the fields they stand in.

What is read back becomes only what the type says: the text chooses no class and runs no code, so that a file
from somebody else is safe to open. What does not fit its type raises `PlainError`.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import functools
import types
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from types import MappingProxyType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from partner_qa.errors import HarnessBug
from partner_qa.model import Json


class PlainError(ValueError):
    """A text is no value of the type that is wanted; caught by whoever knows the file."""


def to_plain(value: Any, kind: Any) -> Json:
    """Return a value of a type as JSON; what is JSON already is handed on as it is, not copied."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = _find_optional(kind)
        return value if inner is None or value is None else to_plain(value, inner)
    if _is_record(kind):
        return {name: to_plain(getattr(value, name), each) for name, each in fields_of(kind).items()}
    if origin is dict:
        return _from_dict(value, *get_args(kind))
    if origin in (list, set, frozenset):
        rows = [to_plain(each, get_args(kind)[0]) for each in value]
        return rows if origin is list else sorted(rows, key=repr)
    if origin is tuple:
        return [to_plain(*each) for each in zip(value, _list_kinds(kind, len(value)), strict=True)]
    if origin is Literal or kind in _SIMPLE:
        return value  # type: ignore[no-any-return]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return value.value  # type: ignore[no-any-return]
    if kind in _TEXTS:
        return _TEXTS[kind][0](value)
    raise HarnessBug(f"values of {kind} cannot be kept")


def from_plain(plain: Json, kind: Any) -> Any:
    """Return the value of a type that `to_plain` made JSON of; raises `PlainError` for anything else."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = _find_optional(kind)
        return plain if inner is None or plain is None else from_plain(plain, inner)
    if _is_record(kind):
        hints, given = fields_of(kind), _require(plain, dict)
        if given.keys() != hints.keys():
            raise PlainError(f"{getattr(kind, '__name__', kind)} has other fields")
        return kind(**{name: from_plain(given[name], each) for name, each in hints.items()})
    if origin is dict:
        return _to_dict(plain, *get_args(kind))
    if origin in (list, set, frozenset):
        return origin(from_plain(each, get_args(kind)[0]) for each in _require(plain, list))
    if origin is tuple:
        rows = _require(plain, list)
        return tuple(
            from_plain(each, one) for each, one in zip(rows, _list_kinds(kind, len(rows)), strict=True)
        )
    if origin is Literal:
        if plain not in get_args(kind):
            raise PlainError(f"{plain!r} is none of {get_args(kind)}")
        return plain
    if kind in _SIMPLE:
        return _require(plain, kind)
    return _read_text(plain, kind)


@functools.cache
def fields_of(kind: Any) -> Mapping[str, Any]:
    """Return the fields of a dataclass with their types, those of aliases resolved."""
    hints = get_type_hints(kind)
    return MappingProxyType({each.name: hints[each.name] for each in dataclasses.fields(kind)})


def _is_record(kind: Any) -> bool:
    return dataclasses.is_dataclass(kind)


def is_json(kind: Any) -> bool:
    """Whether a type is that of any JSON value (`Json`)."""
    return get_origin(kind) in (Union, types.UnionType) and _find_optional(kind) is None


def describe(kind: Any, *, within: frozenset[str] = frozenset()) -> str:
    """Return what a type looks like as JSON, down to the fields of fields, the same on every machine."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = _find_optional(kind)
        return "Json" if inner is None else f"{describe(inner, within=within)}?"
    name = str(getattr(origin or kind, "__name__", origin or kind))
    if _is_record(kind):
        if name in within:
            return name
        deeper = within | {name}
        rows = [f"{field}: {describe(each, within=deeper)}" for field, each in fields_of(kind).items()]
        return f"{name}({', '.join(rows)})"
    if origin is Literal:
        return repr(get_args(kind))
    parts = ["..." if each is Ellipsis else describe(each, within=within) for each in get_args(kind)]
    return f"{name}[{', '.join(parts)}]" if parts else name


def _find_optional(kind: Any) -> Any:
    """Return X of `X | None`, or `None` for the one other union that there is: `Json`."""
    inner = [each for each in get_args(kind) if each is not types.NoneType]
    if len(inner) == 1:
        return inner[0]
    if set(_SIMPLE) <= set(inner):
        return None
    raise HarnessBug(f"values of {kind} cannot be kept")


def _list_kinds(kind: Any, count: int) -> tuple[Any, ...]:
    """Return the type of each part of a tuple, of fixed length or `tuple[X, ...]`."""
    kinds = get_args(kind)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return (kinds[0],) * count
    if len(kinds) != count:
        raise PlainError(f"{count} values instead of {len(kinds)}")
    return kinds


def _from_dict(value: Mapping[Any, Any], key: Any, inner: Any) -> Json:
    if key is str or get_origin(key) is Literal:
        if is_json(inner):
            return value  # type: ignore[return-value]
        return {name: to_plain(each, inner) for name, each in value.items()}
    return [[to_plain(name, key), to_plain(each, inner)] for name, each in value.items()]


def _to_dict(plain: Json, key: Any, inner: Any) -> dict[Any, Any]:
    if key is str or get_origin(key) is Literal:
        given = _require(plain, dict)
        return given if is_json(inner) else {name: from_plain(each, inner) for name, each in given.items()}
    pairs = [_require(each, list) for each in _require(plain, list)]
    if any(len(each) != 2 for each in pairs):
        raise PlainError("a pair has two parts")
    return {from_plain(name, key): from_plain(each, inner) for name, each in pairs}


def _read_text(plain: Json, kind: Any) -> Any:
    text = _require(plain, str)
    try:
        if isinstance(kind, type) and issubclass(kind, Enum):
            return kind(text)
        return _TEXTS[kind][1](text)
    except (ValueError, InvalidOperation, binascii.Error) as error:
        raise PlainError(f"{text!r} is no {kind.__name__}") from error


def _require(plain: Json, kind: type) -> Any:
    """Return what is of a type; a whole number counts as a float, and a truth value as no number."""
    fits = isinstance(plain, int if kind is float and isinstance(plain, int) else kind)
    if not fits or (isinstance(plain, bool) and kind is not bool):
        raise PlainError(f"{type(plain).__name__} instead of {kind.__name__}")
    return plain


_SIMPLE = (str, int, float, bool)
# what has no form of its own in JSON: to a text, and back
_TEXTS: Mapping[Any, tuple[Callable[[Any], str], Callable[[str], Any]]] = MappingProxyType(
    {
        datetime: (datetime.isoformat, datetime.fromisoformat),
        date: (date.isoformat, date.fromisoformat),
        timedelta: (
            lambda span: str(span // timedelta(microseconds=1)),
            lambda text: timedelta(microseconds=int(text)),
        ),
        Decimal: (str, Decimal),
        bytes: (
            lambda content: base64.b64encode(content).decode("ascii"),
            lambda text: base64.b64decode(text, validate=True),
        ),
    }
)
