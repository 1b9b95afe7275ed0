"""Acme Time as it is run: two processes, real HTTP, and a kill at the worst moment."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
EMPLOYEES = "/v1/companies/hill/employees"


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def gusto_url(bench: Any) -> Iterator[str]:
    """Serve the tiny Gusto over real HTTP."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = f"http://gusto.test{self.path}"
            request = httpx.Request(self.command, url, headers=dict(self.headers), content=content)
            answer = bench.gusto.handle_request(request)
            try:
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in answer.headers:
                    self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)
            except OSError:
                return  # whoever asked was killed

        do_POST = do_PUT = do_GET  # noqa: N815 - names of the standard library

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Product:
    """The web process and the worker, started and stopped together."""

    def __init__(self, folder: Path, gusto_url: str) -> None:
        self.base_url = f"http://127.0.0.1:{(port := find_free_port())}"
        self._env = {
            **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
            "GUSTO_API_BASE": gusto_url,
            "GUSTO_CLIENT_ID": "client",
            "GUSTO_CLIENT_SECRET": "secret",
            "QA_TOKEN": "qa-token",
            "ACME_DATA_DIR": str(folder),
            "ACME_PORT": str(port),
            "ACME_SECRET_KEY": "ZGV2ZWxvcG1lbnQtb25seS1rZXktMDEyMzQ1Njc4OSE=",
        }
        self._processes: list[subprocess.Popen[bytes]] = []
        self.http = httpx.Client(
            transport=httpx.HTTPTransport(retries=7),  # pauses grow to half a minute in all
            base_url=self.base_url,
            headers={"Authorization": "Bearer qa-token"},
            follow_redirects=True,
        )

    def start(self) -> None:
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "acme_time", name],
                cwd=EXAMPLE,
                env=self._env,
                stderr=subprocess.DEVNULL,
            )
            for name in ("web", "worker")
        ]
        assert self.http.get("/health").json() == {"status": "ok"}

    def end(self, *, kill: bool = False) -> None:
        for process in self._processes:
            process.kill() if kill else process.terminate()
        for process in self._processes:
            process.wait(timeout=15)

    def finish(self, answer: dict[str, str]) -> dict[str, str]:
        """Poll a job until it has ended."""
        deadline = time.monotonic() + 15
        while answer["status"] == "running" and time.monotonic() < deadline:
            time.sleep(0.02)
            answer = self.http.get(answer["poll"]).json()
        return answer


@pytest.fixture
def product(tmp_path: Path, gusto_url: str) -> Iterator[Product]:
    made = Product(tmp_path / "var", gusto_url)
    made.start()
    yield made
    made.end()
    made.http.close()


def test_a_browser_connects_and_the_worker_syncs(bench: Any, product: Product) -> None:
    bench.gusto.companies["hill"] = bench.people(101, prefix="hill")
    page = product.http.get("/gusto/connect", params={"account": "anna"})
    assert "hill Inc." in page.text
    answer = product.http.post("/qa/sync-people", json={"account": "anna"}).json()
    assert product.finish(answer) == {"status": "done", "detail": "101 people"}


def test_a_kill_after_a_refresh_loses_neither_the_pair_nor_the_job(bench: Any, product: Product) -> None:
    bench.gusto.companies["hill"] = bench.people(3, prefix="hill")
    product.http.get("/gusto/connect", params={"account": "anna"})
    bench.gusto.access.clear()
    held, killed = threading.Event(), threading.Event()

    def hold(request: httpx.Request) -> None:
        if request.url.path == EMPLOYEES and bench.gusto.access and not held.is_set():
            held.set()
            killed.wait(15)

    bench.gusto.between.append(hold)
    answer = product.http.post("/qa/sync-people", json={"account": "anna"}).json()
    assert held.wait(15)
    product.end(kill=True)
    killed.set()
    product.start()
    assert product.finish(answer) == {"status": "done", "detail": "3 people"}
    refreshes = [call for call in bench.gusto.calls("/oauth/token") if b"refresh_token" in call.content]
    assert len(refreshes) == 1
