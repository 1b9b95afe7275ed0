"""The plain page: one HTML file without a script, for every reader and every printer.

It stands in where no Allure report can be made, and it is the page to print or to keep. Nothing foreign
becomes markup (rendering.py), and the policy of the page allows no script at all. Made to be read without
colours and by a screen reader (WCAG 2.2: 1.4.1, 2.4.1, 1.3.1).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup

from partner_qa.gate import Judged, Results
from partner_qa.model import Kind, Level, Outcome, Recording, Run
from partner_qa.report import wording
from partner_qa.report.article import Facts, anchor_of, exchange_anchor, write_article
from partner_qa.report.exchanges import Cited, as_text, find_cited, headline_of
from partner_qa.report.front import Front, write_front
from partner_qa.report.identity import name_sandboxes
from partner_qa.report.placing import place
from partner_qa.report.rendering import load_style, render
from partner_qa.report.repeating import find_curl_line
from partner_qa.report.results import Record
from partner_qa.report.text import counted

_CITED = 400  # exchanges on the page; a run with more has them in its cassettes
_HEALTH = 50
_AGAIN: Mapping[Kind, str] = {
    Kind.API: "Send it again, with a token and a base URL of your own:",
    Kind.WEBHOOK: "Deliver it again, to your integration while it runs:",
    Kind.ACTION: "Ask your integration again while it runs, with the token that its QA routes take:",
    Kind.OBSERVATION: "Ask your integration again while it runs, with the token that its QA routes take:",
}


def write_page(record: Record, path: Path) -> None:
    """Write the plain page of a record, whole or not at all."""
    place(path, render_page(record).encode())


def render_page(record: Record, *, front: Front | None = None) -> str:
    """Return the plain page of a record; `front` is its first page where that says more than the record."""
    style = load_style("static.css")
    values = {**_context(record, front or write_front(record)), "policy": _policy(style)}
    return render("static.html", style, values)


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _context(record: Record, front: Front) -> Facts:
    results, run = record.results, record.results.run
    cited = _cited(results)
    on_page = {each.place: headline_of(each.exchange) for each in cited[:_CITED]}
    rows = [write_article(each, results.run, on_page=on_page) for each in results.judged]
    groups = _groups(results, rows)
    exchanges = [_exchange(each) for each in cited[:_CITED]]
    more = len(cited) - len(exchanges)
    return {
        "front": front,
        "anchors": {each.item.id: anchor_of(each.item.id) for each in results.judged},
        "about": f"{name_sandboxes(run)}, run {run.id}, {run.started:%Y-%m-%d %H:%M} UTC",
        "chapters": _chapters(groups, has_exchanges=bool(exchanges)),
        "sections": _sections(record, rows),
        "groups": groups,
        "exchanges": exchanges,
        "more_exchanges": counted(more, "more exchange") if more else "",
        "health": _health(results),
        "scenarios": _scenarios(run),
        "meanings": [(wording.OUTCOMES[each], wording.MEANINGS[each]) for each in Outcome],
    }


def _sections(record: Record, rows: list[Facts]) -> list[Facts]:
    pairs = zip(record.results.judged, rows, strict=True)
    return [
        {"title": title, "rows": [row for _, row in group]}
        for title, group in groupby(pairs, key=partial(_section_of, record.titles))
    ]


def _section_of(titles: Mapping[str, str], pair: tuple[Judged, Facts]) -> str:
    return wording.section_name(pair[0].item, titles)


def _groups(results: Results, rows: list[Facts]) -> list[Facts]:
    """Return the articles under headings, in the order in which a reader needs them."""
    headings = (
        ("failures", "Failures", _is_failure),
        ("warnings", "Warnings and waived failures", _is_warning),
        ("unfinished", "Not finished", _is_unfinished),
        ("asked", f"For a person to answer ({wording.ASKS})", _is_asked),
        ("others", "The other items", _is_settled),
    )
    pairs = list(zip(results.judged, rows, strict=True))
    groups = [
        {"anchor": anchor, "title": title, "rows": [row for judged, row in pairs if belongs(judged)]}
        for anchor, title, belongs in headings
    ]
    return [group for group in groups if group["rows"]]


def _is_failure(judged: Judged) -> bool:
    return judged.verdict.outcome is Outcome.FAIL and not _is_warning(judged)


def _is_warning(judged: Judged) -> bool:
    failed = judged.verdict.outcome is Outcome.FAIL
    return failed and (judged.item.level is Level.SHOULD or judged.verdict.waiver is not None)


def _is_asked(judged: Judged) -> bool:
    return judged.verdict.outcome is Outcome.NEEDS_ATTESTATION


def _is_unfinished(judged: Judged) -> bool:
    return judged.verdict.outcome in wording.UNFINISHED and not _is_asked(judged)


def _is_settled(judged: Judged) -> bool:
    return judged.verdict.outcome in (Outcome.PASS, Outcome.ATTESTED, Outcome.NOT_APPLICABLE)


def _chapters(groups: list[Facts], *, has_exchanges: bool) -> list[Facts]:
    titles = [("decisions", "What a person must decide"), ("checklist", "Checklist")]
    titles += [(each["anchor"], each["title"]) for each in groups]
    titles += [("exchanges", "Exchanges")] if has_exchanges else []
    titles += [("health", "Sandbox health"), ("run", "What was driven"), ("repeat", "How to repeat it")]
    return [{"anchor": anchor, "title": title} for anchor, title in titles]


def _cited(results: Results) -> tuple[Cited, ...]:
    of_items = [finding for each in results.judged for finding in each.verdict.findings]
    return find_cited(results.run, (*of_items, *results.health, *results.contradictions))


def _exchange(cited: Cited) -> Facts:
    curl = find_curl_line(cited.exchange)
    return {
        "anchor": exchange_anchor(cited.place),
        "name": str(cited.place),
        "headline": headline_of(cited.exchange),
        "text": Markup.escape(as_text(cited.exchange)),
        "curl": Markup.escape(curl) if curl else "",
        "again": _AGAIN.get(cited.exchange.kind, ""),
    }


def _health(results: Results) -> list[str]:
    lines = [
        f"{', '.join(map(str, each.places[:3]))}: {each.message}; expected {each.expected}, seen {each.seen}"
        for each in results.health[:_HEALTH]
    ]
    more = len(results.health) - _HEALTH
    return [*lines, f"and {more} more"] if more > 0 else lines


def _scenarios(run: Run) -> list[Mapping[str, Any]]:
    return [
        {
            "name": each.scenario,
            "began": f"{each.started:%Y-%m-%d %H:%M:%S}",
            "seconds": f"{(each.ended - each.started).total_seconds():.1f}" if each.ended else "not finished",
            "missing": "; ".join((*_reason(each), *each.missing, *each.trouble.strip().splitlines()[-1:])),
        }
        for each in run
    ]


def _reason(recording: Recording) -> tuple[str, ...]:
    return (recording.reason,) if recording.reason else ()
