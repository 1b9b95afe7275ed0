"""Whether two spreadsheets of ours show the same, where they are not the same bytes.

Another release of openpyxl may write the same cells in other XML. So a spreadsheet that a stranger packed is
read part by part, and every element, attribute and text must be there in its place: what is only compared
in its texts could show them in other rows, or as formulas. Nothing of it is unpacked beyond its own size.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.parsers import expat

from partner_qa.report.sheet_xml import Forbidden, parse
from partner_qa.report.workbook import pack_parts

_RELEASE = "docProps/app.xml"  # says which release of openpyxl wrote it, and nothing that is shown

Event = tuple[str, str, tuple[tuple[str, str], ...]]


def is_same_workbook(told: bytes, derived: bytes) -> bool:
    """Return whether a spreadsheet shows what the derived one shows, and holds nothing else."""
    if told == derived:
        return True
    try:
        parts, wanted = _read_parts(told), _read_parts(derived)
        return set(parts) == set(wanted) and all(
            name == _RELEASE or _read_events(parts[name]) == _read_events(wanted[name]) for name in wanted
        )
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError, expat.ExpatError, Forbidden):
        return False


def _read_parts(workbook: bytes) -> dict[str, bytes]:
    """Return the parts by their names; raises `ValueError` where they are not packed as we pack them."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        entries = packed.infolist()
        if any(each.compress_type != zipfile.ZIP_STORED for each in entries):
            raise ValueError("is compressed")
        if sum(each.file_size for each in entries) > len(workbook):
            raise ValueError("has parts that share their data")
        parts = {each.filename: packed.read(each) for each in entries}
    if pack_parts(parts) != workbook:
        raise ValueError("holds more than its parts")
    return parts


def _read_events(part: bytes) -> list[Event]:
    """Return what a part holds, in order; how its tags are written makes no difference."""
    events: list[Event] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        events.append(("start", name, tuple(sorted(attributes.items()))))

    def end(name: str) -> None:
        events.append(("end", name, ()))

    def say(text: str) -> None:
        before = events.pop()[1] if events and events[-1][0] == "text" else ""
        events.append(("text", before + text, ()))

    parse(part, start=start, end=end, say=say)
    return events
