"""Waivers and attestations: what people decided, loaded from the files they wrote it in.

A missing file is an empty ledger; a broken one is an error with every problem and its line. What the
entries mean for a verdict is decided in gate.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from partner_qa.document import Document, find_problems, load_document
from partner_qa.errors import LedgerError, Problem
from partner_qa.model import Attestation, Json, Waiver

LONGEST_WAIVER = timedelta(days=90)

_Rules = Callable[[Document], Iterable[Problem]]


def load_waivers(path: Path | None, *, today: date) -> tuple[Waiver, ...]:
    """Return the waivers of a file; none where there is no file.

    Raises `LedgerError` for whatever breaks the schema, and for a waiver that runs longer than 90 days
    or stands twice.
    """
    rows = _load_rows(path, "waivers", lambda document: _find_waiver_problems(document, today))
    return tuple(
        Waiver(
            item=str(row["item"]),
            fingerprint=str(row["fingerprint"]),
            owner=str(row["owner"]),
            reason=str(row["reason"]),
            expires=date.fromisoformat(str(row["expires"])),
        )
        for row in rows
    )


def load_attestations(path: Path | None) -> tuple[Attestation, ...]:
    """Return the attestations of a file; none where there is no file.

    Raises `LedgerError` for whatever breaks the schema, and for an answer that stands twice or
    expires before it was given, and for evidence that is not there or not beside the file.
    """
    rows = _load_rows(path, "attestations", _find_attestation_problems)
    return tuple(
        Attestation(
            item=str(row["item"]),
            person=str(row["person"]),
            role=str(row["role"]),
            given=date.fromisoformat(str(row["given"])),
            answer=str(row["answer"]),
            evidence=tuple(map(str, _rows(row.get("evidence")))),
            expires=date.fromisoformat(str(row["expires"])) if "expires" in row else None,
        )
        for row in rows
    )


def _load_rows(path: Path | None, name: str, find_more: _Rules) -> list[dict[str, Json]]:
    if path is None or not path.exists():
        return []
    document = load_document(path, error=LedgerError)
    problems = [*find_problems(document, name)] or [*find_more(document)]
    if problems:
        raise LedgerError(problems)
    return _maps(document, name)


def _find_waiver_problems(document: Document, today: date) -> Iterable[Problem]:
    rows = _maps(document, "waivers")
    yield from _find_doubles(document, "waivers", [f"{row['item']} {row['fingerprint']}" for row in rows])
    for index, row in enumerate(rows):
        if date.fromisoformat(str(row["expires"])) > today + LONGEST_WAIVER:
            yield Problem(
                file=str(document.path),
                line=document.line_of(["waivers", index, "expires"]),
                key="expires",
                message=f"is more than {LONGEST_WAIVER.days} days ahead",
                hint=f"the latest is {today + LONGEST_WAIVER}",
            )


def _find_attestation_problems(document: Document) -> Iterable[Problem]:
    rows = _maps(document, "attestations")
    yield from _find_doubles(document, "attestations", [str(row["item"]) for row in rows])
    for index, row in enumerate(rows):
        if str(row.get("expires", row["given"])) < str(row["given"]):
            yield Problem(
                file=str(document.path),
                line=document.line_of(["attestations", index, "expires"]),
                key="expires",
                message=f"is before {row['given']}, when the answer was given",
            )
        for number, name in enumerate(_rows(row.get("evidence"))):
            broken = _why_no_evidence(document.path.parent, str(name))
            if broken:
                yield Problem(
                    file=str(document.path),
                    line=document.line_of(["attestations", index, "evidence", number]),
                    key="evidence",
                    message=f"{name} {broken}",
                    hint="paths are relative to this file",
                )


def _find_doubles(document: Document, name: str, keys: Sequence[str]) -> Iterable[Problem]:
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield Problem(
                file=str(document.path), line=document.line_of([name, index]), key=key, message="stands twice"
            )


def _why_no_evidence(folder: Path, name: str) -> str:
    """Return what is wrong with a file named as evidence; a bundle names it, so it lies beside the ledger."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        return "is not in the folder of this file"
    return "" if path.is_file() else "is not there"


def _maps(document: Document, name: str) -> list[dict[str, Json]]:
    told = document.value if isinstance(document.value, dict) else {}
    return [row for row in _rows(told.get(name)) if isinstance(row, dict)]


def _rows(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
