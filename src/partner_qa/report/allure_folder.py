"""Finishes a folder of Allure results: what allure-pytest leaves out, and what it should not have said.

Adds environment.properties, categories.json and executor.json. In each result it sets ids that depend on
the item alone (so history survives another clone, wheel or test name), puts the finding's own words where
a Python stack stood, and drops labels that name this machine. The verdict stays as pytest wrote it, times
are those of the run (timing.py), names of files those of the item (naming.py): one run, one folder.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from partner_qa.errors import ReportError
from partner_qa.gate import Judged, Results
from partner_qa.model import Blame, Item, Outcome, Run
from partner_qa.report import wording
from partner_qa.report.identity import identify
from partner_qa.report.naming import place_result, to_json
from partner_qa.report.placing import place
from partner_qa.report.results import Record
from partner_qa.report.story import Stories
from partner_qa.report.text import shown
from partner_qa.report.timing import time_result

_OURS = UUID("5d0b4b0e-6d1c-5b55-9c2e-4b6f8f0a1c11")  # a namespace for ids, nothing more
_KEPT_LABELS = frozenset(
    ("epic", "feature", "severity", "item", "level", "basis", "outcome", "evidence", "blame", "waiver")
)

Rule = dict[str, Any]


def finish_folder(folder: Path, record: Record) -> None:
    """Finish the results that allure-pytest wrote into `folder` for this run.

    Raises `ReportError` where a result file cannot be read, or says nothing of its item.
    """
    results = record.results
    judged = {each.item.id: each for each in results.judged}
    stories = Stories()
    positions = {each.item.id: number for number, each in enumerate(results.judged)}
    for path in sorted(folder.glob("*-result.json")):
        result = _load_result(path)
        item_id = _label(result, "item")
        if item_id not in judged:
            raise ReportError(f"{path.name} is no result of this run: it names the item {shown(item_id)!r}")
        one = judged[item_id]
        finished = finish_result(result, one, results.run)
        position = positions[item_id]
        timed = time_result(finished, one.verdict, results.run, position=position, stories=stories)
        place_result(path, timed)
    for path in folder.glob("*-container.json"):
        path.unlink()
    place(folder / "environment.properties", write_environment(record).encode("ascii"))
    _write_json(folder / "categories.json", categories())
    _write_json(folder / "executor.json", executor(results.run))


def finish_result(result: Rule, judged: Judged, run: Run) -> Rule:
    """Return one Allure result with stable ids, our labels and the finding's words; the status stays."""
    name = full_name_of(judged.item)
    finished = {
        **result,
        "uuid": str(uuid5(_OURS, f"{run.id}/{judged.item.id}")),
        "fullName": name,
        "testCaseId": case_id(judged.item.id),
        "historyId": hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(),
        "titlePath": [],
        "parameters": [],
        "labels": [each for each in result.get("labels", ()) if each.get("name") in _KEPT_LABELS],
        "steps": [_without_stack(step) for step in result.get("steps", ())],
    }
    details = explain_status(judged)
    if details:
        _explain_first(finished["steps"], str(details["message"]))
        return {**finished, "statusDetails": details}
    return {name: value for name, value in finished.items() if name != "statusDetails"}


def full_name_of(item: Item) -> str:
    """Return what Allure knows an item by."""
    return f"partner-qa.{item.section}.{item.id}"


def case_id(item_id: str) -> str:
    """Return the test case id of an item, the same in every run and on every machine."""
    return f"partner-qa:{item_id}"


def explain_status(judged: Judged) -> Rule:
    """Return the words of a verdict, none where it passed; everything else stands in the description."""
    verdict = judged.verdict
    if verdict.outcome in (Outcome.PASS, Outcome.ATTESTED):
        return {}
    details: Rule = {
        "message": shown(verdict.reason or wording.MEANINGS[verdict.outcome]),
        "known": verdict.waiver is not None,
    }
    first = next((each for each in verdict.findings if each.expected and each.seen), None)
    if first is not None:  # Allure shows the two beside each other
        details |= {"expected": shown(first.expected), "actual": shown(first.seen)}
    return details


def _without_stack(step: Rule) -> Rule:
    """Return a step without its exception: its name says what was wrong, its attachments what was seen."""
    kept = {key: value for key, value in step.items() if key != "statusDetails"}
    return {**kept, "steps": [_without_stack(each) for each in step.get("steps", ())]}


def _explain_first(steps: list[Rule], message: str) -> None:
    """Give the first failed step the words of the result: Allure then shows the two as one."""
    first = next((each for each in steps if each.get("status") == "failed"), None)
    if first is not None:
        first["statusDetails"] = {"message": message}


def write_environment(record: Record) -> str:
    """Return environment.properties (java.util.Properties, escaped to ASCII)."""
    decision = record.results.decision
    headline = shown(f"{decision.headline} (exit code {decision.exit_code})", limit=300)
    facts = {"Decision": headline, "Configuration": _contradictions(record.results), **identify(record)}
    facts = {name: value for name, value in facts.items() if value}
    return "".join(f"{_property(name)}={_property(value)}\n" for name, value in facts.items())


def _contradictions(results: Results) -> str:
    """Return where the use cases contradict what was seen; it decides which items apply."""
    told = "; ".join(each.message for each in results.contradictions)
    return shown(f"{wording.CONTRADICTIONS} {told}", limit=600) if told else ""


def _property(text: str) -> str:
    escaped = "".join(f"\\{each}" if each in "\\:=#! " else each for each in text)
    units = escaped.encode("utf-16-be")
    pairs = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    return "".join(chr(each) if 0x20 <= each < 0x7F else f"\\u{each:04x}" for each in pairs)


def categories() -> list[Rule]:
    """Return the categories of results, by our own labels; Allure 3 takes them in its configuration."""
    return [
        _category("Integration", outcome=Outcome.FAIL.value),
        _category("Sandbox", outcome=Outcome.ERROR.value, blame=Blame.SANDBOX.value),
        _category("Configuration", outcome=Outcome.ERROR.value, blame=Blame.CONFIGURATION.value),
        _category("Harness", outcome=Outcome.ERROR.value),
        _category("Not observed", outcome=Outcome.NOT_OBSERVED.value),
        _category("Needs a person", outcome=Outcome.NEEDS_ATTESTATION.value),
    ]


def _category(name: str, **labels: str) -> Rule:
    return {"name": name, "matchers": [{"labels": {key: f"^{value}$" for key, value in labels.items()}}]}


def resolutions(results: Results) -> list[Rule]:
    """Return Allure's resolution rules: a waived failure is accepted, and stays visible as a failure."""
    return [
        {
            "resolution": "accepted",
            "comment": shown(
                f"waived by {waiver.owner} until {waiver.expires:%Y-%m-%d}: {waiver.reason} "
                f"({waiver.fingerprint})"
            ),
            "testCaseId": [case_id(each.item.id)],
        }
        for each in results.judged
        if (waiver := each.verdict.waiver) is not None
    ]


def executor(run: Run) -> Rule:
    """Return executor.json: which harness ran, and which run it was."""
    return {
        "name": f"partner-qa {run.harness}",
        "type": "partner-qa",
        "buildName": run.id,
        "reportName": "Partner Checklist",
    }


def _label(result: Rule, name: str) -> str:
    return next((str(each.get("value")) for each in result.get("labels", ()) if each.get("name") == name), "")


def _load_result(path: Path) -> Rule:
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ReportError(f"{path.name} is not an Allure result: {error}") from error
    if not isinstance(result, dict):
        raise ReportError(f"{path.name} is not an Allure result: it holds no object")
    return result


def _write_json(path: Path, value: Any) -> None:
    place(path, to_json(value))
