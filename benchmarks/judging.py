"""How long it takes to judge all committed recordings again, as `partner-qa judge` does.

    python benchmarks/judging.py [--json FILE] [--rounds N] [--run FOLDER]

Reading the same files as plain YAML stands beside it, so that the ratio means something on any machine.
Aim: loading and judging within 2 s.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from partner_qa.cassette.files import load_run
from partner_qa.checklist import load_checklist
from partner_qa.contract.catalogue import load_contract
from partner_qa.judge import judge_run

RECORDED = Path(__file__).parents[1] / "cassettes" / "acme_time"
AIM_S = 2.0
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def measure(action: Callable[[], object], rounds: int) -> list[float]:
    """Return the seconds of each round, after one that nobody counts."""
    action()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return times


def run(folder: Path, rounds: int) -> dict[str, Any]:
    """Return the figures of one run."""
    files = sorted((folder / "cassettes").glob("*.yaml"))
    recorded, checklist, contract = load_run(folder), load_checklist(), load_contract()
    today = recorded.started.date()
    actions: dict[str, Callable[[], object]] = {
        "the files as plain YAML": lambda: [yaml.load(each.read_bytes(), LOADER) for each in files],
        "load the run": lambda: load_run(folder),
        "judge it": lambda: judge_run(recorded, checklist=checklist, contract=contract, today=today),
        "all of `partner-qa judge`": lambda: judge_run(
            load_run(folder), checklist=load_checklist(), contract=load_contract(), today=today
        ),
    }
    rows = {}
    for name, action in actions.items():
        times = measure(action, rounds)
        rows[name] = {"median_s": statistics.median(times), "worst_s": max(times)}
    whole = rows["all of `partner-qa judge`"]["median_s"]
    size = sum(each.stat().st_size for each in files)
    exchanges = sum(len(each.exchanges) for each in recorded)
    return {
        "what": f"{len(files)} recordings, {exchanges} exchanges, {size / 1e6:.1f} MB, "
        f"{len(checklist.items)} items",
        "aim_s": AIM_S,
        "met": whole < AIM_S,
        "ratio": whole / rows["the files as plain YAML"]["median_s"],
        "rows": rows,
    }


def main() -> None:
    """Print a table, and write the figures where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--run", type=Path, default=RECORDED, metavar="FOLDER", help="judge another run")
    given = parser.parse_args()
    figures = run(given.run, given.rounds)
    print(figures["what"])
    for name, row in figures["rows"].items():
        print(f"  {name:<30} median {row['median_s']:6.3f} s   worst {row['worst_s']:6.3f} s")
    print(f"  judging again takes {figures['ratio']:.1f} times as long as reading the files as plain YAML")
    print(f"  aim: all of it under {AIM_S} s: {'met' if figures['met'] else 'missed'}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
