"""The history outlives runs that were killed, folders that are read-only, and other integrations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from partner_qa.report.history import RUNS, copy_history, extend_history


def entry(name: str, **more: Any) -> str:
    return json.dumps({"uuid": name, "knownTestCaseIds": [], "testResults": {}, **more})


def names(path: Path) -> list[str]:
    return [json.loads(line)["uuid"] for line in path.read_text().splitlines() if line]


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "history.jsonl"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.jsonl"


def remember(build: Any, history: Path, copy: Path, name: str, **more: Any) -> str:
    run = build.run(**more)
    copy_history(history, copy, run)
    with copy.open("a") as file:  # as Allure does
        file.write(entry(name) + "\n")
    return extend_history(history, copy, run)


def test_each_run_is_added_and_the_next_one_sees_it(build: Any, history: Path, copy: Path) -> None:
    assert remember(build, history, copy, "one") == ""
    assert remember(build, history, copy, "two") == ""
    copy_history(history, copy, build.run())
    assert names(copy) == ["one", "two"]


@pytest.mark.parametrize(
    "torn", ['{"uuid": "torn', "garbage\n", "null\n[]\n{}\n", '{"uuid": 1}\n', "\xff\x00\n", "[" * 50_000]
)
def test_a_line_that_cannot_be_read_costs_that_line_only(
    build: Any, history: Path, copy: Path, torn: str
) -> None:
    remember(build, history, copy, "one")
    with history.open("a") as file:
        file.write(torn)
    assert remember(build, history, copy, "two") == ""
    copy_history(history, copy, build.run())
    assert names(copy) == ["one", "two"]


def test_another_integration_has_a_history_of_its_own(build: Any, history: Path, copy: Path) -> None:
    remember(build, history, copy, "acme")
    other = {"integration": {"name": "Other", "version": "1"}}
    remember(build, history, copy, "other", profile=other)
    copy_history(history, copy, build.run(profile=other))
    assert names(copy) == ["other"]
    newer = {"integration": {"name": "Acme Time", "version": "5.0"}}
    copy_history(history, copy, build.run(profile=newer))
    assert names(copy) == ["acme"]


def test_a_page_shows_the_last_runs_and_the_file_does_not_grow_for_ever(
    build: Any, history: Path, copy: Path
) -> None:
    history.parent.mkdir()
    history.write_text("".join(entry(str(number)) + "\n" for number in range(2 * RUNS)))
    copy_history(history, copy, build.run())
    assert names(copy) == [str(number) for number in range(RUNS, 2 * RUNS)]
    remember(build, history, copy, "new")
    assert names(history) == [*(str(number) for number in range(RUNS + 1, 2 * RUNS)), "new"]


def test_no_history_is_no_error(build: Any, copy: Path, tmp_path: Path) -> None:
    for source in (None, tmp_path / "none", tmp_path):
        copy_history(source, copy, build.run())
        assert copy.read_text() == ""


def test_a_history_that_cannot_be_written_is_told(build: Any, tmp_path: Path, copy: Path) -> None:
    (tmp_path / "file").touch()
    told = remember(build, tmp_path / "file" / "history.jsonl", copy, "one")
    assert "cannot be written" in told


def test_without_a_line_from_allure_nothing_is_added(build: Any, history: Path, copy: Path) -> None:
    copy.write_text("")
    assert extend_history(history, copy, build.run()) == "Allure gave nothing to remember"
    assert not history.exists()
