"""What of a bundle tells the record and is not derived from it whole: Allure's page, Gusto's sheet.

Allure's page is made by another program, the sheet is the partner's own. In both there is a part that follows
from the record: the first page at the top, the cells that the map names. `bundle` puts it in here, and
`verify` has it compared here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from partner_qa.errors import Problem, ReportError, UsageError
from partner_qa.evidence.archive import Member
from partner_qa.evidence.examining import ALLURE_STATUS
from partner_qa.evidence.manifest import ALLURE_PAGE, MANIFEST, SHEET_MAP, SHEETS
from partner_qa.report.allure_folder import explain_status, full_name_of
from partner_qa.report.front import Front
from partner_qa.report.front_block import is_first, put_first
from partner_qa.report.page_data import Ending, find_lie
from partner_qa.report.results import Record
from partner_qa.report.sheet_map import load_sheet_map
from partner_qa.report.sheet_packing import find_sheet_difference, pack_sheet
from partner_qa.report.text import shown
from partner_qa.report.workbook_comparing import is_same_workbook

_DEFAULT_MAP = Path(SHEET_MAP)


def pack_allure_page(page: Path, front: Front) -> list[Member]:
    """Return Allure's page with the first page at its top; nothing where it could not be made."""
    if not page.exists():
        return []
    told = put_first(page.read_text(encoding="utf-8"), front)
    return [Member(path=ALLURE_PAGE, content=told.encode())]


def pack_filled_sheet(
    record: Record, copy: Path | None, sheet_map: Path | None, *, draft: bool
) -> list[Member]:
    """Return the partner's copy of Gusto's sheet, filled in, and the map by which that was done.

    Nothing where no copy is named. Raises `UsageError` for a map without a copy, and `ReportError` as
    `pack_sheet` does.
    """
    if copy is None:
        if sheet_map is not None:
            raise UsageError([Problem(key="--map", message="goes with --sheet")])
        return []
    path = sheet_map or _DEFAULT_MAP
    content = pack_sheet(record, copy, load_sheet_map(path), draft=draft)
    return [
        Member(path=f"sheet{copy.suffix.lower()}", content=content),
        Member(path=SHEET_MAP, content=path.read_bytes()),
    ]


def find_sheet(members: list[Member]) -> str | None:
    """Return the name of the sheet among the files of a bundle."""
    return next((each.path for each in members if each.path in SHEETS), None)


def find_same_spreadsheet(packed: Path, derived: bytes) -> bytes:
    """Return a packed spreadsheet where it shows the same as the derived one, else the derived one."""
    if packed.is_file() and is_same_workbook(told := packed.read_bytes(), derived):
        return told
    return derived


def find_untrue(
    folder: Path, record: Record, front: Front, facts: Mapping[str, Any], *, draft: bool
) -> Iterator[tuple[str, str]]:
    """Yield each file of an unpacked bundle that tells something else than the record, and what it is."""
    page = folder / ALLURE_PAGE
    if page.exists():
        told = page.read_text(encoding="utf-8", errors="replace")
        if not is_first(told, front):
            yield ALLURE_PAGE, "does not begin with the first page that the record comes to"
        if lie := find_lie(told, list_endings(record), is_part=draft):
            yield ALLURE_PAGE, lie
    there = [name for name in SHEETS if (folder / name).exists()]
    if there != ([facts["sheet"]] if facts["sheet"] else []):
        yield MANIFEST, f"names {facts['sheet'] or 'no sheet'}, and there is {' and '.join(there) or 'none'}"
    for name in there:
        if why := _find_untrue_sheet(folder, record, name, draft=draft):
            yield name, why


def list_endings(record: Record) -> dict[str, Ending]:
    """Return how Allure must say that each item of a record ended, by its full name."""
    return {
        full_name_of(each.item): Ending(
            name=f"{each.item.id} {each.item.title}",
            status=ALLURE_STATUS[each.verdict.outcome],
            message=str(explain_status(each).get("message", "")),
            waived=each.verdict.waiver is not None,
        )
        for each in record.results.judged
    }


def _find_untrue_sheet(folder: Path, record: Record, name: str, *, draft: bool) -> str:
    if not (folder / SHEET_MAP).exists():
        return f"is there without {SHEET_MAP}, so nobody can tell what it should say"
    try:
        sheet_map = load_sheet_map(folder / SHEET_MAP)
        return find_sheet_difference(record, folder / name, sheet_map, draft=draft)
    except ReportError as error:
        return shown(str(error.problems[0]).replace(f"{folder}/", ""), limit=300)
