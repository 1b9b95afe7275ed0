"""Another program is run to its end, or ended together with everything it started."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from partner_qa.report.bounded import run_bounded

LINGERS = """
sleep 300 &
echo $! > child
wait
"""
pytestmark = pytest.mark.skipif(os.name != "posix", reason="process groups are POSIX's")


def test_what_a_program_says_on_either_stream_is_returned(programs: Any) -> None:
    path = programs.shell("talks", "echo out; echo err >&2; exit 3")
    done = run_bounded([str(path)], seconds=20, environment={})
    assert (done.code, done.is_fine) == (3, False)
    assert set(done.output.split()) == {"out", "err"}


def test_bytes_that_are_no_text_are_no_error(programs: Any) -> None:
    path = programs.shell("talks", r"printf '\377\376 ok'")
    assert run_bounded([str(path)], seconds=20, environment={}).output == "\ufffd\ufffd ok"


def test_a_program_sees_the_given_environment_only(programs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_PARTNER", "yes")
    path = programs.shell("tells", 'echo "$SECRET_OF_THE_PARTNER/$GIVEN"')
    done = run_bounded([str(path)], seconds=20, environment={"GIVEN": "this"})
    assert done.output == "/this\n"


def test_it_runs_in_the_folder_and_reads_nothing_from_the_terminal(programs: Any, tmp_path: Path) -> None:
    path = programs.shell("reads", "pwd; read line || echo nothing to read")
    done = run_bounded([str(path)], seconds=20, environment={}, folder=tmp_path)
    assert done.output.splitlines() == [str(tmp_path), "nothing to read"]


def test_a_program_that_takes_too_long_is_ended_with_its_children(programs: Any, tmp_path: Path) -> None:
    path = programs.shell("lingers", LINGERS)
    began = time.monotonic()
    done = run_bounded([str(path)], seconds=1, environment={"PATH": os.defpath}, folder=tmp_path)
    assert time.monotonic() - began < 20
    assert done.code is None
    assert programs.has_ended(int((tmp_path / "child").read_text()))


def test_a_program_that_ignores_a_polite_signal_is_ended(programs: Any, tmp_path: Path) -> None:
    code = "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    code += "open('child', 'w').write(str(os.getpid()))\ntime.sleep(300)"
    path = programs.python("deaf", code)
    done = run_bounded([str(path)], seconds=2, environment={}, folder=tmp_path)
    assert done.code is None
    assert programs.has_ended(int((tmp_path / "child").read_text()))


def test_ctrl_c_ends_the_program_and_its_children_and_is_passed_on(programs: Any, tmp_path: Path) -> None:
    path = programs.shell("lingers", LINGERS)
    child = tmp_path / "child"

    def interrupt() -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until and not (child.exists() and child.read_text().strip()):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        run_bounded([str(path)], seconds=30, environment={"PATH": os.defpath}, folder=tmp_path)
    thread.join()
    assert programs.has_ended(int(child.read_text()))


def test_a_program_that_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        run_bounded([str(tmp_path / "none")], seconds=1, environment={})


def test_much_output_does_not_block(programs: Any) -> None:
    path = programs.python("talks", "print('x' * 1_000_000)")
    done = run_bounded([str(path)], seconds=30, environment={})
    assert len(done.output) == 1_000_001
