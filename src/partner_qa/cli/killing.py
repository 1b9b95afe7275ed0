"""Drives the example with each of its mistakes, several at once, and compares each with the careful one.

A defect is driven through the scenarios in which it shows. Most of that is waiting, so a few are driven side
by side, each with a sandbox and a port of its own; they are judged one after the other, in this thread.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from partner_qa.cassette.files import load_run
from partner_qa.checklist import Checklist, load_checklist
from partner_qa.cli.control import load_example
from partner_qa.cli.defects import Defect
from partner_qa.cli.execution import now_and_today
from partner_qa.cli.interruption import Interruption
from partner_qa.cli.screen import Screen
from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.driving.runner import Plan, Progress, drive_run
from partner_qa.driving.stand import Site
from partner_qa.errors import HarnessBug, Problem, UsageError
from partner_qa.gate import Ledger
from partner_qa.judge import judge_run
from partner_qa.model import Outcome, Run
from partner_qa.report.text import counted
from partner_qa.scenario import Scenario
from partner_qa.suite import load_scenarios

FORMAT = 1
_ELSEWHERE = "Name another file with --output."
# Where a person has to answer as well, they are asked once the test has passed.
_PASSES = (Outcome.PASS, Outcome.NEEDS_ATTESTATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of one defect: the items that fell, and what is wrong with that, if anything."""

    defect: str
    killed_by: str
    fell: tuple[str, ...]
    problems: tuple[str, ...]


class KillMatrix:
    """Drives the careful example once, then each defect, and compares; everything goes to `folder`."""

    def __init__(self, folder: Path, screen: Screen, interruption: Interruption, *, at_once: int) -> None:
        self._folder = folder
        self._screen = screen
        self._interruption = interruption
        self._at_once = at_once
        self._checklist: Checklist = load_checklist()
        self._contract: Contract = load_contract()
        self._scenarios = {each.id: each for each in load_scenarios()}

    def run(self, defects: Sequence[Defect]) -> tuple[Row, ...]:
        """Return a row for each defect, in order."""
        touched = {name for defect in defects for name in defect.shown_by}
        chosen = {defect: self._named(defect.shown_by) for defect in defects}
        careful = self._drive("careful", "", self._named(touched), self._screen)
        rows: dict[str, Row] = {}
        for defect, bad in self._drive_side_by_side(chosen):
            row = self._row(defect, careful, bad)
            rows[defect.id] = row
            self._screen.says(f"{len(rows):>3} of {len(defects)}  {_word(row)}")
        return tuple(rows[defect.id] for defect in defects)

    def _drive_side_by_side(
        self, chosen: Mapping[Defect, tuple[Scenario, ...]]
    ) -> Iterator[tuple[Defect, Run]]:
        silent = _Silent(self._screen, self._interruption)
        with ThreadPoolExecutor(self._at_once, thread_name_prefix="defect") as pool:
            driven: dict[Future[Run], Defect] = {
                pool.submit(self._drive, defect.id, defect.id, scenarios, silent): defect
                for defect, scenarios in chosen.items()
            }
            try:
                for each in as_completed(driven):
                    yield driven[each], each.result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _row(self, defect: Defect, careful: Run, defective: Run) -> Row:
        touched = tuple(each for each in careful if each.scenario in defect.shown_by)
        good = self._judge(replace(careful, recordings=touched))
        bad = self._judge(defective)
        passed = {item for item, outcome in good.items() if outcome in _PASSES}
        fell = tuple(sorted(item for item in passed if bad.get(item) is Outcome.FAIL))
        return Row(
            defect=defect.id,
            killed_by=defect.killed_by,
            fell=fell,
            problems=tuple(_find_problems(defect, fell, passed, bad)),
        )

    def _named(self, names: Iterable[str]) -> tuple[Scenario, ...]:
        wanted = set(names)
        unknown = wanted - set(self._scenarios)
        if unknown:
            raise HarnessBug(f"defects.yaml names scenarios that do not exist: {', '.join(sorted(unknown))}")
        return tuple(each for each in self._scenarios.values() if each.id in wanted)

    def _drive(self, name: str, defect: str, scenarios: tuple[Scenario, ...], progress: Progress) -> Run:
        folder = self._folder / name
        progress.says(f"{name}: {counted(len(scenarios), 'scenario')}")
        _, today = now_and_today()
        plan = Plan(
            profile=load_example(folder, {"ACME_DEFECTS": defect}),
            scenarios=scenarios,
            site=Site(anchor=today),
            contract=self._contract,
            checklist=self._checklist.identity,
            folder=folder,
        )
        drive_run(plan, progress)
        return load_run(folder)

    def _judge(self, run: Run) -> dict[str, Outcome]:
        results = judge_run(
            run,
            checklist=self._checklist,
            contract=self._contract,
            ledger=Ledger(),
            today=run.started.date(),
        )
        return {each.item.id: each.verdict.outcome for each in results.judged}


class _Silent:
    """The progress of runs side by side: shows what a person must act upon, heeds an end asked for."""

    def __init__(self, screen: Screen, interruption: Interruption) -> None:
        self._screen = screen
        self._interruption = interruption

    def says(self, text: str) -> None:
        self._interruption.require_none()

    def tells(self, text: str) -> None:
        self._screen.tells(text)

    def begins(self, scenario: Scenario, number: int, total: int) -> None:
        self._interruption.require_none()

    def ended(self, scenario: Scenario, *, outcome: str) -> None:
        self._interruption.require_none()

    def breaks(self, error: Exception) -> None:
        self._screen.breaks(error)


def _find_problems(
    defect: Defect, fell: Sequence[str], passed: set[str], bad: dict[str, Outcome]
) -> list[str]:
    problems = []
    if defect.killed_by not in passed:
        problems.append(f"{defect.killed_by} does not pass on the careful example in these scenarios")
    if defect.killed_by not in fell:
        outcome = bad.get(defect.killed_by, "not judged")
        problems.append(f"survived: {defect.killed_by} is {outcome}")
    unlisted = set(fell) - defect.also_fells - {defect.killed_by}
    problems += [f"{item} fell too, and the defect does not list it" for item in sorted(unlisted)]
    broken = [item for item, outcome in bad.items() if outcome is Outcome.ERROR]
    problems += [f"{item} ended in an error of the harness" for item in sorted(broken)]
    return problems


def _word(row: Row) -> str:
    if row.problems:
        return f"{row.defect}: {'; '.join(row.problems)}"
    return f"{row.defect}: killed by {row.killed_by}"


def to_matrix(rows: Iterable[Row]) -> dict[str, object]:
    """Return the matrix as JSON: `defects`, each with the item that had to fall and all that fell."""
    return {"format": FORMAT, "defects": [asdict(row) for row in rows]}


def write_matrix(path: Path, rows: Sequence[Row], *, known: Sequence[str]) -> None:
    """Write the matrix to a file; rows that are there already stay, but for defects that are no more.

    `known` has the ids of all defects, in order. Raises `UsageError` where the file is none of ours.
    """
    found = {**_load_rows(path), **{row.defect: asdict(row) for row in rows}}
    kept = [found[name] for name in known if name in found]
    with _writing(path):
        path.write_text(json.dumps({"format": FORMAT, "defects": kept}, indent=1) + "\n", "utf-8")


def require_place(path: Path) -> None:
    """Raise `UsageError` where a matrix could not be written to a file; a folder that is missing is made.

    Asked before anything is driven: whoever waits for a matrix learns at once that it would be lost.
    """
    if path.exists() and not path.is_file():
        raise UsageError([Problem(file=str(path), message="is there and is no file")], hint=_ELSEWHERE)
    with _writing(path):
        if path.exists():
            path.open("r+b").close()
        else:
            tempfile.TemporaryFile(dir=path.parent, prefix=".partner-qa-").close()
    _load_rows(path)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        problem = Problem(file=str(path), message=f"cannot be written: {error.strerror or error}")
        raise UsageError([problem], hint=_ELSEWHERE) from error


def _load_rows(path: Path) -> dict[str, dict[str, object]]:
    if not path.exists():
        return {}
    try:
        told = json.loads(path.read_bytes())
        return {str(row["defect"]): row for row in told["defects"]}
    except (ValueError, KeyError, TypeError) as error:
        problem = Problem(file=str(path), message="is not a matrix that partner-qa wrote")
        raise UsageError([problem], hint="Name another file, or remove this one.") from error
