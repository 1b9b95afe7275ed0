"""attestations.yaml as it is edited: one answer in or exchanged, everything else as people left it.

Comments, order and quoting of the rest stay. The new text is read again before it takes the old one's place,
so a layout that we do not understand is refused, and never half understood.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from partner_qa.cassette.notation import to_block
from partner_qa.cli.replacing import replace_file
from partner_qa.document import Document, load_document
from partner_qa.errors import LedgerError, Problem, UsageError
from partner_qa.ledger import to_row
from partner_qa.model import Attestation, Json

_HEAD = "format: 1\nattestations:\n"
_EMPTY_LIST = re.compile(r"^(attestations:)[ \t]*\[\s*\]", re.MULTILINE)
_NO_CONTENT = re.compile(r"\s*(#.*)?")


def write_answer(path: Path, answer: Attestation) -> None:
    """Put an answer into the file, in the place of the item's older one; whole or not at all.

    Raises `LedgerError` where the file is laid out so that this cannot be done, `UsageError` where it cannot
    be written.
    """
    path = path.resolve()
    try:
        text, expected = _edit(path, answer) if path.exists() else _begin(answer)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partner-qa-") as folder:
            draft = Path(folder) / path.name
            draft.write_bytes(text.encode("utf-8"))
            _require(draft, expected, path, answer)
            replace_file(path, draft)
    except OSError as error:
        problem = Problem(file=str(path), message=f"cannot be written: {error.strerror or error}")
        raise UsageError([problem]) from error


def _begin(answer: Attestation) -> tuple[str, Json]:
    return _HEAD + _entry(answer, indent=2), {"format": 1, "attestations": [to_row(answer)]}


def _edit(path: Path, answer: Attestation) -> tuple[str, Json]:
    """Return the new text of a file, and what it must say when it is read."""
    document = load_document(path, error=LedgerError)
    told = document.value if isinstance(document.value, dict) else {}
    listed = told.get("attestations")
    rows = list(listed) if isinstance(listed, list) else []
    place = next(
        (index for index, row in enumerate(rows) if isinstance(row, dict) and row.get("item") == answer.item),
        None,
    )
    text = _splice(path.read_bytes().decode("utf-8-sig"), document, len(rows), place, answer)
    if place is None:
        rows.append(to_row(answer))
    else:
        rows[place] = to_row(answer)
    return text, {**told, "attestations": rows}


def _splice(text: str, document: Document, count: int, place: int | None, answer: Attestation) -> str:
    ending = "\r\n" if "\r\n" in text else "\n"
    if not count:
        text = _EMPTY_LIST.sub(r"\1", text)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += ending
    if not count:
        begins = ends = (document.line_of(["attestations"]) or len(lines)) if lines else 0
        indent = 2
    else:
        begins, ends = _find_lines(document, count - 1 if place is None else place, lines)
        indent = len(lines[begins]) - len(lines[begins].lstrip(" "))
        begins = ends if place is None else begins
    entry = _entry(answer, indent=indent).replace("\n", ending)
    return "".join([*lines[:begins], entry, *lines[ends:]])


def _find_lines(document: Document, index: int, lines: list[str]) -> tuple[int, int]:
    """Return where an entry begins and ends, counted from 0; what stands before the next one is not its."""
    begins = (document.line_of(["attestations", index]) or 1) - 1
    neighbours = (line - 1 for pointer, line in document.lines.items() if _is_neighbour(pointer))
    ends = min((line for line in neighbours if line > begins), default=len(lines))
    while ends > begins + 1 and _NO_CONTENT.fullmatch(lines[ends - 1].strip()):
        ends -= 1
    return begins, ends


def _is_neighbour(pointer: tuple[str | int, ...]) -> bool:
    return len(pointer) == 1 or (len(pointer) == 2 and pointer[0] == "attestations")


def _entry(answer: Attestation, *, indent: int) -> str:
    return "".join(f"{' ' * indent}{line}\n" for line in to_block([to_row(answer)]))


def _require(draft: Path, expected: Json, path: Path, answer: Attestation) -> None:
    try:
        is_right = load_document(draft, error=LedgerError).value == expected
    except LedgerError:
        is_right = False
    if not is_right:
        message = f"is laid out so that the answer to {answer.item} cannot be put into it"
        hint = "Put each answer on lines of its own, or add this one by hand:\n" + _entry(answer, indent=2)
        raise LedgerError([Problem(file=str(path), message=message)], hint=hint)
