"""The embedded run that a live one is reported with: named by `--merge`, kept in the live run's folder.

Because it is kept there, with its control arm, everything that a report of both names can be looked up in
one folder, and `judge` comes to the same again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from partner_qa.cassette.files import load_run
from partner_qa.checklist import Checklist
from partner_qa.cli.execution import copy_cassettes, copying
from partner_qa.evidence.canaries import CANARIES
from partner_qa.gate import Ledger, Results, find_ledger_problems
from partner_qa.merging import merge_results
from partner_qa.model import Run

EMBEDDED, CONTROL = "embedded", "control"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """An embedded run, and its control arm's where it has one."""

    run: Run
    control: Run | None


def load_merged(folder: Path) -> Merged:
    """Return the run in a folder as one to merge; raises `CassetteError` as `load_run` does."""
    return Merged(run=load_run(folder), control=find_control(folder))


def find_merged(folder: Path) -> Merged | None:
    """Return the run that the run in a folder was merged with, or `None` where it stands alone."""
    kept = folder / EMBEDDED
    return load_merged(kept) if (kept / "run.json").exists() else None


def find_control(folder: Path) -> Run | None:
    """Return the control arm's run in the folder of a run, or `None` where it has none."""
    control = folder / CONTROL
    return load_run(control) if any((control / "cassettes").glob("*.yaml")) else None


def keep_merged(source: Path, folder: Path) -> None:
    """Copy the recordings of an embedded run into the folder of the live one.

    Raises `SetupError` where it cannot be written.
    """
    copy_cassettes(source, folder / EMBEDDED)
    if (source / CANARIES).exists():
        with copying(folder / EMBEDDED):
            shutil.copy2(source / CANARIES, folder / EMBEDDED / CANARIES)
    if any((source / CONTROL / "cassettes").glob("*.yaml")):
        copy_cassettes(source / CONTROL, folder / EMBEDDED / CONTROL)


def judge_both(  # noqa: PLR0913 - what a merge is decided by, each named by the caller
    judge: Callable[..., Results],
    merged: Merged,
    live: Results,
    *,
    ledger: Ledger,
    checklist: Checklist,
    today: date,
    strict: bool,
    submission: bool,
    allure_dir: Path | None,
) -> Results:
    """Judge the embedded run as the live one was, merge the two, and tell Allure of what both come to.

    `judge` takes a run, and `control`, `settled` and `allure_dir` as `judge_run` does.
    """
    embedded = judge(merged.run, control=merged.control)
    results = merge_results(
        embedded,
        live,
        ledger_problems=find_ledger_problems(
            (*embedded.judged, *live.judged), ledger, checklist.items, today
        ),
        strict=strict,
        submission=submission,
    )
    if allure_dir is not None:
        settled = {each.item.id: each.verdict for each in results.judged}
        judge(results.run, settled=settled, allure_dir=allure_dir)
    return results
