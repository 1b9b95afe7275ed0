"""How long the reports of the committed run take: the Allure page, the plain page, and all of them.

    python benchmarks/reporting.py [--json FILE] [--rounds N] [--run FOLDER]

Judging the run, without reports, stands beside them, so that the ratio means something on any machine. The
Allure page needs Node and the generator, as `partner-qa check` installs it; without them its row says why it
is missing. Aim: the plain page within 0.5 s, the Allure page within 5 s.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from partner_qa.cassette.files import load_run
from partner_qa.checklist import load_checklist
from partner_qa.contract.catalogue import load_contract
from partner_qa.judge import judge_run
from partner_qa.report.allure_folder import finish_folder
from partner_qa.report.generator import Folders, generate_page
from partner_qa.report.results import Record
from partner_qa.report.static import write_page
from partner_qa.report.writing import write_reports

RECORDED = Path(__file__).parents[1] / "cassettes" / "acme_time"
JUDGING, PLAIN, ALLURE, ALL = "judging", "the plain page", "the Allure page", "all reports"
AIMS_S = {PLAIN: 0.5, ALLURE: 5.0}


def judge(folder: Path, allure_dir: Path | None = None) -> Record:
    """Judge a run as `partner-qa judge --report` does, and return what the reports are made of."""
    run, checklist = load_run(folder), load_checklist()
    today = run.started.date()
    results = judge_run(
        run, checklist=checklist, contract=load_contract(), today=today, allure_dir=allure_dir
    )
    return Record(results=results, titles=checklist.titles, versions={})


def silent(_: str) -> None:
    """Say nothing."""


def measure(action: Callable[[], object], rounds: int) -> dict[str, float]:
    """Return the seconds of the rounds, after one that nobody counts."""
    action()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return {"median_s": statistics.median(times), "worst_s": max(times)}


def run(folder: Path, rounds: int) -> dict[str, Any]:
    """Return the figures of one run."""
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "reports" / "run"
        record = judge(folder, made / "allure-results")
        finish_folder(made / "allure-results", record)
        folders = Folders(results=made / "allure-results", page=made / "index.html")
        missing = generate_page(record, folders, says=print).reason
        actions: dict[str, Callable[[], object]] = {
            JUDGING: lambda: judge(folder),
            PLAIN: lambda: write_page(record, made / "static.html"),
        }
        if not missing:
            actions[ALLURE] = lambda: generate_page(record, folders, says=silent)
        actions[ALL] = lambda: write_reports(record, made, says=silent)
        rows = {name: measure(action, rounds) for name, action in actions.items()}
        pages = {"static.html": PLAIN, "index.html": ALLURE}
        sizes = {name: (made / file).stat().st_size for file, name in pages.items() if (made / file).exists()}
    met = all(rows[name]["median_s"] < aim for name, aim in AIMS_S.items() if name in rows)
    exchanges = sum(len(each.exchanges) for each in record.results.run)
    what = f"{len(record.results.judged)} items, {exchanges} exchanges"
    return {
        "what": what,
        "aims_s": AIMS_S,
        "met": met,
        "ratio": rows[ALL]["median_s"] / rows[JUDGING]["median_s"],
        "missing": missing,
        "rows": rows,
        "bytes": sizes,
    }


def main() -> None:
    """Print a table, and write the figures where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--run", type=Path, default=RECORDED, metavar="FOLDER", help="report another run")
    given = parser.parse_args()
    figures = run(given.run, given.rounds)
    print(figures["what"])
    for name, row in figures["rows"].items():
        size = f"   {figures['bytes'][name] / 1e6:.2f} MB" if name in figures["bytes"] else ""
        aim = f"   aim {AIMS_S[name]:.1f} s" if name in AIMS_S else ""
        print(f"  {name:<18} median {row['median_s']:6.3f} s   worst {row['worst_s']:6.3f} s{aim}{size}")
    print(f"  all reports take {figures['ratio']:.1f} times as long as judging")
    if figures["missing"]:
        print(f"  {ALLURE:<18} not measured: {figures['missing']}")
    print(f"  aims: {'met' if figures['met'] else 'missed'}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
