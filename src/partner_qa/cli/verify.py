"""`partner-qa verify`: check a bundle, and judge its recordings again."""

from __future__ import annotations

from pathlib import Path

import click

_EPILOG = """\b
Examples:
  partner-qa verify acme-time-4.2.0-2026-11-23.zip --key acme.pub
  partner-qa verify acme-time-4.2.0-2026-11-23.zip --key SHA256:…
  partner-qa verify acme-time-4.2.0-2026-11-23.zip --json
"""


@click.command("verify", epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("bundle", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--key", metavar="KEY", help="Whom you trust: a key file, or a fingerprint SHA256:…")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def verify_command(bundle: Path, key: str | None, as_json: bool) -> int:
    """Check a BUNDLE: that it is whole, whose it is, how old, and that its recordings come to its verdicts.

    Nothing in it is run. Exit code 0 says that all of it holds and that the key is the one you named;
    everything else is 7. Without --key the best answer is "intact, origin unknown".
    """
    from partner_qa.cli.verifying import verify_bundle  # noqa: PLC0415 - the engine loads slowly

    return verify_bundle(bundle, key=key, as_json=as_json)
