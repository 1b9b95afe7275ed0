"""The integration's processes, as `run` in partner.yaml names them: set up, started, ready, ended.

All of it happens under a supervisor (supervisor.py), so that nothing outlives the harness. Every way in
which a start can fail is an `AdapterError` that names the key, what was seen, and the last lines of output.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from partner_qa.adapter.client import Client
from partner_qa.adapter.concealment import shown
from partner_qa.adapter.hosts import own_addresses
from partner_qa.adapter.readiness import find_unready, is_open
from partner_qa.adapter.supervision import Ended, NotStarted, Supervision, Task
from partner_qa.errors import AdapterError, Problem
from partner_qa.profile.placeholders import fill
from partner_qa.profile.profile import Launch, Profile

SETUP_LIMIT = 900.0  # seconds for each command of run.setup
GRACE = 5.0  # seconds between SIGTERM and SIGKILL
_LONGEST_PAUSE = 0.5
_SETUP = "setup"


class Processes:
    """The processes of one profile. `environment` is complete; `conceal` are secrets by name."""

    def __init__(
        self,
        profile: Profile,
        run: Launch,
        *,
        supervision: Supervision,
        environment: Mapping[str, str],
        values: Mapping[str, str],
        client: Client,
        logs: Path,
    ) -> None:
        self._profile = profile
        self._run = run
        self._supervision = supervision
        self._environment = environment
        self._values = values
        self._client = client
        self._logs = logs
        self._running: dict[str, int] = {}

    def set_up(self) -> None:
        """Run the commands of `run.setup` in order; each must end with exit code 0.

        Not beside an integration that runs already: its data is not to be set up anew under its hands.
        """
        self._require_free_address()
        for index, command in enumerate(self._run.setup):
            key = f"run.setup[{index}]"
            number = self._start(key, f"{_SETUP}-{index + 1}", command)
            ended = self._supervision.wait(number, limit=SETUP_LIMIT)
            if ended is None:
                raise _error(key, f"did not end within {SETUP_LIMIT:g} s")
            if ended.code != 0:
                raise _error(key, f"ended with {_word_code(ended.code)}", tail=ended.tail)

    def start(self) -> None:
        """Start every process, and return when the integration can be used."""
        self._require_free_address()
        for name, command in self._run.processes.items():
            self._running[name] = self._start(f"run.processes.{name}", name, command)
        self._wait_until_ready()

    def stop(self, *, for_good: bool = False) -> None:
        """Ask every process to end; kill it and whatever it started after a grace.

        What `setup` left running (a database) is ended only `for_good`.
        """
        self._supervision.stop(grace=GRACE, spare=() if for_good else self._set_up_tasks)
        self._running.clear()

    def kill(self) -> None:
        """Kill every process and whatever it started, at once; what `setup` left running stays."""
        self._supervision.kill(spare=self._set_up_tasks)
        self._running.clear()

    @property
    def _set_up_tasks(self) -> tuple[str, ...]:
        return tuple(f"{_SETUP}-{number}" for number in range(1, len(self._run.setup) + 1))

    def _start(self, key: str, name: str, command: tuple[str, ...]) -> int:
        filled = tuple(fill(word, self._values) for word in command)
        try:
            return self._supervision.start(
                Task(
                    name=name,
                    command=filled,
                    folder=self._profile.folder,
                    env=self._environment,
                    log=self._logs / f"{name}.log",
                )
            )
        except NotStarted as refused:
            raise _error(key, f"{shown(filled[0])} cannot be run: {refused}") from None

    # ready

    def _wait_until_ready(self) -> None:
        ready = self._run.ready
        limit = ready.timeout if ready is not None else 60.0
        deadline = time.monotonic() + limit
        pause, seen = 0.02, ""
        while True:
            self.require_running()
            left = deadline - time.monotonic()
            seen = find_unready(self._profile, self._client, within=left)
            if not seen:
                self.require_running()
                return
            if left <= 0:
                raise self._word_unready(limit, seen)
            time.sleep(min(pause, max(left, 0.01)))
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _word_unready(self, limit: float, seen: str) -> AdapterError:
        return _error(
            "run.ready" if self._run.ready is not None else "run.processes",
            f"was not ready within {limit:g} s: {seen}",
            hint="\n".join(
                [f"The output of its processes is in {self._logs.name}/, one file each.", *self._last_words()]
            ),
        )

    def _last_words(self) -> Iterator[str]:
        """Yield the last line that each process wrote: often the address at which it does listen."""
        for name in self._running:
            try:
                lines = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace").split("\n")
            except OSError:
                continue
            last = next((line for line in reversed(lines) if line.strip()), "")
            yield f"  {name}: {shown(last)}" if last else f"  {name} wrote nothing"

    @property
    def are_started(self) -> bool:
        """Whether they were started, and neither stopped nor killed by us since."""
        return bool(self._running)

    def require_running(self) -> None:
        """Raise `AdapterError` with the last words of a process that has ended by itself."""
        for name, number in self._running.items():
            ended = self._supervision.find_end(number)
            if ended is not None and (ended.code != 0 or not ended.left):  # else it went to the background
                raise _word_exit(name, ended)

    def _require_free_address(self) -> None:
        """Refuse to start beside something that would answer in the integration's place."""
        deadline = time.monotonic() + 2.0  # what was just killed may not be gone for the kernel
        for host, port in own_addresses(self._profile):
            while is_open(host, port):
                if time.monotonic() > deadline:
                    raise _error(
                        "run.processes",
                        f"something else listens at {host}:{port} already{_find_owner(port)}",
                        hint="Stop it, or change the port in partner.yaml: it would be judged instead.",
                    )
                time.sleep(0.02)


def _find_owner(port: int) -> str:
    try:
        found = psutil.net_connections(kind="inet")
    except (psutil.Error, OSError):
        return ""
    pids = [each.pid for each in found if each.laddr and each.laddr.port == port and each.status == "LISTEN"]
    return f" (process {pids[0]})" if pids and pids[0] else ""


def _word_exit(name: str, ended: Ended) -> AdapterError:
    message = f"ended by itself, with {_word_code(ended.code)}"
    return _error(f"run.processes.{name}", message, tail=ended.tail)


def _word_code(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def _error(key: str, message: str, *, tail: str | None = None, hint: str = "") -> AdapterError:
    if tail is not None:
        lines = "\n".join(f"  {shown(line)}" for line in tail.splitlines())
        hint = f"Its last lines were:\n{lines}" if lines else "It wrote nothing."
    return AdapterError([Problem(key=key, message=message)], hint=hint)
