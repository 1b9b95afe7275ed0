"""What a person sees: while a run goes on, one line that moves in a terminal, or lines in a pipe; at its
end the summary, and where the reports are.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.status import Status
from rich.text import Text

from partner_qa.cli.interruption import Interruption
from partner_qa.report.github import deaf
from partner_qa.report.results import Record
from partner_qa.report.summary import print_summary
from partner_qa.report.text import printable
from partner_qa.report.writing import Written
from partner_qa.scenario import Scenario

_LONG = 3.0  # seconds; what takes longer shows how long it has taken


class Screen:
    """Shows progress on standard error; `quiet` shows only what a person has to act upon.

    `is_traced` shows our own stack as well, where something of ours breaks. Each step ends in
    `KeyboardInterrupt` where `interruption` was asked for.
    """

    def __init__(
        self, *, quiet: bool = False, is_traced: bool = False, interruption: Interruption | None = None
    ) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._voice = Console(stderr=True, highlight=False, soft_wrap=True) if quiet else self._console
        self._is_traced = is_traced
        self._interruption = interruption or Interruption()
        self._status: Status | None = None
        self._began = time.monotonic()
        self._at = ""
        self._deaf = deaf(os.environ, sys.stderr)

    def __enter__(self) -> Self:
        self._deaf.__enter__()
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._status = self._console.status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()
        self._deaf.__exit__(kind, error, trace)
        sys.stderr.flush()

    def says(self, text: str) -> None:
        """Show what is happening now."""
        self._interruption.require_none()
        if self._status is not None:
            self._status.update(_Waiting(text))
        else:
            self._console.print(Text(printable(text)))

    def tells(self, text: str) -> None:
        """Show something that a person must be able to read again, such as an address to open."""
        self._voice.print(Text(printable(text, lines=True)))

    def begins(self, scenario: Scenario, number: int, total: int) -> None:
        """Show which scenario is on, and how many there are."""
        self._interruption.require_none()
        self._began = time.monotonic()
        self._at = f"{number:>2} of {total}"
        if self._status is not None:
            self._status.update(_Waiting(f"{self._at}  {scenario.title}"))

    def ended(self, scenario: Scenario, *, outcome: str) -> None:
        """Leave a line for a scenario that is over, with what kept it from being whole."""
        seconds = time.monotonic() - self._began
        line = Text.assemble(f"{self._at}  {printable(scenario.title)}  ", (f"{seconds:.1f} s", "dim"))
        if outcome.strip():
            line.append(f"\n        {printable(outcome.strip().splitlines()[-1])}", "yellow")
        self._console.print(line)
        self._interruption.require_none()

    def breaks(self, error: Exception) -> None:
        """Show where something of ours broke, to whoever asked for that."""
        if self._is_traced:
            self._console.print(
                Text(printable("".join(traceback.format_exception(error)).rstrip(), lines=True))
            )


def print_record(record: Record, written: Written) -> None:
    """Print the summary of a record, then each report on a line of its own, whole: paths are copied."""
    with deaf(os.environ, sys.stdout):
        print_summary(record, (), Console(highlight=False))
    width = max((len(label) for label, _ in written.files), default=0) + 2
    lines = [f"{label:<{width}}{printable(str(path))}" for label, path in written.files]
    if lines:
        click.echo("\n".join(["", *lines]))


class _Waiting:
    """A line of the moment, which counts the seconds once it takes long. Rich asks it again and again."""

    def __init__(self, text: str) -> None:
        self._text = printable(text)
        self._began = time.monotonic()

    def __rich__(self) -> Text:
        seconds = time.monotonic() - self._began
        return Text.assemble(self._text, (f"  {seconds:.0f} s" if seconds > _LONG else "", "dim"))
