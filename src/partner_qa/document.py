"""A YAML file that a person wrote, with its line numbers, and everything that is wrong with it.

The profile, the checklist and the ledgers are read through here. Values are what JSON can hold: YAML 1.2's
booleans and numbers, everything else text (a date is text, `no` is text, `02139` is text). What a file can
do to its reader is refused with its line: tags, duplicate keys, anchors that contain themselves or expand
without end, deep nesting. `find_problems` compares with one of our schemas and finds all mistakes at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from partner_qa.contract.schema import Validator, load_schema
from partner_qa.contract.violation import show, to_pointer
from partner_qa.errors import Problem, SetupError
from partner_qa.model import Json

SIZE_LIMIT = 1_000_000
DEPTH_LIMIT = 40
NODE_LIMIT = 100_000

Pointer = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_RULES: tuple[tuple[str, re.Pattern[str], tuple[str, ...]], ...] = (
    (_TAG + "null", re.compile(r"(~|null|Null|NULL|)$"), ("~", "n", "N", "")),
    (_TAG + "bool", re.compile(r"(true|True|TRUE|false|False|FALSE)$"), tuple("tTfF")),
    (_TAG + "int", re.compile(r"-?(0|[1-9][0-9]*)$", re.ASCII), tuple("-0123456789")),
    (
        _TAG + "float",
        re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$", re.ASCII),
        tuple("-0123456789"),
    ),
)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # libyaml is optional
    """Resolves plain scalars as YAML 1.2 does; PyYAML alone reads `no` as false and `12:30` as 750.

    https://yaml.org/spec/1.2.2/#102-json-schema
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own name for its table
        first: [(tag, pattern) for tag, pattern, firsts in _RULES if first in firsts]
        for _, _, every in _RULES
        for first in every
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file says, and on which line it says it."""

    path: Path
    value: Json
    lines: Mapping[Pointer, int] = field(default_factory=dict)

    def line_of(self, pointer: Sequence[str | int]) -> int | None:
        """Return the line (from 1) of a key or entry, by its path (`["actions", "connect"]`)."""
        return self.lines.get(tuple(pointer))


def load_document(path: Path, *, error: type[SetupError]) -> Document:
    """Read a YAML file; raise `error` with every problem of its notation, each with its line."""
    text = _read(path, error)
    try:
        _refuse_depth(text)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as trouble:
        mark = trouble.problem_mark or trouble.context_mark
        line = mark.line + 1 if mark else None
        words = _plain(trouble.problem or trouble.context or "cannot be understood")
        hint = "YAML indents with blanks only, and here is a tab" if _has_tab(text, line) else ""
        problem = Problem(file=str(path), line=line, message=f"is not YAML: {words}", hint=hint)
        raise error([problem]) from trouble
    except yaml.YAMLError as trouble:
        raise error([Problem(file=str(path), message=f"is not YAML: {_plain(str(trouble))}")]) from trouble
    if root is None or (isinstance(root, yaml.ScalarNode) and root.tag == _TAG + "null"):
        raise error([Problem(file=str(path), message="is empty")])
    reading = _Reading(path=path)
    value = reading.value_of(root, ())
    if reading.problems:
        raise error(sorted(reading.problems, key=lambda problem: problem.line or 0))
    return Document(path=path, value=value, lines=reading.lines)


def is_there(path: Path) -> bool:
    """Return whether something has this path; what cannot be looked at has: `load_document` tells why."""
    try:
        return path.exists()
    except OSError:
        return True


def find_problems(document: Document, schema_name: str) -> tuple[Problem, ...]:
    """Return every way in which a document breaks one of our schemas, in the order of its lines."""
    validator = Validator(load_schema(schema_name))
    problems = [
        Problem(
            file=str(document.path),
            line=document.line_of(violation.path),
            key=_name(violation.path),
            message=violation.message,
            hint="" if violation.rule == "required" else violation.expected,
        )
        for violation in validator.find_violations(document.value)
    ]
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def _has_tab(text: str, line: int | None) -> bool:
    """Whether a line, counted from 1, has a tab among the blanks that it begins with."""
    found = text.splitlines()[line - 1 : line] if line else []
    return any("\t" in each[: len(each) - len(each.lstrip())] for each in found)


def _read(path: Path, error: type[SetupError]) -> str:
    try:
        if not path.is_file():
            words = "is not a file" if path.exists() else "does not exist"
            raise error([Problem(file=str(path), message=words)])
        with path.open("rb") as stream:
            content = stream.read(SIZE_LIMIT + 1)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        line = trouble.object[: trouble.start].count(b"\n") + 1
        raise error([Problem(file=str(path), line=line, message="is not UTF-8 text")]) from trouble
    except (OSError, ValueError) as trouble:
        raise error([Problem(file=str(path), message=f"cannot be read: {_plain(str(trouble))}")]) from trouble
    if len(content) > SIZE_LIMIT:
        raise error([Problem(file=str(path), message=f"is larger than {SIZE_LIMIT // 1_000_000} MB")])
    hidden = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if hidden:
        line = text.count("\n", 0, hidden.start()) + 1
        message = f"has the control character U+{ord(hidden[0]):04X}"
        raise error([Problem(file=str(path), line=line, message=message)])
    return text


def _refuse_depth(text: str) -> None:
    """Refuse deep nesting while it is still a flat list of events: composing it would need deep recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEPTH_LIMIT:
            mark: Any = event.start_mark
            raise yaml.MarkedYAMLError(problem=f"nested more than {DEPTH_LIMIT} deep", problem_mark=mark)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """One walk through the nodes of a file; collects lines and problems."""

    path: Path
    lines: dict[Pointer, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _open: list[yaml.Node] = field(default_factory=list)
    _visits: int = 0

    def value_of(self, node: yaml.Node, pointer: Pointer) -> Json:
        """Return the value of a node. What has a problem is `None`; nobody sees it, loading fails."""
        self.lines.setdefault(pointer, _line(node))
        self._visits += 1
        if self._visits > NODE_LIMIT:
            if self._visits == NODE_LIMIT + 1:
                self._add(node, pointer, f"expands to more than {NODE_LIMIT:,} values")
            return None
        if any(node is each for each in self._open):
            self._add(node, pointer, "is an anchor that contains itself")
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, pointer)
        self._open.append(node)
        found = self._collection(node, pointer)
        self._open.pop()
        return found

    def _collection(self, node: yaml.Node, pointer: Pointer) -> Json:
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value_of(each, (*pointer, index)) for index, each in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node, pointer)
        self._refuse_tag(node, pointer)
        return None

    def _mapping(self, node: yaml.MappingNode, pointer: Pointer) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for key, value in node.value:
            name = self._key(key, pointer)
            if name is None:
                continue
            place = (*pointer, name)
            if name in found:
                first = self.lines[place]
                self._add(key, place, f"is given twice (first on line {first})")
                continue
            self.lines[place] = _line(key)
            found[name] = self.value_of(value, place)
        return found

    def _key(self, node: yaml.Node, pointer: Pointer) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.tag == _TAG + "str":
            return str(node.value)
        if isinstance(node, yaml.ScalarNode) and node.tag.startswith(_TAG) and not node.style:
            self._add(node, pointer, f"the key {show(node.value)} is not text", hint="put it in quotes")
        else:
            self._add(node, pointer, "a key is not text")
        return None

    def _scalar(self, node: yaml.ScalarNode, pointer: Pointer) -> Json:
        text = str(node.value)
        try:
            match node.tag.removeprefix(_TAG):
                case "str":
                    return text
                case "null" if text in _NULLS:
                    return None
                case "bool" if text.lower() in {"true", "false"}:
                    return text.lower() == "true"
                case "int":
                    return int(text)
                case "float":
                    return _finite(text)
        except ValueError:
            self._add(node, pointer, f"{show(text)} is not a number that JSON can hold")
            return None
        self._refuse_tag(node, pointer)
        return None

    def _refuse_tag(self, node: yaml.Node, pointer: Pointer) -> None:
        tag = show(node.tag.replace(_TAG, "!!")).strip('"')
        self._add(node, pointer, f"the tag {tag} is not allowed", hint="write plain values")

    def _add(self, node: yaml.Node, pointer: Pointer, message: str, *, hint: str = "") -> None:
        key = _name(pointer)
        self.problems.append(
            Problem(file=str(self.path), line=_line(node), key=key, message=message, hint=hint)
        )


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")} or number != number:  # noqa: PLR0124 - NaN is not itself
        raise ValueError(text)
    return number


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _name(pointer: Sequence[str | int]) -> str:
    """Return a path as its writer knows it: `actions.sync_people.post`."""
    return to_pointer(pointer).removeprefix("$").removeprefix(".")


def _plain(text: str) -> str:
    """Return the text of a library's message on one line, safe to print."""
    flat = " ".join(text.split())
    return "".join(each if each.isprintable() else "?" for each in flat)
