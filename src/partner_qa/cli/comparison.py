"""What `partner-qa diff` does: load both sides, compare, show.

A run folder has its recordings, so what the other run did in the same place can be shown. Of a results.json
alone, only the exchanges are known that its own findings rest on.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from partner_qa.cassette.files import load_run
from partner_qa.cli.merged import EMBEDDED
from partner_qa.errors import Problem, SetupError, UsageError
from partner_qa.evidence.manifest import find_role
from partner_qa.evidence.opening import open_bundle
from partner_qa.evidence.trouble import EvidenceError, Untrustworthy
from partner_qa.merging import merge_runs
from partner_qa.model import Verdict
from partner_qa.report import wording
from partner_qa.report.comparing import Change, Comparison, Way, compare, to_json
from partner_qa.report.exchanges import Cited, as_text, headline_of
from partner_qa.report.github import deaf
from partner_qa.report.identity import name_of
from partner_qa.report.results import load_results
from partner_qa.report.sides import Side
from partner_qa.report.text import counted, printable, shown
from partner_qa.report.writing import RESULTS

_STYLES = {Way.WORSE: "bold red", Way.CHANGED: "yellow", Way.BETTER: "green"}
_FULL = 4_000  # characters of one exchange
_FINDINGS = 8
_COMPARED = frozenset({"run", "results", "cassette"})  # the roles of a bundle's files


def show_difference(before: Path, after: Path, *, full: bool, as_json: bool) -> int:
    """Do all of it, and return the exit code."""
    sides = load_side(before), load_side(after)
    comparison = compare(*sides)
    if as_json:
        click.echo(json.dumps(to_json(comparison), indent=1, sort_keys=True))
    else:
        with deaf(os.environ, sys.stdout):
            Console(highlight=False).print(render_comparison(comparison, sides, full=full))
    return 1 if comparison.is_worse else 0


def load_side(path: Path) -> Side:
    """Return one side: of a run folder, of a bundle, or of a results.json.

    A bundle is only read here, not verified. Raises `SetupError` for what is none of the three.
    """
    if path.is_dir():
        return _load_folder(path)
    if path.is_file() and path.suffix == ".json":
        return Side(record=load_results(path))
    if path.is_file() and path.suffix == ".zip":
        return _load_bundle(path)
    words = "is neither a run folder, a bundle (.zip) nor a results.json" if path.exists() else "is not there"
    hint = "Name a run folder (they are under reports/), a bundle or a results.json."
    raise UsageError([Problem(file=str(path), message=words)], hint=hint)


def _load_folder(folder: Path) -> Side:
    record = load_results(folder / RESULTS)
    if not (folder / "run.json").exists():
        return Side(record=record)
    run = load_run(folder)
    merged = folder / EMBEDDED
    if (merged / "run.json").exists():
        run = merge_runs(load_run(merged), run)
    return Side(record=record, run=run)


def _load_bundle(path: Path) -> Side:
    """Unpack what is compared, nothing else, and load that."""
    hint = "`partner-qa verify` tells what is wrong with a bundle."
    with tempfile.TemporaryDirectory(prefix="partner-qa-") as scratch:
        try:
            with open_bundle(path) as bundle:
                for name in bundle.paths:
                    if find_role(name) in _COMPARED:
                        bundle.extract(name, Path(scratch) / name)
            return _load_folder(Path(scratch))
        except Untrustworthy as stopped:
            problem = Problem(file=str(path), message=str(stopped.trouble))
            raise EvidenceError([problem], hint=hint) from stopped
        except SetupError as error:
            problems = [
                replace(each, file=each.file.replace(f"{scratch}/", f"{path}: ")) for each in error.problems
            ]
            raise EvidenceError(problems, hint=hint) from error


def render_comparison(comparison: Comparison, sides: tuple[Side, Side], *, full: bool) -> Group:
    """Return everything that is different, what is worse first."""
    parts: list[RenderableType] = [Text(), _head("before", sides[0]), _head("after", sides[1])]
    for change in comparison.changes:
        parts += [Text(), *_change(change), *_exchanges(change, sides, full=full)]
    for subject, lines in comparison.declared.items():
        parts += [Text(), Text(subject, style="bold")]
        parts += [Padding(Text(shown(line, limit=400)), (0, 0, 0, 2)) for line in lines]
    if comparison.left_out:
        number = counted(len(comparison.left_out), "item")
        parts += [Text(), Text(f"{number} not compared: one of the runs judged only a part", style="yellow")]
    return Group(*parts, Text(), _sum(comparison))


def _head(name: str, side: Side) -> Text:
    run, decision = side.record.results.run, side.record.results.decision
    title = name_of(run)
    return Text(f"{name:<7} {title}, run {shown(run.id, limit=80)}: {shown(decision.headline, limit=200)}")


def _change(change: Change) -> list[RenderableType]:
    head = Text.assemble(
        (f"{change.way.value:<8}", _STYLES[change.way]),
        (shown(change.item.id, limit=40), "bold"),
        f"  {_word(change.before)} → {_word(change.after)}  ({change.item.level.value})  ",
        shown(change.item.title, limit=200),
    )
    lines = Table.grid(padding=(0, 2, 0, 0))
    lines.add_column(no_wrap=True, style="dim")
    lines.add_column(overflow="fold")
    for label, text in _reasons(change):
        lines.add_row(label, shown(text, limit=300))
    return [head, Padding(lines, (0, 0, 0, 8))] if lines.rows else [head]


def _word(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not judged"
    evidence = f", {verdict.evidence.value}" if verdict.evidence else ""
    return f"{wording.outcome_word(verdict)}{evidence}"


def _reasons(change: Change) -> list[tuple[str, str]]:
    """Return why either verdict is what it is: by its findings where it has some, else in its own words."""
    lines = []
    for label, verdict, findings in (
        ("was", change.before, change.gone_findings),
        ("is", change.after, change.new_findings),
    ):
        if verdict is not None and verdict.reason and not findings:
            lines.append((label, verdict.reason))
    for label, findings in (("gone", change.gone_findings), ("new", change.new_findings)):
        lines += [(label, f"{each.message} ({each.fingerprint})") for each in findings[:_FINDINGS]]
        more = len(findings) - _FINDINGS
        lines += [(label, f"and {counted(more, 'more finding')}")] if more > 0 else []
    return lines


def _exchanges(change: Change, sides: tuple[Side, Side], *, full: bool) -> list[RenderableType]:
    if not change.exchanges:
        return []
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("before", ratio=1, overflow="fold")
    table.add_column("after", ratio=1, overflow="fold")
    for pair in change.exchanges:
        cells = zip((pair.before, pair.after), sides, strict=True)
        table.add_row(*(_cell(cited, side, full=full) for cited, side in cells))
    return [Padding(table, (0, 0, 0, 8))]


def _cell(cited: Cited | None, side: Side, *, full: bool) -> Text:
    if cited is None:
        return Text("(no such exchange)" if side.run else "(not known without its recordings)", style="dim")
    line = f"{cited.place}  {headline_of(cited.exchange)}"
    text = f"{line}\n{as_text(cited.exchange)[:_FULL]}\n" if full else line
    return Text(printable(text, lines=True))


def _sum(comparison: Comparison) -> Text:
    numbers = [
        f"{sum(each.way is way for each in comparison.changes)} {way.value}"
        for way in Way
        if any(each.way is way for each in comparison.changes)
    ]
    text = f"{counted(comparison.compared, 'item')} compared: {', '.join(numbers) or 'no verdict changed'}"
    return Text(text, style="bold red" if comparison.is_worse else "bold green")
