"""`partner-qa keys`: make the key that bundles are signed with, and show its public half."""

from __future__ import annotations

import os
from pathlib import Path

import click

from partner_qa.errors import UsageError
from partner_qa.evidence.keys import (
    VARIABLE,
    PublicKey,
    find_signing_key,
    load_public_key,
    make_key,
    write_key,
)

_FILE = Path("partner-qa.key")
_SETTINGS = {"help_option_names": ["-h", "--help"]}


@click.group("keys", context_settings=_SETTINGS)
def keys_group() -> None:
    """Make or show the Ed25519 key that bundles are signed with."""


@keys_group.command(
    "new",
    epilog="""\b
Examples:
  partner-qa keys new
  partner-qa keys new --output ~/.partner-qa/signing.key
""",
    context_settings=_SETTINGS,
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=_FILE,
    show_default=True,
    metavar="FILE",
    help="Where the secret half goes; the public one goes beside it, with .pub at the end.",
)
def keys_new(output: Path) -> int:
    """Make a new key.

    The secret half is readable by you alone; keep it out of repositories. In CI put its content into the
    secret variable PARTNER_QA_SIGNING_KEY. Tell reviewers the fingerprint by another way than the bundle.
    """
    key = make_key()
    public = write_key(key, output.expanduser())
    click.echo(f"secret       {output} (yours alone; never commit or send it)")
    click.echo(f"public       {public}")
    click.echo(f"fingerprint  {key.public.fingerprint}")
    return 0


@keys_group.command(
    "show",
    epilog="""\b
Examples:
  partner-qa keys show partner-qa.key
  partner-qa keys show partner-qa.key.pub
""",
    context_settings=_SETTINGS,
)
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
def keys_show(file: Path | None) -> int:
    """Show the public half of a key and its fingerprint; without FILE, of the one in the environment."""
    key = _find(file)
    click.echo(key.pem, nl=False)
    click.echo(f"fingerprint  {key.fingerprint}")
    return 0


def _find(file: Path | None) -> PublicKey:
    if file is not None:
        return load_public_key(file.expanduser())
    if not os.environ.get(VARIABLE) and _FILE.exists():
        return load_public_key(_FILE)
    key = find_signing_key(None, os.environ)
    if key is None:
        raise UsageError(f"there is no {_FILE} here, and {VARIABLE} is not set", hint="Name a key file.")
    return key.public
