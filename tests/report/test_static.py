"""The plain page: no script, nothing foreign as markup, and every item at an address of its own."""

from __future__ import annotations

import itertools
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from partner_qa.model import Kind, Outcome, Place, Source, VerifiedBy
from partner_qa.report.results import Record, load_results, write_results
from partner_qa.report.static import render_page, write_page


class Page(HTMLParser):
    """Collects tags, their attributes and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def ids(self) -> list[str]:
        return [each["id"] or "" for _, each in self.tags if "id" in each]


def page_of(record: Record) -> Page:
    return Page(render_page(record))


def test_the_page_has_no_script_and_a_policy_that_allows_none(build: Any) -> None:
    page = page_of(build.record())
    assert page.all("script") == []
    policy = page.all("meta")[1]["content"] or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not any(name.startswith("on") or name == "style" for _, each in page.tags for name in each)


def test_every_item_has_an_anchor_and_every_link_leads_somewhere(build: Any) -> None:
    page = page_of(build.record())
    assert {each.item.id for each in build.results().judged} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    inner = [link["href"] or "" for link in page.all("a") if (link["href"] or "").startswith("#")]
    assert {each[1:] for each in inner} <= set(page.ids)


def test_nothing_is_loaded_from_anywhere(build: Any) -> None:
    page = page_of(build.record())
    assert not [tag for tag, _ in page.tags if tag in ("link", "img", "iframe", "object", "embed", "base")]
    assert "url(" not in render_page(build.record())


def test_the_page_is_made_for_screen_readers(build: Any) -> None:
    page = page_of(build.record())
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("a")[0] == {"class": "skip", "href": "#result"}
    assert all("scope" in each for each in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table"))
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_a_verdict_is_a_word_and_not_only_a_colour(build: Any) -> None:
    words = page_of(build.record()).words
    for word in (
        "FAIL (waived)",
        "pass",
        "not observed",
        "not applicable",
        "attested",
        "needs a person",
        "ERROR",
    ):
        assert word in words


def test_a_failure_shows_its_exchanges_and_how_to_repeat_it(build: Any) -> None:
    page = page_of(build.record(((build.item(), build.failure()),)))
    assert "exchange-rate_limited_sync-2" in page.ids
    for part in (
        "no request of this grant for 2 s after the 429",
        "partner-qa check --only RATE-02",
        '"first_name": "Zoë"',
        "$ACCESS_TOKEN",
        "made by the harness: fault respond",
    ):
        assert part in page.words


def test_what_a_person_must_decide_is_listed_with_links_to_the_items(build: Any) -> None:
    page = page_of(build.record(run=build.run(filters=("--only RATE-02",))))
    assert "dana@acme.example, until 2026-12-31: fixed in 4.3, out on Monday" in page.words
    assert "For a person to answer" in page.words
    assert "Left out by choice (1)--only RATE-02" in page.words.replace("\n", "")
    waivers = page.words.index("Waivers to accept or to refuse")
    assert waivers < page.words.index("Checklist", waivers)
    assert {"href": "#RATE-02"} in page.all("a")


def test_contradictions_stand_at_the_top(build: Any) -> None:
    finding = build.finding(message="does not declare it", seen="gusto.scopes has x", hint="add it")
    words = page_of(build.record(contradictions=(finding,))).words
    assert words.index("does not declare it; seen gusto.scopes has x; add it") < words.index("Sandbox health")
    assert "Configuration:" not in page_of(build.record()).words


def test_a_healthy_sandbox_is_said_to_be_so(build: Any) -> None:
    assert "Every answer of the sandbox fitted the contract." in page_of(build.record(health=())).words
    assert "$[0].uuid" in page_of(build.record()).words


def test_hostile_texts_are_only_ever_text(build: Any) -> None:
    text = render_page(build.hostile_record())
    page = Page(text)
    assert page.all("script") == []
    assert all(each.isprintable() or each == "\n" for each in text)
    assert "\\x1b]0;owned\\x07 ]]> <script>alert(1)</script>" in page.words
    assert len(text) < 200_000


def test_what_stands_between_backticks_is_shown_as_code_and_as_nothing_else(build: Any) -> None:
    item = build.item(
        id="PAGE-01", requirement="Ask for `page` until `X-Total-Pages` comes; a lone ` stays.", advice=""
    )
    text = render_page(build.record(((item, build.verdict(reason="says `</code><b>x`")),)))
    assert "Ask for <code>page</code> until <code>X-Total-Pages</code> comes; a lone ` stays." in text
    assert "says <code>&lt;/code&gt;&lt;b&gt;x</code>" in text
    assert not Page(text).all("b")


def test_commands_in_the_words_of_the_page_are_code(build: Any) -> None:
    text = render_page(build.record())
    assert "(<code>partner-qa attest</code> asks)" in text
    assert "`" not in Page(text).words


def test_a_source_that_is_no_web_address_is_no_link(build: Any) -> None:
    source = Source(title="x", url="javascript:alert(1)", retrieved=build.now.date())
    page = page_of(build.record(((build.item(source=source), build.verdict()),)))
    assert not any((link["href"] or "").startswith("javascript") for link in page.all("a"))


def test_a_record_read_from_disk_gives_the_same_page(build: Any, tmp_path: Path) -> None:
    write_results(tmp_path / "results.json", build.record())
    again = load_results(tmp_path / "results.json")
    assert render_page(again) == render_page(build.record())
    write_page(again, tmp_path / "static.html")
    assert (tmp_path / "static.html").read_text(encoding="utf-8") == render_page(again)


def test_what_waits_for_a_person_has_a_chapter_that_says_how_to_answer(build: Any) -> None:
    page = page_of(build.record())
    assert "asked" in page.ids
    assert {"href": "#asked"} in page.all("a")
    chapter = page.words.rpartition("For a person to answer (`partner-qa attest` asks)")[2]
    assert "PROC-02" in chapter.partition("The other items")[0]


def test_an_exchange_that_is_not_on_the_page_is_named_and_not_a_link(build: Any) -> None:
    gone = Place(scenario="rate_limited_sync", sequence=99)
    finding = build.finding(places=(gone, Place(scenario="rate_limited_sync", sequence=2)))
    page = page_of(build.record(((build.item(), build.failure(findings=(finding,))),), health=()))
    told = " ".join(page.words.partition("Rests on:")[2].split())
    assert told.startswith("rate_limited_sync#99 rate_limited_sync#2 GET /v1/companies/")
    links = [str(link["href"]) for link in page.all("a")]
    assert "#exchange-rate_limited_sync-2" in links
    assert "#exchange-rate_limited_sync-99" not in links


def test_exchanges_that_the_page_has_no_room_for_are_counted_and_are_no_links(build: Any) -> None:
    exchanges = tuple(build.exchange(number) for number in range(1, 402))
    run = build.run(recordings=(build.recording(exchanges=exchanges),))
    findings = tuple(
        build.finding(places=(Place(scenario="rate_limited_sync", sequence=number),))
        for number in range(1, 402)
    )
    rows = tuple(
        (build.item(f"RATE-{number:03}"), build.failure(f"RATE-{number:03}", findings=(finding,)))
        for number, finding in enumerate(findings)
    )
    page = page_of(build.record(rows, run=run, health=()))
    assert "Here are the first 400; results.json has 1 more exchange." in page.words
    inner = [str(link["href"])[1:] for link in page.all("a") if str(link["href"]).startswith("#")]
    assert set(inner) <= set(page.ids)


def test_one_finding_too_many_is_one(build: Any) -> None:
    findings = tuple(build.finding(message=f"does not do thing {number}") for number in range(31))
    page = page_of(build.record(((build.item(), build.failure(findings=findings)),)))
    assert "and 1 more finding, in results.json" in page.words


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Kind.API, "Send it again, with a token and a base URL of your own:"),
        (Kind.WEBHOOK, "Deliver it again, to your integration while it runs:"),
        (Kind.OBSERVATION, "Ask your integration again while it runs"),
    ],
)
def test_what_can_be_sent_again_says_to_whom(build: Any, kind: Kind, words: str) -> None:
    exchanges = (build.exchange(2, kind=kind), build.exchange(3, kind=kind))
    run = build.run(recordings=(build.recording(exchanges=exchanges),))
    page = page_of(build.record(((build.item(), build.failure()),), run=run, health=()))
    assert page.words.count(words) == 2


def test_an_item_that_nobody_has_answered_says_how_to_answer(build: Any) -> None:
    item = build.item("PROC-02", verified_by=VerifiedBy.ATTESTATION)
    page = page_of(build.record(((item, build.verdict("PROC-02", Outcome.NEEDS_ATTESTATION)),)))
    assert "partner-qa attest --item PROC-02" in page.words
    assert "partner-qa check --only PROC-02" not in page.words
