"""What the page of the sandbox says of tests was measured, and those tests are there."""

from pathlib import Path

from partner_qa.contract.catalogue import load_contract

TESTS = Path(__file__).parents[1] / "sandbox"


def test_every_operation_was_asked_by_a_file_of_tests_that_is_there():
    rows = [line.split("\t") for line in (TESTS / "answers.tsv").read_text("utf-8").splitlines()]
    files = {path.name for path in TESTS.rglob("test_*.py")}
    assert {file for _, file, _ in rows} <= files, "`make answers` notes them again"
    assert {operation for operation, _, _ in rows} == {each.id for each in load_contract().operations}


def test_every_operation_was_seen_to_succeed():
    rows = [line.split("\t") for line in (TESTS / "answers.tsv").read_text("utf-8").splitlines()]
    done = {operation for operation, _, statuses in rows if any(each < "300" for each in statuses.split())}
    assert {each.id for each in load_contract().operations} - done == set()
