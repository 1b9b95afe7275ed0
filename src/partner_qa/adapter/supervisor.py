"""The process between the harness and the integration: when it ends, nothing it started is left.

`python -m partner_qa.adapter.supervisor`, started by `supervision.py`, which speaks to it in lines of JSON.
It reads commands from standard input; the end of that input means that the harness is gone, however it went.
On Linux it is the reaper of whatever its children leave behind, so a process that forks, detaches or opens
a session of its own is still found; elsewhere such a process is found by a mark in its environment.

Commands: `start` (`id, name, command, cwd, env, log, secrets, input, capture`), `end` (`task`), `stop`
(`id, grace, spare`), `kill` (`id, spare`). Answers carry the `id`; the end of a task is told as `ended`.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import psutil

from partner_qa.adapter.concealment import Concealment
from partner_qa.adapter.log import Log

MARK = "PARTNER_QA_TASK"
OUTPUT_LIMIT = 10_000_000  # bytes of standard output that are kept of a command
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, prctl(2)
_SWEEP_LIMIT = 10.0  # seconds


@dataclass(slots=True, kw_only=True)
class _Task:
    """One child: its process, its log, and what it wrote where that was asked for."""

    id: int
    name: str
    popen: subprocess.Popen[bytes]
    log: Log
    threads: list[threading.Thread] = field(default_factory=list)
    output: bytearray = field(default_factory=bytearray)
    overflow: bool = False
    capture: bool = False


class Supervisor:
    """Starts, watches and ends processes on command."""

    def __init__(self, commands: BinaryIO, answers: BinaryIO, *, mark: str) -> None:
        self._commands = commands
        self._answers = answers
        self._mark = mark
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._tasks: dict[int, _Task] = {}
        self._lock = threading.Lock()
        self._parent = os.getppid()
        self._is_reaper = _become_reaper()
        self._gone = False

    def run(self) -> None:
        """Serve until the harness is gone, then leave nothing behind."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._events.put({"do": "leave"}))
        signal.signal(signal.SIGCHLD, lambda *_: self._events.put({"do": "reap"}))
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            while not self._gone:
                with contextlib.suppress(queue.Empty):
                    self._obey(self._events.get(timeout=1.0))
                self._gone = self._gone or os.getppid() != self._parent
                self._reap()
        finally:
            tasks = list(self._tasks.values())
            self._sweep(spare=())
            for thread in (each for task in tasks for each in task.threads):
                thread.join(timeout=1)  # the last words of a log

    def _listen(self) -> None:
        for line in self._commands:
            self._events.put(json.loads(line))
        self._gone = True
        self._events.put({"do": "leave"})

    def _obey(self, command: Mapping[str, Any]) -> None:
        if command["do"] == "leave":
            self._gone = True
        elif command["do"] == "start":
            self._start(command)
        elif command["do"] == "end" and command["task"] in self._tasks:
            self._end_group(self._tasks[command["task"]].popen.pid)
        elif command["do"] == "stop":
            self._ask_to_end(command["grace"], command["spare"])
            self._tell(id=command["id"], left=self._sweep(spare=command["spare"]))
        elif command["do"] == "kill":
            for task in self._tasks.values():
                if task.name not in command["spare"]:
                    self._end_group(task.popen.pid)
            self._tell(id=command["id"], left=self._sweep(spare=command["spare"]))

    # starting

    def _start(self, command: Mapping[str, Any]) -> None:
        capture = bool(command["capture"])
        log = Log(Path(command["log"]), Concealment(command["secrets"]))
        try:
            popen = subprocess.Popen(  # noqa: S603 - the profile's own commands are what this is for
                command["command"],
                cwd=command["cwd"],
                env={**command["env"], MARK: f"{self._mark}:{command['name']}"},
                stdin=subprocess.PIPE if capture else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if capture else subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            self._tell(id=command["id"], error=getattr(error, "strerror", None) or str(error))
            return
        task = _Task(id=command["id"], name=command["name"], popen=popen, log=log, capture=capture)
        self._tasks[task.id] = task
        self._tell(id=command["id"], pid=popen.pid)
        if capture:
            self._follow(task, _feed, popen.stdin, base64.b64decode(command["input"]))
            self._follow(task, _keep, popen.stdout, task)
            self._follow(task, log.follow, popen.stderr)
        else:
            self._follow(task, log.follow, popen.stdout)

    @staticmethod
    def _follow(task: _Task, function: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        thread.start()
        task.threads.append(thread)

    # ending

    def _reap(self) -> None:
        """Take the exit code of every child that has ended, our own and those we were left with."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            task = next((each for each in self._tasks.values() if each.popen.pid == pid), None)
            if task is not None:
                task.popen.returncode = os.waitstatus_to_exitcode(status)
                del self._tasks[task.id]
                threading.Thread(target=self._tell_end, args=(task,), daemon=True).start()

    def _tell_end(self, task: _Task) -> None:
        left = [each.pid for each in self._find_all() if _mark_of(each) == f"{self._mark}:{task.name}"]
        for thread in task.threads:
            thread.join(timeout=0.5 if left else 10)  # what it left behind may hold its output open
        self._tell(
            ended=task.id,
            name=task.name,
            code=task.popen.returncode,
            tail=task.log.last_lines(),
            left=len(left),
            output=base64.b64encode(bytes(task.output)).decode(),
            overflow=task.overflow,
        )

    def _ask_to_end(self, grace: float, spare: Iterable[str]) -> None:
        for each in self._find_all(spare):
            with contextlib.suppress(psutil.Error):
                each.terminate()
        deadline = time.monotonic() + grace
        while not self._gone and time.monotonic() < deadline and self._find_all(spare):
            self._reap()
            time.sleep(0.02)

    @staticmethod
    def _end_group(pid: int) -> None:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)

    def _sweep(self, spare: Iterable[str]) -> list[int]:
        """Kill everything that descends from us but the named tasks; return what could not be killed."""
        deadline = time.monotonic() + _SWEEP_LIMIT
        while True:
            found = self._find_all(spare)
            if not found or time.monotonic() > deadline:
                return [each.pid for each in found]
            for each in found:
                with contextlib.suppress(psutil.Error):
                    each.kill()
            self._reap()
            time.sleep(0.002)

    def _find_all(self, spare: Iterable[str] = ()) -> list[psutil.Process]:
        """Return every living process that we started, or that one of them started, and so on.

        What the tasks named in `spare` started is left out, as far as it carries their mark.
        """
        spared = {f"{self._mark}:{name}" for name in spare}
        found = {each.pid: each for each in psutil.Process().children(recursive=True)}
        if not self._is_reaper:
            found.update((each.pid, each) for each in find_marked(self._mark))
        return [
            each for each in found.values() if _is_alive(each) and not (spared and _mark_of(each) in spared)
        ]

    def _tell(self, **answer: Any) -> None:
        line = json.dumps(answer).encode() + b"\n"
        with self._lock:
            try:
                self._answers.write(line)
                self._answers.flush()
            except (OSError, ValueError):
                self._gone = True


def find_marked(mark: str) -> list[psutil.Process]:
    """Return every process of this machine that carries a mark in its environment."""
    return [each for each in psutil.process_iter() if _mark_of(each).startswith(f"{mark}:")]


def _mark_of(process: psutil.Process) -> str:
    try:
        return process.environ().get(MARK, "")
    except (psutil.Error, OSError, ValueError):
        return ""


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _become_reaper() -> bool:
    if sys.platform != "linux":
        return False
    try:
        return bool(ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def _feed(stream: BinaryIO, content: bytes) -> None:
    with contextlib.suppress(OSError), stream:  # a command need not read what it is given
        stream.write(content)


def _keep(stream: BinaryIO, task: _Task) -> None:
    with stream:
        while piece := stream.read1(1 << 16):  # type: ignore[attr-defined] # a BufferedReader
            room = OUTPUT_LIMIT - len(task.output)
            task.output += piece[:room]
            task.overflow = task.overflow or len(piece) > room


if __name__ == "__main__":
    Supervisor(sys.stdin.buffer, sys.stdout.buffer, mark=sys.argv[1]).run()
    os._exit(0)  # without waiting for the thread that reads standard input
