"""`partner-qa diff`: run folders, bundles and records beside each other."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from partner_qa.cli.comparison import load_side
from partner_qa.cli.main import run_command_line
from partner_qa.evidence.archive import Member, pack
from partner_qa.model import Finding, Place, Target
from partner_qa.report.encoding import encode_finding


@pytest.fixture
def folder(bench: Any, capsys: pytest.CaptureFixture[str]) -> Path:
    """A run with recordings and its record."""
    saved: Path = bench.save(bench.run(bench.recording("first_connect", exchanges=(bench.call(),))))
    run_command_line(["judge", str(saved), "--json"])
    (saved / "results.json").write_text(json.dumps(json.loads(capsys.readouterr().out)))
    return saved


@pytest.fixture
def worse(folder: Path, tmp_path: Path) -> Path:
    """The same run, with an item that has failed."""
    copy = tmp_path / "worse"
    shutil.copytree(folder, copy)
    told = json.loads((copy / "results.json").read_bytes())
    row = next(each for each in told["items"] if each["item"]["id"] == "RATE-02")
    row["verdict"] |= {"outcome": "fail", "blame": "integration", "reason": "does not wait"}
    (copy / "results.json").write_text(json.dumps(told))
    return copy


def count(folder: Path) -> int:
    return len(json.loads((folder / "results.json").read_bytes())["items"])


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["diff", "--help"]) == 0
    assert "partner-qa diff reports/" in capsys.readouterr().out


def test_equal_runs_end_in_zero(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["diff", str(folder), str(folder)]) == 0
    assert f"{count(folder)} items compared: no verdict changed" in capsys.readouterr().out


def test_something_worse_ends_in_one(folder: Path, worse: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["diff", str(folder), str(worse)]) == 1
    output = capsys.readouterr().out
    assert "worse   RATE-02  not observed → FAIL" in output
    assert "is   does not wait" in output
    assert f"{count(folder)} items compared: 1 worse" in output


def test_something_better_ends_in_zero(folder: Path, worse: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["diff", str(worse), str(folder)]) == 0
    assert "1 better" in capsys.readouterr().out


def test_records_alone_are_compared_as_json(
    folder: Path, worse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["diff", str(folder / "results.json"), str(worse / "results.json"), "--json"]
    assert run_command_line(arguments) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["item"] for each in told["items"]] == ["RATE-02"]


def test_a_bundle_is_compared_with_a_run(
    folder: Path, worse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle.zip"
    files = (path for path in worse.rglob("*") if path.is_file())
    pack((Member(path=path.relative_to(worse).as_posix(), content=path) for path in files), bundle)
    assert run_command_line(["diff", str(folder), str(bundle)]) == 1
    assert "RATE-02" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone", "is not there"),
        ("notes.txt", "is neither a run folder, a bundle (.zip) nor a results.json"),
        ("broken.zip", "is no zip"),
        ("hollow.zip", "there is no results.json"),
        ("empty", "there is no results.json"),
    ],
)
def test_what_is_no_run_is_a_clear_error(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, said: str
) -> None:
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "broken.zip").write_text("x" * 100)
    pack([Member(path="run.json", content=b"{}")], tmp_path / "hollow.zip")
    (tmp_path / "empty").mkdir()
    assert run_command_line(["diff", str(folder), str(tmp_path / name)]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert str(tmp_path / name) in told


def test_broken_recordings_are_not_passed_over(
    folder: Path, worse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    next((worse / "cassettes").glob("*.yaml")).write_text("interactions: [")
    assert run_command_line(["diff", str(folder), str(worse)]) == 2
    assert "first_connect.yaml" in capsys.readouterr().err


def test_whole_exchanges_stand_side_by_side_on_request(
    folder: Path, worse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads((worse / "results.json").read_bytes())
    row = next(each for each in told["items"] if each["item"]["id"] == "RATE-02")
    place = Place(scenario="first_connect", sequence=1)
    finding = Finding(check="waits", message="does not wait", places=(place,))
    row["verdict"]["findings"] = [encode_finding(finding)]
    (worse / "results.json").write_text(json.dumps(told))
    assert run_command_line(["diff", str(folder), str(worse), "--full"]) == 1
    output = capsys.readouterr().out
    assert output.count("first_connect#1") == 2
    assert output.count("Authorization: Bearer token-1") == 2


@pytest.fixture
def found(folder: Path, worse: Path) -> Path:
    """The same run, with an item that has failed by two findings; one rests on a call of its own."""
    told = json.loads((worse / "results.json").read_bytes())
    row = next(each for each in told["items"] if each["item"]["id"] == "RATE-02")
    places = (Place(scenario="first_connect", sequence=1), Place(scenario="first_connect", sequence=2))
    findings = [
        Finding(check="waits", message="does not wait at once", places=places),
        Finding(check="waits", message="does not wait at all"),
    ]
    row["verdict"] |= {
        "findings": list(map(encode_finding, findings)),
        "reason": "does not wait (and 1 more)",
    }
    (worse / "results.json").write_text(json.dumps(told))
    return worse


def test_findings_are_told_in_words_and_not_only_by_their_fingerprints(
    folder: Path, found: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["diff", str(folder), str(found)]) == 1
    output = capsys.readouterr().out
    for message in ("does not wait at once", "does not wait at all"):
        finding = Finding(check="waits", message=message)
        assert f"new  {message} ({finding.fingerprint})" in output
    assert "(and 1 more)" not in output
    assert run_command_line(["diff", str(found), str(folder)]) == 0
    assert "gone  does not wait at once" in capsys.readouterr().out


def test_a_call_that_was_not_made_is_told_from_one_that_was_not_kept(
    bench: Any, folder: Path, found: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls = (bench.call(), bench.call(2))
    recording = bench.recording("first_connect", exchanges=calls)
    twice = bench.save(bench.run(recording), name="twice")
    shutil.copytree(twice / "cassettes", found / "cassettes", dirs_exist_ok=True)
    run_command_line(["diff", str(folder), str(found)])
    assert "(no such exchange)" in capsys.readouterr().out
    run_command_line(["diff", str(folder / "results.json"), str(found)])
    assert "(not known without its recordings)" in " ".join(capsys.readouterr().out.split())


def test_a_terminal_that_knows_only_ascii_shows_question_marks(folder: Path, worse: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from partner_qa.cli.main import main; main()",
            "diff",
            str(folder),
            str(worse),
        ],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"RATE-02  not observed ? FAIL" in done.stdout


def test_a_reader_that_is_gone_is_no_verdict(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                "from partner_qa.cli.main import main; main()",
                "diff",
                str(folder),
                str(folder),
            ],
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_the_recordings_of_a_merged_run_are_found_under_the_names_that_its_record_gives_them(
    bench: Any, folder: Path
) -> None:
    live = bench.recording("first_connect", target=Target.LIVE, exchanges=(bench.call(status=503),))
    saved: Path = bench.save(bench.run(live, target=Target.LIVE), name="live")
    shutil.copy(folder / "results.json", saved)
    shutil.copytree(folder, saved / "embedded")
    side = load_side(saved)
    names = ("first_connect", "first_connect_on_live")
    found = [recording for name in names if (recording := side.find(name)) is not None]
    assert [each.target for each in found] == [Target.EMBEDDED, Target.LIVE]
    assert [each.exchanges[0].response.status for each in found] == [200, 503]
