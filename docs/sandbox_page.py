"""Writes what the embedded sandbox plays: one row for each operation, read out of its code and its tests.

`pages.py` calls it. Nothing is listed by hand: a handler is what `collect_handlers` finds, rules and events
stand in the functions that it calls, and tests/sandbox/answers.tsv was written by the tests themselves.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import FunctionType

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.contract.operation import Operation
from partner_qa.sandbox.event_names import list_documented
from partner_qa.sandbox.operations import collect_handlers
from partner_qa.sandbox.rules import Rule, find_rules, follow_calls

Handler = FunctionType
ANSWERS = Path(__file__).parents[1] / "tests" / "sandbox" / "answers.tsv"
_EVENT = re.compile(r"[a-z_]+\.[a-z_]+")
_TOLD_BY = ("tell", "_tell", "append", "announce")  # calls whose texts name events
_LABELS = ("D", "O", "I")
_KNOWN = (
    (
        "Gusto's demo tells what takes effect on a day (a termination, a rehire, a suspension) at 01:00 "
        "Pacific. Here the business day moves only when somebody moves it, and the event is told and "
        "dated then: the time of the clock is real, and an event dated ahead of it would spoil the order "
        "that receivers go by."
    ),
    (
        "Of the documented categories of errors two are never answered. Gusto answers `payroll_blocker` "
        "to who calculates or submits a payroll, which applications cannot; what they are refused was "
        "observed as `invalid_operation`. `invalid_application_setup` is for who has no application, and "
        "a sandbox has one."
    ),
    (
        "A payroll that another update holds is answered 409 when `/_sandbox/lock_payroll` asks for it, "
        "for the requests of a sandbox are answered one after the other; with which category is our "
        "choice."
    ),
    "What a reversal of a payroll comes to is not reckoned: it is told, and listed without rows.",
    (
        "`TimeSheetsBatch` is a subscription type since October 2026 and not in this contract, so it is "
        "refused; where batches are switched on, their events are in the list of events. No employee is paid "
        "by commission alone."
    ),
)


def write_sandbox_page() -> Iterable[str]:
    """Yield the lines of docs/reference/sandbox.md."""
    contract, handlers, given = _the_contract(), collect_handlers(), _read_answers()
    operations = contract.operations
    yield "# What the embedded sandbox plays"
    yield ""
    yield (
        "<!-- Written by `make pages`; edit the handlers in `src/partner_qa/sandbox/` instead. `make "
        "answers` notes again which operation gave which answer to which file of tests. -->"
    )
    yield ""
    played = [each for each in operations if each.id in handlers]
    yield (
        f"{len(played)} of the {len(operations)} operations of version {contract.version} are played with "
        "state: what is written is seen by every later read. *Played by* is the function that answers. "
        "*Rules* counts the labelled sentences and words of that function and of all that it calls: D "
        "documented, O observed or older documentation, I our own choice; `partner-qa sandbox --explain` "
        "prints them, with what every operation shares. *Events* are those that these functions tell. "
        "*Declared* are the answers of the contract: `tests/sandbox/proof/answers` provokes each of them, "
        "besides what the gate answers before any operation (401, 403, 404, 406, 413, 415, 429). *Tested by* "
        "are the files that asked, with the answers they were given."
    )
    yield ""
    yield "## Gaps"
    for line in _list_gaps(operations, handlers, given):
        yield ""
        yield line
    yield ""
    yield from _list_events()
    shared = _shared_rules(played, handlers)
    for tag in dict.fromkeys(each.tag for each in operations):
        yield ""
        yield f"## {tag}"
        yield ""
        yield "| Operation | Played by | Rules | Events | Declared | Tested by |"
        yield "|---|---|---|---|---|---|"
        for each in (each for each in operations if each.tag == tag):
            yield _row(each, handlers.get(each.id), shared, given.get(each.id, {}))


def _list_events() -> Iterable[str]:
    """Yield the events that Gusto documents, by type, each with what tells it or why nothing does."""
    yield "## Events"
    yield ""
    yield (
        "Every event that Gusto documents, and what tells it here: an operation, an act under `/_sandbox` "
        "([how](../how-to/develop-against-the-sandbox.md#act-on-gustos-side)), or the business day, which "
        "`/_sandbox/move_days` moves. `/_sandbox/tell_event` tells any of them, and changes nothing else."
    )
    yield ""
    yield "| Type | Event | Told by |"
    yield "|---|---|---|"
    for each in list_documented():
        by = each.told_by or f"**nothing**: {each.untold}"
        yield f"| {each.entity_type} | `{each.event_type}` | {by} |"


def _read_answers() -> Mapping[str, Mapping[str, str]]:
    """Return the answers that each operation was seen to give, by file of tests."""
    found: dict[str, dict[str, str]] = {}
    for line in ANSWERS.read_text(encoding="utf-8").splitlines():
        operation, file, statuses = line.split("\t")
        found.setdefault(operation, {})[file] = statuses
    return found


def _list_gaps(
    operations: Iterable[Operation], handlers: Mapping[str, Handler], given: Mapping[str, Mapping[str, str]]
) -> Iterable[str]:
    missing = [each for each in operations if each.id not in handlers]
    yield f"Not played, answered 501: {_list(missing)}." if missing else "Every operation is played."
    untested = [each for each in operations if not given.get(each.id)]
    yield (
        f"Asked by no file of tests but those of `proof/` ({len(untested)}): {_list(untested)}."
        if untested
        else "Every operation is asked by some file of tests besides those of `proof/`."
    )
    unseen = [
        (each, lacking)
        for each in operations
        if (lacking := sorted(set(map(str, each.responses)) - _statuses(given.get(each.id, {}))))
    ]
    if unseen:
        listed = ", ".join(f"`{each.method} {each.path}` {' '.join(lacking)}" for each, lacking in unseen)
        yield f"Declared answers that only `proof/answers` provokes ({len(unseen)} operations): {listed}."
    yield from _list_untold()
    yield from _KNOWN


def _list_untold() -> Iterable[str]:
    documented = list_documented()
    untold = [each for each in documented if each.untold]
    groups = [
        ", ".join(f"`{each.event_type}`" for each in untold if each.untold == reason) + f" ({reason})"
        for reason in dict.fromkeys(each.untold for each in untold)
    ]
    yield (
        f"Of {len(documented)} documented events {len(untold)} are told by nothing but "
        f"`/_sandbox/tell_event`: {'; '.join(groups)}."
    )


def _statuses(files: Mapping[str, str]) -> set[str]:
    return {status for statuses in files.values() for status in statuses.split()}


def _rules_of(operation: Operation, handler: Handler) -> list[Rule]:
    return find_rules(operation, handler, fields=_the_contract().list_body_fields(operation))


@cache
def _the_contract() -> Contract:
    return load_contract()


def _list(operations: Iterable[Operation]) -> str:
    return ", ".join(f"`{each.method} {each.path}`" for each in operations)


def _shared_rules(operations: Iterable[Operation], handlers: Mapping[str, Handler]) -> frozenset[str]:
    """Return the rules and words that every operation shares: those of the gate."""
    every = [{each.text for each in _rules_of(one, handlers[one.id])} for one in operations]
    return frozenset(set.intersection(*every))


def _row(
    operation: Operation, handler: Handler | None, shared: frozenset[str], tested: Mapping[str, str]
) -> str:
    name = f"`{operation.method} {operation.path}`"
    if handler is None:
        return f"| {name} | not played | | | | |"
    where = f"`{handler.__module__.rpartition('.')[2]}.{handler.__name__}`"
    labels = [each.label[0] for each in _rules_of(operation, handler) if each.text not in shared]
    rules = " ".join(f"{labels.count(each)} {each}" for each in _LABELS if each in labels)
    events = "" if operation.method == "GET" else ", ".join(f"`{each}`" for each in _events_of(handler))
    declared = " ".join(map(str, sorted(operation.responses)))
    by = "<br>".join(f"`{file}` {statuses}" for file, statuses in tested.items())
    return f"| {name} | {where} | {rules} | {events} | {declared} | {by or '**only `proof/`**'} |"


def _events_of(handler: Handler) -> list[str]:
    """Return the names of events in the calls that tell them; `f"department.{what}"` shows as it stands."""
    found: set[str] = set()
    for function in follow_calls([handler]):
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
            if isinstance(node, ast.Call) and _name_of(node.func) in _TOLD_BY:
                found |= {name for each in node.args if (name := _event_in(each))}
    return sorted(found)


def _event_in(argument: ast.expr) -> str:
    text = ""
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        text = argument.value
    elif isinstance(argument, ast.JoinedStr):
        text = "".join(str(each.value) if isinstance(each, ast.Constant) else "…" for each in argument.values)
    return text if _EVENT.fullmatch(text.replace("…", "x")) else ""


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
