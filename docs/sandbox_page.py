"""Writes what the embedded sandbox plays: one row for each operation, read out of its code and its tests.

`pages.py` calls it. Nothing is listed by hand: a handler is what `collect_handlers` finds, rules are the
labelled sentences of its file, events the names that its file tells, tests the file of the same name.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from partner_qa.contract.catalogue import load_contract
from partner_qa.contract.operation import Operation
from partner_qa.sandbox.operations import collect_handlers

TESTS = Path(__file__).parents[1] / "tests" / "sandbox"
_LABEL = re.compile(r"\[([DOI])\]")
_EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
_TOLD_BY = ("tell", "_tell", "append", "announce")  # calls whose texts name events


def write_sandbox_page() -> Iterable[str]:
    """Yield the lines of docs/reference/sandbox.md."""
    operations, handlers = load_contract().operations, collect_handlers()
    missing = [each for each in operations if each.id not in handlers]
    untested = [each for each in operations if each.id in handlers and not _tests_of(each, handlers[each.id])]
    yield "# What the embedded sandbox plays"
    yield ""
    yield "<!-- Written by `make pages`; edit the handlers in `src/partner_qa/sandbox/` instead. -->"
    yield ""
    yield (
        f"{len(operations) - len(missing)} of the {len(operations)} operations of version "
        f"{load_contract().version} are played with state: what is written is seen by every later read. "
        "*Rules* says what the labelled sentences of the handler's file rest on: D documented, O older "
        "documentation, I our own choice. *Events* are those that the handler's file tells (another file may "
        "tell more). *Tested by* is the file of tests of that name, or else those that speak of the path; "
        "`tests/sandbox/proof/` asks about every operation besides."
    )
    yield ""
    yield "## Gaps"
    yield ""
    if missing:
        yield f"Not played; answered 501 ({len(missing)}): {_list(missing)}."
    else:
        yield "Every operation is played."
    yield ""
    if untested:
        yield f"Played, but named by no file of tests ({len(untested)}): {_list(untested)}."
    else:
        yield "Every operation is named by a file of tests."
    for tag in dict.fromkeys(each.tag for each in operations):
        yield ""
        yield f"## {tag}"
        yield ""
        yield "| Operation | State | Rules | Events | Tested by |"
        yield "|---|---|---|---|---|"
        for each in (each for each in operations if each.tag == tag):
            yield _row(each, handlers)


def _list(operations: Iterable[Operation]) -> str:
    return ", ".join(f"`{each.method} {each.path}`" for each in operations)


def _row(operation: Operation, handlers: Mapping[str, Callable[..., Any]]) -> str:
    name = f"`{operation.method} {operation.path}`"
    handler = handlers.get(operation.id)
    if handler is None:
        return f"| {name} | not played | | | |"
    module = sys.modules[handler.__module__]
    events = "" if operation.method == "GET" else ", ".join(f"`{each}`" for each in _events_of(module))
    tests = _tests_of(operation, handler)
    return f"| {name} | {_file_of(handler)} | {_rules_of(module)} | {events} | {tests or '**none**'} |"


def _file_of(handler: Callable[..., Any]) -> str:
    return f"`{handler.__module__.rpartition('.')[2]}.py`"


def _rules_of(module: ModuleType) -> str:
    found = _LABEL.findall(inspect.getsource(module))
    return " ".join(each for each in "DOI" if each in found)


def _events_of(module: ModuleType) -> list[str]:
    """Return the names of events in the calls that tell them; `f"department.{what}"` shows as it stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and _name_of(node.func) in _TOLD_BY:
            for each in node.args:
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    found |= {each.value} if _EVENT.fullmatch(each.value) else set()
                elif isinstance(each, ast.JoinedStr):
                    text = "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "…" for part in each.values
                    )
                    found |= {text} if _EVENT.fullmatch(text.replace("…", "x")) else set()
    return sorted(found)


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _tests_of(operation: Operation, handler: Callable[..., Any]) -> str:
    own = TESTS / f"test_{handler.__module__.rpartition('.')[2]}.py"
    if own.is_file():
        return f"`{own.name}`"
    tail = [each for each in operation.path.split("/") if not each.startswith("{")][-1]
    found = [path.name for path in sorted(TESTS.glob("test_*.py")) if tail in path.read_text("utf-8")]
    return ", ".join(f"`{each}`" for each in found[:3])
