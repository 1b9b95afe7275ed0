"""`partner-qa attest`: ask a person what no machine can see, and keep the answers with their evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from partner_qa.cli.options import profile_option

_EPILOG = """\b
Examples:
  partner-qa attest
  partner-qa attest --list
  partner-qa attest --item PROC-02 --person "Dana Doe" --role "Head of Product" \\
    --answer "Gusto approved it on 20 November." --evidence evidence/approval.pdf
"""


@click.command("attest", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@profile_option("Whose items: its use cases decide what is asked.")
@click.option(
    "--attestations", type=click.Path(path_type=Path), help="What to write  [default: beside the profile]"
)
@click.option("--item", metavar="ID", default="", help="Answer this item only.")
@click.option("--person", metavar="NAME", default="", help="Who answers.")
@click.option("--role", default="", help="What that person is in the company.")
@click.option("--answer", metavar="TEXT", default="", help="The answer (with --item).")
@click.option(
    "--evidence", multiple=True, metavar="FILE", help="A file that shows it (with --item; repeatable)."
)
@click.option(
    "--expires", metavar="DAY", default="", help="The last day on which it counts  [default: 365 days on]"
)
@click.option("--force", is_flag=True, help="Replace an answer that still counts.")
@click.option("--list", "lists", is_flag=True, help="Show what is open and what is answered; ask nothing.")
@click.option("--json", "as_json", is_flag=True, help="With --list: as JSON.")
def attest_command(**given: Any) -> None:
    """Answer the items that no machine can see, one by one.

    Shows what is required, why, who says so and what a good answer contains. Each answer is written to
    attestations.yaml at once, with the SHA-256 of its evidence; Ctrl-C keeps what was answered.
    """
    from partner_qa.cli.attesting import AttestOptions, run_attest  # noqa: PLC0415 - keeps --help fast

    run_attest(AttestOptions(**given))
