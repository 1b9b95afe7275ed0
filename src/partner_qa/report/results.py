"""results.json: the one record of a judged run, from which every report is made.

It holds the verdicts and what they rest on: the exchanges that findings name, redacted and cut to size,
so that reports need no cassettes. Its shape is schemas/results.json. Written in one canonical form
(sorted keys, ASCII, one line feed at the end), so that equal records are equal bytes.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from partner_qa.contract.schema import find_violations, load_schema
from partner_qa.errors import HarnessBug, Problem, ReportError
from partner_qa.gate import Decision, ExitCode, Judged, Results
from partner_qa.model import Finding, Json, Outcome
from partner_qa.report.decoding import Object, decode_finding, decode_item, decode_run, decode_verdict
from partner_qa.report.encoding import (
    encode_exchange,
    encode_finding,
    encode_item,
    encode_run,
    encode_verdict,
)
from partner_qa.report.exchanges import find_cited
from partner_qa.report.placing import place
from partner_qa.report.text import shown
from partner_qa.settings import harness_version

FORMAT = 1
_SHOWN_PROBLEMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What results.json holds: results, the titles of the sections, and the versions that judged."""

    results: Results
    titles: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


def judging_versions() -> dict[str, str]:
    """Return the versions of what judges here and now."""
    return {"partner-qa": harness_version(), "python": platform.python_version()}


def to_json(record: Record) -> dict[str, Json]:
    """Return a record as JSON."""
    results = record.results
    cited = find_cited(results.run, _all_findings(results))
    return {
        "format": FORMAT,
        "versions": dict(record.versions),
        "sections": dict(record.titles),
        "run": encode_run(results.run),
        "decision": {
            "exit_code": int(results.decision.exit_code),
            "headline": results.decision.headline,
            "reasons": list(results.decision.reasons),
            "counts": {name.value: number for name, number in results.decision.counts.items()},
        },
        "items": [_encode_judged(each) for each in results.judged],
        "health": [encode_finding(each) for each in results.health],
        "contradictions": [encode_finding(each) for each in results.contradictions],
        "exchanges": {str(each.place): encode_exchange(each.exchange) for each in cited},
    }


def _all_findings(results: Results) -> list[Finding]:
    of_items = [finding for each in results.judged for finding in each.verdict.findings]
    return [*of_items, *results.health, *results.contradictions]


def _encode_judged(judged: Judged) -> dict[str, Json]:
    return {
        "item": encode_item(judged.item),
        "verdict": encode_verdict(judged.verdict),
        "duration": judged.duration,
        "test": judged.test,
    }


def write_results(path: Path, record: Record) -> None:
    """Write results.json, whole or not at all.

    Raises `HarnessBug` where it would break its own schema, `ReportError` where
    it cannot be written.
    """
    value = to_json(record)
    violations = find_violations(value, load_schema("results"))
    if violations:
        raise HarnessBug(f"results.json would break its schema: {violations[0]}")
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False)
    place(path, text.encode("ascii") + b"\n")


def load_results(path: Path) -> Record:
    """Read results.json.

    Raises `ReportError` with every problem where it is missing, cut, of another format or not of the
    schema, or where a finding no longer fits its fingerprint.
    """
    value = _load_object(path)
    if value.get("format") != FORMAT:
        seen = shown(str(value.get("format")), limit=40)
        problem = Problem(message=f"is of format {seen}, not {FORMAT}", file=str(path), key="format")
        raise ReportError([problem], hint="make it with the version of partner-qa that made the run")
    violations = find_violations(value, load_schema("results"))
    if violations:
        raise ReportError(
            [
                Problem(message=shown(each.message, limit=300), file=str(path), key=each.pointer)
                for each in violations[:_SHOWN_PROBLEMS]
            ]
        )
    try:
        return from_json(value)
    except ValueError as error:
        raise ReportError([Problem(message=shown(str(error), limit=300), file=str(path))]) from error


def _load_object(path: Path) -> Object:
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        hint = "`partner-qa judge --report` writes it for a run that has cassettes"
        raise ReportError([Problem(message="there is no results.json", file=str(path))], hint=hint) from None
    except (OSError, ValueError, RecursionError) as error:
        problem = Problem(message=f"is not whole: {shown(str(error), limit=300)}", file=str(path))
        raise ReportError([problem]) from error
    if not isinstance(value, dict):
        raise ReportError([Problem(message="holds no JSON object", file=str(path))])
    return value


def from_json(value: Object) -> Record:
    """Return the record that a valid results.json holds."""
    decision = value["decision"]
    results = Results(
        run=decode_run(value["run"], value["exchanges"]),
        judged=tuple(_decode_judged(each) for each in value["items"]),
        health=tuple(decode_finding(each) for each in value["health"]),
        contradictions=tuple(decode_finding(each) for each in value.get("contradictions", ())),
        decision=Decision(
            exit_code=ExitCode(decision["exit_code"]),
            headline=decision["headline"],
            reasons=tuple(decision["reasons"]),
            counts={Outcome(name): number for name, number in decision["counts"].items()},
        ),
    )
    return Record(results=results, titles=value["sections"], versions=value["versions"])


def _decode_judged(value: Object) -> Judged:
    item = decode_item(value["item"])
    return Judged(
        item=item,
        verdict=decode_verdict(item.id, value["verdict"]),
        duration=value["duration"],
        test=value["test"],
    )
