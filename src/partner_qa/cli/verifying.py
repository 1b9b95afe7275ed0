"""What `partner-qa verify` does: examine, and say what was found, for people or for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from partner_qa.checklist import load_checklist
from partner_qa.cli.deriving import rederive
from partner_qa.cli.execution import now_and_today
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import Problem, UsageError
from partner_qa.evidence.examining import Examination, Installed, examine_bundle
from partner_qa.evidence.keys import find_trusted
from partner_qa.evidence.trouble import MEANINGS
from partner_qa.gate import ExitCode
from partner_qa.report.text import shown
from partner_qa.settings import harness_version

_FORMAT = 1


def verify_bundle(path: Path, *, key: str | None, as_json: bool) -> int:
    """Do all of it, and return the exit code."""
    if not path.is_file():
        raise UsageError([Problem(file=str(path), message="is not there")], hint="Name a bundle: a zip file.")
    trusted = find_trusted(key)
    _, today = now_and_today()
    installed = Installed(
        version=harness_version(), checklist=load_checklist().identity, contract=load_contract().identity
    )
    found = examine_bundle(path, trusted=trusted, today=today, installed=installed, rederive=rederive)
    code = ExitCode.VERIFIED if found.is_verified else ExitCode.EVIDENCE
    if as_json:
        click.echo(json.dumps(_to_json(found, code), indent=1, sort_keys=True))
    else:
        for line in _to_lines(found):
            click.echo(shown(line))
    return int(code)


def _headline(found: Examination) -> str:
    if found.is_verified:
        return "verified"
    return "intact, origin unknown" if found.is_intact else "not accepted"


def _to_lines(found: Examination) -> list[str]:
    lines = [_headline(found)]
    for number, each in enumerate(found.troubles):
        lines.append(f"  {each.code:<22} {each}")
        is_last_of_code = each.code not in [other.code for other in found.troubles[number + 1 :]]
        if each.hint or is_last_of_code:
            lines.append(f"  {'':<22} {each.hint or MEANINGS[each.code]}")
    if found.manifest is None:
        return lines
    value = found.manifest.value
    integration = " ".join(value["integration"].get(name, "") for name in ("name", "version", "company"))
    targets = ", ".join(each["target"] for each in value["runs"] if "control" not in each["folder"])
    judged = "again, by" if found.is_judged else "not; told by"
    age = "today" if found.age == 0 else f"{found.age} day{'s' if found.age != 1 else ''} ago"
    lines += [
        "",
        f"integration  {integration.strip()}",
        f"says         {value['decision']['headline']}",
        f"targets      {targets}",
        f"seen         {found.manifest.created:%Y-%m-%d} ({age}); counts until {found.manifest.expires}",
        f"signed by    {found.claim.signer.fingerprint if found.claim else 'nobody'}",
        f"built by     {_built_by(found)}",
        f"judged       {judged} partner-qa {value['harness']['version']}",
        f"root         {found.manifest.root}",
    ]
    return lines


def _built_by(found: Examination) -> str:
    told = found.claim.built_by if found.claim else {}
    return " ".join(f"{name} {value}" for name, value in sorted(told.items())) or "not told"


def _to_json(found: Examination, code: ExitCode) -> dict[str, Any]:
    manifest = found.manifest
    value = manifest.value if manifest else {}
    return {
        "format": _FORMAT,
        "verdict": _headline(found),
        "exit_code": int(code),
        "troubles": [
            {"code": each.code.value, "message": each.message, "file": each.file, "hint": each.hint}
            for each in found.troubles
        ],
        "judged_again": found.is_judged,
        "root": manifest.root if manifest else None,
        "files": found.files,
        "age_days": found.age,
        "expires": manifest.expires.isoformat() if manifest else None,
        "signer": found.claim.signer.fingerprint if found.claim else None,
        "built_by": found.claim.built_by if found.claim else {},
        "integration": value.get("integration"),
        "harness": value.get("harness"),
        "decision": value.get("decision"),
        "draft": value.get("draft"),
        "previous": value.get("previous"),
    }
