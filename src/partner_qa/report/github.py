"""What a run tells GitHub Actions, and what it keeps from it; the environment says whether this is GitHub.

A job summary (job_summary.py) is added to a file, annotations (annotations.py) are printed; and while texts
that others chose are printed, the runner takes no commands.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from partner_qa.errors import PartnerQAError, Problem, ReportError, SetupError
from partner_qa.report.annotations import ANNOTATIONS, render_annotations, write_command
from partner_qa.report.job_summary import SUMMARY_LIMIT, render_job_summary
from partner_qa.report.locating import Locator, find_root, relative
from partner_qa.report.results import Record


def is_github(environ: Mapping[str, str]) -> bool:
    """Return whether this process is a step of a GitHub workflow."""
    return environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def deaf(environ: Mapping[str, str], stream: TextIO) -> Iterator[None]:
    """Keep GitHub's runner from taking commands out of what is printed meanwhile; elsewhere do nothing."""
    if not is_github(environ):
        yield
        return
    token = secrets.token_hex(16)
    stream.write(f"::stop-commands::{token}\n")
    stream.flush()
    try:
        yield
    finally:
        stream.write(f"\n::{token}::\n")
        stream.flush()


def tell_github(record: Record, locator: Locator, environ: Mapping[str, str], stream: TextIO) -> None:
    """Add the job summary and print the annotations, where this is GitHub.

    Raises `ReportError` where GITHUB_STEP_SUMMARY cannot be written.
    """
    if not is_github(environ):
        return
    stream.write("".join(f"{line}\n" for line in render_annotations(record, locator)))
    stream.flush()
    if named := environ.get("GITHUB_STEP_SUMMARY"):
        _append(Path(named), record)


def _append(path: Path, record: Record) -> None:
    try:
        there = path.stat().st_size if path.exists() else 0
        with path.open("ab") as stream:
            stream.write(render_job_summary(record, limit=SUMMARY_LIMIT - there).encode())
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "its name cannot be used"
        problem = Problem(file=str(path), message=f"cannot be written: {words}", key="GITHUB_STEP_SUMMARY")
        raise ReportError([problem]) from error


def tell_github_of_error(error: PartnerQAError, environ: Mapping[str, str], stream: TextIO) -> None:
    """Print an error that ended a command as annotations, each beside the line of the file that it names."""
    if not is_github(environ):
        return
    problems = error.problems if isinstance(error, SetupError) else (Problem(message=str(error)),)
    title = error.what if isinstance(error, SetupError) else "it broke"
    for each in problems[:ANNOTATIONS]:
        words = f"{each.key}: {each.message}" if each.key else each.message
        text = f"{words} ({each.hint})" if each.hint else words
        uri = relative(Path(each.file), find_root(environ)) if each.file else ""
        stream.write(write_command("error", title, text, file=uri, line=str(each.line or 1)) + "\n")
    more = len(problems) - ANNOTATIONS
    if more > 0:
        stream.write(write_command("notice", title, f"{more} more in the log", file="", line="1") + "\n")
    stream.flush()
