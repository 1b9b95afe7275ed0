"""manifest.json: what a bundle is, and the SHA-256 of every other file in it.

Its own SHA-256 is the bundle's root digest, the one number that stands for all of it. Shape:
schemas/bundle.json. What kinds of files a bundle has is said here once, by their paths.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from partner_qa.contract.schema import find_violations, load_schema
from partner_qa.errors import HarnessBug
from partner_qa.evidence.archive import Member
from partner_qa.evidence.canonical import from_canonical, sha256_of, to_canonical

MANIFEST = "manifest.json"
SIGNATURE = "signature.json"
RESULTS = "results.json"
SUBMISSION = "SUBMISSION.md"
PLAIN_PAGE = "report/static.html"
ALLURE_PAGE = "report/index.html"
CHECKLIST = "checklist.csv"
SPREADSHEET = "checklist.xlsx"
WAIVERS = "waivers.yaml"
SHEETS = ("sheet.xlsx", "sheet.csv")
SHEET_MAP = "sheet-map.yaml"
ATTESTATIONS = "attestations/attestations.json"
LASTS = timedelta(days=90)
LARGEST_MANIFEST = 5_000_000

_ROLES: tuple[tuple[str, str], ...] = (
    (r"(?:embedded/)?(?:control/)?run\.json", "run"),
    (r"(?:embedded/)?(?:control/)?cassettes/[a-z0-9_]+\.yaml", "cassette"),
    (r"results\.json", "results"),
    (r"waivers\.yaml", "waivers"),
    (r"attestations/attestations\.json", "attestations"),
    (r"report/(?:index|static)\.html", "report"),
    (r"checklist\.(?:csv|xlsx)", "checklist"),
    (r"sheet\.(?:csv|xlsx)|sheet-map\.yaml", "sheet"),
    (r"SUBMISSION\.md", "submission"),
    (r"allure-results/[A-Za-z0-9-]+\.(?:json|properties|txt|html|csv|log)", "allure"),
)


def find_role(path: str) -> str | None:
    """Return what a file is for, by its path; `None` for what no bundle has (a conftest.py, say)."""
    return next((role for pattern, role in _ROLES if re.fullmatch(pattern, path, re.ASCII)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A file as the manifest lists it."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest that fits its schema; `root` is the bundle's root digest."""

    root: str
    value: Mapping[str, Any]

    @property
    def files(self) -> dict[str, Listed]:
        """Return the files it lists, by their paths."""
        rows = self.value["files"]
        return {each["path"]: Listed(sha256=each["sha256"], size=each["size"]) for each in rows}

    @property
    def is_draft(self) -> bool:
        """Return whether the bundle says of itself that it is not for submission."""
        return bool(self.value["draft"])

    @property
    def created(self) -> datetime:
        """Return when the newest run in it ended: a bundle is as old as what was seen."""
        return datetime.fromisoformat(self.value["created"])

    @property
    def expires(self) -> date:
        """Return the last day on which it counts."""
        return date.fromisoformat(self.value["expires"])

    @property
    def judged_on(self) -> date:
        """Return the day by which waivers and attestations were judged."""
        return date.fromisoformat(self.value["judged_on"])

    @property
    def signer(self) -> str:
        """Return the fingerprint of the key that signed, as the manifest says; nothing where none did."""
        return str(self.value["signer"] or "")


def make_manifest(facts: Mapping[str, Any], members: Iterable[Member]) -> bytes:
    """Return manifest.json for these files. Raises `HarnessBug` where it would break its schema."""
    rows = []
    for member in sorted(members, key=lambda each: each.path):
        digest, size = member.measure()
        rows.append({"path": member.path, "sha256": digest, "size": size, "role": find_role(member.path)})
    value = {"format": 1, **facts, "files": rows}
    violations = find_violations(value, load_schema("bundle"))
    if violations:
        raise HarnessBug(f"manifest.json would break its schema: {violations[0]}")
    return to_canonical(value)


def read_manifest(content: bytes) -> Manifest:
    """Return the manifest in some bytes. Raises `ValueError` with the first thing that is wrong."""
    value = from_canonical(content)
    if isinstance(value, dict) and value.get("format") != 1:
        raise ValueError("is of a format that this version does not know")
    violations = find_violations(value, load_schema("bundle"))
    if violations:
        raise ValueError(str(violations[0])[:300])
    try:
        manifest = Manifest(root=sha256_of(content), value=value)
        _ = manifest.created.astimezone(), manifest.expires, manifest.judged_on
    except (ValueError, OverflowError) as error:
        raise ValueError("has a date that is none") from error
    if len(manifest.files) != len(value["files"]):
        raise ValueError("lists a file twice")
    return manifest
