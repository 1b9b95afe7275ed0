"""Writes every report of a record into its run folder, and says what was written where.

The order is by need: the record first, then the views that always succeed, then Allure, which may not. The
names of the files are fixed, so that people and CI find them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from partner_qa.report.allure_folder import finish_folder
from partner_qa.report.completed import write_checklist_csv, write_checklist_xlsx
from partner_qa.report.front import write_front
from partner_qa.report.generator import Folders, generate_page
from partner_qa.report.junit import write_junit
from partner_qa.report.locating import find_root, load_locator
from partner_qa.report.node import Says
from partner_qa.report.results import Record, write_results
from partner_qa.report.sarif import write_sarif
from partner_qa.report.static import write_page

RESULTS = "results.json"
PLAIN_PAGE = "static.html"
ALLURE_PAGE = "index.html"
JUNIT = "junit.xml"
SARIF = "results.sarif"
SPREADSHEET = "checklist.xlsx"
SEPARATED = "checklist.csv"
ALLURE_RESULTS = "allure-results"
HISTORY = "history.jsonl"
LOGS = "logs"  # what the processes of the integration printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The reports that were written, by their names for people, and why there is no Allure page."""

    files: tuple[tuple[str, Path], ...]
    no_allure: str = ""


def write_reports(
    record: Record,
    folder: Path,
    *,
    says: Says,
    is_new: bool = True,
    profile: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Written:
    """Write the record, the completed checklist, JUnit, SARIF, the plain and the Allure page into `folder`.

    Allure's own results are expected in `folder/allure-results`; its history lies beside the run folders.
    `profile` is the partner.yaml whose lines findings are shown beside. With `is_new` false the record is
    there already, and history is only shown. Raises `ReportError` where a report of ours cannot be written;
    that Allure's page cannot be made is told in `no_allure`.
    """
    if is_new:
        write_results(folder / RESULTS, record)
    root = find_root(os.environ if environ is None else environ)
    write_junit(record, folder / JUNIT)
    write_sarif(record, folder / SARIF, load_locator(profile, record.results.run, root=root))
    write_page(record, folder / PLAIN_PAGE)
    write_checklist_xlsx(record, folder / SPREADSHEET, page=PLAIN_PAGE)
    write_checklist_csv(record, folder / SEPARATED)
    files = [
        ("plain page", folder / PLAIN_PAGE),
        ("checklist", folder / SPREADSHEET),
        ("results", folder / RESULTS),
        ("JUnit", folder / JUNIT),
        ("SARIF", folder / SARIF),
    ]
    if any((folder / LOGS).glob("*.log")):
        files.append(("logs", folder / LOGS))
    results = folder / ALLURE_RESULTS
    if not any(results.glob("*-result.json")):
        return Written(
            files=tuple(files), no_allure="this run has no Allure results; `judge --report` makes them"
        )
    finish_folder(results, record)
    folders = Folders(
        results=results,
        page=folder / ALLURE_PAGE,
        history=folder.parent / HISTORY,
        adds_history=is_new,
    )
    page = generate_page(record, folders, says=says, front=write_front(record), environ=environ)
    if page.path is not None:
        files.insert(0, ("Allure report", page.path))
    return Written(files=tuple(files), no_allure=page.reason)
