"""Waivers and attestations: what people decided, loaded from the files they wrote it in.

A missing file is an empty ledger; a broken one is an error with every problem and its line. What the
entries mean for a verdict is decided in gate.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from partner_qa.document import Document, find_problems, is_there, load_document
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

    Raises `LedgerError` for whatever breaks the schema, for an answer that stands twice or expires before
    it was given, and for evidence that does not lie beside the file. An answer that is not signed, names
    no evidence, or whose evidence is gone or has changed is returned with its `trouble`.
    """
    rows = _load_rows(path, "attestations", _find_attestation_problems)
    folder = path.parent if path is not None else Path()
    given = map(to_attestation, rows)
    return tuple(replace(each, trouble=find_trouble(each, folder)) for each in given)


def to_attestation(row: Mapping[str, Json]) -> Attestation:
    """Return the attestation that a row of `schemas/attestations.json` says; its files are not looked at."""
    evidence = [_name_and_digest(each) for each in _rows(row.get("evidence"))]
    return Attestation(
        item=str(row["item"]),
        person=str(row.get("person", "")).strip(),
        role=str(row.get("role", "")).strip(),
        given=date.fromisoformat(str(row["given"])),
        answer=str(row["answer"]),
        evidence=tuple(name for name, _ in evidence),
        expires=date.fromisoformat(str(row["expires"])) if "expires" in row else None,
        digests=tuple(sorted((name, digest) for name, digest in evidence if digest)),
    )


def to_row(attestation: Attestation) -> dict[str, Json]:
    """Return an attestation as a row of `schemas/attestations.json`, in the order in which people read it."""
    digests = dict(attestation.digests)
    evidence: list[Json] = [
        {"file": name, "sha256": digests[name]} if name in digests else name for name in attestation.evidence
    ]
    row: dict[str, Json] = {
        "item": attestation.item,
        "person": attestation.person,
        "role": attestation.role,
        "given": attestation.given.isoformat(),
        "answer": attestation.answer,
        "evidence": evidence,
    }
    return row if attestation.expires is None else row | {"expires": attestation.expires.isoformat()}


def find_trouble(attestation: Attestation, folder: Path) -> str:
    """Return why an answer does not count, as it lies in a folder with its files, or nothing.

    That answers need a name and evidence, and that a changed file voids them, is our choice.
    """
    unsigned = [name for name in ("person", "role") if not getattr(attestation, name)]
    if unsigned:
        return f"it is not signed: {' and '.join(unsigned)} missing"
    if not attestation.evidence:
        return "it names no evidence"
    troubles = (_find_file_trouble(attestation, name, folder) for name in attestation.evidence)
    return next((each for each in troubles if each), "")


def _find_file_trouble(attestation: Attestation, name: str, folder: Path) -> str:
    try:
        if not (folder / name).is_file():
            return f"its evidence {name} is not there"
        digest = hash_file(folder / name)
    except OSError as error:
        return f"its evidence {name} cannot be read: {error.strerror}"
    if dict(attestation.digests).get(name, digest) != digest:
        return f"its evidence {name} is not the file that it was given with: the SHA-256 differs"
    return ""


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits; raises `OSError`."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _load_rows(path: Path | None, name: str, find_more: _Rules) -> list[dict[str, Json]]:
    if path is None or not is_there(path):
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
        for number, told in enumerate(_rows(row.get("evidence"))):
            name, _ = _name_and_digest(told)
            if not lies_beside(name, document.path.parent):
                yield Problem(
                    file=str(document.path),
                    line=document.line_of(["attestations", index, "evidence", number]),
                    key="evidence",
                    message=f"{name} is not in the folder of this file",
                    hint="paths are relative to this file",
                )


def _find_doubles(document: Document, name: str, keys: Sequence[str]) -> Iterable[Problem]:
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield Problem(
                file=str(document.path), line=document.line_of([name, index]), key=key, message="stands twice"
            )


def lies_beside(name: str, folder: Path) -> bool:
    """Return whether a file named as evidence lies in the ledger's folder: a bundle names it from there."""
    try:
        return (folder / name).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):  # no file could have this name
        return False


def _name_and_digest(told: Json) -> tuple[str, str]:
    if isinstance(told, dict):
        return str(told["file"]), str(told["sha256"])
    return str(told), ""


def _maps(document: Document, name: str) -> list[dict[str, Json]]:
    told = document.value if isinstance(document.value, dict) else {}
    return [row for row in _rows(told.get(name)) if isinstance(row, dict)]


def _rows(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
