"""How much of the checklist a machine can judge, and how much of it was judged in one run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from partner_qa.cassette.files import load_run
from partner_qa.checklist import Checklist, applies, load_checklist
from partner_qa.cli.judging import day_of
from partner_qa.contract.catalogue import load_contract
from partner_qa.judge import judge_run
from partner_qa.model import Json, Level, Outcome, UseCase, VerifiedBy
from partner_qa.report.text import counted
from partner_qa.suite import load_tests

_JUDGED = (Outcome.PASS, Outcome.FAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many items a group has, how many of them have a test, and how many a run judged (or `None`)."""

    group: str
    name: str
    items: int
    automatic: int
    judged: int | None


def count_coverage(run_folder: Path | None = None) -> tuple[Share, ...]:
    """Return the shares of the whole checklist, of each level, section and use case.

    What counts as judged is a test that passed or failed on the run's recordings; what a person attested
    does not.
    """
    checklist = load_checklist()
    tested = {test.declared.item for test in load_tests()}
    automatic = {
        item.id
        for item in checklist.items
        if item.verified_by is not VerifiedBy.ATTESTATION and item.id in tested
    }
    judged = None if run_folder is None else _find_judged(checklist, run_folder)

    return tuple(
        Share(
            group=group,
            name=name,
            items=len(ids),
            automatic=len(ids & automatic),
            judged=None if judged is None else len(ids & judged),
        )
        for group, name, ids in _groups(checklist)
    )


def _groups(checklist: Checklist) -> list[tuple[str, str, set[str]]]:
    """Return the groups to count, the whole first, each with the ids of its items."""
    items = checklist.items
    return [
        ("all", "all", {item.id for item in items}),
        *(("level", each.value, {item.id for item in items if item.level is each}) for each in Level),
        *(
            ("section", each.name, {item.id for item in items if item.section == each.name})
            for each in checklist.sections
        ),
        *(("use case", each.value, {item.id for item in items if applies(item, [each])}) for each in UseCase),
    ]


def _find_judged(checklist: Checklist, folder: Path) -> set[str]:
    run = load_run(folder)
    results = judge_run(run, checklist=checklist, contract=load_contract(), today=day_of(run))
    return {each.item.id for each in results.judged if each.verdict.outcome in _JUDGED}


def as_text(shares: tuple[Share, ...]) -> str:
    """Return the shares as a table, the two numbers first."""
    whole = shares[0]
    lines = [f"can be judged automatically: {whole.automatic} of {counted(whole.items, 'item')}"]
    if whole.judged is not None:
        lines.append(f"was judged in this run:      {whole.judged} of {counted(whole.items, 'item')}")
    for number, share in enumerate(shares[1:], 1):
        if share.group != shares[number - 1].group:
            judged = "  judged" if share.judged is not None else ""
            lines += ["", f"{'by ' + share.group:<20}items  automatic{judged}"]
        judged = f"{share.judged:>8}" if share.judged is not None else ""
        lines.append(f"  {share.name:<18}{share.items:>5}{share.automatic:>11}{judged}")
    return "\n".join(lines)


def as_json(shares: tuple[Share, ...]) -> Json:
    """Return the shares as a list of objects; `judged` is null without a run."""
    return [
        {
            "group": share.group,
            "name": share.name,
            "items": share.items,
            "automatic": share.automatic,
            "judged": share.judged,
        }
        for share in shares
    ]
