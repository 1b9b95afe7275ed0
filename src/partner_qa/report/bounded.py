"""Runs another program within a time limit, and ends all of it on timeout or Ctrl-C.

npm starts processes of its own; they share a session with it, so none outlives the report step.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_HAS_SESSIONS = os.name == "posix"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended: its exit code (`None` when it took too long) and what it said."""

    code: int | None
    output: str

    @property
    def is_fine(self) -> bool:
        """Whether it ended by itself with exit code 0."""
        return self.code == 0


def run_bounded(
    command: Sequence[str], *, seconds: float, environment: Mapping[str, str], folder: Path | None = None
) -> Finished:
    """Run a program to its end, at most `seconds` long.

    Raises `OSError` where it cannot be started, and `KeyboardInterrupt` after ending it.
    """
    process = subprocess.Popen(  # noqa: S603 - the command is ours, nothing of it comes from a recording
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        cwd=folder,
        start_new_session=_HAS_SESSIONS,
    )
    try:
        output, _ = process.communicate(timeout=seconds)
        return Finished(code=process.returncode, output=output.decode("utf-8", "replace"))
    except subprocess.TimeoutExpired:
        _end(process)
        return Finished(code=None, output="")
    except BaseException:
        _end(process)
        raise


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the program and whatever it started, and take its exit code so that no zombie stays."""
    if _HAS_SESSIONS:
        with suppress(ProcessLookupError):  # it may have ended by itself meanwhile
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
