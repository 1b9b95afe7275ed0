"""What was judged and by what: the names and versions that every report carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from partner_qa.model import Run, Target
from partner_qa.report.results import Record
from partner_qa.report.text import shown


def name_of(run: Run) -> str:
    """Return the integration of a run with its version."""
    names = _section(run, "integration")
    who = " ".join(str(names.get(key, "")) for key in ("name", "version")).strip()
    return shown(who or "an integration", limit=140)


def title_of(run: Run) -> str:
    """Return a report's title: the checklist and the integration with its version."""
    return f"Partner Checklist: {name_of(run)}"


def sandboxes_of(run: Run) -> str:
    """Return where a run took place: `embedded`, `live`, or both for two runs that were merged."""
    seen = {run.target, *(each.target for each in run.recordings)}
    return " and ".join(each.value for each in Target if each in seen)


def name_sandboxes(run: Run) -> str:
    """Return where a run took place as words of a sentence: `live sandbox`, `embedded and live sandboxes`."""
    seen = sandboxes_of(run)
    return f"{seen} sandbox{'es' if ' and ' in seen else ''}"


def identify(record: Record) -> dict[str, str]:
    """Return what the run was a run of, as names and values that people read; empty ones left out."""
    run = record.results.run
    gusto = _section(run, "gusto")
    given = {
        "Integration": f"{title_of(run).partition(': ')[2]}",
        "Company": _section(run, "integration").get("company"),
        "Use cases": run.profile.get("use_cases"),
        "Scopes": gusto.get("scopes"),
        "Sandbox": sandboxes_of(run),
        "Base URL": run.base_url,
        "API version": run.contract.get("version") or gusto.get("api_version"),
        "Contract": _identity(run.contract),
        "Checklist": _identity(run.checklist),
        "Harness": run.harness,
        "Judged by": ", ".join(f"{name} {version}" for name, version in sorted(record.versions.items())),
        "Run": run.id,
        "Began": f"{run.started:%Y-%m-%d %H:%M:%S} UTC",
        "Left out": run.filters,
    }
    return {name: _words(value) for name, value in given.items() if value}


def _section(run: Run, name: str) -> Mapping[str, Any]:
    value = run.profile.get(name)
    return value if isinstance(value, Mapping) else {}


def _identity(facts: Mapping[str, Any]) -> str:
    """Return an identity in one line: everything that is short, and hashes by their first 12 digits."""
    parts = []
    for name, value in sorted(facts.items()):
        if isinstance(value, str) and "sha256" in name:
            parts.append(f"{name} {value[:12]}")
        elif isinstance(value, (str, int)) and name != "version":
            parts.append(f"{name} {value}")
    return ", ".join(parts)


def _words(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return shown(", ".join(str(each) for each in value), limit=600)
    return shown(str(value), limit=600)
