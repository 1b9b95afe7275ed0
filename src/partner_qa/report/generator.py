"""Makes the Allure report: one HTML file that opens from disk and asks nobody for anything.

Runs Allure 3 (installed by node.py) over the results folder and makes its page safe (page.py). Whatever is
missing on this machine becomes one line of reason: the plain page (static.py) then stands in, and the
exit code of the run is the same.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partner_qa.errors import ReportError
from partner_qa.report.allure_folder import categories, resolutions
from partner_qa.report.bounded import run_bounded
from partner_qa.report.front import Front
from partner_qa.report.front_block import put_first
from partner_qa.report.history import RUNS, copy_history, extend_history
from partner_qa.report.identity import title_of
from partner_qa.report.node import RECIPE, Node, Says, cache_folder, require_generator, require_node
from partner_qa.report.page import harden
from partner_qa.report.placing import place
from partner_qa.report.results import Record
from partner_qa.report.text import shown

_GENERATE_SECONDS = 180.0
_HISTORY = "history.jsonl"
_MEMORY = "--max-old-space-size=3072"  # a report of 100 MB of results needs 0.9 GB
_NO_MARKUP = str.maketrans("<>&", "()+")  # Allure writes the name into a script and a title
_PASSED_ON = ("PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LANG")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What became of the report: the file, or the reason why there is none."""

    path: Path | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where a report comes from and goes to.

    `results` holds finished Allure results. `history` is a file that lives on from run to run: each report
    shows what it holds, and adds its own run where `adds_history`.
    """

    results: Path
    page: Path
    history: Path | None = None
    adds_history: bool = True


def generate_page(
    record: Record,
    folders: Folders,
    *,
    says: Says,
    front: Front | None = None,
    environ: Mapping[str, str] | None = None,
) -> Page:
    """Make the Allure page of a record; what stops it becomes a reason, and only Ctrl-C is raised.

    `front` stands at its top, where one is given. `says` is told what takes long; `environ` stands for the
    environment of this process.
    """
    given = os.environ if environ is None else environ
    try:
        node = require_node(given)
        modules = require_generator(node, cache=cache_folder(given), environment=given, says=says)
        says("making the Allure report")
        with tempfile.TemporaryDirectory(prefix="partner-qa-allure-") as scratch:
            task = write_task(record, folders, modules=modules, scratch=Path(scratch))
            copy_history(folders.history, Path(scratch) / _HISTORY, record.results.run)
            page = harden(_run_allure(node, task, Path(scratch), given))
            place(folders.page, (put_first(page, front) if front else page).encode())
            if folders.history is not None and folders.adds_history:
                _remember(folders.history, Path(scratch) / _HISTORY, record, says)
    except ReportError as error:
        return Page(reason=_one_line(error))
    except OSError as error:
        return Page(reason=f"the Allure report could not be made: {error.strerror or type(error).__name__}")
    return Page(path=folders.page)


def _remember(history: Path, copy: Path, record: Record, says: Says) -> None:
    if why := extend_history(history, copy, record.results.run):
        says(f"the history of runs was not extended: {shown(why, limit=300)}")


def _one_line(error: ReportError) -> str:
    text = str(error) + (f"; {error.hint}" if error.hint else "")
    return shown(" ".join(text.split()), limit=400)


def _run_allure(node: Node, task: dict[str, Any], scratch: Path, environ: Mapping[str, str]) -> str:
    """Return the page as Allure wrote it."""
    file = scratch / "task.json"
    file.write_text(json.dumps(task), encoding="utf-8")
    done = run_bounded(
        (*node.node, _MEMORY, str(RECIPE / "generate.mjs"), str(file)),
        seconds=_GENERATE_SECONDS,
        environment=_few(environ),
        folder=scratch,
    )
    if done.code is None:
        raise ReportError(f"Allure took longer than {_GENERATE_SECONDS:.0f} s")
    if not done.is_fine:
        raise ReportError(f"Allure ended with exit code {done.code}: {_last_words(done.output)}")
    return (scratch / "page" / "index.html").read_text(encoding="utf-8")


def _few(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what Node needs to run. Allure would write facts of a CI's environment into the page."""
    return {name: environ[name] for name in _PASSED_ON if name in environ}


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if "Error" in line] or output.splitlines()[-1:]
    return shown(lines[0] if lines else "it said nothing", limit=200)


def write_task(record: Record, folders: Folders, *, modules: Path, scratch: Path) -> dict[str, Any]:
    """Return what generate.mjs is asked to do; it writes into `scratch` only."""
    name = title_of(record.results.run).translate(_NO_MARKUP)
    config: dict[str, Any] = {
        "name": name,
        "categories": {"rules": categories()},
        "appendHistory": folders.adds_history,
        "historyLimit": RUNS,
    }
    if folders.history is not None:
        config["historyPath"] = str((scratch / _HISTORY).resolve())
    if rules := resolutions(record.results):
        config["resolutions"] = {"rules": rules}
    return {
        "modules": str(modules.resolve()),
        "config": config,
        "awesome": {
            "reportName": name,
            "reportLanguage": "en",
            "theme": "auto",
            "groupBy": ["epic"],  # a feature is one item: as a level of its own it would repeat each title
        },
        "results": [str(folders.results.resolve())],
        "output": str((scratch / "page").resolve()),
    }
