"""The defects of the example integration: what each does wrong, and who must notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from partner_qa.cli.control import example_folder
from partner_qa.document import find_problems, load_document
from partner_qa.errors import SetupError
from partner_qa.model import Json


class DefectsError(SetupError):
    """`defects.yaml` breaks its schema."""

    what = "the defects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A switch in the example: the item that must fail by it, those that may, and where it shows."""

    id: str
    does: str
    killed_by: str
    also_fells: frozenset[str]
    shown_by: tuple[str, ...]


def load_defects(path: Path | None = None) -> tuple[Defect, ...]:
    """Return the defects of `defects.yaml`; raise `DefectsError` with every problem at once."""
    document = load_document(path or example_folder() / "defects.yaml", error=DefectsError)
    problems = find_problems(document, "defects")
    if problems:
        raise DefectsError(problems)
    rows = document.value["defects"] if isinstance(document.value, dict) else []
    return tuple(_to_defect(row) for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict))


def _to_defect(row: dict[str, Json]) -> Defect:
    return Defect(
        id=str(row["id"]),
        does=str(row["does"]),
        killed_by=str(row["killed_by"]),
        also_fells=frozenset(_texts(row.get("also_fells"))),
        shown_by=_texts(row.get("shown_by")),
    )


def _texts(given: Json) -> tuple[str, ...]:
    return tuple(map(str, given)) if isinstance(given, list) else ()
