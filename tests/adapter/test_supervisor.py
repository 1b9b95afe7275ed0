"""Nothing outlives the harness, however it ends; and nothing outlives the supervisor, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from partner_qa.adapter import supervisor
from partner_qa.adapter.supervision import NotStarted, Supervision, Task
from partner_qa.errors import HarnessBug

HARNESS = """
import sys, time
from pathlib import Path
from partner_qa.adapter.supervision import Supervision, Task
folder = Path(sys.argv[1])
supervision = Supervision(conceal={})
env = {"PATH": "/usr/bin:/bin"}
for name in ("web", "worker"):
    supervision.start(Task(name=name, command=(sys.executable, "-c", sys.argv[2]), folder=folder, env=env,
                           log=folder / f"{name}.log"))
print(supervision._process.pid, flush=True)
time.sleep(600)
"""
STUBBORN = """
import os, signal, subprocess, sys, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
def tell():
    with open("pids", "a") as file:
        file.write(str(os.getpid()) + chr(10))
tell()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        tell()
        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"], {})
    os._exit(0)
time.sleep(600)
"""


@pytest.fixture
def harness(tmp_path: Path) -> Any:
    """A harness in a process of its own, whose integration is two stubborn processes with a daemon each."""
    process = subprocess.Popen(
        [sys.executable, "-c", HARNESS, str(tmp_path), STUBBORN],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def read_pids(folder: Path) -> list[int]:
    path = folder / "pids"
    return [int(each) for each in path.read_text().split()] if path.exists() else []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_the_harness_is_killed(
    bench: Any, harness: Any, tmp_path: Path, number: int
) -> None:
    guard = int(harness.stdout.readline())
    pids = bench.wait_for(lambda: len(found := read_pids(tmp_path)) == 4 and found)
    assert all(bench.is_alive(pid) for pid in pids)
    os.kill(harness.pid, number)
    harness.wait(timeout=10)
    bench.wait_for(lambda: not any(bench.is_alive(pid) for pid in (*pids, guard)))


def test_nothing_is_left_when_the_group_of_the_harness_is_killed(
    bench: Any, harness: Any, tmp_path: Path
) -> None:
    guard = int(harness.stdout.readline())
    pids = bench.wait_for(lambda: len(found := read_pids(tmp_path)) == 4 and found)
    os.killpg(harness.pid, signal.SIGKILL)
    bench.wait_for(lambda: not any(bench.is_alive(pid) for pid in (*pids, guard)))


@pytest.fixture
def supervision(tmp_path: Path) -> Any:
    made = Supervision(conceal={"token": "hidden-value-1"})
    yield made
    made.close()


def task(folder: Path, text: str, **changes: Any) -> Task:
    given: dict[str, Any] = {
        "name": "task",
        "command": (sys.executable, "-c", text),
        "folder": folder,
        "env": {"PATH": os.environ["PATH"]},
        "log": folder / "task.log",
    }
    return Task(**{**given, **changes})


def test_a_supervisor_that_is_asked_to_end_takes_everything_along(
    bench: Any, supervision: Any, tmp_path: Path
) -> None:
    supervision.start(task(tmp_path, STUBBORN))
    pids = bench.wait_for(lambda: len(found := read_pids(tmp_path)) == 2 and found)
    supervision._process.terminate()
    bench.wait_for(lambda: not any(bench.is_alive(pid) for pid in pids))


def test_what_a_killed_supervisor_leaves_is_swept_up_by_the_harness(
    bench: Any, supervision: Any, tmp_path: Path
) -> None:
    supervision.start(task(tmp_path, "import time; time.sleep(600)"))
    (process,) = bench.wait_for(lambda: supervisor.find_marked(supervision._mark))
    supervision._process.kill()
    bench.wait_for(lambda: supervision._lost)
    with pytest.raises(HarnessBug, match=r"the supervisor .* ended"):
        supervision.start(task(tmp_path, "pass"))
    bench.wait_for(lambda: not bench.is_alive(process.pid))


def test_whoever_waits_for_a_task_is_told_that_the_supervisor_is_gone(
    bench: Any, supervision: Any, tmp_path: Path
) -> None:
    number = supervision.start(task(tmp_path, "import time; time.sleep(600)"))
    (process,) = bench.wait_for(lambda: supervisor.find_marked(supervision._mark))
    supervision._process.kill()
    with pytest.raises(HarnessBug, match=r"the supervisor .* ended"):
        supervision.wait(number, limit=60)
    bench.wait_for(lambda: not bench.is_alive(process.pid))


def test_without_a_reaper_a_marked_daemon_is_found_all_the_same(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = (
        "import os, time\n"
        "if os.fork() == 0:\n os.setsid()\n if os.fork() == 0: time.sleep(600)\n os._exit(0)\n"
    )
    mark = "mark-of-this-test"
    env = {**os.environ, supervisor.MARK: f"{mark}:web"}
    subprocess.run([sys.executable, "-c", daemon], env=env, check=True)
    (found,) = bench.wait_for(lambda: supervisor.find_marked(mark))
    assert found.pid not in {each.pid for each in psutil.Process().children(recursive=True)}
    found.kill()


def test_the_output_and_the_code_of_a_command_come_back(supervision: Any, tmp_path: Path) -> None:
    text = "import sys; print(sys.stdin.read()[::-1], end=''); sys.exit(7)"
    ended = supervision.wait(supervision.start(task(tmp_path, text, capture=True, given=b"abc")), limit=10)
    assert (ended.output, ended.code, ended.overflow) == (b"cba", 7, False)


def test_a_command_that_reads_nothing_does_not_stall(supervision: Any, tmp_path: Path) -> None:
    number = supervision.start(task(tmp_path, "print(1)", capture=True, given=b"x" * 1_000_000))
    assert supervision.wait(number, limit=10).output == b"1\n"


def test_a_command_that_hangs_is_ended_with_its_children(
    bench: Any, supervision: Any, tmp_path: Path
) -> None:
    text = "import os, time\nos.fork()\nopen('pids', 'a').write(str(os.getpid()) + chr(10))\ntime.sleep(600)"
    number = supervision.start(task(tmp_path, text, capture=True))
    pids = bench.wait_for(lambda: len(found := read_pids(tmp_path)) == 2 and found)
    assert supervision.wait(number, limit=0.05) is None
    bench.wait_for(lambda: not any(bench.is_alive(pid) for pid in pids))


def test_more_output_than_anybody_needs_is_cut_and_told(supervision: Any, tmp_path: Path) -> None:
    text = "import sys; sys.stdout.write('x' * 12_000_000)"
    ended = supervision.wait(supervision.start(task(tmp_path, text, capture=True)), limit=20)
    assert ended.overflow
    assert len(ended.output) == supervisor.OUTPUT_LIMIT


def test_death_by_a_signal_is_a_negative_code(supervision: Any, tmp_path: Path) -> None:
    number = supervision.start(task(tmp_path, "import os; os.kill(os.getpid(), 9)"))
    assert supervision.wait(number, limit=10).code == -9


def test_a_command_that_cannot_be_executed_is_told(supervision: Any, tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match="No such file"):
        supervision.start(task(tmp_path, "", command=("./nowhere",)))
    with pytest.raises(NotStarted, match="null byte"):
        supervision.start(task(tmp_path, "", command=(sys.executable, "a\0b")))


def test_the_log_holds_both_streams_and_no_secret(supervision: Any, tmp_path: Path) -> None:
    text = "import sys; print('out hidden-value-1'); print('err', file=sys.stderr)"
    ended = supervision.wait(supervision.start(task(tmp_path, text)), limit=10)
    assert sorted((tmp_path / "task.log").read_text().splitlines()) == ["err", "out [token]"]
    assert "hidden-value-1" not in ended.tail
