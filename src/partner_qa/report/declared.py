"""What people declared otherwise in one of two runs: waivers, attestations, scopes, use cases, versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from partner_qa.model import Attestation, Run, Waiver
from partner_qa.report.results import Record


def compare_declared(before: Record, after: Record, items: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return sentences by subject; of decisions about `items` only, which both records have judged or may."""
    old, new = before.results.run, after.results.run
    told = {
        "waivers": _compare_decisions(_waivers(before), _waivers(after), items),
        "attestations": _compare_decisions(_attestations(before), _attestations(after), items),
        "scopes": _compare_sets(_listed(old, "gusto", "scopes"), _listed(new, "gusto", "scopes")),
        "use cases": _compare_sets(_listed(old, "use_cases"), _listed(new, "use_cases")),
        "versions": _compare_versions(before, after),
    }
    lines = {subject: tuple(each) for subject, each in told.items()}
    return {subject: each for subject, each in lines.items() if each}


def _waivers(record: Record) -> dict[str, tuple[Waiver, str]]:
    """Return each waiver by its item, with who decided."""
    given = ((each.item.id, each.verdict.waiver) for each in record.results.judged)
    return {item: (waiver, waiver.owner) for item, waiver in given if waiver is not None}


def _attestations(record: Record) -> dict[str, tuple[Attestation, str]]:
    """Return each attestation by its item, with who decided."""
    given = ((each.item.id, each.verdict.attestation) for each in record.results.judged)
    return {item: (answer, answer.person) for item, answer in given if answer is not None}


def _compare_decisions(
    was: Mapping[str, tuple[Waiver | Attestation, str]],
    now: Mapping[str, tuple[Waiver | Attestation, str]],
    items: Sequence[str],
) -> Iterator[str]:
    for item in items:
        given = now.get(item) or was.get(item)
        if given is None or was.get(item) == now.get(item):
            continue
        decision, who = given
        how = "gone" if item not in now else "new" if item not in was else "changed"
        until = f" until {decision.expires}" if decision.expires else ""
        yield f"{item}: {how}, by {who}{until}"


def _listed(run: Run, *keys: str) -> list[str]:
    value: object = run.profile
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else []


def _compare_sets(was: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    yield from (f"{each}: added" for each in now if each not in was)
    yield from (f"{each}: removed" for each in was if each not in now)


def _compare_versions(old: Record, new: Record) -> Iterator[str]:
    named = {
        "integration": [_integration(each.results.run) for each in (old, new)],
        "API version": [str(each.results.run.contract.get("version", "")) for each in (old, new)],
        "partner-qa": [each.versions.get("partner-qa", "") for each in (old, new)],
        "checklist": [str(each.results.run.checklist.get("sha256", ""))[:12] for each in (old, new)],
    }
    for name, (was, now) in named.items():
        if was != now:
            yield f"{name}: {was or 'none'}, now {now or 'none'}"


def _integration(run: Run) -> str:
    value = run.profile.get("integration")
    return str(value.get("version", "")) if isinstance(value, Mapping) else ""
