"""Keeps what earlier reports found, so that a page can show an item over the last runs.

Allure reads its history as one JSON object a line and gives up at the first that it cannot read, so one run
that was killed while writing would cost every later page. Here Allure gets a copy with the good lines of
this integration only, and what it adds is appended to the file by us. A history that cannot be kept costs
the history, never the page.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from partner_qa.errors import ReportError
from partner_qa.model import Run
from partner_qa.report.placing import place

RUNS = 50
"""Earlier runs that a page shows; the file holds up to twice as many before it is cut."""
_OURS = "integration"


def copy_history(source: Path | None, copy: Path, run: Run) -> None:
    """Write the last runs of this integration from `source` to `copy`, one a line; maybe none."""
    mine = [line for line, entry in _entries(source) if entry.get(_OURS, _name(run)) == _name(run)]
    copy.write_text("".join(f"{line}\n" for line in mine[-RUNS:]), encoding="utf-8")


def extend_history(path: Path, copy: Path, run: Run) -> str:
    """Append the newest line of `copy` to the history; return why it could not be, or an empty text."""
    found = _entries(copy)
    if not found:
        return "Allure gave nothing to remember"
    entry = {**found[-1][1], _OURS: _name(run)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:  # one write, so that two runs that end together both stay
            file.write(b"\n" + json.dumps(entry).encode("ascii") + b"\n")  # the line before may be torn
        _cut(path)
    except OSError as error:
        return f"{path} cannot be written: {error.strerror or type(error).__name__}"
    except ReportError as error:
        return str(error)
    return ""


def _cut(path: Path) -> None:
    kept = [line for line, _ in _entries(path)]
    if len(kept) > 2 * RUNS:
        place(path, "".join(f"{line}\n" for line in kept[-RUNS:]).encode("utf-8"))


def _entries(path: Path | None) -> Sequence[tuple[str, dict[str, Any]]]:
    """Return the lines that Allure can read, with what they say."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace") if path is not None else ""
    except OSError:
        return ()
    read = [(line, _read(line)) for line in text.split("\n") if line.strip()]
    return [(line, entry) for line, entry in read if entry is not None]


def _read(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    needed = {"uuid": str, "knownTestCaseIds": list, "testResults": dict}
    is_one = isinstance(entry, dict) and all(isinstance(entry.get(key), kind) for key, kind in needed.items())
    return entry if is_one and all(isinstance(each, dict) for each in entry["testResults"].values()) else None


def _name(run: Run) -> str:
    integration = run.profile.get("integration")
    return str(integration.get("name", "")) if isinstance(integration, dict) else ""
