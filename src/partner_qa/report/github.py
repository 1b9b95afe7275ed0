"""What a run tells GitHub Actions: a job summary in Markdown, and annotations beside partner.yaml.

Both are places where a text can act: a line that begins with `::` is a command to the runner, and Markdown
can load pictures. So texts that others chose are escaped for either, and while the terminal's summary is
printed the runner takes no commands. The environment alone says whether this is GitHub.
https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from partner_qa.errors import PartnerQAError, Problem, ReportError, SetupError
from partner_qa.gate import UNANSWERED, Judged
from partner_qa.model import Finding, Level, Outcome, Run
from partner_qa.report import wording
from partner_qa.report.identity import identify, name_sandboxes, title_of
from partner_qa.report.locating import Locator, find_root, relative
from partner_qa.report.repeating import check_command
from partner_qa.report.results import Record
from partner_qa.report.text import counted, shown

ANNOTATIONS = 8
"""Annotations of one run; GitHub shows ten of a kind for one step, and drops the others silently."""
SUMMARY_LIMIT = 1024 * 1024
_ROOM = 24 * 1024  # left for what the same step adds, and for our own last line
_TEXT = 400
_WHOLE = "Partner Checklist"
_FINDINGS = 5
_WWW = re.compile(r"(www)\.", re.IGNORECASE)
_SAFE = frozenset(" ,;'\"/?=%+-.()^{}")
_ALERTS = {Level.MUST: "error", Level.SHOULD: "warning"}


def is_github(environ: Mapping[str, str]) -> bool:
    """Return whether this process is a step of a GitHub workflow."""
    return environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def deaf(environ: Mapping[str, str], stream: TextIO) -> Iterator[None]:
    """Keep GitHub's runner from taking commands out of what is printed meanwhile; elsewhere do nothing."""
    if not is_github(environ):
        yield
        return
    token = secrets.token_hex(16)
    stream.write(f"::stop-commands::{token}\n")
    stream.flush()
    try:
        yield
    finally:
        stream.write(f"\n::{token}::\n")
        stream.flush()


def tell_github(record: Record, locator: Locator, environ: Mapping[str, str], stream: TextIO) -> None:
    """Add the job summary and print the annotations, where this is GitHub.

    Raises `ReportError` where GITHUB_STEP_SUMMARY cannot be written.
    """
    if not is_github(environ):
        return
    stream.write("".join(f"{line}\n" for line in render_annotations(record, locator)))
    stream.flush()
    if named := environ.get("GITHUB_STEP_SUMMARY"):
        _append(Path(named), record)


def _append(path: Path, record: Record) -> None:
    try:
        there = path.stat().st_size if path.exists() else 0
        with path.open("ab") as stream:
            stream.write(render_job_summary(record, limit=SUMMARY_LIMIT - there).encode())
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "its name cannot be used"
        problem = Problem(file=str(path), message=f"cannot be written: {words}", key="GITHUB_STEP_SUMMARY")
        raise ReportError([problem]) from error


def tell_github_of_error(error: PartnerQAError, environ: Mapping[str, str], stream: TextIO) -> None:
    """Print an error that ended a command as annotations, each beside the line of the file that it names."""
    if not is_github(environ):
        return
    problems = error.problems if isinstance(error, SetupError) else (Problem(message=str(error)),)
    title = error.what if isinstance(error, SetupError) else "it broke"
    for each in problems[:ANNOTATIONS]:
        words = f"{each.key}: {each.message}" if each.key else each.message
        text = f"{words} ({each.hint})" if each.hint else words
        uri = relative(Path(each.file), find_root(environ)) if each.file else ""
        stream.write(_command("error", title, text, file=uri, line=str(each.line or 1)) + "\n")
    more = len(problems) - ANNOTATIONS
    if more > 0:
        stream.write(_command("notice", title, f"{more} more in the log", file="", line="1") + "\n")
    stream.flush()


# annotations


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
        lines.insert(0, _command("error", _WHOLE, reasons, file=locator.uri, line="1"))
    more = len(items) - ANNOTATIONS
    unanswered = sum(map(_is_unanswered, results.judged))
    told = [f"{more} more in the job summary and the report"] if more > 0 else []
    told += [f"{counted(unanswered, 'item')} for a person to answer; {wording.ASKS}"] if unanswered else []
    return [*lines, *(_command("notice", _WHOLE, text, file=locator.uri, line="1") for text in told)]


def _annotate(judged: Judged, run: Run, locator: Locator) -> str:
    return _command(
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


def _command(kind: str, title: str, text: str, *, file: str, line: str) -> str:
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


# job summary


def render_job_summary(record: Record, *, limit: int = SUMMARY_LIMIT) -> str:
    """Return the summary in GitHub's Markdown, of at most `limit` bytes; what does not fit is left out."""
    blocks = _blocks(record)
    kept: list[str] = []
    room = limit - _ROOM
    for position, block in enumerate(blocks):
        size = len(block.encode())
        if size > room:
            left = counted(len(blocks) - position, "part")
            kept.append(f"\n_{left} left out here: a job summary holds 1 MiB. The report has all._\n")
            break
        kept.append(block)
        room -= size
    return "".join(kept) if limit > _ROOM else ""


def _blocks(record: Record) -> list[str]:
    results = record.results
    decision = results.decision
    sign = "✅" if decision.exit_code == 0 else "❌"
    counts = [f"{number} {wording.OUTCOMES[outcome]}" for outcome, number in decision.counts.items()]
    head = [
        f"## {md(title_of(results.run))}",
        f"{sign} **{md(decision.headline)}** (exit code {int(decision.exit_code)})",
        md(f"On the {name_sandboxes(results.run)}."),
        md(f"{counted(len(results.judged), 'item')}: {', '.join(counts)}"),
    ]
    told = [f"* {md(wording.explain_contradiction(each))}" for each in results.contradictions]
    head += [md(f"Configuration: {wording.CONTRADICTIONS}"), "\n".join(told)] if told else []
    failed = [each for each in results.judged if each.verdict.outcome is Outcome.FAIL]
    failed.sort(key=lambda each: (each.verdict.waiver is not None, each.item.level is not Level.MUST))
    unfinished = [each for each in results.judged if each.verdict.outcome in wording.UNFINISHED]
    facts = [(name, md(text)) for name, text in identify(record).items()]
    return [
        "\n\n".join(head) + "\n\n",
        *(_failure(each, results.run) for each in failed),
        *(["### Not finished\n\n", _table(unfinished)] if unfinished else []),
        "<details><summary>All items</summary>\n\n" + _table(results.judged) + "\n</details>\n\n",
        "<details><summary>What was run</summary>\n\n| | |\n|---|---|\n"
        + "".join(f"| {name} | {text} |\n" for name, text in facts)
        + "\n</details>\n",
    ]


def _failure(judged: Judged, run: Run) -> str:
    item, verdict = judged.item, judged.verdict
    lines = [
        f"### {md(wording.outcome_word(verdict))} {md(item.id)} {md(item.title)}",
        f"{md(wording.level_word(item))}; {md(wording.BASES[item.basis])}. {md(item.requirement)}",
    ]
    for finding in verdict.findings[:_FINDINGS]:
        rows = "".join(f"| {label} | {md(text)} |\n" for label, text in wording.explain_finding(finding))
        lines.append(f"| | |\n|---|---|\n{rows}".rstrip())
    more = len(verdict.findings) - _FINDINGS
    if more > 0:
        lines.append(f"and {counted(more, 'more finding')}, in the report")
    said = [f"{label}: {md(text)}" for label, text in wording.explain_verdict(verdict)]
    lines += [*said, f"Source: {md(item.source.title)}, {md(item.source.url)}"]
    return "\n\n".join([*lines, f"Repeat: {md(check_command(item.id, run, verdict))}"]) + "\n\n"


def _table(rows: Iterable[Judged]) -> str:
    lines = ["| verdict | item | level | title | why |\n|---|---|---|---|---|\n"]
    for each in rows:
        missing = "".join(f"; missing: {text}" for text in each.verdict.missing[:5])
        cells = (
            wording.outcome_word(each.verdict),
            each.item.id,
            each.item.level.value,
            each.item.title,
            f"{each.verdict.reason}{missing}",
        )
        lines.append("| " + " | ".join(md(cell) for cell in cells) + " |\n")
    return "".join(lines)


def md(text: str) -> str:
    """Return a text that Markdown, HTML and GitHub's own additions (mentions, math, emoji) leave as it is.

    Whatever could begin a structure is written as a character reference, which never does
    (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references). That `www.` would become a
    link is prevented too.
    """
    plain = " ".join(shown(text, limit=_TEXT).split())
    safe = "".join(
        each if each.isalnum() or each in _SAFE or ord(each) > 127 else f"&#{ord(each)};" for each in plain
    )
    return _WWW.sub(r"\1&#46;", safe)
