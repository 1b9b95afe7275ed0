"""`partner-qa report`: make the reports of a run again, from its record."""

from __future__ import annotations

from pathlib import Path

import click

from partner_qa.cli.screen import print_record
from partner_qa.errors import Problem, UsageError
from partner_qa.report.placing import place
from partner_qa.report.results import Record, load_results
from partner_qa.report.sheet_copy import fill_copy
from partner_qa.report.sheet_map import load_sheet_map
from partner_qa.report.writing import RESULTS, write_reports

_EPILOG = """\b
Examples:
  partner-qa report                      the newest run under reports/
  partner-qa report reports/20261123-120000-acme-time
  partner-qa report --sheet our-copy.xlsx --map sheet-map.yaml --output filled.xlsx
"""


@click.command("report", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("--quiet", "-q", is_flag=True, help="Print the paths only.")
@click.option(
    "--sheet",
    type=click.Path(path_type=Path),
    help="Your copy of Gusto's sheet (.xlsx or .csv): fill it in, instead of making the reports.",
)
@click.option(
    "--map",
    "sheet_map",
    type=click.Path(path_type=Path),
    default=Path("sheet-map.yaml"),
    show_default=True,
    help="Which of its rows is which item, and where the answers go.",
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="Where to put it  [default: beside it, -filled]"
)
def report_command(
    run: Path | None, quiet: bool, sheet: Path | None, sheet_map: Path, output: Path | None
) -> int:
    """Make the reports of a run folder again: Allure page, plain page, checklist, JUnit, summary.

    Everything comes from results.json and allure-results in that folder; nothing is driven or judged.
    The exit code tells whether the reports were made, not what the verdicts are.
    """
    folder = run if run is not None else find_newest(Path("reports"))
    record = load_results(folder / RESULTS)
    if sheet is not None:
        click.echo(str(_fill_in(record, sheet, sheet_map, output)))
        return 0
    if output is not None:
        raise UsageError("--output goes with --sheet", hint="reports are written into the run folder")
    written = write_reports(
        record,
        folder,
        says=lambda text: None if quiet else click.echo(text, err=True),
        is_new=False,
        profile=Path("partner.yaml"),
    )
    if quiet:
        for _, path in written.files:
            click.echo(str(path))
    else:
        print_record(record, written)
    if written.no_allure:
        click.echo(f"no Allure page: {written.no_allure}", err=True)
    return 0


def _fill_in(record: Record, sheet: Path, sheet_map: Path, output: Path | None) -> Path:
    """Fill in a copy of the partner's sheet and return where it was put; the copy itself stays."""
    filled = output or sheet.with_name(f"{sheet.stem}-filled{sheet.suffix}")
    if filled.suffix.lower() != sheet.suffix.lower():
        problem = Problem(file=str(filled), key="--output", message=f"does not end in {sheet.suffix}")
        raise UsageError([problem])
    if filled.resolve() == sheet.resolve():
        raise UsageError([Problem(file=str(filled), key="--output", message="is the sheet itself")])
    place(filled, fill_copy(record, sheet, load_sheet_map(sheet_map)))
    return filled


def find_newest(reports: Path) -> Path:
    """Return the newest run folder that holds a record; raises `UsageError` where there is none."""
    found = sorted(reports.glob(f"*/{RESULTS}"))
    if not found:
        raise UsageError(f"there is no run under {reports}/", hint="name a run folder, or `partner-qa check`")
    return found[-1].parent
