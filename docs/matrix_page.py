"""Writes the page of the kill matrix: which mistake in the example falls by which item.

`make kill-matrix` drives every defect and leaves docs/reference/kill-matrix.json; here it becomes a page.
What a defect does stands in examples/acme_time/defects.yaml, and is only quoted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from partner_qa.checklist import load_checklist
from partner_qa.cli.defects import Defect, load_defects
from partner_qa.model import Item, VerifiedBy

MATRIX = Path(__file__).parent / "reference" / "kill-matrix.json"


def write_matrix_page() -> Iterable[str]:
    """Yield the lines of the page, item by item in the order of the checklist, then defect by defect."""
    told = json.loads(MATRIX.read_bytes())["defects"] if MATRIX.is_file() else []
    rows: dict[str, Mapping[str, Any]] = {row["defect"]: row for row in told}
    defects = load_defects()
    items = [each for each in load_checklist().items if each.verified_by is not VerifiedBy.ATTESTATION]
    yield "# The kill matrix"
    yield ""
    yield "<!-- Written by `make pages` from what `make kill-matrix` has measured. -->"
    yield ""
    yield (
        "A check that cannot fail proves nothing. So the careful example can be switched to make one mistake "
        "at a time, and each mistake must be found by the item that is named for it, with a finding, and by "
        f"no other that the mistake does not explain. Of {len(defects)} mistakes, "
        f"{_count_killed(rows, defects)} were found so when they were last driven."
    )
    yield from ("", "## By item", "", "| Item | Its own mistakes | Falls with |", "|---|---|---|")
    yield from (_write_item(item, defects, rows) for item in items)
    yield from (
        "",
        "## By mistake",
        "",
        "| Mistake | What the example then does | Found by |",
        "|---|---|---|",
    )
    yield from (_write_defect(defect, rows.get(defect.id)) for defect in defects)


def _count_killed(rows: Mapping[str, Mapping[str, Any]], defects: Sequence[Defect]) -> int:
    return sum(each.id in rows and not rows[each.id]["problems"] for each in defects)


def _write_item(item: Item, defects: Sequence[Defect], rows: Mapping[str, Mapping[str, Any]]) -> str:
    own = [each.id for each in defects if each.killed_by == item.id]
    others = [name for name, row in rows.items() if item.id in row["fell"] and name not in own]
    return f"| [{item.id}](checklist.md#{item.id.lower()}) | {_names(own)} | {_names(others)} |"


def _write_defect(defect: Defect, row: Mapping[str, Any] | None) -> str:
    fell = [defect.killed_by, *(each for each in (row or {"fell": ()})["fell"] if each != defect.killed_by)]
    found = ", ".join(fell) if row is not None and not row["problems"] else "not driven yet"
    return f"| `{defect.id}` | {defect.does.replace('|', '/')} | {found} |"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
