"""The options that more than one command takes, each written once, so that it has the same name everywhere.

Only click is imported here: `--help` reads this room, and the engines load slowly.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def judging_options(command: Decorated) -> Decorated:
    """Add what a judgement is narrowed by and how strict it is: --only, --section, --strict, --submission."""
    for option in (_SUBMISSION, _STRICT, _SECTION, _ONLY):
        command = option(command)
    return command


def strict_option(command: Decorated) -> Decorated:
    """Add --strict alone, for a command that always judges whole runs."""
    return _STRICT(command)


def results_as_json_option(command: Decorated) -> Decorated:
    """Add --json, for a command that ends with the summary of a record."""
    text = "Print the results as JSON instead of the summary."
    return click.option("--json", "as_json", is_flag=True, help=text)(command)


def profile_option(text: str) -> Callable[[Decorated], Decorated]:
    """Return --profile, which is partner.yaml in the current folder unless it is said; `text` is its help."""
    return click.option(
        "--profile",
        type=click.Path(path_type=Path),
        default=Path("partner.yaml"),
        show_default=True,
        help=text,
    )


def decision_options(default: str) -> Callable[[Decorated], Decorated]:
    """Return --waivers and --attestations; `default` says in words where they are unless it is said."""

    def add(command: Decorated) -> Decorated:
        for name in ("attestations", "waivers"):
            option = click.option(
                f"--{name}", type=click.Path(path_type=Path), help=f"{name}.yaml  [default: {default}]"
            )
            command = option(command)
        return command

    return add


_ONLY = click.option(
    "--only", "items", multiple=True, metavar="ID", help="Judge this item only (repeatable)."
)
_SECTION = click.option(
    "--section", "sections", multiple=True, metavar="NAME", help="Judge this section only (repeatable)."
)
_STRICT = click.option("--strict", is_flag=True, help="A failed `should` fails the run as well.")
_SUBMISSION = click.option(
    "--submission",
    is_flag=True,
    help="Also require attestations, rows proved on the demo host, fitting use_cases.",
)
