"""results.json: written whole, read back equal, and refused with every problem where it is not ours."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from partner_qa.contract.schema import find_violations, load_schema
from partner_qa.errors import ReportError
from partner_qa.model import Blame, Body, Response
from partner_qa.report.results import Record, load_results, to_json, write_results


def written(tmp_path: Path, record: Record) -> Path:
    path = tmp_path / "results.json"
    write_results(path, record)
    return path


def test_a_record_fits_its_schema(build: Any) -> None:
    assert find_violations(to_json(build.record()), load_schema("results")) == ()


def test_what_was_written_is_read_again(build: Any, tmp_path: Path) -> None:
    record = build.record()
    again = load_results(written(tmp_path, record))
    assert again.titles == record.titles
    assert again.results.judged == record.results.judged
    assert again.results.health == record.results.health
    assert again.results.decision == record.results.decision
    assert replace(again.results.run, recordings=()) == replace(record.results.run, recordings=())


def test_contradictions_are_written_with_their_exchanges_and_read_again(build: Any, tmp_path: Path) -> None:
    finding = build.finding(check="declares_its_use_cases", blame=Blame.CONFIGURATION, key="area")
    record = build.record(rows=(), health=(), contradictions=(finding,))
    again = load_results(written(tmp_path, record))
    assert again.results.contradictions == (finding,)
    assert {str(each) for each in finding.places} <= set(to_json(record)["exchanges"])


def test_a_record_of_before_contradictions_is_read(build: Any, tmp_path: Path) -> None:
    path = written(tmp_path, build.record())
    told = json.loads(path.read_bytes())
    del told["contradictions"]
    path.write_text(json.dumps(told))
    assert load_results(path).results.contradictions == ()


def test_only_the_exchanges_that_findings_rest_on_are_kept(build: Any, tmp_path: Path) -> None:
    again = load_results(written(tmp_path, build.record()))
    recording = again.results.run.find("rate_limited_sync")
    assert recording is not None
    whole = build.recording()
    assert recording.exchanges == whole.exchanges[1:4]
    assert json.loads((tmp_path / "results.json").read_text())["run"]["recordings"][0]["exchanges"] == 4


def test_a_record_that_was_read_writes_the_same_bytes_but_for_counts(build: Any, tmp_path: Path) -> None:
    first = written(tmp_path, build.record()).read_bytes()
    second = written(tmp_path / "again", load_results(tmp_path / "results.json")).read_bytes()
    assert first.replace(b'"exchanges": 4', b'"exchanges": 3') == second


def test_equal_records_are_equal_bytes(build: Any, tmp_path: Path) -> None:
    one = written(tmp_path / "1", build.record()).read_bytes()
    assert one == written(tmp_path / "2", build.record()).read_bytes()
    assert one.isascii()
    assert one.endswith(b"}\n")


def test_of_a_stack_only_the_last_line_is_kept(build: Any, tmp_path: Path) -> None:
    trouble = 'Traceback:\n  File "/home/dana/x.py", line 1\nValueError: no\n'
    run = build.run(recordings=(build.recording(trouble=trouble),))
    text = written(tmp_path, build.record(run=run)).read_text()
    assert "ValueError: no" in text
    assert "dana/" not in text


def test_hostile_texts_are_kept_exactly_in_a_file_that_shows_none(build: Any, tmp_path: Path) -> None:
    record = build.hostile_record()
    path = written(tmp_path, record)
    assert path.read_bytes().isascii()
    assert b"\x1b" not in path.read_bytes()
    assert load_results(path).results.judged == record.results.judged


def test_a_lone_surrogate_does_not_stop_the_writing(build: Any, tmp_path: Path) -> None:
    finding = build.finding(seen="\ud800", message="does not \udfff", key="")
    record = build.record(((build.item(), build.failure(findings=(finding,))),))
    assert load_results(written(tmp_path, record)).results.judged == record.results.judged


def test_bytes_that_are_no_text_come_back(build: Any, tmp_path: Path) -> None:
    exchange = build.exchange(2, response=Response(status=200, body=Body.of(b"\xff\x00\xfe")))
    run = build.run(recordings=(build.recording(exchanges=(exchange,)),))
    again = load_results(written(tmp_path, build.record(run=run)))
    assert again.results.run.recordings[0].exchanges == (exchange,)


def test_a_missing_file_says_how_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(ReportError) as caught:
        load_results(tmp_path / "results.json")
    assert "there is no results.json" in caught.value.explain()
    assert "partner-qa judge" in caught.value.explain()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"[" * 100_000, b"null"])
def test_a_file_that_is_not_whole_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(ReportError):
        load_results(path)


def test_a_cut_file_is_refused(build: Any, tmp_path: Path) -> None:
    path = written(tmp_path, build.record())
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(ReportError, match="not whole"):
        load_results(path)


def test_another_format_is_refused_with_what_to_do(build: Any, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps({**to_json(build.record()), "format": 2}))
    with pytest.raises(ReportError, match="format 2, not 1"):
        load_results(path)


def test_every_break_of_the_schema_is_told_at_once(build: Any, tmp_path: Path) -> None:
    value: Any = to_json(build.record())
    value["items"][0]["verdict"]["outcome"] = "green"
    value["items"][1]["item"]["level"] = 3
    path = tmp_path / "results.json"
    path.write_text(json.dumps(value))
    with pytest.raises(ReportError) as caught:
        load_results(path)
    assert [each.key for each in caught.value.problems] == [
        "$.items[0].verdict.outcome",
        "$.items[1].item.level",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda value: value["items"][1]["verdict"]["findings"][0].update(key="other"), "has been changed"),
        (
            lambda value: value["exchanges"]["rate_limited_sync#2"]["request"].update(
                body={"base64": "!", "size": 1, "sha256": ""}
            ),
            "[Bb]ase64|padding",
        ),
    ],
)
def test_what_no_schema_can_see_is_refused_too(build: Any, tmp_path: Path, change: Any, message: str) -> None:
    value: Any = to_json(build.record())
    change(value)
    path = tmp_path / "results.json"
    path.write_text(json.dumps(value))
    with pytest.raises(ReportError, match=message):
        load_results(path)
