"""One item as the plain page tells it: its verdict, its findings, and the addresses of their exchanges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from partner_qa.gate import Judged
from partner_qa.model import Finding, Place, Run
from partner_qa.report import wording
from partner_qa.report.exchanges import CITED
from partner_qa.report.repeating import next_command
from partner_qa.report.text import counted, shown

Facts = dict[str, Any]
_FINDINGS = 30


def write_article(judged: Judged, run: Run, *, on_page: Mapping[Place, str]) -> Facts:
    """Return what the template prints of an item.

    Only exchanges that are `on_page` become links, with the line that it gives of each.
    """
    item, verdict = judged.item, judged.verdict
    more = len(verdict.findings) - _FINDINGS
    advice = (("why", item.why), ("rationale", item.rationale), ("advice", item.advice))
    return {
        "anchor": anchor_of(item.id),
        "id": item.id,
        "title": item.title,
        "outcome": verdict.outcome.value,
        "word": wording.outcome_word(verdict),
        "level": item.level.value,
        "basis": item.basis.value,
        "evidence": verdict.evidence.value if verdict.evidence else "",
        "requirement": item.requirement,
        "lines": [
            *wording.explain_verdict(verdict),
            *(([("blame", wording.blamed(verdict.blame))]) if verdict.blame else []),
            *((label, text) for label, text in advice if text),
            ("basis", wording.BASES[item.basis]),
            *((("not testable", item.not_testable),) if item.not_testable else ()),
            *((("judged on", ", ".join(verdict.scenarios)),) if verdict.scenarios else ()),
        ],
        "findings": [
            _finding(number, each, on_page) for number, each in enumerate(verdict.findings[:_FINDINGS], 1)
        ],
        "more_findings": f"and {counted(more, 'more finding')}, in results.json" if more > 0 else "",
        "source": item.source.title,
        "source_url": item.source.url if re.match(r"https?://", item.source.url) else "",
        "retrieved": item.source.retrieved.isoformat(),
        "step": next_command(judged, run),
    }


def _finding(number: int, finding: Finding, on_page: Mapping[Place, str]) -> Facts:
    lines = [line for line in wording.explain_finding(finding) if line[0] not in ("what", "where")]
    places = finding.places[:CITED]
    more = len(finding.places) - CITED
    return {
        "title": f"Finding {number}: {shown(finding.message)}",
        "lines": lines,
        "places": [
            {
                "anchor": exchange_anchor(each) if each in on_page else "",
                "name": str(each),
                "headline": on_page.get(each, ""),
            }
            for each in places
        ],
        "more_places": f"and {counted(more, 'more exchange')}" if more > 0 else "",
    }


def anchor_of(item_id: str) -> str:
    """Return the anchor of an item: its id, as it can stand in a URL and be mailed."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", item_id)


def exchange_anchor(place: Place) -> str:
    """Return the anchor of an exchange."""
    return f"exchange-{anchor_of(place.scenario)}-{place.sequence}"
