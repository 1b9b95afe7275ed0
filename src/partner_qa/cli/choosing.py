"""Which runs a bundle is made of, and how they lie together in it.

A bundle is one run, or a live run with the embedded one that it is reported with. They lie as `check --merge`
lays them: the live run at the top, the embedded one in `embedded`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from partner_qa.cassette.files import load_run_facts
from partner_qa.cli.execution import copying
from partner_qa.cli.merged import CONTROL, EMBEDDED
from partner_qa.errors import CassetteError, Problem, UsageError
from partner_qa.merging import require_mergeable
from partner_qa.model import Run, Target
from partner_qa.report.writing import RESULTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The folders of a bundle's runs: one, or the live one and then the embedded one.

    `is_stored_whole` says that the first folder's results.json is of all of them.
    """

    folders: tuple[Path, ...]
    is_stored_whole: bool
    said: tuple[str, ...] = ()

    def arrange(self, to: Path) -> None:
        """Lay copies of run.json and the cassettes together as they will lie in the bundle.

        Raises `SetupError` where there is no room for them.
        """
        top, *others = self.folders
        with copying(to):
            _copy(top, to)
            for each in others:
                _copy(each, to / EMBEDDED)


def _copy(source: Path, to: Path) -> None:
    to.mkdir(parents=True)
    shutil.copy2(source / "run.json", to / "run.json")
    shutil.copytree(source / "cassettes", to / "cassettes")
    if (source / CONTROL / "run.json").exists():
        _copy(source / CONTROL, to / CONTROL)


def choose_runs(run: Path | None, live: Path | None, reports: Path) -> Chosen:
    """Return the runs that were named, or the newest whole one, with the live run that fits to it.

    Raises `UsageError` where there is none, or where two do not belong together.
    """
    named = run is not None
    top = run if run is not None else _find_newest(reports)
    said = () if named else (f"the run is {top}",)
    facts = load_run_facts(top)
    if (top / EMBEDDED / "run.json").exists():
        if live is not None:
            raise UsageError("--live goes with an embedded run; this one has both already")
        return Chosen(folders=(top, top / EMBEDDED), is_stored_whole=True, said=said)
    if live is None and facts.target is Target.EMBEDDED and not named:
        live = _find_live(reports, facts)
        said = (*said, f"the live run is {live}") if live is not None else said
    if live is None:
        return Chosen(folders=(top,), is_stored_whole=True, said=said)
    theirs = load_run_facts(live)
    if theirs.target is not Target.LIVE:
        raise UsageError([Problem(file=str(live), key="--live", message="is no run on the live sandbox")])
    require_mergeable(facts, profile=theirs.profile, checklist=theirs.checklist)
    return Chosen(folders=(live, top), is_stored_whole=False, said=said)


def _runs_of(reports: Path) -> Iterator[tuple[Path, Run]]:
    """Yield the runs under a folder, the newest first; what is no run is passed over."""
    found = []
    for path in reports.glob("*/run.json"):
        try:
            found.append((path.parent, load_run_facts(path.parent)))
        except CassetteError:
            continue
    yield from sorted(found, key=lambda pair: pair[1].started, reverse=True)


def _find_newest(reports: Path) -> Path:
    every = [(path, run) for path, run in _runs_of(reports) if (path / RESULTS).exists()]
    whole = [path for path, run in every if run.ended is not None and not run.filters]
    if not every:
        raise UsageError(
            f"there is no run under {reports}/", hint="Name a run folder, or `partner-qa check`."
        )
    return whole[0] if whole else every[0][0]


def _find_live(reports: Path, embedded: Run) -> Path | None:
    for path, run in _runs_of(reports):
        if run.target is not Target.LIVE or run.ended is None or run.filters:
            continue
        if (path / EMBEDDED).exists():
            continue
        try:
            require_mergeable(embedded, profile=run.profile, checklist=run.checklist)
        except UsageError:
            continue
        return path
    return None
