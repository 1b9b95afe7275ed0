"""Tells Allure about one item while pytest judges it: the only door to the allure library.

The pytest plugin calls `describe` once per item, while allure-pytest holds that item's result open.
What Allure needs besides (environment, categories, stable history ids) is added afterwards to the files
by allure_folder.py. Without allure-pytest in the session nothing here has an effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import allure

from partner_qa.errors import Nonconformance
from partner_qa.model import Basis, Exchange, Finding, Item, Kind, Level, Run, Verdict
from partner_qa.report import wording
from partner_qa.report.description import write_description, write_lines
from partner_qa.report.exchanges import LIMIT, as_text, find_cited, find_exchange, headline_of
from partner_qa.report.repeating import check_command, find_curl_line
from partner_qa.report.story import Stories
from partner_qa.report.text import clipped, shown

_SEVERITIES: Mapping[tuple[Level, bool], allure.severity_level] = {
    (Level.MUST, True): allure.severity_level.BLOCKER,
    (Level.MUST, False): allure.severity_level.CRITICAL,
    (Level.SHOULD, True): allure.severity_level.NORMAL,
    (Level.SHOULD, False): allure.severity_level.MINOR,
}
_CURLS = 3
_TOLD = 3  # scenarios of one item told step by step; each stands in full under the items of its own
_ALONE: Mapping[Kind, tuple[str, ...]] = {
    Kind.API: (
        "# the request alone, to any sandbox you may use: `partner-qa sandbox` serves one and prints its",
        "# companies (put one of them into the address) and tokens; then",
        "# API_BASE=http://127.0.0.1:<port> ACCESS_TOKEN=<token>",
    ),
    Kind.WEBHOOK: ("# the delivery alone, to your integration while it runs",),
}
_FINDINGS = 8  # findings with attachments of their own; the description counts the rest


def describe(
    item: Item,
    verdict: Verdict,
    run: Run,
    *,
    titles: Mapping[str, str] | None = None,
    how_we_look: str = "",
    stories: Stories | None = None,
) -> None:
    """Write an item and its verdict into the Allure result that is open now.

    `titles` maps section words to titles, `how_we_look` is the test's docstring; `stories`
    remembers what was told of scenarios already. A must of the review is a blocker, another must critical, a
    should minor.
    """
    result: Any = allure.dynamic  # the library leaves these untyped
    result.title(f"{item.id} {item.title}")
    result.epic(wording.section_name(item, titles or {}))
    result.feature(f"{item.id} {item.title}")
    result.severity(_SEVERITIES[item.level, item.basis is Basis.REVIEW])
    for name, value in labels_of(item, verdict).items():
        result.label(name, value)
    result.link(item.source.url, link_type="requirement", name=item.source.title)
    result.description(write_description(item, verdict, run, how_we_look=how_we_look))
    _tell_scenarios(verdict, run, stories or Stories())
    for finding in verdict.findings[:_FINDINGS]:
        _tell_finding(item, verdict, finding, run)


def labels_of(item: Item, verdict: Verdict) -> dict[str, str]:
    """Return our own labels of a result; a category and a history are found by them."""
    given = {
        "item": item.id,
        "level": item.level.value,
        "basis": item.basis.value,
        "outcome": verdict.outcome.value,
        "evidence": verdict.evidence.value if verdict.evidence else "",
        "blame": verdict.blame.value if verdict.blame else "",
        "waiver": verdict.waiver.fingerprint if verdict.waiver else "",
    }
    return {name: value for name, value in given.items() if value}


def _tell_scenarios(verdict: Verdict, run: Run, stories: Stories) -> None:
    """Tell what the scenarios did. Of an item that is judged on many, only those that findings rest on."""
    cited = {place.scenario for finding in verdict.findings for place in finding.places}
    for name in verdict.scenarios:
        recording = run.find(name)
        if recording is None:
            continue
        is_told = len(verdict.scenarios) <= _TOLD or name in cited
        with allure.step(f"scenario {name}"):
            for each in stories.of(recording) if is_told else ():
                with allure.step(each.text):
                    pass


def _tell_finding(item: Item, verdict: Verdict, finding: Finding, run: Run) -> None:
    """Add a step that failed, with what the finding rests on attached to it."""
    name = shown(finding.message, limit=300)
    with suppress(Nonconformance), allure.step(name):
        _attach("expected beside seen", _expected_beside_seen(finding))
        cited = find_cited(run, (finding,))
        for each in cited:
            _attach(f"{each.place} {headline_of(each.exchange)}", as_text(each.exchange))
        exact = [find_exchange(run, each.place) for each in cited]
        _attach("how to repeat it", _how_to_repeat(check_command(item.id, run, verdict), exact))
        raise Nonconformance([replace(finding, message=name)])  # Allure writes its words into the step


def _attach(name: str, text: str) -> None:
    allure.attach(text[:LIMIT], name=clipped(name, 200), attachment_type=allure.attachment_type.TEXT)


def _expected_beside_seen(finding: Finding) -> str:
    lines = wording.explain_finding(finding)
    return write_lines(lines)


def _how_to_repeat(command: str, exchanges: list[Exchange | None]) -> str:
    lines = ["# drive the integration and judge this item again", command]
    for kind, heading in _ALONE.items():
        curls = [find_curl_line(each) for each in exchanges if each is not None and each.kind is kind]
        found = list(dict.fromkeys(each for each in curls if each is not None))[:_CURLS]
        lines += ["", *heading, *found] if found else []
    return "\n".join(lines) + "\n"
