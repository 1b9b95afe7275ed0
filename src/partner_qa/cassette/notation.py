"""The YAML of cassettes: how values are written, in a line or in blocks, and how a file is read back.

Written is a small part of YAML that every reader takes alike: no anchors, no tags but `!!binary`, every
text in quotes unless it is a plain word. Read is what a person may have made of it, entry by entry, so that
a large file costs little memory; whatever a hostile file could do to its reader is refused with its line.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import secrets
from collections.abc import Iterator, Mapping
from typing import IO, Any

import yaml

DEPTH_LIMIT = 80
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[ ./-][A-Za-z0-9_]+)*")
_NOT_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", re.ASCII)
_ENCODER = json.JSONEncoder(allow_nan=False)
_LONGEST_INTEGER = 300  # digits; beyond, reading one becomes slow
# What YAML's reader refuses or folds, and quotes do not protect.
_ESCAPED = re.compile("[\0-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_SURROGATES = re.compile(
    r"\\\\|\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|\\u(d[89a-f][0-9a-f]{2})", re.IGNORECASE
)


class Refused(ValueError):  # noqa: N818 - what happened to the file
    """A file is not one that may be read; `line` says where, from 1."""

    def __init__(self, message: str, line: int | None) -> None:
        self.line = line
        super().__init__(message)


# in a line


def to_line(value: Mapping[str, Any]) -> str:
    """Return a value as flow-style YAML on one line, in ASCII, so that a torn end is never half a character.

    A lone surrogate, which no file can hold, is written out as its escape; so is a number that JSON lacks.
    """
    try:
        line = _ENCODER.encode(value)
    except (TypeError, ValueError):
        line = _to_line_with_more(value)
    return _SURROGATES.sub(_to_code_point, line) if "\\ud" in line else line


def quote(text: str) -> str:
    """Return a text as `to_line` writes it, in double quotes and ASCII."""
    quoted = json.encoder.encode_basestring_ascii(text)
    return _SURROGATES.sub(_to_code_point, quoted) if "\\ud" in quoted else quoted


def _to_line_with_more(value: Mapping[str, Any]) -> str:
    """Return a line of what JSON lacks, too: bytes, and numbers that are none."""
    mark = secrets.token_hex(8)

    def to_marked(held: object) -> dict[str, str]:
        if not isinstance(held, bytes):
            raise TypeError(f"{type(held).__name__} has no place in a cassette")
        return {mark: base64.b64encode(held).decode()}

    line = json.dumps(_with_finite(value), allow_nan=False, default=to_marked)
    return re.sub(rf'\{{"{mark}": ("[^"]*")\}}', r"!!binary \1", line)


def _to_code_point(found: re.Match[str]) -> str:
    if found[1]:
        high, low = int(found[1], 16), int(found[2], 16)
        return f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"
    return f"\\\\u{found[3]}" if found[3] else found[0]


def _with_finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _with_finite(each) for key, each in value.items()}
    return [_with_finite(each) for each in value] if isinstance(value, list | tuple) else value


def from_line(line: bytes) -> Any:
    """Return the value of a line that `to_line` has written."""
    try:
        return json.loads(line)
    except ValueError:  # what JSON lacks: bytes, and characters beyond U+FFFF
        events = yaml.parse(line, Loader=_LOADER)
        next(events)  # the stream begins
        next(events)  # the document begins
        return _value(next(events), events, 0)


# in blocks


def to_block(value: Any, *, indent: int = 0) -> Iterator[str]:
    """Yield a mapping or list as block-style YAML, line by line, without line ends."""
    space = " " * indent
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _led_by(f"{space}{_scalar(key)}:", each, indent + 2)
    else:
        for each in value:
            lines = to_block(each, indent=indent + 2) if _has_content(each) else iter([_scalar(each)])
            yield f"{space}- {next(lines).lstrip(' ')}"
            yield from lines


def _led_by(lead: str, value: Any, indent: int) -> Iterator[str]:
    if _has_content(value):
        yield lead
        yield from to_block(value, indent=indent)
    else:
        yield f"{lead} {_scalar(value)}"


def _has_content(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple) and bool(value)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        if _WORD.fullmatch(value) and value.lower() not in _NOT_WORDS:
            return value
        if not _ESCAPED.search(value):
            return "'" + value.replace("'", "''") + "'"
        return to_line({"": value})[5:-1]
    if isinstance(value, bytes):
        return f'!!binary "{base64.b64encode(value).decode()}"'
    if isinstance(value, Mapping):
        return "{}"
    return "[]" if isinstance(value, list | tuple) else to_line({"": value})[5:-1]


# reading


def read_parts(stream: IO[bytes], *, listed: str) -> Iterator[tuple[str, int, Any]]:
    """Yield the parts of a file: key, line and value of each top-level key, in the order of the file.

    The list under the key `listed` is yielded entry by entry. Raises `Refused` for what is not YAML, and
    for tags, aliases, keys given twice or not text, and nesting beyond `DEPTH_LIMIT`.
    """
    try:
        yield from _parts(yaml.parse(stream, Loader=_LOADER), listed)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise Refused(f"is not YAML: {error.problem or error.context}", line) from None
    except yaml.YAMLError as error:
        raise Refused(f"is not YAML: {getattr(error, 'reason', 'unreadable')}", None) from None


def _parts(events: Iterator[Any], listed: str) -> Iterator[tuple[str, int, Any]]:
    next(events)  # the stream begins
    if isinstance(next(events), yaml.StreamEndEvent):
        raise Refused("is empty", 1)
    root = next(events)
    if not isinstance(root, yaml.MappingStartEvent) or root.tag:
        raise Refused("is not a mapping", _line(root))
    seen: set[str] = set()
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _key(event, seen)
        value = next(events)
        if key == listed and isinstance(value, yaml.SequenceStartEvent) and not value.tag:
            while not isinstance(entry := next(events), yaml.SequenceEndEvent):
                yield key, _line(entry), _value(entry, events, 2)
        else:
            yield key, _line(value), _value(value, events, 1)
    next(events)  # the document ends
    if not isinstance(more := next(events), yaml.StreamEndEvent):
        raise Refused("holds a second document", _line(more))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _key(event: Any, seen: set[str]) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise Refused("a key is not text", _line(event))
    key = _text(event)
    if not isinstance(key, str):
        raise Refused(f"the key {event.value[:40]} is not text", _line(event))
    if key in seen:
        raise Refused(f"the key {key[:40]!r} is given twice", _line(event))
    seen.add(key)
    return key


def _value(event: Any, events: Iterator[Any], depth: int) -> Any:
    if isinstance(event, yaml.ScalarEvent):
        return _text(event)
    if depth > DEPTH_LIMIT:
        raise Refused(f"is nested more than {DEPTH_LIMIT} deep", _line(event))
    if isinstance(event, yaml.AliasEvent):
        raise Refused("has an alias, which no cassette of ours has", _line(event))
    if event.tag and event.tag not in {_TAG + "map", _TAG + "seq"}:
        raise Refused(f"has the tag {event.tag[:60]!r}", _line(event))
    if isinstance(event, yaml.SequenceStartEvent):
        found = []
        while not isinstance(entry := next(events), yaml.SequenceEndEvent):
            found.append(_value(entry, events, depth + 1))
        return found
    held: dict[str, Any] = {}
    seen: set[str] = set()
    while not isinstance(name := next(events), yaml.MappingEndEvent):
        key = _key(name, seen)
        held[key] = _value(next(events), events, depth + 1)
    return held


def _text(event: Any) -> Any:
    tag, text = event.tag, event.value
    if tag == _TAG + "binary":
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            raise Refused("is not base64", _line(event)) from None
    if tag and tag not in {_TAG + "str", "!"}:
        raise Refused(f"has the tag {tag[:60]!r}", _line(event))
    return text if tag or not event.implicit[0] else _resolve(text)


def _resolve(text: str) -> Any:
    """Return the value of a plain scalar: what JSON has, and text (no dates, no `yes`)."""
    if text in {"null", "~", ""}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    if text[0] in "-0123456789":
        if _INTEGER.fullmatch(text) and len(text) < _LONGEST_INTEGER:
            return int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
            return number
    return text
