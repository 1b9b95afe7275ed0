"""How fast the embedded sandbox answers, how soon it is there, and whether it keeps its size.

    python benchmarks/sandbox.py [--json FILE] [--rounds N] [--quick]

Over real HTTP on a loopback port: one connection for the median and the processor time of both ends, sixteen
for requests per second. Then memory is watched over 20,000 requests (2,000 with `--quick`), every twentieth
a page of 100, a company of 1,000 people is founded, and a write is timed with and without `--persist`.
The ratio is a page of 100 employees to the company alone, so that it means something on any machine.
Aim: 1,000 people in under 300 ms, and memory flat within 5 MB.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from partner_qa.contract.catalogue import Contract, load_contract
from partner_qa.sandbox.app import Sandbox, SandboxSettings
from partner_qa.sandbox.keeping.keeper import Keeper, open_file
from partner_qa.serving import LoopbackServer

CONNECTIONS = 16
AIM_START_MS = 300.0
AIM_GROWTH_MB = 5.0


def open_sandbox(contract: Contract) -> Sandbox:
    """Return a sandbox with every scope."""
    scopes = {each for one in contract.operations for each in (*one.scopes, *one.additional_scopes)}
    return Sandbox(
        contract=contract,
        settings=SandboxSettings(
            seed=1,
            anchor=datetime.now(UTC).date(),
            client_id="client",
            client_secret="secret",
            redirect_uris=("http://127.0.0.1:4000/callback",),
            scopes=tuple(sorted(scopes)),
            minimum_version=contract.version,
        ),
    )


class Caller:
    """One connection that is kept; asks the same thing again and again."""

    def __init__(self, port: int, token: str, method: str, path: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.head = {"Authorization": f"Bearer {token}"}
        self.method, self.path = method, path

    def ask(self) -> int:
        """Send one request and read its whole answer; return the size."""
        self.connection.request(self.method, self.path, headers=self.head)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{self.method} {self.path} was answered {answer.status}: {body[:300]!r}")
        return len(body)

    def write(self, payload: dict[str, Any]) -> Any:
        """Send a body and return what is answered."""
        self.connection.request(
            self.method, self.path, json.dumps(payload), {**self.head, "Content-Type": "application/json"}
        )
        answer = self.connection.getresponse()
        return json.loads(answer.read())

    def ask_often(self, times: int) -> list[float]:
        """Return the milliseconds of so many requests."""
        found = []
        for _ in range(times):
            began = time.perf_counter()
            self.ask()
            found.append((time.perf_counter() - began) * 1_000)
        self.connection.close()
        return found


def measure(port: int, token: str, method: str, path: str, rounds: int) -> dict[str, float]:
    """Return the median and the processor time of one connection, and the requests per second of sixteen."""
    Caller(port, token, method, path).ask()
    began_cpu = time.process_time()
    alone = Caller(port, token, method, path).ask_often(rounds)
    cpu = (time.process_time() - began_cpu) * 1_000 / rounds
    each = max(2, rounds // 4)
    callers = [Caller(port, token, method, path) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(lambda caller: caller.ask_often(each), callers))
    rate = CONNECTIONS * each / (time.perf_counter() - began)
    return {"p50_ms": statistics.median(alone), "cpu_ms": cpu, "per_second": rate}


def found_a_thousand(contract: Contract) -> float:
    """Return the milliseconds in which a company of 1,000 people is there."""
    sandbox = open_sandbox(contract)
    began = time.perf_counter()
    sandbox.admin.create_company(people=1_000)
    took = (time.perf_counter() - began) * 1_000
    sandbox.close()
    return took


def watch_memory(port: int, token: str, path: str, page: str, requests: int) -> float:
    """Return by how many MB this process grew over requests, after as many as warm it up."""
    one, many = (Caller(port, token, "GET", each) for each in (path, page))

    def ask_both(times: int) -> None:
        for number in range(times):
            (many if number % 20 == 0 else one).ask()

    ask_both(max(400, requests // 5))
    before = psutil.Process().memory_info().rss
    ask_both(requests)
    return (psutil.Process().memory_info().rss - before) / 1e6


def time_writes(contract: Contract, rounds: int, *, people: int = 250, is_kept: bool) -> float:
    """Return the median milliseconds of a write to somebody of a company, kept in a file or not."""
    sandbox = open_sandbox(contract)
    company = sandbox.admin.create_company(people=people)
    token = sandbox.admin.issue_grant(company)
    person = sandbox.admin.people(company)[0]
    with tempfile.TemporaryDirectory() as folder, LoopbackServer(sandbox) as server:
        if is_kept:
            keeper = Keeper(open_file(Path(folder) / "sandbox.db", contract), sandbox.world, print)
            keeper.begin(sandbox.world.settings, {})
        caller = Caller(server.port, token, "PUT", f"/v1/employees/{person['uuid']}")
        version, took = person["version"], []
        for number in range(rounds):
            began = time.perf_counter()
            version = caller.write({"version": version, "first_name": f"Name {number}"})["version"]
            took.append((time.perf_counter() - began) * 1_000)
        sandbox.close()
        if is_kept:
            keeper.close()
    return statistics.median(took)


def run(rounds: int, requests: int) -> dict[str, Any]:
    """Return every figure."""
    contract = load_contract()
    sandbox = open_sandbox(contract)
    hundred, many = (sandbox.admin.create_company(people=each) for each in (100, 250))
    payroll = sandbox.admin.next_payroll(many)
    asked = {
        "company": (hundred, "GET", f"/v1/companies/{hundred}"),
        "page of 100": (hundred, "GET", f"/v1/companies/{hundred}/employees?page=1&per=100"),
        "prepare of 250": (many, "PUT", f"/v1/companies/{many}/payrolls/{payroll}/prepare"),
    }
    with LoopbackServer(sandbox) as server:
        rows = {
            name: measure(server.port, sandbox.admin.issue_grant(company), method, path, rounds)
            for name, (company, method, path) in asked.items()
        }
        token = sandbox.admin.issue_grant(hundred)
        grown = watch_memory(server.port, token, asked["company"][2], asked["page of 100"][2], requests)
    sandbox.close()
    start = min(found_a_thousand(contract) for _ in range(3))
    return {
        "what": "the embedded sandbox over HTTP",
        "rows": rows,
        "ratio": rows["page of 100"]["p50_ms"] / rows["company"]["p50_ms"],
        "start_of_1000_ms": start,
        "write_ms": time_writes(contract, rounds, is_kept=False),
        "kept_write_ms": time_writes(contract, rounds, is_kept=True),
        "requests": requests,
        "grown_mb": grown,
        "met": start < AIM_START_MS and grown < AIM_GROWTH_MB,
    }


def main() -> None:
    """Print the table, and write the figures where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there too")
    parser.add_argument("--rounds", type=int, default=60, help="requests of one connection (default: 60)")
    parser.add_argument("--quick", action="store_true", help="2,000 requests for the memory, not 20,000")
    given = parser.parse_args()
    figures = run(given.rounds, 2_000 if given.quick or given.rounds < 10 else 20_000)
    print(figures["what"])
    for name, row in figures["rows"].items():
        print(
            f"  {name:<16} p50 {row['p50_ms']:7.2f} ms   processor {row['cpu_ms']:7.2f} ms"
            f"   {row['per_second']:7.0f} requests/s at {CONNECTIONS}"
        )
    print(f"  a page of 100 takes {figures['ratio']:.1f} times as long as the company (ratio)")
    print(
        f"  a write among 250 people takes {figures['write_ms']:.1f} ms,"
        f" and {figures['kept_write_ms']:.1f} ms with --persist"
    )
    print(f"  1,000 people are there after {figures['start_of_1000_ms']:.0f} ms")
    print(f"  {figures['requests']:,} requests: memory grew by {figures['grown_mb']:.1f} MB")
    met = "met" if figures["met"] else "missed"
    print(f"aim: 1,000 people under {AIM_START_MS:.0f} ms, growth under {AIM_GROWTH_MB:.0f} MB: {met}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
