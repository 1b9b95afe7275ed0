"""Puts texts into fields of a .csv file and leaves every other byte of it as it was.

The file is somebody's export: its separator is found by counting, its line ends and quotes stay. RFC 4180.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from partner_qa.errors import Problem, ReportError
from partner_qa.report.completed import keep_apart
from partner_qa.report.sheet_change import Change

_MARK = "\ufeff"
_SEPARATORS = (",", ";", "\t")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


@dataclass(frozen=True, slots=True)
class _Field:
    """Where a field stands in the text."""

    start: int
    end: int


def fill_fields(content: bytes, changes: Sequence[Change]) -> bytes:
    """Return a .csv file with other texts in some fields.

    Raises `ReportError` where a row is not there or does not contain what it should, or the file is no text.
    """
    change = _require_one(changes)
    text = _decode(content, change)
    separator = _find_separator(text)
    lines = list(_find_lines(text, separator, last=max(change.rows)))
    problems = [problem for row in change.rows for problem in _find_problems(change, row, lines, text)]
    if problems:
        raise ReportError(problems)
    for row in reversed(change.rows):
        text = _fill_line(text, lines[row - 1], change, row, separator)
    return text.encode("utf-8")


def _require_one(changes: Sequence[Change]) -> Change:
    named = [each for each in changes if each.sheet]
    if named:
        message = f"has no sheets, and the map names {', '.join(each.sheet for each in named[:3])}"
        hint = "leave `sheet` out of the map for a .csv file"
        raise ReportError([Problem(file=str(named[0].path), message=message, hint=hint)])
    return changes[0]


def _decode(content: bytes, change: Change) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = Problem(
            file=str(change.path), line=line, message="is not UTF-8 text", hint="export it as `CSV UTF-8`"
        )
        raise ReportError([problem]) from error
    if "\0" in text:
        raise ReportError([Problem(file=str(change.path), message="is not text: it holds NUL characters")])
    return text


def _find_separator(text: str) -> str:
    """Return the separator that the first line has most of, outside quotes."""
    first = _QUOTED.sub("", text[:100_000]).removeprefix(_MARK).split("\n", 1)[0]
    return max(_SEPARATORS, key=first.count)


def _find_lines(text: str, separator: str, *, last: int) -> Iterator[list[_Field]]:
    """Yield the fields of each line, up to a line; a line may go on over several in quotes."""
    position = len(_MARK) if text.startswith(_MARK) else 0
    plain = re.compile(rf"[^{separator}\r\n]*")
    for _ in range(last):
        if position >= len(text):
            return
        fields: list[_Field] = []
        while True:
            start, quoted = position, _QUOTED.match(text, position)
            match = plain.match(text, quoted.end() if quoted else position)
            position = match.end() if match else position
            fields.append(_Field(start, position))
            if not text.startswith(separator, position):
                break
            position += 1
        yield fields
        position += 2 if text.startswith("\r\n", position) else 1


def _find_problems(change: Change, row: int, lines: Sequence[list[_Field]], text: str) -> list[Problem]:
    if row > len(lines):
        return [change.problem(row, 0, f"is not there: the file ends after row {len(lines)}")]
    fields = lines[row - 1]
    return change.find_misplaced(row, " ".join(text[each.start : each.end] for each in fields))


def _fill_line(text: str, fields: Sequence[_Field], change: Change, row: int, separator: str) -> str:
    """Return the text with one line filled in; what the line lacks of fields is added at its end."""
    columns = change.columns_of(row)
    for column in sorted((each for each in columns if each > len(fields)), reverse=True):
        between = column - max([len(fields), *(each for each in columns if each < column)])
        added = separator * between + _quote(change.cells[row, column])
        text = text[: fields[-1].end] + added + text[fields[-1].end :]
    for column in reversed([each for each in columns if each <= len(fields)]):
        field = fields[column - 1]
        text = text[: field.start] + _quote(change.cells[row, column]) + text[field.end :]
    return text


def _quote(text: str) -> str:
    return '"' + keep_apart(text).replace('"', '""') + '"'
