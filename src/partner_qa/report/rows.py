"""The rows of the completed checklist: what is said of each item, column by column, as text for one cell.

Decided here once, for the spreadsheet (workbook.py), the comma-separated values (completed.py) and the
partner's own copy of Gusto's sheet (sheet_copy.py). Whatever an integration sent may stand in a cell, so no
cell can be taken for a formula (https://owasp.org/www-community/attacks/CSV_Injection).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from partner_qa.gate import Judged
from partner_qa.model import Outcome, Place, Verdict
from partner_qa.report import wording
from partner_qa.report.results import Record
from partner_qa.report.text import clipped, shown

CELL = 8_000
"""Characters of one cell; spreadsheet programs stop at 32,767, people earlier."""
FORMULA_STARTS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
"""What begins a formula, as part of a character class; some programs fold the full-width forms."""
MARK = "'"
"""Put before a text that would begin a formula, as spreadsheet programs do themselves."""
_PLACES = 12
_FORMULA = re.compile(rf"\s*[{FORMULA_STARTS}]|[\t\r\n]")


class Column(StrEnum):
    """What the completed checklist says of an item, in the order of its columns."""

    SECTION = "section"
    ITEM = "item"
    REQUIREMENT = "requirement"
    LEVEL = "level"
    BASIS = "basis"
    APPLIES = "applies"
    VERDICT = "verdict"
    EVIDENCE = "evidence"
    BLAME = "blame"
    EXCHANGES = "exchanges"
    DECISION = "waiver or attestation"
    NOTE = "note"
    SOURCE = "source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One item with its cells; `place` is the first exchange that its findings rest on."""

    judged: Judged
    cells: Mapping[Column, str]
    place: Place | None


def write_rows(record: Record) -> tuple[Row, ...]:
    """Return the rows of the completed checklist, in the order of the checklist."""
    return tuple(write_row(each, record.titles) for each in record.results.judged)


def write_row(judged: Judged, titles: Mapping[str, str]) -> Row:
    """Return one item's row; its cells are safe to put into any spreadsheet."""
    item, verdict = judged.item, judged.verdict
    places = tuple(dict.fromkeys(each for finding in verdict.findings for each in finding.places))
    cells = {
        Column.SECTION: wording.section_name(item, titles),
        Column.ITEM: item.id,
        Column.REQUIREMENT: item.requirement,
        Column.LEVEL: item.level.value,
        Column.BASIS: item.basis.value,
        Column.APPLIES: _applies(judged),
        Column.VERDICT: wording.outcome_word(verdict),
        Column.EVIDENCE: verdict.evidence.value if verdict.evidence else "",
        Column.BLAME: wording.blamed(verdict.blame) if verdict.blame else "",
        Column.EXCHANGES: _list_exchanges(verdict, places),
        Column.DECISION: _decision(verdict),
        Column.NOTE: _note(verdict),
        Column.SOURCE: item.source.url,
    }
    return Row(
        judged=judged,
        cells={column: to_cell(text) for column, text in cells.items()},
        place=places[0] if places else None,
    )


def to_cell(text: str) -> str:
    """Return a text as one cell holds it: printable, cut, and never the beginning of a formula."""
    text = shown(text, limit=CELL)
    return f"{MARK}{text}" if _FORMULA.match(text) else text


def _applies(judged: Judged) -> str:
    says = "no" if judged.verdict.outcome is Outcome.NOT_APPLICABLE else "yes"
    return f"{says} (asked of {', '.join(sorted(judged.item.applies_to))})"


def _list_exchanges(verdict: Verdict, places: tuple[Place, ...]) -> str:
    """Return the exchanges that the findings rest on, else the scenarios that the verdict was judged on."""
    named = [*map(str, places)] or verdict.scenarios
    more = len(named) - _PLACES
    return ", ".join(named[:_PLACES]) + (f" and {more} more" if more > 0 else "")


def _decision(verdict: Verdict) -> str:
    return _join(_labelled(verdict, ("waived", "attested", "shown by")))


def _note(verdict: Verdict) -> str:
    findings = [f"{shown(each.message)} [{each.fingerprint}]" for each in verdict.findings]
    return _join([*_labelled(verdict, ("reason", "missing")), *findings])


def _labelled(verdict: Verdict, labels: tuple[str, ...]) -> list[str]:
    """Return what stands behind a verdict, of these labels; the reason needs none."""
    return [
        text if label == "reason" else f"{label}: {text}"
        for label, text in wording.explain_verdict(verdict)
        if label in labels
    ]


def _join(texts: Iterable[str]) -> str:
    return clipped("; ".join(dict.fromkeys(texts)), CELL)
