"""The job summary of GitHub Actions: what a run comes to, in Markdown that no text of others can change.

Markdown can load pictures, mention people and link anywhere, so every text is escaped. github.py adds it to
the file that GitHub names.
https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#adding-a-job-summary
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from partner_qa.gate import Judged
from partner_qa.model import Level, Outcome, Run
from partner_qa.report import wording
from partner_qa.report.identity import identify, name_sandboxes, title_of
from partner_qa.report.repeating import check_command
from partner_qa.report.results import Record
from partner_qa.report.text import counted, shown

SUMMARY_LIMIT = 1024 * 1024
_ROOM = 24 * 1024  # left for what the same step adds, and for our own last line
_TEXT = 400
_FINDINGS = 5
_WWW = re.compile(r"(www)\.", re.IGNORECASE)
_SAFE = frozenset(" ,;'\"/?=%+-.()^{}")


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
