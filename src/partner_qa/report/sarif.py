"""SARIF 2.1.0: findings as alerts beside the lines of partner.yaml, in code scanning and in editors.

Each item is a rule, each finding of a failed item a result; a result is only ever the integration's mistake.
What kept us from judging is a notification of the tool, which no consumer takes for an alert. Waivers are
suppressions. Sources: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, and for what GitHub
reads of it https://docs.github.com/en/code-security/code-scanning (SARIF support for code scanning).
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from partner_qa.gate import Judged
from partner_qa.model import Finding, Item, Json, Level, Outcome, Run, Waiver
from partner_qa.report import wording
from partner_qa.report.identity import sandboxes_of
from partner_qa.report.locating import Locator
from partner_qa.report.placing import place
from partner_qa.report.results import Record
from partner_qa.report.text import shown

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_RESULTS = 5_000  # what GitHub takes of one run
_TEXT = 1_000  # GitHub cuts descriptions at 1,024 characters
_PLACES = 20
_LINK = re.compile(r"\]\(")
_LEVELS = {Level.MUST: "error", Level.SHOULD: "warning"}
Object = dict[str, Json]


def write_sarif(record: Record, path: Path, locator: Locator) -> None:
    """Write the SARIF file of a record, whole or not at all."""
    place(path, render_sarif(record, locator))


def render_sarif(record: Record, locator: Locator) -> bytes:
    """Return a record as SARIF; equal records are equal bytes."""
    text = json.dumps(to_sarif(record, locator), indent=1, sort_keys=True, ensure_ascii=True)
    return text.encode("ascii") + b"\n"


def to_sarif(record: Record, locator: Locator) -> Object:
    """Return a record as a SARIF log of one run."""
    results = record.results
    numbered = list(enumerate(results.judged))
    found = [
        _result(number, each, finding, results.run, locator)
        for number, each in numbered
        if each.verdict.outcome is Outcome.FAIL
        for finding in each.verdict.findings
    ]
    unfinished = [
        _notification(number, each, results.run, locator)
        for number, each in numbered
        if each.verdict.outcome in wording.UNFINISHED
    ]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(record)},
                "automationDetails": {"id": f"partner-qa/{sandboxes_of(results.run).replace(' ', '-')}/"},
                "invocations": [_invocation(record, unfinished, locator)],
                "columnKind": "utf16CodeUnits",
                "results": [*found[:_RESULTS]],
            }
        ],
    }


def _driver(record: Record) -> Object:
    version = shown(record.versions.get("partner-qa") or record.results.run.harness or "0", limit=60)
    return {
        "name": "partner-qa",
        "version": version,
        "rules": [_rule(each.item, record) for each in record.results.judged],
    }


def _rule(item: Item, record: Record) -> Object:
    advice = shown(item.advice, limit=_TEXT)
    source = f"{shown(item.source.title, limit=200)} ({item.source.retrieved:%Y-%m-%d})"
    rule: Object = {
        "id": shown(item.id, limit=60),
        "name": re.sub(r"[^A-Za-z0-9]", "", item.title.title())[:120] or item.id,
        "shortDescription": {"text": shown(item.title, limit=_TEXT)},
        "fullDescription": {"text": shown(item.requirement, limit=_TEXT)},
        "help": {"text": "\n".join(filter(None, (shown(item.requirement, limit=_TEXT), advice, source)))},
        "defaultConfiguration": {"level": _LEVELS[item.level]},
        "properties": {
            "tags": [item.section, item.level.value, item.basis.value],
            "section": shown(wording.section_name(item, record.titles), limit=100),
            "problem.severity": _LEVELS[item.level],
        },
    }
    if re.match(r"https?://[!-~]+\Z", item.source.url):
        rule["helpUri"] = item.source.url
    return rule


def _result(number: int, judged: Judged, finding: Finding, run: Run, locator: Locator) -> Object:
    item, verdict = judged.item, judged.verdict
    said = (finding.message, _labelled("expected", finding.expected), _labelled("seen", finding.seen))
    result: Object = {
        "ruleId": shown(item.id, limit=60),
        "ruleIndex": number,
        "kind": "fail",
        "level": _LEVELS[item.level],
        "message": {"text": ". ".join(_plain(each) for each in said if each)},
        "locations": [_location(locator, locator.find_line(run, item.section, verdict, finding), finding)],
        "fingerprints": {"partnerQaFinding/v1": finding.fingerprint},
        # the one that GitHub compares; without it, a moved line in partner.yaml would be a new alert
        "partialFingerprints": {"primaryLocationLineHash": f"{finding.fingerprint}:1"},
        "properties": {
            "blame": finding.blame.value,
            "evidence": verdict.evidence.value if verdict.evidence else "",
            "hint": shown(finding.hint, limit=_TEXT),
        },
    }
    if verdict.waiver is not None:
        result["suppressions"] = [_suppression(verdict.waiver)]
    return result


def _suppression(waiver: Waiver) -> Object:
    why = f"{waiver.owner}, until {waiver.expires:%Y-%m-%d}: {waiver.reason}"
    return {"kind": "external", "status": "accepted", "justification": _plain(why)}


def _plain(text: str, *, limit: int = _TEXT) -> str:
    """Return a foreign text as part of a message, in which `[this](address)` would be a link (3.11.6)."""
    return _LINK.sub("] (", shown(text, limit=limit))


def _labelled(label: str, text: str) -> str:
    return f"{label}: {text}" if text else ""


def _location(locator: Locator, line: int, finding: Finding | None = None) -> Object:
    uri = quote(locator.uri, safe="/", errors="surrogateescape")  # a path need not be UTF-8
    location: Object = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": line},
        }
    }
    if finding is not None and finding.places:
        location["logicalLocations"] = [
            {"fullyQualifiedName": shown(str(each), limit=200), "kind": "exchange"}
            for each in finding.places[:_PLACES]
        ]
    return location


def _notification(number: int, judged: Judged, run: Run, locator: Locator) -> Object:
    item, verdict = judged.item, judged.verdict
    missing = "".join(f"; missing: {_plain(each, limit=200)}" for each in verdict.missing[:8])
    reason = _plain(verdict.reason or wording.MEANINGS[verdict.outcome])
    return {
        "level": "error" if verdict.outcome is Outcome.ERROR else "note",
        "message": {"text": f"{item.id} {wording.OUTCOMES[verdict.outcome]}: {reason}{missing}"},
        "associatedRule": {"id": shown(item.id, limit=60), "index": number},
        "locations": [_location(locator, locator.find_line(run, item.section, verdict))],
    }


def _contradiction(finding: Finding, locator: Locator) -> Object:
    """Return where the use cases contradict what was seen: a notification about the configuration."""
    text = _plain(f"{wording.explain_contradiction(finding)}. {wording.CONTRADICTIONS}")
    line = locator.lines.get(("use_cases",), 1)
    return {"level": "warning", "message": {"text": text}, "locations": [_location(locator, line, finding)]}


def _invocation(record: Record, notifications: list[Object], locator: Locator) -> Object:
    run, decision = record.results.run, record.results.decision
    invocation: Object = {
        "executionSuccessful": not any(
            each.verdict.outcome is Outcome.ERROR for each in record.results.judged
        ),
        "exitCode": int(decision.exit_code),
        "exitCodeDescription": shown(decision.headline, limit=_TEXT),
        "startTimeUtc": _time(run.started),
        "toolExecutionNotifications": [*notifications],
    }
    if record.results.contradictions:
        invocation["toolConfigurationNotifications"] = [
            _contradiction(each, locator) for each in record.results.contradictions
        ]
    if run.ended is not None:
        invocation["endTimeUtc"] = _time(run.ended)
    return invocation


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
