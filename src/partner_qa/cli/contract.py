"""`partner-qa contract`: import an OpenAPI document, or look at the operations that were imported."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from partner_qa.errors import Problem, UsageError

_VERSION = "2026-06-15"


@click.group(name="contract")
def contract_group() -> None:
    """Show or import Gusto's operations.

    \b
    Example:
      partner-qa contract show get-v1-companies-company_id-employees
    """


@contract_group.command(name="import")
@click.argument("openapi", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Folder of the contracts.")
@click.option("--derivation", help="How the document came about, as the identity will say it.")
@click.option("--replace", is_flag=True, help="Overwrite a contract that was made from something else.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def import_command(
    openapi: Path, into: Path | None, derivation: str | None, replace: bool, as_json: bool
) -> None:
    """Make the contract of an API version from an OpenAPI 3.1 document.

    Writes operations.json, components.json and identity.json to schemas/gusto/<api-version>/ (or to
    another folder with --into): structure only, and the same bytes from the same document.

    \b
    Example:
      partner-qa contract import gusto-openapi.yaml --into schemas/gusto
    """
    from partner_qa.contract.importing import DERIVATION, import_contract  # noqa: PLC0415 - keeps --help fast
    from partner_qa.settings import find_shipped  # noqa: PLC0415

    home = into or find_shipped("schemas") / "gusto"
    done = import_contract(openapi, home, derivation=derivation or DERIVATION, replace=replace)
    if as_json:
        click.echo(json.dumps({**asdict(done), "folder": str(done.folder)}, indent=2))
        return
    click.echo(f"{done.folder}: {done.operations} operations, {done.definitions} schemas")
    for name in done.errata:
        click.echo(f"  corrected  {name}")


@contract_group.command(name="show")
@click.argument("name", metavar="[OPERATION|SCHEMA]", required=False)
@click.option("--api-version", default=_VERSION, show_default=True, help="Which contract.")
@click.option("--from", "folder", type=click.Path(path_type=Path, file_okay=False), help="Where it lies.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show_command(name: str | None, api_version: str, folder: Path | None, as_json: bool) -> None:
    """List the operations of a contract, or show one of them, or a schema that they refer to.

    \b
    Examples:
      partner-qa contract show
      partner-qa contract show post-v1-employees
      partner-qa contract show Employee
      partner-qa contract show --json
    """
    from partner_qa.cli import contract_page  # noqa: PLC0415 - keeps --help fast
    from partner_qa.contract.catalogue import load_contract  # noqa: PLC0415
    from partner_qa.contract.violation import find_nearest  # noqa: PLC0415

    contract = load_contract(api_version, folder=folder)
    schema = contract.find_schema(name) if name else None
    operations = {each.id: each for each in contract.operations}
    if name is None:
        text = contract_page.list_as_json(contract) if as_json else contract_page.list_as_text(contract)
    elif schema is not None:
        text = json.dumps(schema, indent=2)
    elif name not in operations:
        near = find_nearest(name, (*operations, *contract.schema_names))
        message = f"{name} is neither an operation nor a schema"
        problem = Problem(message=message, hint=f"did you mean {near}?" if near else "")
        raise UsageError([problem], hint="`partner-qa contract show` lists the operations.")
    else:
        page = contract_page.one_as_json if as_json else contract_page.one_as_text
        text = page(contract, operations[name])
    click.echo(text)
