"""Each item that a machine judges has a mistake that it catches; the matrix on paper is the one driven."""

import json
from pathlib import Path

import pytest

from partner_qa.checklist import load_checklist
from partner_qa.cli.defects import load_defects
from partner_qa.model import VerifiedBy
from partner_qa.suite import load_tests

ROOT = Path(__file__).parents[2]
DEFECTS = {each.id: each for each in load_defects()}
MATRIX = json.loads((ROOT / "docs" / "reference" / "kill-matrix.json").read_bytes())
SCENARIOS = {test.declared.item: set(test.scenarios) for test in load_tests()}


def test_each_item_that_a_machine_judges_has_a_mistake_of_its_own():
    automated = {each.id for each in load_checklist().items if each.verified_by is not VerifiedBy.ATTESTATION}
    assert automated - {each.killed_by for each in DEFECTS.values()} == set()


def test_the_matrix_on_paper_has_every_mistake():
    written = [row["defect"] for row in MATRIX["defects"]]
    assert written == list(DEFECTS), "`make kill-matrix` drives them, `make pages` writes the page"


@pytest.mark.parametrize("row", MATRIX["defects"], ids=lambda row: row["defect"])
def test_each_mistake_was_caught_by_its_item_and_by_no_other_that_it_does_not_explain(row):
    defect = DEFECTS[row["defect"]]
    assert row["problems"] == []
    assert row["killed_by"] == defect.killed_by
    assert defect.killed_by in row["fell"]
    assert set(row["fell"]) <= {defect.killed_by} | defect.also_fells


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_each_mistake_shows_in_a_scenario_that_its_item_looks_at(defect):
    looked_at = SCENARIOS[defect.killed_by]
    assert not looked_at or looked_at & set(defect.shown_by)
