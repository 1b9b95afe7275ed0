"""The harness's side of the supervisor: start a task, wait for its end, end all of them.

One supervisor serves one integration. It is started with the first task and ends with `close()`, or when
this process ends, however that happens. What processes mean is `processes.py`'s business.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from partner_qa.adapter.supervisor import find_marked
from partner_qa.errors import HarnessBug

_ANSWER_LIMIT = 30.0  # seconds for the supervisor's own answers
_SOURCE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is to be started: a command line, where, with which environment, and the file of its output.

    With `capture` standard output is kept (and not logged), and standard input is `given`.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    env: Mapping[str, str]
    log: Path
    capture: bool = False
    given: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a task ended. A negative code is a signal's; `left` counts processes that it left running."""

    name: str
    code: int
    tail: str = ""
    left: int = 0
    output: bytes = b""
    overflow: bool = False


class NotStarted(Exception):  # noqa: N818 - what became of the task
    """A command could not be executed; the message is the operating system's."""


class Supervision:
    """Starts and ends tasks. Safe to use from several threads. `conceal` are secrets by name, for logs."""

    def __init__(self, *, conceal: Mapping[str, str]) -> None:
        self._mark = secrets.token_hex(8)
        self._conceal = dict(conceal)
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._answers: dict[int, dict[str, Any]] = {}
        self._ended: dict[int, Ended] = {}
        self._number = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._lost = False
        self._last_words = ""

    def start(self, task: Task) -> int:
        """Start a task and return its number; raise `NotStarted` where there is no such command."""
        self._require_supervisor()
        answer = self._ask(
            do="start",
            name=task.name,
            command=list(task.command),
            cwd=str(task.folder),
            env=dict(task.env),
            log=str(task.log.resolve()),
            secrets=self._conceal,
            capture=task.capture,
            input=base64.b64encode(task.given).decode(),
        )
        if "error" in answer:
            raise NotStarted(answer["error"])
        return int(answer["id"])

    def find_end(self, number: int) -> Ended | None:
        """Return how a task ended, or `None` while it runs."""
        with self._changed:
            return self._ended.get(number)

    def wait(self, number: int, *, limit: float) -> Ended | None:
        """Return how a task ended; after `limit` seconds end it, with its group, and return `None`.

        Raises `HarnessBug` where the supervisor itself has ended.
        """
        with self._changed:
            self._changed.wait_for(lambda: number in self._ended or self._lost, limit)
            if number in self._ended:
                return self._ended[number]
            lost = self._lost
        if lost:
            raise self._word_silence(lost=True)
        self._send(do="end", task=number)
        return None

    def stop(self, *, grace: float, spare: tuple[str, ...] = ()) -> None:
        """Ask everything to end, and kill what has not after `grace` seconds; `spare` keeps named tasks."""
        self._end(do="stop", grace=grace, spare=list(spare))

    def kill(self, *, spare: tuple[str, ...] = ()) -> None:
        """Kill everything at once, whatever it is doing; `spare` keeps named tasks."""
        self._end(do="kill", spare=list(spare))

    def close(self) -> None:
        """End everything that is left, and the supervisor."""
        if self._process is None:
            return
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None  # noqa: S101 - it was asked for
            self._process.stdin.close()
        try:
            self._process.wait(timeout=_ANSWER_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._sweep()
        self._process = None

    def _end(self, **command: Any) -> None:
        if self._process is None:
            return
        if self._lost:
            self._sweep()
            return
        left = self._ask(limit=_ANSWER_LIMIT + command.get("grace", 0), **command)["left"]
        if left:
            raise HarnessBug(f"processes of the integration could not be ended: {left}")

    def _sweep(self) -> None:
        """Kill what a supervisor left behind that was killed itself."""
        for each in find_marked(self._mark):
            with contextlib.suppress(psutil.Error):
                each.kill()

    # talking

    def _require_supervisor(self) -> None:
        with self._writing:
            if self._process is not None:
                return
            env = {**os.environ, "PYTHONPATH": os.pathsep.join(_search_path())}
            trouble = tempfile.TemporaryFile()  # noqa: SIM115 - read when the supervisor has ended
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", "partner_qa.adapter.supervisor", self._mark],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=trouble,
                env=env,
                start_new_session=True,  # so that Ctrl-C reaches the harness only
            )
            threading.Thread(target=self._listen, args=(self._process, trouble), daemon=True).start()

    def _listen(self, process: subprocess.Popen[bytes], trouble: Any) -> None:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        with process.stdout, trouble:
            for line in process.stdout:
                self._take(json.loads(line))
            trouble.seek(0)
            words = trouble.read(4000).decode("utf-8", "replace").strip()
        with self._changed:
            self._lost, self._last_words = True, words
            self._changed.notify_all()

    def _take(self, answer: dict[str, Any]) -> None:
        with self._changed:
            if "ended" in answer:
                self._ended[answer["ended"]] = Ended(
                    name=answer["name"],
                    code=answer["code"],
                    tail=answer["tail"],
                    left=answer["left"],
                    output=base64.b64decode(answer["output"]),
                    overflow=answer["overflow"],
                )
            else:
                self._answers[answer["id"]] = answer
            self._changed.notify_all()

    def _ask(self, *, limit: float = _ANSWER_LIMIT, **command: Any) -> dict[str, Any]:
        with self._changed:
            self._number += 1
            number = self._number
        self._send(id=number, **command)
        with self._changed:
            self._changed.wait_for(lambda: number in self._answers or self._lost, limit)
            if number in self._answers:
                return self._answers.pop(number)
            lost = self._lost
        raise self._word_silence(lost=lost)

    def _word_silence(self, *, lost: bool) -> HarnessBug:
        """Return the error for a supervisor that is of no use, after killing what it left behind."""
        self._sweep()
        return HarnessBug(
            f"the supervisor of the integration's processes {'ended' if lost else 'does not answer'}",
            attach=(self._last_words,) if self._last_words else (),
        )

    def _send(self, **command: Any) -> None:
        assert self._process is not None  # noqa: S101 - started before anything is sent
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        with self._writing, contextlib.suppress(OSError, ValueError):  # a lost one is noticed by the reader
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()


def _search_path() -> list[str]:
    given = os.environ.get("PYTHONPATH")
    return [str(_SOURCE), *([given] if given else [])]
