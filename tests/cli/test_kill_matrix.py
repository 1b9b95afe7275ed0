"""`partner-qa kill-matrix`: what is chosen, what is told, and that a check that cannot fail is noticed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from partner_qa.cassette.files import load_run
from partner_qa.cli.defects import Defect, load_defects
from partner_qa.cli.killing import require_place, write_matrix
from partner_qa.errors import UsageError
from partner_qa.gate import ExitCode

ACCEPTS_ANY_STATE = Defect(
    id="accepts_any_state",
    does="Exchanges the code of any callback.",
    killed_by="AUTH-03",
    also_fells=frozenset(),
    shown_by=("forged_callbacks",),
)
HARMLESS = Defect(  # its mistake does not show in this scenario
    id="first_page_only",
    does="Reads the first page only.",
    killed_by="AUTH-03",
    also_fells=frozenset(),
    shown_by=("forged_callbacks",),
)


GONE = {"defect": "no_longer_there", "killed_by": "AUTH-01", "fell": ["AUTH-01"], "problems": []}
STALE = {"defect": "first_page_only", "killed_by": "PAGE-01", "fell": ["PAGE-01"], "problems": []}


@pytest.fixture
def undriven(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be driven."""
    monkeypatch.setattr("partner_qa.cli.killing.drive_run", pytest.fail)


def test_help_shows_an_example(desk: Any) -> None:
    ran = desk.run("kill-matrix", "--help")
    assert ran.code == 0
    assert "partner-qa kill-matrix --all" in ran.out


@pytest.mark.usefixtures("undriven")
def test_every_defect_is_listed_with_who_must_notice_it(desk: Any) -> None:
    ran = desk.run("kill-matrix", "--list")
    assert ran.code == ExitCode.VERIFIED
    lines = ran.out.splitlines()
    assert len(lines) == len(load_defects())
    for defect, line in zip(load_defects(), lines, strict=True):
        assert line.split()[:2] == [defect.id, defect.killed_by]
        assert defect.does in line


@pytest.mark.usefixtures("undriven")
@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], "names no defect"),
        (["first_page"], "first_page: is no defect (did you mean first_page_only?)"),
        (["first_page_only", "nothing_like_it_at_all"], "nothing_like_it_at_all: is no defect"),
    ],
)
def test_what_is_no_defect_is_a_usage_error(desk: Any, names: list[str], words: str) -> None:
    ran = desk.run("kill-matrix", *names)
    assert ran.code == ExitCode.USAGE
    assert words in ran.err
    assert "--list shows them, --all takes every one." in ran.err


@pytest.mark.usefixtures("undriven")
@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("file/matrix.json", "cannot be written"),
        ("pipe", "is there and is no file"),
        ("file", "is not a matrix that partner-qa wrote"),
    ],
)
def test_where_the_matrix_cannot_be_written_nothing_is_driven(
    desk: Any, tmp_path: Path, place: str, words: str
) -> None:
    (tmp_path / "file").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    ran = desk.run("kill-matrix", "first_page_only", "--output", tmp_path / place)
    assert ran.code == ExitCode.USAGE
    assert f"{tmp_path / place}: {words}" in ran.err
    assert (tmp_path / "file").read_text() == "mine"


def test_asking_for_a_place_leaves_nothing_there(tmp_path: Path) -> None:
    require_place(tmp_path / "new" / "matrix.json")
    assert list((tmp_path / "new").iterdir()) == []


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory, shared_desk: Any) -> Any:
    """How the matrix of two defects ended, one of which does no harm in its scenario, and its folder."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("partner_qa.cli.kill_matrix.load_defects", lambda: (ACCEPTS_ANY_STATE, HARMLESS))
        written = folder / "matrix.json"
        written.write_text(json.dumps({"format": 1, "defects": [GONE, STALE]}))
        ran = shared_desk.run("kill-matrix", "--all", "--json", "--keep", folder, "--output", written)
    return ran, folder


class TestDriven:
    """Two defects, driven once."""

    def test_a_defect_that_is_noticed_has_no_problem(self, rows: Any) -> None:
        assert rows[0].told["defects"][0] == {
            "defect": "accepts_any_state",
            "killed_by": "AUTH-03",
            "fell": ["AUTH-03"],
            "problems": [],
        }

    def test_a_defect_that_survives_is_an_error_of_ours(self, rows: Any) -> None:
        assert rows[0].code == ExitCode.HARNESS
        assert rows[0].told["defects"][1]["problems"] == ["survived: AUTH-03 is pass"]

    def test_progress_tells_which_is_on(self, rows: Any) -> None:
        for words in (
            "careful: 1 scenario\n",
            " of 2  accepts_any_state: killed by AUTH-03\n",
            "first_page_only: survived",
        ):
            assert words in rows[0].err

    def test_the_recordings_are_kept_where_that_is_asked_for(self, rows: Any) -> None:
        folder: Path = rows[1]
        for name in ("careful", "accepts_any_state", "first_page_only"):
            assert load_run(folder / name).find("forged_callbacks").exchanges

    def test_the_matrix_is_written_and_tells_of_no_defect_that_is_no_more(self, rows: Any) -> None:
        assert json.loads((rows[1] / "matrix.json").read_bytes()) == rows[0].told


@pytest.mark.usefixtures("undriven")
@pytest.mark.parametrize("text", ["", "[]", '{"defects": [1]}', "\x00"])
def test_a_file_that_is_no_matrix_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"notes\.txt: is not a matrix"):
        write_matrix(path, (), known=["first_page_only"])
    assert path.read_text() == text


@pytest.mark.usefixtures("undriven")
def test_no_jobs_is_a_usage_error(desk: Any) -> None:
    assert desk.run("kill-matrix", "--all", "--jobs", "0").code == ExitCode.USAGE
