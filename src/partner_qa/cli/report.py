"""`partner-qa report`: make the reports of a run again, from its record."""

from __future__ import annotations

from pathlib import Path

import click

from partner_qa.cli.screen import print_record
from partner_qa.errors import UsageError
from partner_qa.report.results import load_results
from partner_qa.report.writing import RESULTS, write_reports

_EPILOG = """\b
Examples:
  partner-qa report                      the newest run under reports/
  partner-qa report reports/20261123T120000Z
"""


@click.command("report", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("--quiet", "-q", is_flag=True, help="Print the paths only.")
def report_command(run: Path | None, quiet: bool) -> int:
    """Make the reports of a run folder again: Allure page, plain page, JUnit, summary.

    Everything comes from results.json and allure-results in that folder; nothing is driven or judged.
    The exit code tells whether the reports were made, not what the verdicts are.
    """
    folder = run if run is not None else find_newest(Path("reports"))
    record = load_results(folder / RESULTS)
    written = write_reports(
        record, folder, says=lambda text: None if quiet else click.echo(text, err=True), is_new=False
    )
    if quiet:
        for _, path in written.files:
            click.echo(str(path))
    else:
        print_record(record, written)
    if written.no_allure:
        click.echo(f"no Allure page: {written.no_allure}", err=True)
    return 0


def find_newest(reports: Path) -> Path:
    """Return the newest run folder that holds a record; raises `UsageError` where there is none."""
    found = sorted(reports.glob(f"*/{RESULTS}"))
    if not found:
        raise UsageError(f"there is no run under {reports}/", hint="name a run folder, or `partner-qa check`")
    return found[-1].parent
