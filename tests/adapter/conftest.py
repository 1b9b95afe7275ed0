"""Stub integrations: short Python programs and servers in threads, described by real profiles."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from partner_qa.adapter.integration import Integration
from partner_qa.model import Exchange, Facts, Kind, Request, Response
from partner_qa.profile.profile import Profile, load_profile

VALUES = {
    "api_base": "http://127.0.0.1:9",
    "client_id": "the-client-id",
    "client_secret": "s3cr3t-of-the-client",
    "qa_token": "qa-token-of-this-run",
    "webhook_secret": "webhook-secret-of-this-run",
}


class Tape:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def record(
        self,
        *,
        kind: Kind,
        started: datetime,
        elapsed: float,
        request: Request,
        response: Response,
        account: str | None = None,
        facts: Facts | None = None,
    ) -> Exchange:
        exchange = Exchange(
            sequence=len(self.exchanges) + 1,
            kind=kind,
            started=started,
            elapsed=elapsed,
            request=request,
            response=response,
            account=account,
            facts=facts or {},
        )
        self.exchanges.append(exchange)
        return exchange

    def of(self, kind: Kind) -> list[Exchange]:
        return [each for each in self.exchanges if each.kind is kind]

    def urls(self, kind: Kind) -> list[str]:
        return [each.request.url for each in self.of(kind)]


SERVE = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


class Bench:
    """One port, one folder, one tape; makes profiles of integrations that listen there, and opens them."""

    values = VALUES
    serve = SERVE

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "product"
        self.folder.mkdir()
        self.logs = folder / "logs"
        self.tape = Tape()
        self.port = self.find_free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._opened: list[Integration] = []

    @staticmethod
    def find_free_port() -> int:
        """Return a port that nobody uses, below those that the system gives to outgoing connections."""
        while True:
            port = random.randrange(10_000, 30_000)
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port

    @staticmethod
    def wait_for(condition: Callable[[], Any], *, within: float = 15.0) -> Any:
        """Return what a condition gives as soon as it gives something; fail when it never does."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.01)
        pytest.fail(f"it never came true within {within} s")

    @staticmethod
    def is_alive(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def profile(self, **changes: Any) -> Profile:
        """Write a profile and load it; a mapping changes a part of it, `None` leaves a part out."""
        told: dict[str, Any] = {
            "format": 1,
            "integration": {"name": "Stub", "version": "1", "company": "Stub Inc.", "contact": "a@b.example"},
            "gusto": {
                "api_version": "2026-06-15",
                "scopes": ["employees:read"],
                "redirect_uris": [f"{self.base}/callback"],
            },
            "use_cases": ["hris"],
            "timing": {"settle": 0.05, "cap": 5},
            "actions": {
                "connect": {"get": f"{self.base}/connect?account={{account}}"},
                "sync_people": {"post": f"{self.base}/sync", "json": {"tenant": "{account}"}},
            },
            "observations": {"connection": {"get": f"{self.base}/connection?account={{account}}"}},
        }
        for name, value in changes.items():
            told[name] = {**told[name], **value} if isinstance(told.get(name), dict) else value
        path = self.folder / "partner.yaml"
        path.write_text(yaml.safe_dump({name: each for name, each in told.items() if each is not None}))
        return load_profile(path)

    def launch(self, processes: dict[str, list[str]], **more: Any) -> dict[str, Any]:
        """Return a `run` with these processes, ready when the port answers."""
        return {
            "processes": processes,
            "env": {"GUSTO": "{api_base}", "PORT": str(self.port), "SECRET": "{client_secret}"},
            "ready": {"url": f"{self.base}/health", "timeout": 20},
            **more,
        }

    @staticmethod
    def program(text: str, *arguments: str) -> list[str]:
        """Return the command line of a Python program."""
        return ["{python}", "-c", text.replace("{", "{{").replace("}", "}}"), *arguments]

    def open(self, profile: Profile, **values: str) -> Integration:
        """Return an integration, which is stopped at the end of the test."""
        integration = Integration(profile, sink=self.tape, values={**VALUES, **values}, logs=self.logs)
        self._opened.append(integration)
        return integration

    def close(self) -> None:
        for each in self._opened:
            each.stop()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


Answer = tuple[int, dict[str, str], bytes]


class Stub:
    """An integration in a thread: answers by path, and remembers what it was asked."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler, bytes], Answer | None]] = {}
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                stub.asked.append((self.command, self.path, dict(self.headers), body))
                respond = stub.answers.get(self.path.partition("?")[0])
                answer = respond(self, body) if respond else (404, {}, b"no such page")
                if answer is None:
                    return
                self.send_response(answer[0])
                for name, value in {"Content-Length": str(len(answer[2])), **answer[1]}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer[2])

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any  # noqa: N815 - the library's names

            def log_message(self, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # whoever asked has hung up

        self.handler = Handler
        self.server = Server(("127.0.0.1", port), Handler)
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self.thread.start()

    def answer(self, path: str, status: int, told: Any, **headers: str) -> None:
        """Have a path answer this: bytes as they are, anything else as JSON."""
        content = told if isinstance(told, bytes) else json.dumps(told).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = lambda handler, body: (status, named, content)

    def redirect(self, path: str, target: str, **headers: str) -> None:
        """Have a path redirect."""
        self.answer(path, 302, b"", Location=target, **headers)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def stub(bench: Bench) -> Iterator[Stub]:
    made = Stub(bench.port)
    yield made
    made.close()
