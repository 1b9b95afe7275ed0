"""The words that a suite may use, and how the shipped suites are found.

A suite names the item that a test judges (`@item`), requires that a check found nothing (`require`), and
describes the situations that are driven (`@scenario`). Nothing here drives or judges, and importing it
imports neither pytest nor anything that drives, so that judging stays apart from driving.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from partner_qa.errors import HarnessBug, Nonconformance
from partner_qa.model import Action, Evidence, Finding, Observation, Recording, Run, Target
from partner_qa.scenario import Scenario
from partner_qa.settings import find_shipped

RUN, CONTRACT = "run", "contract"
SCENARIOS = "scenarios"
_FIRST = "connecting.py"
_DECLARED = "__partner_qa_item__"

Spoiled = Callable[[Recording], Recording] | Callable[[Run], Run]
Test = TypeVar("Test", bound=Callable[..., None])


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a suite says of a test beside its body: the item, what must spoil it, what it rests on."""

    item: str
    spoiled_by: Spoiled
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteTest:
    """One test of the suites: `name` is `test_pagination.py::test_reads_every_page`, wherever it lies.

    `scenarios` are the recordings it asks for by name; `is_of_run` tells that it looks at all of them.
    """

    name: str
    section: str
    declared: Declared
    function: Callable[..., None]
    scenarios: tuple[str, ...]
    is_of_run: bool
    how_we_look: str


def item(item_id: str, *, spoiled_by: Spoiled, evidence: Evidence = Evidence.WIRE) -> Callable[[Test], Test]:
    """Declare which checklist item a test judges.

    `spoiled_by` is one change to a good recording (or run, where the test asks for `run`) that the test
    must notice; `evidence` says whether the verdict rests on the wire or on what the integration reports.
    That the item exists is checked when the suite is collected.
    """
    declared = Declared(item=item_id, spoiled_by=spoiled_by, evidence=evidence)

    def declare(test: Test) -> Test:
        setattr(test, _DECLARED, declared)
        return test

    return declare


def require(findings: Sequence[Finding]) -> None:
    """Raise `Nonconformance` with these findings, if there are any."""
    if findings:
        raise Nonconformance(findings)


def scenario(
    *,
    title: str,
    needs: Sequence[Action],
    observes: Sequence[Observation] = (),
    targets: Sequence[str] = (Target.EMBEDDED.value,),
    any_list: bool = False,
) -> Callable[[Callable[..., None]], Scenario]:
    """Turn a function that is handed a `Stage` into a scenario, named like the function.

    `needs` are the actions without which it cannot be driven, `observes` the observations that show more.
    With `any_list` it acts by `stage.reading`, and another list will do where people are not read.
    The docstring is its page: steps that a person could follow by hand. Without one it is refused.
    """

    def describe(drive: Callable[..., None]) -> Scenario:
        steps = inspect.getdoc(drive)
        if not steps:
            raise HarnessBug(f"scenario {drive.__name__} has no docstring that a person could follow")
        return Scenario(
            id=drive.__name__,
            title=title,
            needs=tuple(needs),
            observes=tuple(observes),
            targets=frozenset(map(Target, targets)),
            drive=drive,
            steps=steps,
            any_list=any_list,
        )

    return describe


def find_declared(test: object) -> Declared | None:
    """Return what `@item` said of a test function, or `None` for any other function."""
    declared = getattr(test, _DECLARED, None)
    return declared if isinstance(declared, Declared) else None


def arguments_of(test: Callable[..., None]) -> tuple[str, ...]:
    """Return what a test asks for: `run`, `contract`, or scenarios by name."""
    return tuple(inspect.signature(test).parameters)


def scenarios_of(test: Callable[..., None]) -> tuple[str, ...]:
    """Return the scenarios that a test asks for by name; none where it looks at the whole run."""
    return tuple(name for name in arguments_of(test) if name not in (RUN, CONTRACT))


def find_suite() -> Path:
    """Return the folder of the shipped suites."""
    return find_shipped("conformance")


def load_scenarios(folder: Path | None = None) -> tuple[Scenario, ...]:
    """Return the scenarios of a suite folder (default: the shipped one), by file and in order of source.

    Raises `HarnessBug` where a file cannot be loaded, or two scenarios have one name; nothing of it stays
    behind in `sys.modules`.
    """
    found: dict[str, Scenario] = {}
    for path in _find_scenario_files(folder):
        for value in vars(_load_module(path)).values():
            if isinstance(value, Scenario):
                if value.id in found:
                    raise HarnessBug(f"two scenarios are called {value.id}", attach=[str(path)])
                found[value.id] = value
    return tuple(found.values())


def find_scenario_names(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of the scenarios of a suite folder without importing what drives them."""
    files = _find_scenario_files(folder)
    return tuple(name for path in files for name in _names_in(path.read_bytes(), str(path)))


@functools.cache
def _names_in(source: bytes, file: str) -> tuple[str, ...]:
    """Return the names of the scenarios of a file; the same text is read once, however often it is judged."""
    return tuple(
        node.name
        for node in ast.parse(source, filename=file).body
        if isinstance(node, ast.FunctionDef) and any(map(_is_scenario, node.decorator_list))
    )


def _find_scenario_files(folder: Path | None) -> list[Path]:
    """Return the files, connecting first: where that fails, everything else would only repeat it."""
    files = ((folder or find_suite()) / SCENARIOS).glob("*.py")
    return sorted(files, key=lambda path: (path.name != _FIRST, path.name))


def find_played_actions(folder: Path | None = None) -> frozenset[Action]:
    """Return the actions that the scenarios of a suite folder name, without importing what drives them."""
    named = {
        node.attr
        for path in _find_scenario_files(folder)
        for node in ast.walk(ast.parse(path.read_bytes(), filename=str(path)))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == Action.__name__
    }
    return frozenset(each for each in Action if each.name in named)


def _is_scenario(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id == scenario.__name__
    )


def load_tests(folder: Path | None = None) -> tuple[SuiteTest, ...]:
    """Return the tests of a suite folder (default: the shipped one), by file and in order of source.

    Raises `HarnessBug` where a file cannot be loaded, or a test does not say which item it judges.
    """
    tests = []
    for path in sorted((folder or find_suite()).glob("test_*.py")):
        for name, value in vars(_load_module(path)).items():
            if name.startswith("test_") and inspect.isfunction(value):
                tests.append(to_suite_test(path, value))
    return tuple(tests)


def to_suite_test(path: Path, function: Callable[..., None]) -> SuiteTest:
    """Return a test function of a suite file as the harness speaks of it.

    Raises `HarnessBug` where it does not say which item it judges.
    """
    name = f"{path.name}::{function.__name__}"
    declared = find_declared(function)
    if declared is None:
        raise HarnessBug(f"{name} does not say which item it judges", attach=[str(path)])
    return SuiteTest(
        name=name,
        section=path.stem.removeprefix("test_"),
        declared=declared,
        function=function,
        scenarios=scenarios_of(function),
        is_of_run=RUN in arguments_of(function),
        how_we_look=inspect.getdoc(function) or "",
    )


def _load_module(path: Path) -> ModuleType:
    spec: Any = importlib.util.spec_from_file_location(f"partner_qa_suite_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # dataclasses look their module up while they are made
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise HarnessBug(f"{path.name} cannot be loaded: {what}", attach=[str(path)]) from error
    finally:
        del sys.modules[module.__name__]
    return module
