"""The file of a sandbox: private, for one process, whole after a kill; what is not ours stays as it is."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from partner_qa.sandbox.keeping.file import StateFile, StateFileError

EXPECTED = {"format": "1", "contract": "2026-06-15"}
ABOUT = {"made by": "partner-qa 0.1.0"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sandbox.db"


@pytest.fixture
def kept(path: Path) -> Path:
    """A file with two rows."""
    file = StateFile(path, EXPECTED)
    file.write([("people", "b", {"name": "B"}), ("people", "a", ["ü", "\ud800"])], about=ABOUT)
    file.close()
    return path


def refuse(path: Path, expected: dict[str, str] | None = None) -> str:
    """Return how a file is refused; it must be the same afterwards."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StateFileError) as caught:
        StateFile(path, expected or EXPECTED).read()
    assert before == (path.read_bytes() if path.is_file() else None)
    told = caught.value.explain()
    assert str(path) in told
    assert caught.value.hint
    return told


def test_rows_come_back_in_the_order_in_which_they_were_first_written(kept: Path) -> None:
    file = StateFile(kept, EXPECTED)
    file.write([("people", "b", 1), ("people", "c", None)], [("people", "a")])
    file.close()
    file = StateFile(kept, EXPECTED)
    assert list(file.read().items()) == [(("people", "b"), 1), (("people", "c"), None)]
    assert file.about == {**ABOUT, **EXPECTED}
    file.close()


def test_only_its_owner_can_read_it(kept: Path) -> None:
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.chmod(0o644)
    StateFile(kept, EXPECTED).close()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_an_empty_file_becomes_one(path: Path) -> None:
    path.touch()
    file = StateFile(path, EXPECTED)
    assert file.about == {}
    file.close()


def test_a_write_that_fails_leaves_nothing(kept: Path) -> None:
    file = StateFile(kept, EXPECTED)
    with pytest.raises(TypeError):
        file.write([("people", "c", 1), ("people", "d", object())])  # type: ignore[list-item]
    assert ("people", "c") not in file.read()
    file.write([("people", "e", 1)])
    assert ("people", "e") in file.read()
    file.close()


def test_a_file_of_something_else_is_refused(path: Path) -> None:
    path.write_text("format: 1\nintegration: {name: Acme}\n" * 40)
    assert "no file of a sandbox" in refuse(path)


def test_another_programs_database_is_refused(path: Path) -> None:
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE addresses (name TEXT)")
    base.close()
    assert "another program" in refuse(path)


@pytest.mark.parametrize("name", ["format", "contract"])
def test_a_file_of_another_format_or_contract_is_refused_with_what_made_it(kept: Path, name: str) -> None:
    told = refuse(kept, {**EXPECTED, name: "another"})
    assert f"another {name}: {EXPECTED[name]}, and this is another" in told
    assert "partner-qa 0.1.0" in told


def test_a_value_that_was_changed_in_place_is_noticed(kept: Path) -> None:
    kept.write_bytes(kept.read_bytes().replace(b'{"name":"B"}', b'{"name":"C"}'))
    assert "damaged: people, b" in refuse(kept)


def test_a_file_that_was_cut_is_noticed(kept: Path) -> None:
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in refuse(kept)


def test_a_file_that_was_overwritten_in_the_middle_is_noticed(kept: Path) -> None:
    whole = bytearray(kept.read_bytes())
    whole[4096:] = b"\xff" * (len(whole) - 4096)
    kept.write_bytes(whole)
    assert "damaged" in refuse(kept)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "cannot be opened or made" in refuse(tmp_path)


def test_a_file_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "No such file or directory" in refuse(tmp_path / "missing" / "sandbox.db")


CHILD = """
import sys
from pathlib import Path
from partner_qa.sandbox.keeping.file import StateFile
file = StateFile(Path(sys.argv[1]), {expected})
file.write([], about={about})
for number in range(100_000):
    file.write([("numbers", str(number), "x" * 5000), ("latest", "number", number)])
    print(number, flush=True)
"""


@pytest.fixture
def start(path: Path) -> Callable[[], subprocess.Popen[str]]:
    """Start a process that writes to the file without end and says what it has written."""
    code = CHILD.format(expected=EXPECTED, about=ABOUT)
    return lambda: subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True
    )


def test_a_second_process_is_refused_while_the_first_one_lives(
    path: Path, start: Callable[[], subprocess.Popen[str]]
) -> None:
    with start() as first:
        assert first.stdout is not None
        first.stdout.readline()
        with pytest.raises(StateFileError, match="another process has the file open"):
            StateFile(path, EXPECTED)
        first.kill()
    StateFile(path, EXPECTED).close()


@pytest.mark.parametrize("writes", [1, 2, 7, 20])
def test_whatever_was_written_is_there_after_a_kill(
    path: Path, start: Callable[[], subprocess.Popen[str]], writes: int
) -> None:
    with start() as child:
        assert child.stdout is not None
        said = [int(child.stdout.readline()) for _ in range(writes)]
        os.kill(child.pid, signal.SIGKILL)
        said += [int(line) for line in child.stdout if line.endswith("\n")]
    file = StateFile(path, EXPECTED)
    rows = file.read()
    numbers = [int(name) for part, name in rows if part == "numbers"]
    assert numbers == list(range(len(numbers)))
    assert rows["latest", "number"] == numbers[-1] >= said[-1]
    file.close()


def test_the_text_of_a_row_is_json(kept: Path) -> None:
    base = sqlite3.connect(kept)
    values = [json.loads(value) for (value,) in base.execute("SELECT value FROM kept ORDER BY place")]
    base.close()
    assert values == [{"name": "B"}, ["ü", "\ud800"]]
