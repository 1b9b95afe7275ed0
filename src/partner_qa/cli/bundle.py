"""`partner-qa bundle`: pack a run into one zip that a reviewer can check."""

from __future__ import annotations

from pathlib import Path

import click

from partner_qa.cli.options import decision_options, profile_option, strict_option

_EPILOG = """\b
Examples:
  partner-qa bundle
  partner-qa bundle reports/20261123-120000-acme-time --key ~/.partner-qa/signing.key
  partner-qa bundle --live reports/20261123-140000-acme-time --previous acme-time-4.1.0.zip
  partner-qa bundle --sheet our-copy.xlsx --map sheet-map.yaml --key ~/.partner-qa/signing.key
  partner-qa bundle --draft
"""


@click.command("bundle", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--live",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="RUN",
    help="The run on the live sandbox to pack with it  [default: the newest that fits]",
)
@click.option("--draft", is_flag=True, help="Pack it whatever is wrong with it, marked DRAFT on every page.")
@click.option(
    "--previous",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="BUNDLE",
    help="An earlier bundle; what has changed since is on the first page.",
)
@click.option(
    "--sheet",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="COPY",
    help="Your copy of Gusto's sheet (.xlsx or .csv): pack it too, filled in.",
)
@click.option(
    "--map",
    "sheet_map",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Which of its rows is which item, and where the answers go  [default: sheet-map.yaml]",
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The key to sign with  [default: the environment's PARTNER_QA_SIGNING_KEY]",
)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to write the zip.")
@strict_option
@profile_option("Beside it waivers.yaml and attestations.yaml are looked for.")
@decision_options("beside the profile")
@click.option(
    "--reports",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Where runs are looked for.",
)
def bundle_command(**options: object) -> int:
    """Pack a RUN folder (the newest whole run) into one zip, and draft the e-mail that goes with it.

    The run is judged again first. What is not ready for submission is refused with every reason and exit
    code 7: parts left out, anything that is not verified, answers of people or demo rows that are missing,
    an old run, and whatever looks like a secret. Nothing is sent.
    """
    from partner_qa.cli.bundling import BundleOptions, make_bundle  # noqa: PLC0415 - the engine loads slowly

    return make_bundle(BundleOptions(**options))  # type: ignore[arg-type]
