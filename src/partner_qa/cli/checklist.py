"""`partner-qa checklist`: show the items, one item whole, and how much of them a machine can judge."""

from __future__ import annotations

import json
from pathlib import Path

import click

from partner_qa.model import Level

_JSON = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")


@click.group(name="checklist", context_settings={"help_option_names": ["-h", "--help"]})
def checklist_group() -> None:
    """Show the items and what covers them.

    \b
    Example:
      partner-qa checklist show PAGE-01
    """


@checklist_group.command(name="list")
@click.option("--section", metavar="NAME", help="This section only.")
@click.option("--level", type=click.Choice([each.value for each in Level]), help="This level only.")
@click.option("--use-case", metavar="NAME", help="What applies to an integration of this use case.")
@_JSON
def list_command(section: str | None, level: str | None, use_case: str | None, as_json: bool) -> None:
    """List the items, in the order of a review.

    \b
    Examples:
      partner-qa checklist list
      partner-qa checklist list --use-case hris --level must
      partner-qa checklist list --section tokens --json
    """
    from partner_qa.checklist import load_checklist  # noqa: PLC0415 - keeps --help fast
    from partner_qa.cli import checklist_page  # noqa: PLC0415

    checklist = load_checklist()
    items = checklist_page.choose(checklist, section=section, level=level, use_case=use_case)
    if as_json:
        click.echo(json.dumps(checklist_page.list_as_json(items), indent=2))
    else:
        click.echo(checklist_page.list_as_text(checklist, items))


@checklist_group.command(name="show")
@click.argument("item_id", metavar="ID")
@_JSON
def show_command(item_id: str, as_json: bool) -> None:
    """Show one item: what is required, who says so, how it is looked at, what to do.

    \b
    Examples:
      partner-qa checklist show PAGE-01
      partner-qa checklist show PAGE-01 --json
    """
    from partner_qa.checklist import load_checklist  # noqa: PLC0415 - keeps --help fast
    from partner_qa.cli import checklist_page  # noqa: PLC0415

    page = checklist_page.page_of(load_checklist(), item_id)
    text = (
        json.dumps(checklist_page.one_as_json(page), indent=2)
        if as_json
        else checklist_page.one_as_text(page)
    )
    click.echo(text)


@checklist_group.command(name="coverage")
@click.argument("run", required=False, type=click.Path(path_type=Path, file_okay=False))
@_JSON
def coverage_command(run: Path | None, as_json: bool) -> None:
    """Count the items that can be judged automatically and, of a RUN folder, those that were.

    \b
    Examples:
      partner-qa checklist coverage
      partner-qa checklist coverage reports/20261123-120000-acme-time
      partner-qa checklist coverage --json
    """
    from partner_qa.cli import coverage  # noqa: PLC0415 - keeps --help fast

    counted = coverage.count_coverage(run)
    click.echo(json.dumps(coverage.as_json(counted), indent=2) if as_json else coverage.as_text(counted))
