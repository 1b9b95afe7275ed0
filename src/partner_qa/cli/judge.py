"""`partner-qa judge`: derive the verdicts of a run again from its recordings, and compare with its record."""

from __future__ import annotations

from pathlib import Path

import click

from partner_qa.cli.options import decision_options, judging_options, results_as_json_option

_EPILOG = """\b
Examples:
  partner-qa judge reports/20261123-120000-acme-time
  partner-qa judge reports/20261123-120000-acme-time --only PAGE-01
  partner-qa judge reports/20261123-120000-acme-time --report
  partner-qa judge cassettes/acme_time --json
"""


@click.command("judge", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@judging_options
@decision_options("as recorded")
@click.option("--report", "writes", is_flag=True, help="Write the reports, where the folder has none yet.")
@results_as_json_option
def judge_command(**options: object) -> int:
    """Derive the verdicts of a RUN folder again, from its recordings alone.

    Nothing is driven. Where the folder holds a results.json, the verdicts are compared with it, and any
    difference ends in exit code 7. Where it holds none (a run that was interrupted), --report writes it.
    """
    from partner_qa.cli.judging import JudgeOptions, judge_again  # noqa: PLC0415 - the engine loads slowly

    return judge_again(JudgeOptions(**options))  # type: ignore[arg-type]
