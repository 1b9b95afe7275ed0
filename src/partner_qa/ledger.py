"""Waivers and attestations: what people decided, loaded from the files they wrote it in.

A missing file is an empty ledger; a broken one is an error with every problem and its line. What the
entries mean for a verdict is decided in gate.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from partner_qa.document import Document, find_problems, load_document
from partner_qa.errors import LedgerError, Problem
from partner_qa.model import Attestation, Json, Waiver

LONGEST_WAIVER = timedelta(days=90)


def load_waivers(path: Path | None, *, today: date) -> tuple[Waiver, ...]:
    """Return the waivers of a file; none where there is no file.

    Raises `LedgerError` for whatever breaks the schema, and for a waiver that runs longer than 90 days.
    """
    rows = _load_rows(path, "waivers", lambda document: _find_long_waivers(document, today))
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

    Raises `LedgerError` for whatever breaks the schema, and for evidence files that are not there.
    """
    rows = _load_rows(path, "attestations", _find_missing_evidence)
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


def _load_rows(path: Path | None, name: str, find_more: object) -> list[dict[str, Json]]:
    if path is None or not path.exists():
        return []
    document = load_document(path, error=LedgerError)
    problems = [*find_problems(document, name)] or [*find_more(document)]  # type: ignore[operator]
    if problems:
        raise LedgerError(problems)
    return _maps(document, name)


def _find_long_waivers(document: Document, today: date) -> Iterable[Problem]:
    for index, row in enumerate(_maps(document, "waivers")):
        if date.fromisoformat(str(row["expires"])) > today + LONGEST_WAIVER:
            yield Problem(
                file=str(document.path),
                line=document.line_of(["waivers", index, "expires"]),
                key="expires",
                message=f"is more than {LONGEST_WAIVER.days} days ahead",
                hint=f"the latest is {today + LONGEST_WAIVER}",
            )


def _find_missing_evidence(document: Document) -> Iterable[Problem]:
    for index, row in enumerate(_maps(document, "attestations")):
        for number, name in enumerate(_rows(row.get("evidence"))):
            if not (document.path.parent / str(name)).is_file():
                yield Problem(
                    file=str(document.path),
                    line=document.line_of(["attestations", index, "evidence", number]),
                    key="evidence",
                    message=f"{name} is not there",
                    hint="paths are relative to this file",
                )


def _maps(document: Document, name: str) -> list[dict[str, Json]]:
    told = document.value if isinstance(document.value, dict) else {}
    return [row for row in _rows(told.get(name)) if isinstance(row, dict)]


def _rows(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
