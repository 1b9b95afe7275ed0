"""The finished folder of Allure results: the same for the same run, and nothing of this machine in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from partner_qa.errors import ReportError
from partner_qa.report.allure_folder import finish_folder, write_environment


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


def results(folder: Path) -> dict[str, dict[str, Any]]:
    read = [json.loads(each.read_text()) for each in folder.glob("*-result.json")]
    return {
        next(label["value"] for label in each["labels"] if label["name"] == "item"): each for each in read
    }


@pytest.fixture
def finished(build: Any, session: Any) -> Path:
    session.tell_all(build.record())
    finish_folder(session.folder, build.record())
    folder: Path = session.folder
    return folder


def test_one_run_gives_one_folder_however_often_it_is_judged(
    build: Any, finished: Path, session: Any, tmp_path: Path
) -> None:
    session.folder = tmp_path / "again"
    session.folder.mkdir()
    session.tell_all(build.record())
    finish_folder(session.folder, build.record())
    assert contents(session.folder) == contents(finished)


def test_finishing_twice_changes_nothing(build: Any, finished: Path) -> None:
    before = contents(finished)
    finish_folder(finished, build.record())
    assert contents(finished) == before


def test_every_attachment_is_linked_and_there(finished: Path) -> None:
    linked = {
        attachment["source"]
        for each in results(finished).values()
        for step in each["steps"]
        for attachment in step.get("attachments", ())
    }
    assert linked == {each.name for each in finished.glob("*-attachment.txt")}
    assert linked


def test_items_begin_with_the_run_in_the_order_of_the_checklist(build: Any, finished: Path) -> None:
    began = int(build.now.timestamp() * 1000)
    by_start = sorted(results(finished).values(), key=lambda each: each["start"])
    order = [each.item.id for each in build.record().results.judged]
    assert [each["name"].split()[0] for each in by_start] == order
    assert [each["start"] - began for each in by_start] == list(range(len(order)))


def test_items_and_steps_take_as_long_as_what_they_tell_of(finished: Path) -> None:
    result = results(finished)["RATE-02"]
    assert result["stop"] - result["start"] == 9_000
    story, finding = result["steps"]
    assert story["stop"] - story["start"] == 9_000
    calls = story["steps"][1]  # exchanges 2 to 4, a second apart, the last 12 ms long
    assert calls["stop"] - calls["start"] == 2_012
    assert finding["stop"] - finding["start"] == 1_012
    process = results(finished)["PROC-01"]
    assert process["stop"] == process["start"]


def test_recordings_that_overlap_are_counted_once(build: Any, session: Any) -> None:
    run = build.run(recordings=(build.recording("one"), build.recording("two")))
    rows = ((build.item(), build.verdict(scenarios=("one", "two"))),)
    record = build.record(rows, run=run)
    session.tell_all(record)
    finish_folder(session.folder, record)
    result = results(session.folder)["RATE-02"]
    assert result["stop"] - result["start"] == 9_000


def test_the_error_stands_at_the_finding_and_shows_expected_beside_seen(finished: Path) -> None:
    result = results(finished)["RATE-02"]
    assert result["statusDetails"]["expected"] == "no request of this grant for 2 s after the 429"
    assert result["statusDetails"]["actual"] == "2 requests, the first after 0.10 s"
    assert result["steps"][1]["statusDetails"] == {"message": result["statusDetails"]["message"]}
    assert "trace" not in json.dumps(result)


def test_no_label_names_this_machine(finished: Path) -> None:
    for result in results(finished).values():
        assert {each["name"] for each in result["labels"]}.isdisjoint(
            {"host", "thread", "package", "framework"}
        )


def test_a_result_of_another_run_is_refused(build: Any, finished: Path) -> None:
    (finished / "x-result.json").write_text('{"labels": [{"name": "item", "value": "NONE-01"}]}')
    with pytest.raises(ReportError, match="no result of this run"):
        finish_folder(finished, build.record())


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 20_000, "\ud800"])
def test_a_result_that_cannot_be_read_is_refused(build: Any, finished: Path, text: str) -> None:
    (finished / "x-result.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ReportError, match="not an Allure result"):
        finish_folder(finished, build.record())


@pytest.mark.parametrize("source", ["../secret", "/etc/passwd", "", "gone.txt", ".."])
def test_an_attachment_outside_the_folder_is_refused_and_stays(
    build: Any, finished: Path, source: str
) -> None:
    secret = finished.parent / "secret"
    secret.touch()
    path = next(finished.glob("*-result.json"))
    result = json.loads(path.read_text())
    result["steps"] = [{"name": "a step", "attachments": [{"source": source}]}]
    path.write_text(json.dumps(result))
    with pytest.raises(ReportError, match="attachment is not in the folder"):
        finish_folder(finished, build.record())
    assert secret.exists()


def test_the_environment_says_where_the_use_cases_are_contradicted(build: Any) -> None:
    finding = build.finding(message="does not declare it", seen="x", hint="y")
    told = write_environment(build.record(contradictions=(finding,)))
    assert "does\\ not\\ declare\\ it" in next(
        line for line in told.splitlines() if line.startswith("Configuration=")
    )
    assert "Configuration=" not in write_environment(build.record())
