"""Annotations for GitHub Actions: workflow commands that show a verdict beside its line of partner.yaml.

A line that begins with `::` is a command to the runner, so every part of one is escaped as GitHub's own
toolkit does. github.py prints them.
https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from partner_qa.gate import UNANSWERED, Judged
from partner_qa.model import Finding, Level, Outcome, Run
from partner_qa.report import wording
from partner_qa.report.locating import Locator
from partner_qa.report.results import Record
from partner_qa.report.text import counted, shown

ANNOTATIONS = 8
"""Annotations of one run; GitHub shows ten of a kind for one step, and drops the others silently."""
_TEXT = 400
_WHOLE = "Partner Checklist"
_ALERTS = {Level.MUST: "error", Level.SHOULD: "warning"}


def render_annotations(record: Record, locator: Locator) -> list[str]:
    """Return at most eight workflow commands for items, what is worst first, and a few for the whole.

    An error says what the run comes to where it ends in an exit code and no item is an error itself. Notices
    count what is left over, and what a person has still to answer: that is the same from push to push.
    """
    results = record.results
    items = sorted(filter(_is_annotated, results.judged), key=_urgency)
    lines = [_annotate(each, results.run, locator) for each in items[:ANNOTATIONS]]
    if results.decision.exit_code and "error" not in map(_kind, items):
        reasons = "; ".join((results.decision.headline, *results.decision.reasons[:5]))
        lines.insert(0, write_command("error", _WHOLE, reasons, file=locator.uri, line="1"))
    more = len(items) - ANNOTATIONS
    unanswered = sum(map(_is_unanswered, results.judged))
    told = [f"{more} more in the job summary and the report"] if more > 0 else []
    told += [f"{counted(unanswered, 'item')} for a person to answer; {wording.ASKS}"] if unanswered else []
    return [*lines, *(write_command("notice", _WHOLE, text, file=locator.uri, line="1") for text in told)]


def _annotate(judged: Judged, run: Run, locator: Locator) -> str:
    return write_command(
        _kind(judged),
        f"{judged.item.id}: {wording.outcome_word(judged.verdict)}",
        f"{judged.item.title}: {judged.verdict.reason or wording.MEANINGS[judged.verdict.outcome]}",
        file=locator.uri,
        line=str(locator.find_line(run, judged.item.section, judged.verdict, _first_finding(judged))),
    )


def _is_annotated(judged: Judged) -> bool:
    """Return whether an item gets a line of its own; what nobody has answered yet is counted together."""
    outcome = judged.verdict.outcome
    return outcome is Outcome.FAIL or (outcome in wording.UNFINISHED and not _is_unanswered(judged))


def _is_unanswered(judged: Judged) -> bool:
    return judged.verdict.outcome is Outcome.NEEDS_ATTESTATION and judged.verdict.reason == UNANSWERED


def _kind(judged: Judged) -> str:
    if judged.verdict.outcome is Outcome.ERROR:
        return "error"
    if judged.verdict.outcome is Outcome.FAIL:
        return "notice" if judged.verdict.waiver else _ALERTS[judged.item.level]
    return "notice"


def _urgency(judged: Judged) -> int:
    return ("error", "warning", "notice").index(_kind(judged))


def _first_finding(judged: Judged) -> Finding | None:
    return next(iter(judged.verdict.findings), None)


def write_command(kind: str, title: str, text: str, *, file: str, line: str) -> str:
    """Return a workflow command; every part of it is escaped, so it is one line and one command."""
    place = {"file": file, "line": line} if file else {}
    properties = {**place, "title": f"partner-qa {title}"}
    named = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items())
    return f"::{kind} {named}::{escape_data(shown(text, limit=_TEXT))}"


def escape_data(text: str) -> str:
    """Return a text as the message of a workflow command, as GitHub's own toolkit escapes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Return a text as a property of a workflow command."""
    return escape_data(shown(text, limit=_TEXT)).replace(":", "%3A").replace(",", "%2C")
