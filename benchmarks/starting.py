"""How long a person waits for `partner-qa --help`, beside a Python that does nothing.

    python benchmarks/starting.py [--json FILE] [--rounds N]

Each round starts both, in turn, so that the ratio means something on any machine. Aim: a median under 0.3 s.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

AIM_S = 0.3
COMMAND = Path(sys.executable).with_name("partner-qa")
STARTED = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "partner-qa --help": (str(COMMAND), "--help"),
    "partner-qa check --help": (str(COMMAND), "check", "--help"),
}


def measure(command: tuple[str, ...]) -> float:
    """Return the seconds that a command takes; it must succeed."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def run(rounds: int) -> dict[str, Any]:
    """Return the figures of one run."""
    times: dict[str, list[float]] = {name: [] for name in STARTED}
    for number in range(rounds + 1):
        for name, command in STARTED.items():
            taken = measure(command)
            if number:  # the first round fills caches, and nobody counts it
                times[name].append(taken)
    rows = {name: {"median_s": statistics.median(each), "worst_s": max(each)} for name, each in times.items()}
    return {
        "what": f"{rounds} starts each",
        "aim_s": AIM_S,
        "met": rows["partner-qa --help"]["median_s"] < AIM_S,
        "ratio": rows["partner-qa --help"]["median_s"] / rows["python -c pass"]["median_s"],
        "rows": rows,
    }


def main() -> None:
    """Print a table, and write the figures where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    figures = run(given.rounds)
    print(figures["what"])
    for name, row in figures["rows"].items():
        print(f"  {name:<30} median {row['median_s']:6.3f} s   worst {row['worst_s']:6.3f} s")
    print(f"  --help takes {figures['ratio']:.1f} times as long as a Python that does nothing")
    print(f"  aim: --help under {AIM_S} s: {'met' if figures['met'] else 'missed'}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
