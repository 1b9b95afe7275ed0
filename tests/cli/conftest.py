"""A desk to work at: a small product with its profile in a folder of its own, and the command line."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from partner_qa.cli.main import run_command_line

PRODUCT = Path(__file__).with_name("product.py")
COMMAND = (sys.executable, "-c", "from partner_qa.cli.main import main; main()")
PATIENCE = 120.0  # seconds; only ever spent when something is broken


@dataclass(frozen=True)
class Ran:
    """How a command line ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """All that was said, on one line: a terminal breaks lines wherever it likes."""
        return " ".join((self.out + self.err).split())

    @property
    def told(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.out)


def run_in_process(*words: str | Path) -> Ran:
    """Run a command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run_command_line([str(each) for each in words])
    return Ran(code, out.getvalue(), err.getvalue())


class Started:
    """A command line in a process of its own. What it says is read as it comes."""

    def __init__(self, words: tuple[str, ...], *, folder: Path, **options: Any) -> None:
        self.process = subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            **options,
        )
        self._said = {"out": b"", "err": b""}
        self._threads = [
            threading.Thread(target=self._read, args=(name, stream), daemon=True)
            for name, stream in (("out", self.process.stdout), ("err", self.process.stderr))
        ]
        for each in self._threads:
            each.start()

    def _read(self, name: str, stream: Any) -> None:
        with stream:
            while chunk := os.read(stream.fileno(), 65536):
                self._said[name] += chunk

    @property
    def err(self) -> str:
        return self._said["err"].decode()

    def wait_for_words(self, words: str) -> None:
        """Return as soon as it has said something."""
        wait_for(lambda: words in self.err or self.process.poll() is not None)
        assert words in self.err, self.err

    def family(self) -> list[psutil.Process]:
        """Return every process that it has started, however far down."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, how: signal.Signals | None = None) -> Ran:
        """Send a signal, if there is one; return how it ended. Nothing that it started may be left."""
        family = self.family() if self.process.poll() is None else []
        if how is not None:
            self.process.send_signal(how)
        code = self.process.wait(PATIENCE)
        for each in self._threads:
            each.join(PATIENCE)
        wait_for(lambda: not any(is_alive(each) for each in family))
        return Ran(code, self._said["out"].decode(), self.err)

    def clear_away(self) -> None:
        """Kill it, if a test has left it running."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition: Callable[[], object]) -> None:
    """Return as soon as a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


class Desk:
    """One folder, one port, one profile of the small product."""

    command = COMMAND
    product = PRODUCT
    run = staticmethod(run_in_process)
    wait_for = staticmethod(wait_for)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = find_free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.output = folder / "reports"
        self._started: list[Started] = []

    def profile(self, does: str = "", **changes: Any) -> Path:
        """Write the profile of a product that does something; a mapping changes a part, `None` drops it."""
        told: dict[str, Any] = {
            "format": 1,
            "integration": {"name": "Stub", "version": "1", "company": "Stub Inc.", "contact": "a@b.example"},
            "gusto": {
                "api_version": "2026-06-15",
                "scopes": ["employees:read"],
                "redirect_uris": [f"{self.base}/callback"],
            },
            "use_cases": ["hris"],
            "run": {
                "processes": {"web": ["{python}", str(PRODUCT)]},
                "env": {
                    "GUSTO_API_BASE": "{api_base}",
                    "GUSTO_CLIENT_ID": "{client_id}",
                    "GUSTO_CLIENT_SECRET": "{client_secret}",
                    "QA_TOKEN": "{qa_token}",
                    "PORT": str(self.port),
                    "STUB_DOES": does,
                },
                "ready": {"url": f"{self.base}/health", "timeout": 60},
            },
            "timing": {"settle": 0.05, "cap": 20},
            "actions": {
                "connect": {"get": f"{self.base}/connect?account={{account}}"},
                "sync_people": {"post": f"{self.base}/sync", "json": {"account": "{account}"}},
            },
        }
        for name, value in changes.items():
            told[name] = {**told[name], **value} if isinstance(told.get(name), dict) else value
        path = self.folder / "partner.yaml"
        kept = {
            name: {key: each for key, each in part.items() if each is not None}
            if isinstance(part, dict)
            else part
            for name, part in told.items()
        }
        path.write_text(yaml.safe_dump(kept), encoding="utf-8")
        return path

    def words(self, does: str = "", *more: str | Path, **changes: Any) -> list[str]:
        """Return the words that check this product, without Allure's page."""
        profile = self.profile(does, **changes)
        given = ["check", "--profile", profile, "--output", self.output, "--no-report", *more]
        return [str(each) for each in given]

    def check(self, does: str = "", *more: str | Path, **changes: Any) -> Ran:
        """Check the product that does something, in this process."""
        return self.run(*self.words(does, *more, **changes))

    def start(
        self,
        *words: str | Path,
        command: tuple[str, ...] = COMMAND,
        folder: Path | None = None,
        **options: Any,
    ) -> Started:
        """Start a command line in a process of its own."""
        options["env"] = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", **options.get("env", {})}
        started = Started((*command, *map(str, words)), folder=folder or self.folder, **options)
        self._started.append(started)
        return started

    @property
    def newest(self) -> Path:
        """The folder of the last run."""
        return max(self.output.glob("*/"), key=lambda each: each.stat().st_ctime_ns)

    def clear_away(self) -> None:
        for each in self._started:
            each.clear_away()


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty desk; whatever was started at it is ended."""
    made = Desk(tmp_path)
    yield made
    made.clear_away()


@pytest.fixture(scope="module")
def shared_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk for what many tests look at and none changes."""
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.clear_away()
