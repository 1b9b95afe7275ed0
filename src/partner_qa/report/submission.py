"""`SUBMISSION.md`: the reviewer's first page as Markdown, the file of a bundle to begin with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from partner_qa.report import wording
from partner_qa.report.front import DRAFT, Front

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_WARNING = (
    "A signature shows that this bundle is the one that the holder of the key packed. It does not show that "
    "what was recorded is the product that customers get."
)


def render_submission(front: Front) -> bytes:
    """Return `SUBMISSION.md`."""
    lines = [f"# {DRAFT}", ""] if front.is_draft else []
    lines += [f"# {_plain(front.title)}", "", f"**{_plain(front.headline)}**", ""]
    if front.reasons:
        lines += ["Why it is not verified:", "", *_list(front.reasons), ""]
    lines += [f"{_plain(front.counts)}. Driven against: {_plain(front.targets)}.", ""]
    if front.contradictions:
        lines += [f"Configuration: {_plain(wording.CONTRADICTIONS)}", "", *_list(front.contradictions), ""]
    lines += _decisions(front)
    if front.changes is not None:
        lines += ["## Changes since the previous bundle", "", *_list(front.changes), ""]
    lines += ["## What this is", "", "| | |", "|---|---|"]
    lines += [f"| {_plain(name)} | {_plain(value)} |" for name, value in front.facts]
    lines += [""]
    if front.notes:
        lines += ["## Notes", "", *_list(front.notes), ""]
    lines += ["## How to check it", "", *_how_to(front), "", _WARNING, ""]
    if front.is_draft:
        lines += [DRAFT, ""]
    return "\n".join(lines).encode("utf-8", "replace")


def _decisions(front: Front) -> list[str]:
    lines = ["## What a person must decide", ""]
    for heading, rows in front.decisions:
        told = [f"{each.item}: {each.text}" if each.item else each.text for each in rows]
        lines += [f"### {_plain(heading)}", "", *_list(told), ""]
    if not front.decide:
        lines += [wording.NOTHING_TO_DECIDE, ""]
    return lines


def _how_to(front: Front) -> list[str]:
    signer = front.packed.signer if front.packed else ""
    key = f" --key {signer}" if signer else ""
    return [
        f"`partner-qa verify BUNDLE{key}` hashes every file, looks at the signature, and judges the",
        "recordings again. By hand: open `report/index.html` or `report/static.html` in a browser,",
        "`checklist.xlsx` in a spreadsheet program, and `cassettes/` in any editor or in vcrpy.",
    ]


def _list(rows: Sequence[str]) -> list[str]:
    return [f"* {_plain(row)}" for row in rows]


def _plain(text: str) -> str:
    """Return a text on one line that is no markup, whoever wrote it."""
    flat = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return _MARKUP.sub(r"\\\1", flat[:8_000])
