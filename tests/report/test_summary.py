"""What a person reads in the terminal when a run is over."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from partner_qa.gate import UNANSWERED, Judged
from partner_qa.model import Outcome
from partner_qa.report.results import Record, load_results, write_results
from partner_qa.report.summary import print_summary

WRITTEN = [("Allure report", Path("reports/r/index.html")), ("plain page", Path("reports/r/static.html"))]


def printed(record: Record, *, width: int = 80, **options: Any) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, **options)
    print_summary(record, WRITTEN, console)
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_the_summary_reads_as_agreed(build: Any, golden: Callable[[str, str], None], width: int) -> None:
    golden(f"summary-{width}.txt", printed(build.record(), width=width))


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(build: Any, width: int) -> None:
    assert max(len(line) for line in printed(build.record(), width=width).splitlines()) <= width


def test_what_waits_for_a_person_takes_one_line_each_under_one_heading(build: Any) -> None:
    record = build.record()
    item, asked = build.item("SEC-01"), build.verdict("SEC-01", Outcome.NEEDS_ATTESTATION, reason=UNANSWERED)
    rows = tuple(
        Judged(item=replace(item, id=f"SEC-{number:02}", title=f"Row {number}"), verdict=asked)
        for number in range(30)
    )
    told = replace(record, results=replace(record.results, judged=rows))
    lines = printed(told).splitlines()
    (heading,) = [number for number, line in enumerate(lines) if "`partner-qa attest`" in line]
    below = [line.split() for line in lines[heading + 1 : heading + 31]]
    assert below == [[f"SEC-{number:02}", "Row", str(number)] for number in range(30)]
    assert lines[heading + 31] == ""


def test_what_would_show_most_is_named_and_nothing_is_told_twice(build: Any) -> None:
    record, waits = build.record(), "actions.sync_people in partner.yaml"
    missing = [(waits,), (waits, "run.processes in partner.yaml"), ("the embedded sandbox",)]
    rows = tuple(
        Judged(
            item=replace(build.item("PAGE-01"), id=f"PAGE-{number:02}", title="Every page"),
            verdict=build.verdict("PAGE-01", Outcome.NOT_OBSERVED, reason="it never arose", missing=each),
        )
        for number, each in enumerate(missing)
    )
    reasons = tuple(f"{each.item.id} Every page: it never arose" for each in rows)
    decision = replace(record.results.decision, reasons=(*reasons, "nothing was judged"))
    told = printed(
        replace(record, results=replace(record.results, judged=rows, decision=decision)), width=120
    )
    assert "  add first    actions.sync_people (2 items), run.processes (1 item)\n" in told
    assert "PAGE-01 Every page: it never arose" not in told
    assert "nothing was judged" in told
    whole = {**record.results.run.profile, "actions": {"connect": {}, "sync_people": {}}}
    offered = replace(record.results, judged=rows, run=replace(record.results.run, profile=whole))
    assert "add first    run.processes (1 item)\n" in printed(replace(record, results=offered))
    alone = printed(replace(record, results=replace(record.results, judged=rows[:1])), width=120)
    assert "add first" not in alone


def test_a_record_read_from_disk_is_told_alike(build: Any, tmp_path: Path) -> None:
    write_results(tmp_path / "results.json", build.record())
    assert printed(load_results(tmp_path / "results.json")) == printed(build.record())


def test_colours_only_repeat_the_words(build: Any) -> None:
    plain = printed(build.record(), color_system=None, force_terminal=True)
    coloured = printed(build.record(), color_system="standard", force_terminal=True)
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert all(word in plain for word in ("FAIL", "pass", "not observed", "needs a person", "ERROR"))


def test_no_color_is_obeyed(build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    coloured = printed(build.record(), force_terminal=True, color_system="standard")
    assert "\x1b[31m" not in coloured
    assert "\x1b[1;31m" not in coloured


def test_a_stream_that_knows_only_ascii_gets_question_marks(build: Any) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    print_summary(build.record(), WRITTEN, Console(file=stream, width=80))
    assert b"? 429" in raw.getvalue()


def test_hostile_texts_do_nothing_to_the_terminal(build: Any) -> None:
    text = printed(build.hostile_record(), force_terminal=True, color_system=None)
    assert all(each.isprintable() or each == "\n" for each in text)
    assert "\\x1b]0;owned\\x07" in text
    assert len(text) < 30_000


def test_text_of_others_is_never_markup(build: Any) -> None:
    finding = build.finding(seen="[bold red]boo[/bold red] [link=http://evil]x[/link] [/nonsense]")
    record = build.record(((build.item(), build.failure(findings=(finding,))),))
    assert "[bold red]boo[/bold red] [link=http://evil]x[/link] [/nonsense]" in printed(record, width=200)


def test_a_failure_says_where_expected_seen_and_how_to_repeat(build: Any) -> None:
    text = printed(build.record(((build.item(), build.failure()),)), width=200)
    for part in (
        "rate_limited_sync#2",
        "no request of this grant for 2 s after the 429",
        "2 requests, the first after 0.10 s",
        "sleep for Retry-After seconds",
        "https://docs.gusto.com/app-integrations/docs/rate-limits",
        "partner-qa check --only RATE-02",
        build.finding().fingerprint,
    ):
        assert part in text


def test_an_item_with_many_findings_shows_the_first_and_counts_the_rest(build: Any) -> None:
    findings = tuple(build.finding(message=f"does not do thing {number}") for number in range(10))
    text = printed(build.record(((build.item(), build.failure(findings=findings)),)))
    assert "does not do thing 3" in text
    assert "does not do thing 4" not in text
    assert "and 6 more findings, in the reports" in text


def test_what_is_missing_is_named(build: Any) -> None:
    rows = ((build.item("PAGE-01"), build.not_observed("PAGE-01")),)
    assert "actions.sync_people in partner.yaml" in printed(build.record(rows))


def test_musts_come_before_warnings_and_waived_failures(build: Any) -> None:
    text = printed(build.record())
    after = text[text.index("FAIL  RATE-02") :]
    assert after.index("FAIL  EMP-01") < after.index("FAIL (waived)  AUTH-11")


def test_contradictions_come_before_the_verdicts(build: Any) -> None:
    finding = build.finding(message="does not declare it", seen="gusto.scopes has x", hint="add it")
    text = printed(build.record(contradictions=(finding,)))
    told = text.index("configuration: use_cases in partner.yaml leave out")
    assert told < text.index("does not declare it") < text.index("gusto.scopes has x") < text.index("verdict")
    assert "configuration:" not in printed(build.record())


def test_an_all_green_run_is_short(build: Any) -> None:
    rows = tuple((build.item(f"RATE-0{n}"), build.verdict(f"RATE-0{n}", Outcome.PASS)) for n in range(1, 4))
    text = printed(build.record(rows, health=()))
    assert "3 items: 3 pass" in text
    assert len(text.splitlines()) < 20


def test_the_address_of_a_source_is_never_broken(build: Any) -> None:
    address = "https://docs.gusto.com/embedded-payroll/" + "a-long-way/" * 12
    item = build.item(source=replace(build.item().source, url=address))
    lines = printed(build.record(((item, build.failure()),)), width=60).splitlines()
    assert " " * 15 + address in lines
