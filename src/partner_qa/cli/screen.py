"""What a person sees while a run goes on: one line that moves in a terminal, one line each in a pipe."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from partner_qa.scenario import Scenario


class Screen:
    """Shows progress on standard error; `quiet` shows only what a person has to act upon."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
        self._voice = Console(stderr=True, highlight=False, soft_wrap=True) if quiet else self._console
        self._status: Status | None = None
        self._began = time.monotonic()
        self._at = ""

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._status = self._console.status("")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()
        sys.stderr.flush()

    def says(self, text: str) -> None:
        """Show what is happening now."""
        if self._status is not None:
            self._status.update(escape(text))
        else:
            self._console.print(escape(text))

    def tells(self, text: str) -> None:
        """Show something that a person must be able to read again, such as an address to open."""
        self._voice.print(
            escape("".join(each if each.isprintable() or each == "\n" else "?" for each in text))
        )

    def begins(self, scenario: Scenario, number: int, total: int) -> None:
        """Show which scenario is on, and how many there are."""
        self._began = time.monotonic()
        self._at = f"{number:>2} of {total}"
        if self._status is not None:
            self._status.update(escape(f"{self._at}  {scenario.title}"))

    def ended(self, scenario: Scenario, *, outcome: str) -> None:
        """Leave a line for a scenario that is over, with what kept it from being whole."""
        seconds = time.monotonic() - self._began
        line = f"{self._at}  {scenario.title}  [dim]{seconds:.1f} s[/dim]"
        if outcome:
            line += f"\n        [yellow]{escape(outcome.strip().splitlines()[-1])}[/yellow]"
        self._console.print(line)
