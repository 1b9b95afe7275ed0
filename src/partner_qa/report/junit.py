"""JUnit XML for CI systems: one test case for each item, in a suite for each section.

What was not judged is an error and not a skip, because every consumer paints a skip green; only what does
not apply is skipped. Every text is cut and rid of what XML 1.0 does not allow.
Form: https://github.com/testmoapp/junitxml (there is no standard).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import groupby
from pathlib import Path

from partner_qa.gate import Judged
from partner_qa.model import Outcome, Run
from partner_qa.report import wording
from partner_qa.report.identity import identify, title_of
from partner_qa.report.placing import place
from partner_qa.report.repeating import next_command
from partner_qa.report.results import Record
from partner_qa.report.text import clipped, shown, xml_safe

_ELEMENTS = {
    Outcome.FAIL: "failure",
    Outcome.NOT_OBSERVED: "error",
    Outcome.NEEDS_ATTESTATION: "error",
    Outcome.ERROR: "error",
    Outcome.NOT_APPLICABLE: "skipped",
}
_MESSAGE = 400
_TEXT = 16_000


def write_junit(record: Record, path: Path) -> None:
    """Write the JUnit file of a record, whole or not at all."""
    place(path, render_junit(record))


def render_junit(record: Record) -> bytes:
    """Return the record as JUnit XML, in UTF-8."""
    results = record.results
    root = ET.Element("testsuites", _numbers(results.judged, title_of(results.run)))
    for _, group in groupby(results.judged, key=lambda each: each.item.section):
        rows = list(group)
        name = wording.section_name(rows[0].item, record.titles)
        suite = ET.SubElement(root, "testsuite", _numbers(rows, name))
        suite.set("timestamp", f"{results.run.started:%Y-%m-%dT%H:%M:%S}")
        _properties(suite, identify(record))
        _contradictions(suite, record)
        for each in rows:
            _case(suite, each, results.run)
    ET.indent(root, " ")
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _numbers(rows: tuple[Judged, ...] | list[Judged], name: str) -> dict[str, str]:
    kinds = [_ELEMENTS.get(each.verdict.outcome) for each in rows]
    return {
        "name": xml_safe(shown(name, limit=_MESSAGE)),
        "tests": str(len(rows)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": f"{sum(each.duration for each in rows):.3f}",
    }


def _contradictions(suite: ET.Element, record: Record) -> None:
    """Say beside what a suite is of where the use cases contradict what was seen: it decides what applies."""
    found = suite.find("properties")
    assert found is not None  # noqa: S101 - said to mypy, written a line before
    for each in record.results.contradictions:
        value = shown(wording.explain_contradiction(each), limit=_MESSAGE)
        ET.SubElement(found, "property", name="contradiction", value=xml_safe(value))


def _properties(parent: ET.Element, given: dict[str, str]) -> None:
    found = ET.SubElement(parent, "properties")
    for name, value in given.items():
        if value:
            ET.SubElement(found, "property", name=name, value=xml_safe(shown(value, limit=_MESSAGE)))


def _case(suite: ET.Element, judged: Judged, run: Run) -> None:
    item, verdict = judged.item, judged.verdict
    case = ET.SubElement(
        suite,
        "testcase",
        classname=xml_safe(f"partner-qa.{item.section}"),
        name=xml_safe(shown(f"{item.id} {item.title}", limit=_MESSAGE)),
        time=f"{judged.duration:.3f}",
    )
    _properties(
        case,
        {
            "outcome": verdict.outcome.value,
            "level": item.level.value,
            "basis": item.basis.value,
            "evidence": verdict.evidence.value if verdict.evidence else "",
            "blame": verdict.blame.value if verdict.blame else "",
            "fingerprints": " ".join(each.fingerprint for each in verdict.findings[:20]),
            "waiver": f"{verdict.waiver.owner} until {verdict.waiver.expires}" if verdict.waiver else "",
            "source": item.source.url,
        },
    )
    kind = _ELEMENTS.get(verdict.outcome)
    if kind is None:
        return
    found = ET.SubElement(case, kind, message=xml_safe(_message(judged)))
    if kind != "skipped":
        found.set("type", f"{item.level.value}.{verdict.outcome.value}")
        found.text = xml_safe(_explanation(judged, run))


def _message(judged: Judged) -> str:
    verdict = judged.verdict
    reason = verdict.reason or wording.MEANINGS[verdict.outcome]
    return shown(f"{wording.outcome_word(verdict)}: {reason}", limit=_MESSAGE)


def _explanation(judged: Judged, run: Run) -> str:
    item, verdict = judged.item, judged.verdict
    lines = [("required", shown(item.requirement)), *wording.explain_verdict(verdict)]
    for finding in verdict.findings:
        lines += [("", ""), *wording.explain_finding(finding)]
    step = next_command(judged, run)
    lines += [("", ""), ("source", shown(item.source.url)), *([step] if step else [])]
    text = "\n".join(f"{label:<12}{value}".rstrip() for label, value in lines)
    return clipped(text, _TEXT)
