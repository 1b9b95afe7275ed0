"""How long the whole of `partner-qa check` takes on the example integration, scenario by scenario.

    python benchmarks/checking.py [--json FILE]

Waits that a scenario or the integration's own care forces stand apart, because no faster harness could
shorten them: the quiet after each action that tells that it is over (`timing.settle`), the pause before a
refused request is tried again, answers that are held back on purpose, reports that are pending. Aim: under
20 s without them.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from partner_qa.cassette.files import load_run
from partner_qa.contract.names import SHOW_REPORT
from partner_qa.model import Exchange, Kind, Recording, Run

EXAMPLE = Path(__file__).parents[1] / "examples" / "acme_time" / "partner.yaml"
COMMAND = Path(sys.executable).with_name("partner-qa")
PORT = "4010"
BESIDE = "unattributed"  # what belongs to no scenario, beside all of them
AIM_S = 20.0
Span = tuple[datetime, datetime]


def measure(folder: Path) -> tuple[float, Run]:
    """Return the seconds that the command takes, and the run it leaves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    profile = EXAMPLE.with_name(f".benchmark-{port}.yaml")
    try:
        text = EXAMPLE.read_text("utf-8").replace(f"var/{PORT}", str(folder / "data")).replace(PORT, port)
        profile.write_text(text, "utf-8")
        began = time.perf_counter()
        done = subprocess.run(
            [
                str(COMMAND),
                "check",
                "--profile",
                str(profile),
                "--output",
                str(folder / "runs"),
                "--no-report",
                "--quiet",
            ],
            check=False,
            capture_output=True,
            text=True,
            env={name: value for name, value in os.environ.items() if name != "ACME_DEFECTS"},
        )
        taken = time.perf_counter() - began
    finally:
        profile.unlink(missing_ok=True)
    if done.returncode:
        raise SystemExit(
            f"the example is not verified (exit code {done.returncode})\n{done.stdout}{done.stderr}"
        )
    return taken, load_run(next((folder / "runs").iterdir()))


def find_settle(run: Run) -> float:
    """Return for how many seconds the profile wants quiet after an action."""
    timing = run.profile.get("timing")
    settle = timing.get("settle", 2) if isinstance(timing, dict) else 2
    return float(settle) if isinstance(settle, int | float) else 2.0


def find_waits(recording: Recording, settle: float) -> dict[str, float]:
    """Return the seconds that were waited in a scenario, by the reason; no second counts twice."""
    calls = recording.of_kind(Kind.API)
    retries = [pause for each in calls if (pause := find_pause_before_retry(each, calls)) is not None]
    held = [(each.started, ended(each)) for each in calls if each.fault and each.fault.name == "delay"]
    pending = find_pending(calls)
    quiet = [
        (start, end)
        for start, end in find_quiet(recording)
        if not any(start < until and since < end for since, until in (*retries, *pending))
    ]
    # a gap that is much shorter than `settle` is work of the harness, and so is what a gap has beyond it
    settling = [min(length(each), settle) for each in quiet if length(each) >= 0.8 * settle]
    return {
        "settling": sum(settling),
        "retrying": sum(map(length, retries)),
        "held back": sum(map(length, held)),
        "pending": sum(map(length, pending)),
    }


def ended(exchange: Exchange) -> datetime:
    """Return when an exchange was over."""
    return exchange.started + timedelta(seconds=exchange.elapsed)


def length(span: Span) -> float:
    """Return the seconds between two moments."""
    return max(0.0, (span[1] - span[0]).total_seconds())


def find_quiet(recording: Recording) -> list[Span]:
    """Return the spans of a scenario in which nobody spoke to anybody."""
    spans, since = [], recording.started
    for each in sorted(recording.exchanges, key=lambda each: each.started):
        if each.started > since:
            spans.append((since, each.started))
        since = max(since, ended(each))
    return [*spans, (since, recording.ended or since)]


def find_pause_before_retry(refused: Exchange, calls: tuple[Exchange, ...]) -> Span | None:
    """Return the span until a refused call was tried again within the same action, or `None`."""
    if refused.response.status not in {429, 500, 502, 503, 504}:
        return None
    later = (each for each in calls if each.sequence > refused.sequence)
    again = next((each for each in later if is_retry(each, refused)), None)
    return None if again is None else (ended(refused), again.started)


def find_pending(calls: tuple[Exchange, ...]) -> list[Span]:
    """Return the spans in which some report was known to be pending, until it was looked at again."""
    looks = [each for each in calls if each.operation == SHOW_REPORT]
    spans: list[Span] = []
    for at, look in enumerate(looks):
        again = next((each for each in looks[at + 1 :] if each.request.url == look.request.url), None)
        if again is None or b'"pending"' not in look.response.body.content:
            continue
        since = max(ended(look), spans[-1][1]) if spans else ended(look)
        if again.started > since:
            spans.append((since, again.started))
    return spans


def is_retry(call: Exchange, refused: Exchange) -> bool:
    """Return whether a call is the refused one again, in the same action."""
    wanted = (refused.grant, refused.request.method, refused.request.url, refused.during)
    return (call.grant, call.request.method, call.request.url, call.during) == wanted


def describe_scenario(recording: Recording, settle: float) -> dict[str, Any]:
    """Return the figures of one scenario."""
    waits = find_waits(recording, settle)
    return {
        "taken_s": length((recording.started, recording.ended or recording.started)),
        "waited_s": sum(waits.values()),
        "waits": waits,
        "exchanges": len(recording.exchanges),
    }


def run() -> dict[str, Any]:
    """Return the figures of one run."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        taken, driven = measure(Path(folder))
    rows = {
        each.scenario: describe_scenario(each, find_settle(driven))
        for each in driven
        if each.scenario != BESIDE
    }
    waited = sum(row["waited_s"] for row in rows.values())
    return {
        "what": f"`partner-qa check` on the example: {len(rows)} scenarios, "
        f"{sum(row['exchanges'] for row in rows.values())} exchanges",
        "aim_s": AIM_S,
        "met": taken - waited < AIM_S,
        "taken_s": taken,
        "waited_s": waited,
        "around_s": taken - sum(row["taken_s"] for row in rows.values()),
        "ratio": (taken - waited) / taken,
        "rows": rows,
    }


def main() -> None:
    """Print a table, and write the figures where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    given = parser.parse_args()
    figures = run()
    print(figures["what"])
    for name, row in figures["rows"].items():
        waits = ", ".join(f"{why} {seconds:.1f}" for why, seconds in row["waits"].items() if seconds)
        print(f"  {name:<24}{row['taken_s']:7.1f} s, of which waited {row['waited_s']:5.1f} s  ({waits})")
    print(f"  {'start, stop, judge':<24}{figures['around_s']:7.1f} s")
    print(f"  {'all':<24}{figures['taken_s']:7.1f} s, of which waited {figures['waited_s']:5.1f} s")
    print(f"  the harness and the example themselves are {figures['ratio']:.0%} of it")
    print(f"  aim: under {AIM_S:.0f} s without the waits: {'met' if figures['met'] else 'missed'}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
