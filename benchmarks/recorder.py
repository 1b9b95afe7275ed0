"""What recording costs: the sandbox through the recorder, and the sandbox alone.

    python benchmarks/recorder.py [--json FILE] [--rounds N] [--seconds S]

Both are served by one process and asked for one company by another, in turns, so that the ratio means
something on any machine. The processor time of a request is the server's alone: on a busy machine it is
the better measure, because the rates then depend on who else is at work. Aims: at least 85 % of the
sandbox's own rate at 1 and at 16 connections, and 2,500 requests a second through the recorder at 16.
"""

from __future__ import annotations

import argparse
import json
import secrets
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from partner_qa.contract.catalogue import load_contract
from partner_qa.model import Tenant
from partner_qa.recorder.recorder import Recorder
from partner_qa.redaction.redactor import Redactor
from partner_qa.sandbox.app import Sandbox, SandboxSettings
from partner_qa.serving import LoopbackServer

CONNECTIONS = (1, 16)
AIM_RATIO = 0.85
AIM_RATE = 2_500


def serve() -> None:
    """Serve the sandbox alone and through a recorder, until standard input ends; print where."""
    contract, redactor = load_contract(), Redactor()
    sandbox = Sandbox(
        contract=contract,
        settings=SandboxSettings(
            seed=1,
            anchor=datetime.now(UTC).date(),
            client_id="benchmark-client",
            client_secret=secrets.token_urlsafe(32),
            redirect_uris=("http://127.0.0.1:4000/callback",),
            scopes=("companies:read", "employees:read"),
            minimum_version="2026-06-15",
        ),
        on_secret=lambda _kind, value: redactor.register(value),
    )
    company = sandbox.admin.create_company(people=12)
    token = sandbox.admin.issue_grant(company)  # the rate limit is not for it
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(
            sandbox,
            contract=contract,
            redactor=redactor,
            folder=Path(folder),
            company_of=sandbox.company_of,
        )
        recorder.open("benchmark")
        recorder.add_tenant(Tenant(account="a", company=company))
        recorder.grants.learn(b"{}", json.dumps({"access_token": token}).encode(), scenario="benchmark")
        with LoopbackServer(sandbox) as alone, LoopbackServer(recorder) as recorded:
            told = {"alone": alone.port, "recorded": recorded.port, "company": company, "token": token}
            print(json.dumps(told), flush=True)
            sys.stdin.read()
    sandbox.close()


def ask(
    server: psutil.Process, port: int, request: bytes, connections: int, seconds: float
) -> tuple[float, float]:
    """Return how many requests a second are answered on so many connections, and what each cost in ms."""
    spent = processor_time(server)
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        line = socket.create_connection(("127.0.0.1", port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(line, selectors.EVENT_READ, bytearray())
        line.sendall(request)
    answered = 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        for key, _ in selector.select(timeout=1):
            line, held = key.fileobj, key.data
            assert isinstance(line, socket.socket)
            held += line.recv(1 << 16)
            if is_whole(held):
                held.clear()
                answered += 1
                line.sendall(request)
    took = time.perf_counter() - began
    for key in list(selector.get_map().values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()
    selector.close()
    return answered / took, (processor_time(server) - spent) * 1_000 / answered


def processor_time(server: psutil.Process) -> float:
    """Return the seconds that a process has computed so far."""
    times = server.cpu_times()
    return float(times.user + times.system)


def is_whole(held: bytearray) -> bool:
    """Return whether an answer has arrived; end the benchmark where it is not 200."""
    head, gap, body = held.partition(b"\r\n\r\n")
    if not gap:
        return False
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"the sandbox answered {head.splitlines()[0].decode()}: {body.decode()}")
    at = head.lower().index(b"content-length:") + len(b"content-length:")
    return len(body) >= int(head[at:].split(b"\r\n", 1)[0])


def run(rounds: int, seconds: float) -> dict[str, Any]:
    """Return the figures of one run."""
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    process = psutil.Process(server.pid)
    with server:
        told = json.loads(server.stdout.readline())
        request = (
            f"GET /v1/companies/{told['company']} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
            f"Authorization: Bearer {told['token']}\r\nX-Gusto-API-Version: 2026-06-15\r\n"
            "User-Agent: benchmark\r\n\r\n"
        ).encode()
        for port in (told["alone"], told["recorded"]):
            ask(process, port, request, 1, seconds / 2)
        rows = [measure(process, told, request, count, rounds, seconds) for count in CONNECTIONS]
        assert server.stdin is not None
        server.stdin.close()
    met = all(row["ratio"] >= AIM_RATIO for row in rows) and rows[-1]["recorded"] >= AIM_RATE
    return {"aim_ratio": AIM_RATIO, "aim_rate": AIM_RATE, "met": met, "rows": rows}


def measure(
    server: psutil.Process, told: dict[str, Any], request: bytes, count: int, rounds: int, seconds: float
) -> dict[str, Any]:
    """Return the rates on so many connections; a ratio is the median of the rounds' own."""
    names = ("alone", "recorded")
    taken: list[dict[str, tuple[float, float]]] = []
    for number in range(rounds):
        turn = names if number % 2 else names[::-1]
        taken.append({name: ask(server, told[name], request, count, seconds) for name in turn})
    row: dict[str, Any] = {"connections": count}
    for name in names:
        row[name] = statistics.median(each[name][0] for each in taken)
        row[f"{name}_ms"] = statistics.median(each[name][1] for each in taken)
    row["ratio"] = statistics.median(each["recorded"][0] / each["alone"][0] for each in taken)
    row["ratio_of_time"] = statistics.median(each["alone"][1] / each["recorded"][1] for each in taken)
    return row


def main() -> None:
    """Print a table, and write the figures where `--json` says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.6)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve()
        return
    figures = run(given.rounds, given.seconds)
    print("one company: requests a second, and the processor time of each")
    for row in figures["rows"]:
        print(
            f"  {row['connections']:>2} connections   "
            f"alone {row['alone']:6,.0f}/s {row['alone_ms']:5.3f} ms   "
            f"recorded {row['recorded']:6,.0f}/s {row['recorded_ms']:5.3f} ms   "
            f"{row['ratio']:4.0%} of the rate, {row['ratio_of_time']:4.0%} by processor time"
        )
    aim = f"{AIM_RATIO:.0%} and, at {CONNECTIONS[-1]} connections, {AIM_RATE:,} a second"
    print(f"  aim: {aim}: {'met' if figures['met'] else 'missed'}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
