"""`partner-qa kill-matrix`: prove that each check can fail, by driving the example with each of its mistakes.

The careful example is driven first. Each defect is then driven through the scenarios in which it shows, and
judged beside the careful recordings of the same scenarios: of the items that pass there, the one that the
defect is named for must fail with a finding, and no other may fall that the defect does not list.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from partner_qa.cassette.files import load_run
from partner_qa.checklist import Checklist, load_checklist
from partner_qa.cli.control import load_example
from partner_qa.cli.defects import Defect, load_defects
from partner_qa.cli.execution import now_and_today
from partner_qa.cli.interruption import Interruption
from partner_qa.cli.screen import Screen
from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.contract.violation import find_nearest
from partner_qa.driving.runner import Plan, drive_run
from partner_qa.driving.stand import Site
from partner_qa.errors import HarnessBug, Problem, UsageError
from partner_qa.gate import ExitCode, Ledger
from partner_qa.judge import judge_run
from partner_qa.model import Outcome, Run
from partner_qa.report.text import counted
from partner_qa.scenario import Scenario
from partner_qa.suite import load_scenarios

_EPILOG = """\b
Examples:
  partner-qa kill-matrix first_page_only ignores_retry_after
  partner-qa kill-matrix --all
  partner-qa kill-matrix --all --json > kill-matrix.json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What became of one defect: the items that fell, and what is wrong with that, if anything."""

    defect: str
    killed_by: str
    fell: tuple[str, ...]
    problems: tuple[str, ...]


@click.command("kill-matrix", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, metavar="[DEFECT]...")
@click.option("--all", "takes_all", is_flag=True, help="Every defect of the example.")
@click.option("--list", "lists", is_flag=True, help="Show the defects and drive nothing.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep the recordings here.")
@click.option("--json", "as_json", is_flag=True, help="Print the matrix as JSON.")
@click.option("--quiet", is_flag=True, help="No progress.")
def kill_matrix_command(
    names: Sequence[str], takes_all: bool, lists: bool, keep: Path | None, as_json: bool, quiet: bool
) -> int:
    """Prove that each check can fail: drive every mistake of the example integration."""
    defects = load_defects()
    if lists:
        for each in defects:
            click.echo(f"{each.id:<32}{each.killed_by:<10}{each.does}")
        return ExitCode.VERIFIED
    chosen = choose_defects(defects, names, takes_all=takes_all)
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kill-matrix-")))
        interruption = Interruption()
        with interruption.heard(), Screen(quiet=quiet, interruption=interruption) as screen:
            rows = KillMatrix(folder, screen).run(chosen)
    if as_json:
        click.echo(json.dumps({"format": 1, "defects": [asdict(row) for row in rows]}, indent=2))
    else:
        _print_rows(rows)
    return ExitCode.HARNESS if any(row.problems for row in rows) else ExitCode.VERIFIED


def choose_defects(defects: Sequence[Defect], names: Sequence[str], *, takes_all: bool) -> tuple[Defect, ...]:
    """Return the defects that were named; raise `UsageError` for an unknown name, or none at all."""
    if takes_all:
        return tuple(defects)
    known = {each.id: each for each in defects}
    problems = []
    for name in names:
        if name not in known:
            near = find_nearest(name, known)
            problems.append(
                Problem(key=name, message="is no defect", hint=f"did you mean {near}?" if near else "")
            )
    if problems or not names:
        nothing = [Problem(message="names no defect")]
        raise UsageError(problems or nothing, hint="--list shows them, --all takes every one.")
    return tuple(known[name] for name in dict.fromkeys(names))


class KillMatrix:
    """Drives the careful example once, then each defect, and compares; everything goes to `folder`."""

    def __init__(self, folder: Path, screen: Screen) -> None:
        self._folder = folder
        self._screen = screen
        self._checklist: Checklist = load_checklist()
        self._contract: Contract = load_contract()
        self._scenarios = {each.id: each for each in load_scenarios()}

    def run(self, defects: Sequence[Defect]) -> tuple[Row, ...]:
        """Return a row for each defect, in order."""
        touched = {name for defect in defects for name in defect.shown_by}
        careful = self._drive("careful", "", self._named(touched))
        return tuple(self._row(defect, careful) for defect in defects)

    def _row(self, defect: Defect, careful: Run) -> Row:
        touched = tuple(each for each in careful if each.scenario in defect.shown_by)
        good = self._judge(replace(careful, recordings=touched))
        bad = self._judge(self._drive(defect.id, defect.id, self._named(defect.shown_by)))
        passed = {item for item, outcome in good.items() if outcome is Outcome.PASS}
        fell = tuple(sorted(item for item in passed if bad.get(item) is Outcome.FAIL))
        return Row(
            defect=defect.id,
            killed_by=defect.killed_by,
            fell=fell,
            problems=tuple(_find_problems(defect, fell, passed, bad)),
        )

    def _named(self, names: Sequence[str] | set[str]) -> tuple[Scenario, ...]:
        unknown = set(names) - set(self._scenarios)
        if unknown:
            raise HarnessBug(f"defects.yaml names scenarios that do not exist: {', '.join(sorted(unknown))}")
        return tuple(each for each in self._scenarios.values() if each.id in names)

    def _drive(self, name: str, defect: str, scenarios: tuple[Scenario, ...]) -> Run:
        folder = self._folder / name
        self._screen.says(f"{name}: {counted(len(scenarios), 'scenario')}")
        _, today = now_and_today()
        plan = Plan(
            profile=load_example(folder, {"ACME_DEFECTS": defect}),
            scenarios=scenarios,
            site=Site(anchor=today),
            contract=self._contract,
            checklist=self._checklist.identity,
            folder=folder,
        )
        drive_run(plan, self._screen)
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


def _print_rows(rows: Sequence[Row]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("defect", "killed by", "fell too", ""):
        table.add_column(title, overflow="fold")
    for row in rows:
        others = ", ".join(item for item in row.fell if item != row.killed_by)
        word = Text("killed", "green") if not row.problems else Text("; ".join(row.problems), "bold red")
        table.add_row(row.defect, row.killed_by, others, word)
    console = Console(highlight=False)
    console.print(table)
    bad = sum(bool(row.problems) for row in rows)
    console.print(f"{counted(len(rows), 'defect')}, {len(rows) - bad} killed as named, {bad} not")
