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
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from partner_qa.cli.defects import Defect, load_defects
from partner_qa.cli.interruption import Interruption
from partner_qa.cli.killing import KillMatrix, Row, require_place, to_matrix, write_matrix
from partner_qa.cli.screen import Screen
from partner_qa.contract.violation import find_nearest
from partner_qa.errors import Problem, UsageError
from partner_qa.gate import ExitCode
from partner_qa.report.text import counted

_AT_ONCE = 3  # most of the time is waiting: two processors are not busy with three
_EPILOG = """\b
Examples:
  partner-qa kill-matrix first_page_only ignores_retry_after
  partner-qa kill-matrix --all
  partner-qa kill-matrix --all --json > kill-matrix.json
"""


@click.command("kill-matrix", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("names", nargs=-1, metavar="[DEFECT]...")
@click.option("--all", "takes_all", is_flag=True, help="Every defect of the example.")
@click.option("--list", "lists", is_flag=True, help="Show the defects and drive nothing.")
@click.option(
    "--jobs", type=click.IntRange(1, 16), default=_AT_ONCE, show_default=True, help="Defects at once."
)
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep the recordings here.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the matrix here too, as JSON; rows of other defects that are there stay.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the matrix as JSON.")
@click.option("--quiet", is_flag=True, help="No progress.")
def kill_matrix_command(
    names: Sequence[str],
    takes_all: bool,
    lists: bool,
    jobs: int,
    keep: Path | None,
    output: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Prove that each check can fail: drive every mistake of the example integration."""
    defects = load_defects()
    if lists:
        for each in defects:
            click.echo(f"{each.id:<32}{each.killed_by:<10}{each.does}")
        return ExitCode.VERIFIED
    chosen = choose_defects(defects, names, takes_all=takes_all)
    if output is not None:
        require_place(output)
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kill-matrix-")))
        interruption = Interruption()
        with interruption.heard(), Screen(quiet=quiet, interruption=interruption) as screen:
            rows = KillMatrix(folder, screen, interruption, at_once=jobs).run(chosen)
    if output is not None:
        write_matrix(output, rows, known=[each.id for each in defects])
    if as_json:
        click.echo(json.dumps(to_matrix(rows), indent=2))
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
