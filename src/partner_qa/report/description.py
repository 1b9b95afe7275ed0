"""The Allure description of one item, in Markdown: the requirement, why, advice, and what was found.

Texts of the checklist are ours; texts of findings are foreign and stand in code fences that they cannot
close (CommonMark 4.5), so no finding can write Markdown or HTML into the report.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from itertools import zip_longest

from partner_qa.gate import Judged
from partner_qa.model import Finding, Item, Level, Outcome, Run, Verdict
from partner_qa.report import wording
from partner_qa.report.repeating import next_command
from partner_qa.report.text import counted, shown

_WIDTH = 84
_LEVELS: Mapping[Level, str] = {Level.MUST: "must", Level.SHOULD: "should; a failure is a warning"}
_LONGEST = 8  # findings written out; the rest are counted


def write_description(item: Item, verdict: Verdict, run: Run, *, how_we_look: str = "") -> str:
    """Return the description of an item and its verdict as Markdown."""
    step = next_command(Judged(item=item, verdict=verdict), run)
    parts = [
        f"**{wording.outcome_word(verdict)}**: {wording.MEANINGS[verdict.outcome]}.",
        f"**Requirement**: {' '.join(item.requirement.split())}",
        *_behind(verdict),
        *_findings(verdict),
        *_advice(item),
        *([f"**How we look**: {' '.join(how_we_look.split())}"] if how_we_look else []),
        f"**Level**: {_LEVELS[item.level]}. **Basis**: {wording.BASES[item.basis]}.",
        *([f"**{step[0].capitalize()}**: `{step[1]}`"] if step else []),
    ]
    return "\n\n".join(parts)


def _advice(item: Item) -> list[str]:
    given = (
        ("Why it matters", item.why),
        ("Rationale", item.rationale),
        ("Advice", item.advice),
        ("Why no machine can see it", item.not_testable),
    )
    return [f"**{name}**: {' '.join(text.split())}" for name, text in given if text]


def _behind(verdict: Verdict) -> list[str]:
    lines = wording.explain_verdict(verdict)
    return [] if verdict.outcome is Outcome.PASS or not lines else [fence(lines)]


def _findings(verdict: Verdict) -> list[str]:
    parts = [_finding(number, each) for number, each in enumerate(verdict.findings[:_LONGEST], 1)]
    more = len(verdict.findings) - _LONGEST
    return [*parts, f"… and {counted(more, 'more finding')}, in results.json."] if more > 0 else parts


def _finding(number: int, finding: Finding) -> str:
    return f"**Finding {number}**\n\n{fence(wording.explain_finding(finding))}"


def fence(lines: tuple[tuple[str, str], ...]) -> str:
    """Return labelled lines as a code block that its own content cannot end."""
    text = write_lines(lines)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}text\n{text}\n{ticks}"


def write_lines(lines: tuple[tuple[str, str], ...]) -> str:
    """Return labelled lines as plain text of two columns."""
    return "\n".join(_wrapped(label, shown(value)) for label, value in lines)


def _wrapped(label: str, text: str) -> str:
    """Return a line that fits the page: a block of code would have to be scrolled sideways."""
    broken = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
    return "\n".join(f"{head:<12}{line}" for head, line in zip_longest([label], broken, fillvalue=""))
