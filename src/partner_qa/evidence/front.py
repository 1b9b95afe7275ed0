"""The reviewer's first page: what a bundle comes to, and what only a person can decide.

`SUBMISSION.md` is written from a `Front` and nothing else, so whoever verifies a bundle can write it again
and compare.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_WARNING = (
    "A signature shows that this bundle is the one that the holder of the key packed. It does not show that "
    "what was recorded is the product that customers get."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """Something for a person to decide: under which heading, which item, and what there is to know."""

    heading: str
    item: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What the first page says. `reasons` is why it is not verified; empty where it is."""

    title: str
    is_draft: bool
    targets: str
    headline: str
    reasons: Sequence[str]
    counts: str
    identities: Sequence[tuple[str, str]]
    seen: date
    expires: date
    signer: str
    decide: Sequence[Decide]
    notes: Sequence[str]
    changes: Sequence[str] | None  # since the previous bundle, or None where there is none

    @property
    def signature(self) -> str:
        """Return the state of the signature, in words."""
        if not self.signer:
            return "not signed: nobody can tell who packed it"
        return f"signed with the key {self.signer}; ask the partner for it by another way"

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return age, expiry and signature, for the top of other pages."""
        return [
            *([("Draft", "DRAFT, not for submission")] if self.is_draft else []),
            ("Seen on", f"{self.seen}"),
            ("Counts until", f"{self.expires}"),
            ("Signature", self.signature),
            *(("Note", each) for each in self.notes),
            *(("Changed", each) for each in self.changes or ()),
        ]


def render_submission(front: Front) -> bytes:
    """Return `SUBMISSION.md`."""
    lines = ["# DRAFT, not for submission", ""] if front.is_draft else []
    lines += [f"# {_plain(front.title)}", "", f"**{_plain(front.headline)}**", ""]
    if front.reasons:
        lines += ["Why not more:", "", *_list(front.reasons[:50]), ""]
    lines += [f"{_plain(front.counts)}. Driven against: {_plain(front.targets)}.", ""]
    lines += ["## What a person must decide", ""]
    headings = dict.fromkeys(each.heading for each in front.decide)
    for heading in headings:
        rows = [f"{each.item}: {each.text}" for each in front.decide if each.heading == heading]
        lines += [f"### {_plain(heading)}", "", *_list(rows), ""]
    if not headings:
        lines += ["Nothing: no attestation, no waiver, no warning, nothing left open.", ""]
    lines += _changes(front)
    lines += ["## What this is", "", "| | |", "|---|---|"]
    facts = [*front.identities, ("Seen on", str(front.seen)), ("Counts until", str(front.expires))]
    lines += [f"| {_plain(name)} | {_plain(value)} |" for name, value in facts]
    lines += [f"| Signature | {_plain(front.signature)} |", ""]
    if front.notes:
        lines += ["## Notes", "", *_list(front.notes), ""]
    lines += ["## How to check it", "", *_how_to(front), "", _WARNING, ""]
    if front.is_draft:
        lines += ["DRAFT, not for submission", ""]
    return "\n".join(lines).encode("utf-8", "replace")


def _changes(front: Front) -> list[str]:
    if front.changes is None:
        return []
    changes = _list(front.changes) if front.changes else ["Nothing that is judged."]
    return ["## Changes since the previous bundle", "", *changes, ""]


def _how_to(front: Front) -> list[str]:
    key = f" --key {front.signer}" if front.signer else ""
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
    return _MARKUP.sub(r"\\\1", flat[:2_000])
