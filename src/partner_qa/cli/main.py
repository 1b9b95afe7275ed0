"""The command line: `partner-qa` and the names of its commands.

Each command is a module of its own and is imported only when it is called, so that `--help` is quick.
Every error ends here: it becomes one clear paragraph on standard error and an exit code.
"""

from __future__ import annotations

import difflib
import errno
import importlib
import io
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import NoReturn

import click

from partner_qa.errors import HarnessBug, PartnerQAError, Problem, SandboxUnreachable, SetupError
from partner_qa.settings import harness_version

_COMMANDS: Mapping[str, tuple[str, str, str]] = {
    "init": ("partner_qa.cli.init", "init_command", "Write a partner.yaml for your integration."),
    "check": ("partner_qa.cli.check", "check_command", "Drive your integration and judge it."),
    "attest": ("partner_qa.cli.attest", "attest_command", "Answer what only a person can."),
    "judge": ("partner_qa.cli.judge", "judge_command", "Derive the verdicts of a run again."),
    "report": ("partner_qa.cli.report", "report_command", "Make the reports of a run again."),
    "diff": ("partner_qa.cli.diff", "diff_command", "Show what changed between two runs."),
    "bundle": ("partner_qa.cli.bundle", "bundle_command", "Pack a run for a reviewer."),
    "verify": ("partner_qa.cli.verify", "verify_command", "Check a bundle, and judge it again."),
    "keys": ("partner_qa.cli.keys", "keys_group", "Make or show the key that bundles are signed with."),
    "sandbox": ("partner_qa.cli.sandbox", "sandbox_command", "Serve the embedded sandbox by itself."),
    "checklist": ("partner_qa.cli.checklist", "checklist_group", "Show the items and what covers them."),
    "contract": ("partner_qa.cli.contract", "contract_group", "Show or import Gusto's operations."),
    "kill-matrix": ("partner_qa.cli.kill_matrix", "kill_matrix_command", "Prove that each check can fail."),
}

FULL_TRACE = "--full-trace"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_EPILOG = """\b
Begin here:
  partner-qa init                  answer a few questions, get partner.yaml
  partner-qa check                 drive your integration and judge it
  partner-qa check --only PAGE-01  one item again, after a change
"""


class CommandsByName(click.Group):
    """A group whose commands are imported when they are called, and whose misspellings are answered."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which a newcomer needs them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, or `None`."""
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that was typed; an unknown one is offered its nearest neighbour."""
        near = difflib.get_close_matches(args[0], _COMMANDS, n=1)
        if near and args[0] not in _COMMANDS:
            ctx.fail(f"No such command {args[0]!r}. (Did you mean {near[0]}?)")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


@click.command(cls=CommandsByName, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(harness_version(), prog_name="partner-qa")
@click.option("--full-trace", is_flag=True, help="Show our own stack when something breaks (anywhere).")
def cli(full_trace: bool) -> None:  # run_command_line has looked for it already
    """Run Gusto's Partner Checklist against your own integration, before Gusto does.

    \b
    Exit codes: 0 verified, 1 a must failed, 2 usage or configuration, 3 incomplete, 4 harness error,
    5 sandbox unusable, 6 waivers or attestations, 7 evidence, 130 interrupted.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command line and end the process with its exit code.

    What standard output cannot encode becomes a question mark there, as in a terminal that knows only ASCII.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    sys.exit(run_command_line(sys.argv[1:] if arguments is None else arguments))


def run_command_line(arguments: Sequence[str]) -> int:
    """Run a command line; return its exit code instead of ending the process.

    `--full-trace` may stand anywhere in it.
    """
    words = [each for each in arguments if each != FULL_TRACE]
    is_traced = len(words) < len(arguments)
    try:
        result = cli.main(args=words, prog_name="partner-qa", standalone_mode=False, obj=is_traced)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as misuse:
        misuse.show()
        return 2
    except (click.Abort, KeyboardInterrupt) as stopped:
        click.echo("interrupted", err=True)
        _tell_notes(stopped)
        return 130
    except PartnerQAError as error:
        return _explain(error, is_traced=is_traced)
    except (BrokenPipeError, SystemExit):  # the reader is gone; rich says it by an exit
        _give_up_output()
        return 141
    except Exception as bug:  # noqa: BLE001 - the one place that turns a crash into a paragraph
        return _explain(_find_full_disk(bug) or _to_harness_bug(bug), is_traced=is_traced)
    return result if isinstance(result, int) else 0


def _give_up_output() -> None:
    """Say nothing more: what is waiting to be written would fail again at the end of the process."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - for the rest of the process


def _find_full_disk(bug: Exception) -> SetupError | None:
    """Return what to say where it was no bug: there is no room, in a file or where the output goes."""
    if not isinstance(bug, OSError) or bug.errno not in _NO_ROOM:
        return None
    try:
        sys.stdout.flush()
    except OSError:
        _give_up_output()
    problem = Problem(file=str(bug.filename or ""), message=f"cannot be written: {bug.strerror}")
    return SetupError([problem], hint="Free some disk, or write to another place.")


def _to_harness_bug(bug: Exception) -> HarnessBug:
    told = HarnessBug(f"{type(bug).__name__}: {bug}", attach=[f"the output with {FULL_TRACE}"])
    for note in _notes_of(bug):
        told.add_note(note)
    return told


def _explain(error: PartnerQAError, *, is_traced: bool) -> int:
    if is_traced:
        traceback.print_exc()
    if os.environ.get("GITHUB_ACTIONS") == "true":
        _explain_to_github(error)
    else:
        click.echo(_printable(error.explain()), err=True)
    _tell_notes(error)
    if isinstance(error, HarnessBug):
        return 4
    return 5 if isinstance(error, SandboxUnreachable) else 2


def _explain_to_github(error: PartnerQAError) -> None:
    """Explain an error so that the runner takes no command out of it, and point at the lines it is about."""
    from partner_qa.report.github import deaf, tell_github_of_error  # noqa: PLC0415 - `--help` is quick

    with deaf(os.environ, sys.stderr):
        click.echo(_printable(error.explain()), err=True)
    tell_github_of_error(error, os.environ, sys.stderr)


def _tell_notes(error: BaseException) -> None:
    """Say what a command has added on its way out: where what was recorded is."""
    for note in _notes_of(error):
        click.echo(_printable(note), err=True)


def _notes_of(error: BaseException) -> list[str]:
    """Return the notes of an error, or of the Ctrl-C that click has made another error of."""
    return [
        *getattr(error, "__notes__", ()),
        *getattr(error.__cause__ if isinstance(error, click.Abort) else None, "__notes__", ()),
    ]


def _printable(text: str) -> str:
    return "".join(
        each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text
    )
