"""`docs/how-to/add-an-item.md` holds: its row and its test, put where it says, are all that an item needs."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from partner_qa.checklist import load_checklist
from partner_qa.judge import Choice, judge_run
from partner_qa.model import Outcome
from partner_qa.suite import load_tests

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "add-an-item.md").read_text("utf-8")
ITEM = "AUTH-99"


def find_block(language):
    return re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Return a copy of the two folders, with the page's row and test added where the page says."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("checklist", "conformance"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, added in (
        ("checklist/tokens.yaml", find_block("yaml")),
        ("conformance/test_tokens.py", "\n\n" + find_block("python")),
    ):
        assert f"`{name}`" in PAGE
        file = folder / name
        file.write_text(file.read_text("utf-8").rstrip() + "\n" + added, "utf-8")
    return folder


def judge_item(clone, run, contract):
    results = judge_run(
        run,
        checklist=load_checklist(clone / "checklist"),
        contract=contract,
        today=run.started.date(),
        choice=Choice(items=(ITEM,)),
        suite=clone / "conformance",
    )
    return next(each.verdict for each in results.judged if each.item.id == ITEM)


def test_two_files_are_enough_for_a_verdict(clone, recorded, contract):
    assert judge_item(clone, recorded, contract).outcome is Outcome.PASS


def test_the_spoiler_of_the_page_spoils(clone, recorded, contract):
    test = next(each for each in load_tests(clone / "conformance") if each.declared.item == ITEM)
    good = recorded.find(test.scenarios[0])
    bad = test.declared.spoiled_by(good)
    spoiled = replace(recorded, recordings=tuple(bad if each is good else each for each in recorded))
    assert judge_item(clone, spoiled, contract).outcome is Outcome.FAIL


def test_the_example_is_no_item_of_ours(checklist):
    assert checklist.find(ITEM) is None
