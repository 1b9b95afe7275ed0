"""How long it takes to pack a run into a bundle and to verify it, and how much memory.

    python benchmarks/evidence.py [--json FILE] [--rounds N] [--exchanges N] [--run FOLDER]

The committed run of the example is packed and verified as the commands do it, without Allure's page, which
is made once by Node and kept; then a recording of that many exchanges (10,000 by default), each by a process
of its own. Hashing the same files stands beside it, so that the ratio means something on any machine.
Processor time stands beside the clock's: it says the same on a machine that is busy with other things.
Aim: packing and verifying the example within 10 s each, 10,000 exchanges more within 10 s of processor time
each, and everything within 300 MB.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from partner_qa.cassette.files import CassetteWriter, load_run, write_run
from partner_qa.checklist import load_checklist
from partner_qa.cli import bundling
from partner_qa.cli.main import run_command_line
from partner_qa.contract.catalogue import load_contract
from partner_qa.evidence.canaries import make_canaries, write_canaries
from partner_qa.model import Body, Kind, Run
from partner_qa.report.generator import Page
from partner_qa.settings import harness_version

RECORDED = Path(__file__).parents[1] / "cassettes" / "acme_time"
AIM_S, AIM_MB = 10.0, 300
_WORK = "work"


def prepare(folder: Path, recorded: Path, exchanges: int) -> None:
    """Write the run to be packed: the recorded one, or one that has so many exchanges."""
    run = load_run(recorded)
    run = replace(
        run,
        harness=harness_version(),
        checklist=dict(load_checklist().identity),
        contract=dict(load_contract().identity),
    )
    shutil.copytree(recorded / "cassettes", folder / "cassettes")
    if exchanges:
        _write_large(folder, run, exchanges)
    write_run(folder, run)
    write_canaries(folder, make_canaries(personal=False), ["a-secret-of-the-benchmark-0123456789"])


def _write_large(folder: Path, run: Run, exchanges: int) -> None:
    """Write the largest recording again with its pages of people told again and again, all different."""
    recording = max(run, key=lambda each: len(each.exchanges))
    calls = [each for each in recording.exchanges if each.kind is Kind.API and each.response.body.content]
    path = folder / "cassettes" / f"{recording.scenario}.yaml"
    writer = CassetteWriter(
        path, scenario=recording.scenario, target=recording.target, started=recording.started
    )
    for each in recording.exchanges:
        writer.write(each)
    first = recording.exchanges[-1].sequence + 1
    for number in range(first, first + exchanges):
        call = calls[number % len(calls)]
        rows = [{"uuid": str(uuid5(NAMESPACE_OID, f"{number}-{at}")), "note": "x" * 20} for at in range(12)]
        writer.write(
            replace(
                call,
                sequence=number,
                started=call.started + timedelta(milliseconds=number),
                operation=None,
                response=replace(call.response, body=Body.of(json.dumps(rows).encode())),
            )
        )
    writer.close(
        ended=recording.ended or recording.started,
        tenants=recording.tenants,
        situation=recording.situation,
        missing=recording.missing,
        trouble=recording.trouble,
    )
    writer.release()


def pack(folder: Path, output: Path) -> None:
    """Pack a run as a draft, as the command does."""
    words = [
        "bundle",
        str(folder),
        "--draft",
        "--output",
        str(output),
        "--profile",
        str(folder / "none.yaml"),
    ]
    _run(words, expected=0)


def verify(bundle: Path) -> None:
    """Verify a bundle; a draft is never accepted, and it is judged all the same."""
    told = json.loads(_run(["verify", str(bundle), "--json"], expected=7))
    assert told["judged_again"], told["troubles"]


def _run(words: list[str], *, expected: int) -> str:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run_command_line(words)
    assert code == expected, f"{code}\n{out.getvalue()}\n{err.getvalue()}"
    return out.getvalue()


def hash_files(files: list[Path]) -> list[str]:
    """Return the hash of each file."""
    return [hashlib.sha256(each.read_bytes()).hexdigest() for each in files]


def measure(action: Callable[[], object], rounds: int) -> dict[str, float]:
    """Return the seconds of so many rounds, and those that a processor worked on them."""
    times, worked = [], []
    for _ in range(rounds):
        began, idle = time.perf_counter(), time.process_time()
        action()
        times.append(time.perf_counter() - began)
        worked.append(time.process_time() - idle)
    return {
        "median_s": statistics.median(times),
        "worst_s": max(times),
        "processor_s": statistics.median(worked),
    }


def work(name: str, folder: Path, output: Path, rounds: int) -> dict[str, float]:
    """Do one thing in this process; return its seconds and the most memory that was held."""
    bundling.generate_page = lambda *_, **__: Page(reason="not measured")  # type: ignore[assignment]
    action = (lambda: pack(folder, output)) if name == "pack" else (lambda: verify(output))
    told = measure(action, rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return told | {"memory_mb": peak / (1024 * 1024 if sys.platform == "darwin" else 1024)}


def work_apart(name: str, folder: Path, output: Path, rounds: int) -> dict[str, float]:
    """Do one thing in a process of its own, whose memory is nobody else's."""
    words = [sys.executable, __file__, f"--{_WORK}", name, str(folder), str(output), "--rounds", str(rounds)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def run(recorded: Path, exchanges: int, rounds: int) -> dict[str, Any]:
    """Return the figures of one run."""
    rows: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="partner-qa-bench-") as scratch:
        for words, number in (("the example", 0), (f"{exchanges:,} exchanges more", exchanges)):
            folder, output = Path(scratch) / f"run-{number}", Path(scratch) / f"b-{number}.zip"
            prepare(folder, recorded, number)
            files = sorted((folder / "cassettes").glob("*.yaml"))
            hashed = measure(partial(hash_files, files), rounds)
            rows[f"hash the files of {words}"] = hashed | {"memory_mb": 0.0}
            rows[f"pack {words}"] = work_apart("pack", folder, output, rounds)
            rows[f"verify {words}"] = work_apart("verify", folder, output, rounds)
            size = output.stat().st_size
    whole = max(rows[f"{name} the example"]["median_s"] for name in ("pack", "verify"))
    worked = max(row["processor_s"] for row in rows.values())
    memory = max(row["memory_mb"] for row in rows.values())
    return {
        "what": f"a run of {sum(len(each.exchanges) for each in load_run(recorded)):,} exchanges, one with "
        f"{exchanges:,} more ({size / 1e6:.1f} MB packed)",
        "aim_s": AIM_S,
        "aim_mb": AIM_MB,
        "met": whole < AIM_S and worked < AIM_S and memory < AIM_MB,
        "ratio": rows["pack the example"]["median_s"] / rows["hash the files of the example"]["median_s"],
        "rows": rows,
    }


def main() -> None:
    """Print a table, and write the figures where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--exchanges", type=int, default=10_000)
    parser.add_argument("--run", type=Path, default=RECORDED, metavar="FOLDER", help="pack another run")
    parser.add_argument(f"--{_WORK}", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        name, folder, output = given.work
        print(json.dumps(work(name, Path(folder), Path(output), given.rounds)))
        return
    figures = run(given.run, given.exchanges, given.rounds)
    print(figures["what"])
    for name, row in figures["rows"].items():
        print(
            f"  {name:<44} median {row['median_s']:6.3f} s   worst {row['worst_s']:6.3f} s"
            f"   processor {row['processor_s']:6.3f} s   {row['memory_mb']:4.0f} MB"
        )
    print(f"  packing the example takes {figures['ratio']:.0f} times as long as hashing its files")
    met = "met" if figures["met"] else "missed"
    print(f"  aim: under {AIM_S} s each (with more exchanges: of the processor), under {AIM_MB} MB: {met}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
