"""`partner-qa init`: ask a few questions, write a partner.yaml that explains itself and loads."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from partner_qa.cli.interview import interview
from partner_qa.cli.profile_answers import (
    read_base_url,
    read_commands,
    read_contact,
    read_option,
    read_redirect_uris,
    read_scopes,
    read_text,
    read_url,
    read_use_cases,
)
from partner_qa.cli.profile_page import write_page
from partner_qa.cli.profile_writing import refuse_overwriting, write_profile
from partner_qa.cli.terminal import has_terminal
from partner_qa.errors import Problem, UsageError
from partner_qa.model import UseCase
from partner_qa.settings import find_shipped

_EPILOG = """\b
Examples:
  partner-qa init
  partner-qa init --name "Acme Time" --company "Acme Inc." --contact dev@acme.example \\
    --base-url http://127.0.0.1:4000 --use-case hris --use-case webhooks \\
    --command web="bin/rails server" --command worker="bundle exec sidekiq"
"""


@click.command(name="init", epilog=_EPILOG)
@click.option("--name", callback=read_option(read_text), help="What your product is called.")
@click.option("--product-version", callback=read_option(read_text), help="The version under test.")
@click.option("--company", callback=read_option(read_text), help="Who makes it.")
@click.option("--contact", callback=read_option(read_contact), metavar="EMAIL", help="Whom Gusto answers.")
@click.option(
    "--base-url", callback=read_option(read_base_url), metavar="URL", help="Where it runs for a test."
)
@click.option(
    "--redirect-uri",
    "redirect_uris",
    multiple=True,
    callback=read_option(read_redirect_uris),
    metavar="URL",
    help="As registered with Gusto (repeatable).  [default: BASE-URL/gusto/callback]",
)
@click.option(
    "--use-case",
    "use_cases",
    multiple=True,
    callback=read_option(read_use_cases),
    metavar="NAME",
    help=f"What it does with Gusto (repeatable): {', '.join(UseCase)}.",
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    callback=read_option(read_scopes),
    metavar="NAME",
    help="As Gusto assigned them (repeatable).  [default: a proposal]",
)
@click.option(
    "--command",
    "commands",
    multiple=True,
    callback=read_commands,
    metavar="NAME=COMMAND",
    help="A process to start, like web='bin/rails server' (repeatable).  [default: you start it]",
)
@click.option("--webhook-url", callback=read_option(read_url), metavar="URL", help="Where webhooks arrive.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("partner.yaml"),
    show_default=True,
    help="What to write.",
)
@click.option("--force", is_flag=True, help="Overwrite it.")
def init_command(output: Path, force: bool, **given: object) -> None:
    """Write a partner.yaml for your integration: asks for what the options leave open.

    Every key of the file is explained in it. Nothing is started or sent.
    """
    refuse_overwriting(output, force=force)
    missing = [flag for name, flag in _REQUIRED.items() if not given[name]]
    if missing and not has_terminal():
        problems = [Problem(key=flag, message="is missing") for flag in missing]
        raise UsageError(problems, hint="There is no terminal to ask at, so give these options.")
    answers = interview(given, asks=bool(missing))
    write_profile(output, write_page(answers), force=force)
    _say_what_is_next(output, starts=bool(answers.commands))


_REQUIRED: Mapping[str, str] = {
    "name": "--name",
    "company": "--company",
    "contact": "--contact",
    "base_url": "--base-url",
    "use_cases": "--use-case",
}


def _say_what_is_next(output: Path, *, starts: bool) -> None:
    check = "partner-qa check" + (
        "" if output == Path("partner.yaml") else f" --profile {shlex.quote(str(output))}"
    )
    click.echo(f"{output} is written.")
    click.echo("Next:")
    where = "run.env" if starts else "by_hand.env"
    click.echo(f"  1. Open it: put your own routes under actions, and your own variables under {where}.")
    if not starts:
        click.echo(
            "     You start your integration yourself, with the variables that check writes to a file;"
        )
        click.echo("     to have it started for you, uncomment `run`.")
    click.echo("  2. Add the QA routes it names to your integration, for tests only:")
    click.echo(f"     {find_shipped('docs') / 'how-to' / 'connect-your-integration.md'}")
    click.echo(f"  3. {check}")
