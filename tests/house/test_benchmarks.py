"""The benchmarks run, and tell what they were asked to tell."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


def run(name, *options):
    command = [sys.executable, str(FOLDER / name), *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_each_benchmark_says_what_it_measures(path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(path), "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(path), run_name="__main__")
    assert ended.value.code == 0
    assert "--json FILE" in capsys.readouterr().out
    assert "ratio" in path.read_text("utf-8")


@pytest.mark.parametrize("name", ["judging.py", "sandbox.py", "starting.py", "validate.py"])
def test_a_benchmark_prints_a_table_and_writes_the_same_figures(name, tmp_path):
    table = run(name, "--rounds", 1, "--json", tmp_path / "figures.json")
    figures = json.loads((tmp_path / "figures.json").read_bytes())
    assert figures["what"] in table
    assert figures["ratio"] > 0
    for row in figures["rows"]:
        assert row in table
    assert "aim: " in table
    assert table.rstrip().endswith("met" if figures["met"] else "missed")
