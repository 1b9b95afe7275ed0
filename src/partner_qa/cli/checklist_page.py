"""How `partner-qa checklist` words what it shows: the list of items, and the page of one."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from partner_qa.checklist import Checklist, applies, offer_any_case
from partner_qa.errors import Problem, UsageError
from partner_qa.model import Item, Json, UseCase, VerifiedBy
from partner_qa.report.encoding import encode_item
from partner_qa.report.repeating import check_command
from partner_qa.report.wording import BASES
from partner_qa.scenario import Scenario
from partner_qa.suite import SuiteTest, load_scenarios, load_tests

_WIDTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One item, the test that judges it (or none), and the scenarios that the test looks at."""

    item: Item
    section: str
    test: SuiteTest | None
    scenarios: tuple[Scenario, ...]


def choose(
    checklist: Checklist, *, section: str | None, level: str | None, use_case: str | None
) -> tuple[Item, ...]:
    """Return the items that fit; raise `UsageError` for a section or use case that does not exist."""
    names, cases = [each.name for each in checklist.sections], [each.value for each in UseCase]
    problems = [
        Problem(message=f"there is no {kind} {given!r}", hint=offer_any_case(given, known))
        for kind, given, known in (("section", section, names), ("use case", use_case, cases))
        if given is not None and given not in known
    ]
    if problems:
        raise UsageError(problems)
    return tuple(
        item
        for item in checklist.items
        if section in (None, item.section)
        and level in (None, item.level.value)
        and (use_case is None or applies(item, [use_case]))
    )


def list_as_text(checklist: Checklist, items: Sequence[Item]) -> str:
    """Return the items under the titles of their sections, and how many there are."""
    lines = []
    for name, group in groupby(items, key=lambda item: item.section):
        lines += [checklist.titles[name]]
        lines += [
            f"  {item.id:<9} {item.level.value:<7} {item.basis.value:<11} {_seen_by(item):<12} {item.title}"
            for item in group
        ]
    return "\n".join([*lines, f"{len(items)} items of {len(checklist.items)}"])


def list_as_json(items: Iterable[Item]) -> Json:
    """Return the items as results.json words them."""
    return [encode_item(item) for item in items]


def page_of(checklist: Checklist, item_id: str) -> Page:
    """Return the page of an item; raise `UsageError` with the nearest id for one that does not exist."""
    item = checklist.find(item_id.upper())
    if item is None:
        near = offer_any_case(item_id, [each.id for each in checklist.items])
        raise UsageError(
            [Problem(message=f"there is no item {item_id!r}", hint=near)],
            hint="`partner-qa checklist list` shows them all.",
        )
    test = next((each for each in load_tests() if each.declared.item == item.id), None)
    known = load_scenarios() if test is not None else ()
    looked_at = tuple(each for each in known if test and (test.is_of_run or each.id in test.scenarios))
    return Page(item=item, section=checklist.titles[item.section], test=test, scenarios=looked_at)


def one_as_text(page: Page) -> str:
    """Return one item for a person at a terminal."""
    item = page.item
    source = f"{item.source.title}, {item.source.url} (read {item.source.retrieved})"
    rows = [
        ("section", page.section),
        ("required", item.requirement),
        ("why", item.why),
        ("level", item.level.value),
        ("basis", f"{item.basis.value}: {BASES[item.basis]}"),
        ("rationale", item.rationale),
        ("applies to", ", ".join(sorted(item.applies_to))),
        ("seen by", _seen_by(item) + (" (on Gusto's demo host)" if item.proof == "demo" else "")),
        ("not a test", item.not_testable),
        ("source", source),
        ("to do", item.advice),
        *_test_rows(page),
    ]
    return "\n".join([f"{item.id}  {item.title}", *(_row(name, text) for name, text in rows if text)])


def _test_rows(page: Page) -> list[tuple[str, str]]:
    if page.test is None:
        return []
    looked_at = "every scenario" if page.test.is_of_run else ", ".join(page.test.scenarios)
    return [
        ("how", page.test.how_we_look),
        ("looks at", looked_at),
        ("needs", "" if page.test.is_of_run else ", ".join(_needs(page))),
        ("test", page.test.name),
        ("try it", check_command(page.item.id)),
    ]


def one_as_json(page: Page) -> Json:
    """Return one item, with its test and what that needs of a profile."""
    test: Json = None
    if page.test is not None:
        test = {
            "name": page.test.name,
            "how_we_look": page.test.how_we_look,
            "evidence": page.test.declared.evidence.value,
            "scenarios": [each.id for each in page.scenarios],
            "needs": list(_needs(page)),
        }
    return {"item": encode_item(page.item), "test": test}


def _needs(page: Page) -> tuple[str, ...]:
    """Return the keys of partner.yaml that the scenarios of an item ask for."""
    actions = [f"actions.{each}" for scenario in page.scenarios for each in scenario.needs]
    more = [f"observations.{each}" for scenario in page.scenarios for each in scenario.observes]
    return tuple(dict.fromkeys([*actions, *more]))


def _seen_by(item: Item) -> str:
    return {
        VerifiedBy.TEST: "a test",
        VerifiedBy.ATTESTATION: "a person",
        VerifiedBy.BOTH: "test, person",
    }[item.verified_by]


def _row(name: str, text: str) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        width=_WIDTH,
        initial_indent=f"  {name:<11}",
        subsequent_indent=" " * 13,
        break_long_words=False,
        break_on_hyphens=False,
    )
