"""Whether recording takes memory that grows: 1,000 exchanges in one scenario, and 10,000.

    python benchmarks/recording_memory.py [--json FILE]

Each is recorded by a process of its own, answers of 4 KB that all differ, and the cassette is closed. Aim:
ten times the exchanges take less than a tenth more memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from partner_qa.contract.catalogue import load_contract
from partner_qa.recorder.recorder import Recorder
from partner_qa.redaction.redactor import Redactor

COUNTS = (1_000, 10_000)
AIM = 1.1
HEADERS = [(b"host", b"127.0.0.1"), (b"authorization", b"Bearer token-of-the-benchmark-0123456789")]


async def answer(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Answer 4 KB of JSON, another one each time."""
    page = scope["query_string"].decode()
    body = json.dumps([{"uuid": f"{page}-{number}", "note": "x" * 20} for number in range(60)]).encode()
    headers = [(b"content-type", b"application/json"), (b"x-request-id", page.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def record(count: int, folder: Path) -> None:
    """Record so many exchanges of one scenario."""
    redactor = Redactor()
    redactor.register("token-of-the-benchmark-0123456789")
    recorder = Recorder(answer, contract=load_contract(), redactor=redactor, folder=folder)
    recorder.open("benchmark")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        assert message

    path = "/v1/companies/00000000-0000-4000-8000-000000000001/employees"
    for number in range(count):
        scope = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": f"page={number}".encode(),
            "headers": HEADERS,
        }
        await recorder(scope, receive, send)
    recorder.close()
    recorder.finish()


def run_one(count: int) -> dict[str, float]:
    """Record in this process, and return what it took."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(record(count, Path(folder)))
        size = (Path(folder) / "benchmark.yaml").stat().st_size
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return {"count": count, "peak_mb": peak / 1e6, "file_mb": size / 1e6, "took": time.perf_counter() - began}


def run() -> dict[str, Any]:
    """Return the figures of one run."""
    rows = []
    for count in COUNTS:
        command = [sys.executable, __file__, "--record", str(count)]
        rows.append(json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout))
    ratio = rows[-1]["peak_mb"] / rows[0]["peak_mb"]
    return {"aim": AIM, "ratio": ratio, "met": ratio < AIM, "rows": rows}


def main() -> None:
    """Print a table, and write the figures where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument("--record", type=int, metavar="COUNT", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.record:
        print(json.dumps(run_one(given.record)))
        return
    figures = run()
    print("memory of recording, answers of 4 KB")
    for row in figures["rows"]:
        print(
            f"  {row['count']:>6,} exchanges   peak {row['peak_mb']:6.1f} MB   "
            f"cassette {row['file_mb']:5.1f} MB   {row['took']:5.1f} s with start and close"
        )
    print(f"  ten times as many take {figures['ratio']:.2f} times the memory")
    print(f"  aim: less than {AIM} times: {'met' if figures['met'] else 'missed'}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
