"""`partner-qa diff`: what is different between two runs or bundles, and whether anything got worse."""

from __future__ import annotations

from pathlib import Path

import click

_EPILOG = """\b
Examples:
  partner-qa diff reports/20261120-090000-acme-time reports/20261123-120000-acme-time
  partner-qa diff last-submission.zip reports/20261123-120000-acme-time --full
  partner-qa diff main/results.json reports/20261123-120000-acme-time --json
"""


@click.command("diff", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--full", is_flag=True, help="Show whole exchanges side by side, not only their first lines.")
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def diff_command(before: Path, after: Path, full: bool, as_json: bool) -> int:
    """Show what changed between two runs: verdicts, exchanges, waivers, attestations, scopes, use cases.

    BEFORE and AFTER are run folders, bundles, or results.json files. The exit code is 0 when nothing got
    worse and 1 when something did: a verdict, a new finding, an item that is no longer judged.
    """
    from partner_qa.cli.comparison import show_difference  # noqa: PLC0415 - bundles and reports load slowly

    return show_difference(before, after, full=full, as_json=as_json)
