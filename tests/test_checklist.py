"""The checklist's loader: every mistake of every file at once, and which items apply to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from partner_qa.checklist import applies, load_checklist, offer_any_case
from partner_qa.errors import ChecklistError
from partner_qa.model import Basis, Level, Proof, UseCase, VerifiedBy

ROW = """\
  - id: {id}
    title: Every page of a list is read
    requirement: Every page is requested.
    why: People vanish otherwise.
    level: must
    basis: documented
    applies_to: [all]
    verified_by: test
    source: {{title: Pagination, url: https://docs.gusto.com/p, retrieved: 2026-11-23}}
    advice: Loop.
"""


def section(name: str, *ids: str, order: int = 1) -> str:
    rows = "".join(ROW.format(id=each) for each in ids)
    return f"section: {name}\ntitle: Some title\norder: {order}\nitems:\n{rows}"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(ChecklistError) as caught:
        load_checklist(folder)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_rows_are_read_in_the_order_of_their_sections(tmp_path: Path) -> None:
    checklist = load_checklist(
        write(
            tmp_path, pages=section("pages", "PAGE-01", "PAGE-02", order=2), auth=section("auth", "AUTH-01")
        )
    )
    assert [item.id for item in checklist.items] == ["AUTH-01", "PAGE-01", "PAGE-02"]
    assert checklist.titles == {"auth": "Some title", "pages": "Some title"}
    item = checklist.find("PAGE-01")
    assert item is not None
    assert (item.level, item.basis, item.verified_by, item.proof) == (
        Level.MUST,
        Basis.DOCUMENTED,
        VerifiedBy.TEST,
        Proof.ANY,
    )
    assert checklist.find("PAGE-09") is None


def test_the_identity_changes_with_the_text(tmp_path: Path) -> None:
    before = load_checklist(write(tmp_path, pages=section("pages", "PAGE-01"))).identity
    after = load_checklist(write(tmp_path, pages=section("pages", "PAGE-01").replace("Loop", "Loop on")))
    assert before["items"] == 1
    assert before["sha256"] != after.identity["sha256"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("level: must", "level: may", "pages.yaml:9: "),
        ("PAGE-01", "PAGE-1", "pages.yaml:5: "),
        ("advice: Loop.", "advise: Loop.", "did you mean advice?"),
        ("section: pages", "section: paging", "is 'paging', but the file is named pages.yaml"),
        ("basis: documented", "basis: inferred", "so it is a should, unless rationale names"),
        ("verified_by: test", "verified_by: attestation", "not_testable says why"),
        ("advice: Loop.", "advice: Loop.\n    not_testable: It hides.", "so it has no not_testable"),
        ("https://docs.gusto.com/p", "http://docs.gusto.com/p", "url"),
        ("applies_to: [all]", "applies_to: [everybody]", "applies_to"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = section("pages", "PAGE-01")
    assert old in text
    assert words in "\n".join(problems_of(write(tmp_path, pages=text.replace(old, new))))


def test_an_inferred_must_with_a_rationale_is_a_row(tmp_path: Path) -> None:
    text = section("pages", "PAGE-01").replace("documented", "inferred\n    rationale: Data is at stake.")
    assert load_checklist(write(tmp_path, pages=text)).items[0].rationale == "Data is at stake."


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        auth=section("auth", "AUTH-01").replace("must", "may"),
        pages=section("pages", "PAGE-01").replace("must", "may"),
        torn="section: [\n",
    )
    assert {line.split(":")[0] for line in problems_of(folder)} == {"auth.yaml", "pages.yaml", "torn.yaml"}


def test_an_id_that_stands_twice_is_refused_across_files(tmp_path: Path) -> None:
    folder = write(tmp_path, auth=section("auth", "PAGE-01"), pages=section("pages", "PAGE-01"))
    (problem,) = problems_of(folder)
    assert "PAGE-01: stands twice" in problem


def test_an_empty_folder_is_no_checklist(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == [f"{tmp_path}: holds no .yaml file"]


@pytest.mark.parametrize(
    ("applies_to", "use_cases", "expected"),
    [
        ({"all"}, (), True),
        ({"webhooks"}, ("hris", "webhooks"), True),
        ({"webhooks"}, ("hris",), False),
        ({"people"}, ("hris",), True),
        ({"people"}, (UseCase.TIME,), True),
        ({"people"}, ("accounting", "webhooks"), False),
        ({"people"}, (), False),
    ],
)
def test_an_item_applies_by_use_case(
    bench: Any, applies_to: set[str], use_cases: Any, expected: bool
) -> None:
    assert applies(bench.item(applies_to=frozenset(applies_to)), use_cases) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("page-1", "did you mean PAGE-01?"), ("zzzz", "one of AUTH-01, PAGE-01")],
)
def test_a_name_is_offered_its_nearest_in_any_case(given: str, expected: str) -> None:
    assert offer_any_case(given, ["PAGE-01", "AUTH-01"]) == expected
