"""What is different between two judged runs: their verdicts, and beside them the exchanges that they rest on.

Pure: two sides in, one comparison out. What counts as worse is decided here: a verdict that says less for the
integration, a finding that was not there, an item that is no longer judged. What merely differs is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from partner_qa.gate import Judged
from partner_qa.model import Finding, Item, Json, Outcome, Verdict
from partner_qa.report.declared import compare_declared
from partner_qa.report.exchanges import Cited, headline_of
from partner_qa.report.results import Record
from partner_qa.report.sides import Pair, Side, pair_up

_RANKS: Mapping[Outcome, int] = {
    Outcome.PASS: 0,
    Outcome.ATTESTED: 0,
    Outcome.NOT_APPLICABLE: 0,
    Outcome.NOT_OBSERVED: 1,
    Outcome.NEEDS_ATTESTATION: 1,
    Outcome.FAIL: 3,
    Outcome.ERROR: 3,
}
_WAIVED = 2


class Way(StrEnum):
    """In which direction an item has changed."""

    WORSE = "worse"
    CHANGED = "changed"
    BETTER = "better"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One item that is not what it was; a verdict is `None` where that side did not judge it."""

    item: Item
    before: Verdict | None
    after: Verdict | None
    way: Way
    exchanges: tuple[Pair, ...] = ()

    @property
    def new_findings(self) -> tuple[Finding, ...]:
        """The findings that only the later run has, by fingerprint; each fingerprint once."""
        return _only_in(self.after, self.before)

    @property
    def gone_findings(self) -> tuple[Finding, ...]:
        """The findings that only the earlier run had, likewise."""
        return _only_in(self.before, self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that is different. `declared` are sentences about what people wrote, by subject.

    `left_out` says what was not compared because one of the runs judged only a part.
    """

    changes: tuple[Change, ...]
    declared: Mapping[str, tuple[str, ...]]
    left_out: tuple[str, ...] = ()
    compared: int = 0

    @property
    def is_worse(self) -> bool:
        """Whether anything got worse."""
        return any(each.way is Way.WORSE for each in self.changes)


def compare(before: Side, after: Side) -> Comparison:
    """Return what is different after, in the order of the later checklist; gone items come last."""
    old, new = _by_item(before.record), _by_item(after.record)
    is_part = bool(before.record.results.run.filters or after.record.results.run.filters)
    ids = [item for item in dict.fromkeys((*new, *old)) if not is_part or (item in old and item in new)]
    pairs = [(old.get(each), new.get(each)) for each in ids]
    changes = [change for pair in pairs if (change := _compare_item(*pair, before, after)) is not None]
    changes.sort(key=lambda each: list(Way).index(each.way))
    return Comparison(
        changes=tuple(changes),
        declared=compare_declared(before.record, after.record, ids),
        left_out=tuple(sorted({*old, *new} - set(ids))),
        compared=len(ids),
    )


def _by_item(record: Record) -> dict[str, Judged]:
    return {each.item.id: each for each in record.results.judged}


def _compare_item(old: Judged | None, new: Judged | None, before: Side, after: Side) -> Change | None:
    judged = new or old
    was, now = old.verdict if old else None, new.verdict if new else None
    if judged is None or _essence(was) == _essence(now):
        return None
    return Change(
        item=judged.item,
        before=was,
        after=now,
        way=_find_way(was, now),
        exchanges=tuple(pair_up(was, now, before, after)),
    )


def _essence(verdict: Verdict | None) -> tuple[object, ...] | None:
    if verdict is None:
        return None
    return (
        verdict.outcome,
        verdict.evidence,
        verdict.blame,
        verdict.waiver is None,
        _fingerprints(verdict),
    )


def _find_way(was: Verdict | None, now: Verdict | None) -> Way:
    if now is None:
        return Way.WORSE
    if was is None:
        return Way.WORSE if _rank(now) > _WAIVED else Way.CHANGED
    if _rank(now) != _rank(was):
        return Way.WORSE if _rank(now) > _rank(was) else Way.BETTER
    if now.outcome is was.outcome is Outcome.FAIL:
        new, gone = _fingerprints(now) - _fingerprints(was), _fingerprints(was) - _fingerprints(now)
        if new or gone:
            return Way.WORSE if new else Way.BETTER
    return Way.CHANGED


def _rank(verdict: Verdict) -> int:
    is_waived = verdict.outcome is Outcome.FAIL and verdict.waiver is not None
    return _WAIVED if is_waived else _RANKS[verdict.outcome]


def _only_in(verdict: Verdict | None, other: Verdict | None) -> tuple[Finding, ...]:
    known = _fingerprints(other)
    found = {each.fingerprint: each for each in reversed(verdict.findings if verdict else ())}
    return tuple(found[each] for each in sorted(found) if each not in known)


def _fingerprints(verdict: Verdict | None) -> frozenset[str]:
    return frozenset(finding.fingerprint for finding in verdict.findings) if verdict else frozenset()


def to_json(comparison: Comparison) -> dict[str, Json]:
    """Return a comparison as JSON; `worse` is what the exit code says."""
    return {
        "format": 1,
        "worse": comparison.is_worse,
        "compared": comparison.compared,
        "left_out": list(comparison.left_out),
        "items": [_encode(each) for each in comparison.changes],
        "declared": {subject: list(lines) for subject, lines in comparison.declared.items()},
    }


def _encode(change: Change) -> dict[str, Json]:
    return {
        "item": change.item.id,
        "title": change.item.title,
        "level": change.item.level.value,
        "way": change.way.value,
        "before": _encode_verdict(change.before),
        "after": _encode_verdict(change.after),
        "new_findings": [each.fingerprint for each in change.new_findings],
        "gone_findings": [each.fingerprint for each in change.gone_findings],
        "exchanges": [
            {"before": _encode_cited(pair.before), "after": _encode_cited(pair.after)}
            for pair in change.exchanges
        ],
    }


def _encode_verdict(verdict: Verdict | None) -> Json:
    if verdict is None:
        return None
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "evidence": verdict.evidence.value if verdict.evidence else None,
        "waived": verdict.waiver is not None,
    }


def _encode_cited(cited: Cited | None) -> Json:
    return {"place": str(cited.place), "headline": headline_of(cited.exchange)} if cited else None
