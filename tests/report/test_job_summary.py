"""The job summary tells everything, and no text of others becomes Markdown, HTML or a mention in it."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from partner_qa.model import Outcome
from partner_qa.report.job_summary import md, render_job_summary


def test_the_summary_tells_result_failures_and_every_item(build: Any) -> None:
    text = html.unescape(render_job_summary(build.record()))
    assert "❌ **not verified: 1 must failed** (exit code 1)" in text
    assert "### FAIL RATE-02 A 429 is waited out" in text
    assert "| expected | no request of this grant for 2 s after the 429 |" in text
    assert "Repeat: partner-qa check --only RATE-02" in text
    assert "### Not finished" in text
    assert "missing: actions.sync_people in partner.yaml" in text
    for item, _ in build.rows():
        assert f"| {item.id} |" in text
    assert text.index("FAIL RATE-02") < text.index("FAIL EMP-01") < text.index("FAIL (waived) AUTH-11")


def test_the_golden_summary(build: Any, golden: Any) -> None:
    golden("job-summary.md", render_job_summary(build.record()))


def render(text: str) -> str:
    return str(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text))


def test_no_text_becomes_markdown_or_html(build: Any, hostile_words: str) -> None:
    def page(words: str) -> str:
        finding = build.finding(message=words, expected=words, seen=words, hint=words)
        row = (
            build.item(title=words, requirement=words),
            build.failure(reason=words, findings=(finding,), missing=(words,)),
        )
        run = build.run(profile={"integration": {"name": words, "version": words}})
        return render(render_job_summary(build.record((row,), run=run)))

    def tags(made: str) -> list[str]:
        return re.findall(r"<[^>]*>", made)

    assert tags(page(hostile_words)) == tags(page("plain"))


@pytest.mark.parametrize(
    "text", ["@octocat", "#1", "www.evil.example", "WwW.x", "a@b.c", "https://e.x", "$x$"]
)
def test_what_github_itself_would_link_is_broken_up(text: str) -> None:
    assert text not in md(text)
    assert html.unescape(md(text)) == text


def test_texts_are_one_line_and_short() -> None:
    assert "\n" not in md("a\nb")
    assert len(html.unescape(md("x" * 10_000))) < 500


def test_the_summary_stays_under_a_mebibyte(build: Any) -> None:
    long = "|" * 400
    rows = tuple(
        (build.item(f"RATE-{n:02}", title=long), build.failure(reason=long, findings=(build.finding(),) * 5))
        for n in range(400)
    )
    text = render_job_summary(build.record(rows))
    assert 500_000 < len(text.encode()) <= 1024 * 1024
    assert "left out here: a job summary holds 1 MiB" in text


def test_hostile_records_leave_a_summary_that_is_short(build: Any) -> None:
    text = render_job_summary(build.hostile_record())
    assert len(text) < 60_000
    assert all(each.isprintable() or each == "\n" for each in text)


def test_the_job_summary_says_where_the_use_cases_are_contradicted(build: Any) -> None:
    finding = build.finding(message="does not declare <b>it</b>", seen="gusto.scopes has x", hint="add it")
    told = render_job_summary(build.record(contradictions=(finding,)))
    assert "* does not declare &#60;b&#62;it" in told
    assert told.index("* does not declare") < told.index("### FAIL")
    assert "Configuration" not in render_job_summary(build.record())


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_told(build: Any, outcome: Outcome) -> None:
    text = render_job_summary(build.record(((build.item(), build.verdict(outcome=outcome)),)))
    assert "| RATE-02 | must |" in text
