"""Writes a new partner.yaml where it is wanted: whole or not at all, and over nothing that is to stay."""

from __future__ import annotations

import tempfile
from pathlib import Path

from partner_qa.cli.replacing import replace_file
from partner_qa.errors import HarnessBug, Problem, ProfileError, UsageError


def refuse_overwriting(output: Path, *, force: bool) -> None:
    """Raise `UsageError` where something is there that may not be replaced."""
    if output.is_dir():
        raise UsageError([Problem(file=str(output), message="is a folder", hint="name a file with --output")])
    if output.exists() and not output.is_file():  # /dev/null would be replaced by a file
        hint = "name a file with --output"
        raise UsageError([Problem(file=str(output), message="is there and is no file", hint=hint)])
    if output.exists() and not force:
        hint = "--force overwrites it, --output names another"
        raise UsageError([Problem(file=str(output), message="exists already", hint=hint)])


def write_profile(output: Path, text: str, *, force: bool) -> None:
    """Write the page where it is wanted, whole or not at all, after it has been loaded for a test."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".partner-qa-") as folder:
            draft = Path(folder) / output.name
            draft.write_text(text, encoding="utf-8")
            _require_loadable(draft)
            if force:
                replace_file(output, draft)
            else:
                with output.open("x", encoding="utf-8") as file:  # not over what appeared meanwhile
                    file.write(text)
    except OSError as error:
        problem = Problem(file=str(output), message=f"cannot be written: {error.strerror or error}")
        raise UsageError([problem]) from error


def _require_loadable(draft: Path) -> None:
    from partner_qa.profile.profile import load_profile  # noqa: PLC0415 - keeps --help fast

    try:
        load_profile(draft)
    except ProfileError as error:
        raise HarnessBug(f"the new profile does not load: {error}", attach=["your answers"]) from error
