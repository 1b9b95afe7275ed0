"""`partner-qa check`: drive an integration, judge it, write the reports, end with the gate's exit code."""

from __future__ import annotations

from pathlib import Path

import click

from partner_qa.cli.options import decision_options, judging_options, profile_option, results_as_json_option

_EPILOG = """\b
Examples:
  partner-qa check
  partner-qa check --profile qa/partner.yaml --only PAGE-01 --only RATE-02
  partner-qa check --section webhooks
  partner-qa check --sandbox live --open
  partner-qa check --submission --strict
"""


@click.command("check", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@profile_option("What to run, and how.")
@judging_options
@click.option(
    "--sandbox",
    "target",
    type=click.Choice(["embedded", "live"]),
    default="embedded",
    show_default=True,
    help="Which sandbox to drive against. The live one takes PARTNER_QA_CLIENT_ID and "
    "PARTNER_QA_CLIENT_SECRET from the environment.",
)
@click.option("--base-url", metavar="URL", help="Where the live sandbox is, if not Gusto's demo host.")
@click.option("--open", "opens", is_flag=True, help="Open the consent page in a browser (live).")
@click.option(
    "--wait",
    "patience",
    type=click.FloatRange(1, 86_400),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for a person's consent (live).",
)
@click.option(
    "--merge",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="RUN",
    help="The folder of an embedded run of the same integration, to report with this live one.",
)
@click.option("--by-hand", is_flag=True, help="Start nothing: you start it, with what `by_hand` says.")
@decision_options("beside the profile")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reports"),
    show_default=True,
    help="Where to put the folder of this run.",
)
@click.option(
    "--cassettes", type=click.Path(path_type=Path), help="Also copy the recordings into this folder."
)
@click.option("--no-report", is_flag=True, help="Judge, but make no Allure report.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the demo companies.")
@results_as_json_option
@click.option("--quiet", is_flag=True, help="No progress.")
@click.pass_obj
def check_command(is_traced: bool | None, /, **options: object) -> int:
    """Drive your integration through every scenario and judge it.

    Exit code 0 means verified; the others are listed by `partner-qa --help`.
    """
    from partner_qa.cli.checking import CheckOptions, run_check  # noqa: PLC0415 - the engine loads slowly

    return run_check(CheckOptions(**options, is_traced=bool(is_traced)))  # type: ignore[arg-type]
