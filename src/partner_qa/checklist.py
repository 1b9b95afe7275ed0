"""The checklist: loads `checklist/*.yaml`, all mistakes at once, and says which items apply to whom."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from partner_qa.contract.violation import find_nearest, offer
from partner_qa.document import Document, find_problems, load_document
from partner_qa.errors import ChecklistError, Problem
from partner_qa.model import Basis, Facts, Item, Json, Level, Proof, Source, UseCase, VerifiedBy
from partner_qa.settings import find_shipped

_WITH_PEOPLE = frozenset(
    {
        UseCase.TIME,
        UseCase.PAYROLL,
        UseCase.HRIS,
        UseCase.RECRUITING,
        UseCase.TIME_OFF,
        UseCase.BENEFITS,
        UseCase.RETIREMENT,
        UseCase.EXPENSES,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A page of the checklist: its name (the name of its file) and its title."""

    name: str
    title: str
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """All items, in the order of the sections, and what the checklist's text hashes to."""

    items: tuple[Item, ...]
    sections: tuple[Section, ...]
    identity: Facts

    def find(self, item_id: str) -> Item | None:
        """Return an item by its id, or `None`."""
        return next((item for item in self.items if item.id == item_id), None)

    @property
    def titles(self) -> dict[str, str]:
        """Return the titles of the sections by their names."""
        return {section.name: section.title for section in self.sections}


def load_checklist(folder: Path | None = None) -> Checklist:
    """Return the checklist of a folder; raise `ChecklistError` with every problem of every file."""
    folder = folder or find_shipped("checklist")
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise ChecklistError([Problem(file=str(folder), message="holds no .yaml file")])
    problems: list[Problem] = []
    sections: list[tuple[Section, list[Item]]] = []
    for path in paths:
        try:
            document = load_document(path, error=ChecklistError)
        except ChecklistError as error:
            problems += error.problems
            continue
        found = [*find_problems(document, "checklist")]
        if not found:
            sections.append(_to_section(document))
            found = list(_find_broken_rules(document, sections[-1][1]))
        problems += found
    problems += _find_double_ids([item for _, items in sections for item in items], folder)
    if problems:
        raise ChecklistError(problems)
    sections.sort(key=lambda pair: (pair[0].order, pair[0].name))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    items = tuple(item for _, each in sections for item in each)
    return Checklist(
        items=items,
        sections=tuple(section for section, _ in sections),
        identity={"sha256": digest, "items": len(items)},
    )


def applies(item: Item, use_cases: Iterable[str]) -> bool:
    """Return whether an item applies to an integration with these use cases."""
    declared = frozenset(map(str, use_cases))
    if "all" in item.applies_to or item.applies_to & declared:
        return True
    return "people" in item.applies_to and bool(declared & frozenset(map(str, _WITH_PEOPLE)))


def offer_any_case(name: str, known: Collection[str]) -> str:
    """Return what to write instead of an id or a section, however the mistyped one was cased."""
    by_lower = {each.lower(): each for each in known}
    near = find_nearest(name.lower(), by_lower)
    return f"did you mean {by_lower[near]}?" if near else offer(name, known)


def _to_section(document: Document) -> tuple[Section, list[Item]]:
    told = _map(document.value)
    name = str(told["section"])
    section = Section(name=name, title=str(told["title"]), order=int(str(told["order"])))
    return section, [_to_item(name, _map(row)) for row in _rows(told["items"])]


def _to_item(section: str, row: dict[str, Json]) -> Item:
    source = _map(row["source"])
    return Item(
        id=str(row["id"]),
        section=section,
        title=str(row["title"]),
        requirement=str(row["requirement"]),
        level=Level(str(row["level"])),
        basis=Basis(str(row["basis"])),
        applies_to=frozenset(map(str, _rows(row["applies_to"]))),
        verified_by=VerifiedBy(str(row["verified_by"])),
        proof=Proof(str(row.get("proof", "any"))),
        source=Source(
            title=str(source["title"]),
            url=str(source["url"]),
            retrieved=date.fromisoformat(str(source["retrieved"])),
        ),
        advice=str(row["advice"]),
        why=str(row.get("why", "")),
        rationale=str(row.get("rationale", "")),
        not_testable=str(row.get("not_testable", "")),
        sheet_row=str(row.get("sheet_row", "")),
    )


def _find_broken_rules(document: Document, items: Sequence[Item]) -> Iterable[Problem]:
    file = str(document.path)
    section = _map(document.value)["section"]
    if section != document.path.stem:
        line = document.line_of(["section"])
        yield Problem(
            file=file,
            line=line,
            key="section",
            message=f"is {section!r}, but the file is named {document.path.name}",
        )
    for index, item in enumerate(items):
        line = document.line_of(["items", index])
        for broken in _find_broken_item_rules(item):
            yield Problem(file=file, line=line, key=item.id, message=broken)


def _find_broken_item_rules(item: Item) -> Iterable[str]:
    if item.basis is Basis.INFERRED and item.level is Level.MUST and not item.rationale:
        yield "is inferred, so it is a should, unless rationale names the data, money or tenants at stake"
    if item.verified_by is VerifiedBy.ATTESTATION and not item.not_testable:
        yield "is attested only, so not_testable says why no machine can see it"
    if item.verified_by is not VerifiedBy.ATTESTATION and item.not_testable:
        yield "is seen by a test, so it has no not_testable"


def _find_double_ids(items: Sequence[Item], folder: Path) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for item in items:
        if item.id in seen:
            file = str(folder / f"{item.section}.yaml")
            problems.append(Problem(file=file, key=item.id, message="stands twice; ids are never reused"))
        seen.add(item.id)
    return problems


def _map(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _rows(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
