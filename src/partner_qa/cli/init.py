"""`partner-qa init`: ask a few questions, write a partner.yaml that explains itself and loads."""

from __future__ import annotations

import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

import click

from partner_qa.cli.profile_page import Answers, propose_scopes, write_page
from partner_qa.cli.replacing import replace_file
from partner_qa.contract.versions import NEWEST
from partner_qa.contract.violation import offer
from partner_qa.errors import HarnessBug, Problem, ProfileError, UsageError
from partner_qa.model import UseCase
from partner_qa.profile.addresses import find_uri_trouble, find_url_trouble
from partner_qa.profile.placeholders import find_placeholders
from partner_qa.settings import find_shipped

_EPILOG = """\b
Examples:
  partner-qa init
  partner-qa init --name "Acme Time" --company "Acme Inc." --contact dev@acme.example \\
    --base-url http://127.0.0.1:4000 --use-case hris --use-case webhooks \\
    --command web="bin/rails server" --command worker="bundle exec sidekiq"
"""
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PROCESS = re.compile(r"[a-z][a-z0-9_-]*")
_T = TypeVar("_T")


def read_text(text: str) -> str:
    """Return a text without blanks around it; refuse an empty one, and what a terminal would act on."""
    told = text.strip()
    if not told:
        raise click.BadParameter("is empty")
    if not told.isprintable():
        raise click.BadParameter("has a control character")
    return told


def read_contact(text: str) -> str:
    """Return an e-mail address."""
    told = read_text(text)
    if not _ADDRESS.fullmatch(told):
        raise click.BadParameter(f"{told} is not an e-mail address")
    return told


def read_url(text: str) -> str:
    """Return a URL of the integration."""
    return _read_address(text, find_url_trouble)


def read_base_url(text: str) -> str:
    """Return the address of the integration without a slash at its end."""
    told = read_url(text).rstrip("/")
    if "?" in told or "#" in told:
        raise click.BadParameter("is to have no query and no fragment")
    return told


def read_redirect_uris(text: str) -> tuple[str, ...]:
    """Return redirect URIs that are separated by commas or blanks."""
    return tuple(_read_address(each, find_uri_trouble) for each in _split(text))


def read_use_cases(text: str) -> tuple[UseCase, ...]:
    """Return use cases that are separated by commas or blanks."""
    found = _split(text)
    for each in found:
        if each not in list(UseCase):
            raise click.BadParameter(f"{each} is not a use case; {offer(each, UseCase)}")
    return tuple(UseCase(each) for each in found)


def read_scopes(text: str) -> tuple[str, ...]:
    """Return scopes that are separated by commas or blanks."""
    from partner_qa.profile.rules import known_scopes  # noqa: PLC0415 - it reads the contract

    found, known = _split(text), known_scopes()
    for each in found:
        if each not in known:
            raise click.BadParameter(f"{each} is not a scope of Gusto's; {offer(each, known)}")
    return found


def read_command(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the name of a process and its command from `web=bin/rails server`."""
    from partner_qa.profile.rules import IN_COMMANDS  # noqa: PLC0415

    name, sign, command = text.partition("=")
    if not sign or not _PROCESS.fullmatch(name):
        raise click.BadParameter(f"{text} is not like web=bin/server")
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise click.BadParameter(f"{name}: {error}") from error
    if not words or not all(each.isprintable() for each in words):
        raise click.BadParameter(f"{name} has no command that can be run")
    for each in (found for word in words for found in find_placeholders(word)):
        if each not in IN_COMMANDS:
            raise click.BadParameter(f"{name}: {{{each}}} may not stand in a command; {{{{ }}}} are braces")
    return name, words


def read_web_command(text: str) -> dict[str, tuple[str, ...]]:
    """Return the one process `web` that a command line starts."""
    return dict([read_command(f"web={text}")])


def _read_address(text: str, find_trouble: Callable[[str], tuple[str, str] | None]) -> str:
    told = text.strip()
    trouble = find_trouble(told)
    if trouble:
        raise click.BadParameter(f"{told or 'it'} {trouble[0]} ({trouble[1]})")
    if find_placeholders(told):
        raise click.BadParameter("is to have no braces")
    return told


def _split(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(text.replace(",", " ").split()))
    if not found:
        raise click.BadParameter("is empty")
    return found


def _each(read: Callable[[str], _T]) -> Callable[[click.Context, click.Parameter, object], _T | None]:
    """Return a callback that reads an option as a question's answer is read; repeated ones are joined."""

    def callback(_context: click.Context, _parameter: click.Parameter, given: object) -> _T | None:
        if isinstance(given, str):
            return read(given)
        return read(" ".join(given)) if isinstance(given, tuple) and given else None

    return callback


def _commands(
    _context: click.Context, _parameter: click.Parameter, given: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, words in map(read_command, given):
        if name in found:
            raise click.BadParameter(f"{name} is given twice")
        found[name] = words
    return found


@click.command(name="init", epilog=_EPILOG)
@click.option("--name", callback=_each(read_text), help="What your product is called.")
@click.option("--product-version", callback=_each(read_text), help="The version under test.")
@click.option("--company", callback=_each(read_text), help="Who makes it.")
@click.option("--contact", callback=_each(read_contact), metavar="EMAIL", help="Whom Gusto answers.")
@click.option("--base-url", callback=_each(read_base_url), metavar="URL", help="Where it runs for a test.")
@click.option(
    "--redirect-uri",
    "redirect_uris",
    multiple=True,
    callback=_each(read_redirect_uris),
    metavar="URL",
    help="As registered with Gusto (repeatable).  [default: BASE-URL/gusto/callback]",
)
@click.option(
    "--use-case",
    "use_cases",
    multiple=True,
    callback=_each(read_use_cases),
    metavar="NAME",
    help=f"What it does with Gusto (repeatable): {', '.join(UseCase)}.",
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    callback=_each(read_scopes),
    metavar="NAME",
    help="As Gusto assigned them (repeatable).  [default: a proposal]",
)
@click.option(
    "--command",
    "commands",
    multiple=True,
    callback=_commands,
    metavar="NAME=COMMAND",
    help="A process to start, like web='bin/rails server' (repeatable).  [default: you start it]",
)
@click.option("--webhook-url", callback=_each(read_url), metavar="URL", help="Where webhooks arrive.")
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
    _refuse_overwriting(output, force=force)
    missing = [flag for name, flag in _REQUIRED.items() if not given[name]]
    if missing and not has_terminal():
        problems = [Problem(key=flag, message="is missing") for flag in missing]
        raise UsageError(problems, hint="There is no terminal to ask at, so give these options.")
    answers = _interview(given, asks=bool(missing))
    _write(output, write_page(answers), force=force)
    _say_what_is_next(output, starts=bool(answers.commands))


_REQUIRED: Mapping[str, str] = {
    "name": "--name",
    "company": "--company",
    "contact": "--contact",
    "base_url": "--base-url",
    "use_cases": "--use-case",
}


def has_terminal() -> bool:
    """Return whether somebody sits there who can answer questions."""
    return sys.stdin.isatty()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Interview:
    """What the options say, and, where `asks`, what the person says about the rest."""

    given: Mapping[str, object]
    asks: bool

    def answer(self, name: str, question: str, read: Callable[[str], _T], default: str = "") -> _T:
        """Return an option's value, else the answer to the question, else the default."""
        told = self.given[name]
        if told:
            return cast("_T", told)
        if not self.asks:
            return read(default)
        answer: _T = click.prompt(question, default=default or None, value_proc=read)
        return answer

    def answer_or_nothing(self, name: str, question: str, read: Callable[[str], _T]) -> _T | None:
        """Return an option's value, else the answer to the question, which may be nothing."""

        def read_or_nothing(text: str) -> _T | None:
            return read(text) if text.strip() else None

        told = self.given[name]
        if told or not self.asks:
            return cast("_T | None", told or None)
        shown = f"{question} [nothing]"
        answer: _T | None = click.prompt(shown, default="", show_default=False, value_proc=read_or_nothing)
        return answer


def _interview(given: Mapping[str, object], *, asks: bool) -> Answers:
    ask = _Interview(given=given, asks=asks)
    name = ask.answer("name", "What is your product called?", read_text)
    version = ask.answer("product_version", "Which version is it?", read_text, "1.0.0")
    company = ask.answer("company", "Which company makes it?", read_text)
    contact = ask.answer("contact", "Which e-mail address may Gusto write to?", read_contact)
    if asks and not given["use_cases"]:
        click.echo(f"Use cases: {', '.join(UseCase)}")
    use_cases = ask.answer("use_cases", "Which of them (with commas)?", read_use_cases)
    proposal = ", ".join(propose_scopes(use_cases))
    scopes = ask.answer("scopes", "Which scopes has Gusto assigned?", read_scopes, proposal)
    base_url = ask.answer("base_url", "Where does it run for a test?", read_base_url, "http://127.0.0.1:4000")
    callback = f"{base_url}/gusto/callback"
    redirect_uris = ask.answer("redirect_uris", "Which redirect URI?", read_redirect_uris, callback)
    webhook_url = given["webhook_url"]
    if UseCase.WEBHOOKS in use_cases:
        hooks = f"{base_url}/gusto/webhooks"
        webhook_url = ask.answer("webhook_url", "Where do webhooks arrive?", read_url, hooks)
    commands = ask.answer_or_nothing("commands", "Which command starts it?", read_web_command)
    return Answers(
        name=name,
        version=version,
        company=company,
        contact=contact,
        api_version=str(NEWEST),
        scopes=scopes,
        base_url=base_url,
        redirect_uris=redirect_uris,
        use_cases=use_cases,
        commands=commands or {},
        webhook_url=str(webhook_url or ""),
    )


def _refuse_overwriting(output: Path, *, force: bool) -> None:
    if output.is_dir():
        raise UsageError([Problem(file=str(output), message="is a folder", hint="name a file with --output")])
    if output.exists() and not output.is_file():  # /dev/null would be replaced by a file
        hint = "name a file with --output"
        raise UsageError([Problem(file=str(output), message="is there and is no file", hint=hint)])
    if output.exists() and not force:
        hint = "--force overwrites it, --output names another"
        raise UsageError([Problem(file=str(output), message="exists already", hint=hint)])


def _write(output: Path, text: str, *, force: bool) -> None:
    """Write the page where it is wanted, whole or not at all, after it has been loaded for a test."""
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".partner-qa-") as folder:
            draft = Path(folder) / output.name
            draft.write_text(text, encoding="utf-8")
            _require_loadable(draft)
            if force:
                replace_file(output, draft)
            else:
                with output.open("x", encoding="utf-8") as file:  # not over what appeared meanwhile
                    file.write(text)
    except OSError as error:
        problem = Problem(file=str(output), message=f"cannot be written: {error.strerror or error}")
        raise UsageError([problem]) from error


def _require_loadable(draft: Path) -> None:
    from partner_qa.profile.profile import load_profile  # noqa: PLC0415 - keeps --help fast

    try:
        load_profile(draft)
    except ProfileError as error:
        raise HarnessBug(f"the new profile does not load: {error}", attach=["your answers"]) from error


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
