"""What is different between two judged runs: verdicts, exchanges side by side, what people declared.

Pure: two sides in, one comparison out. What counts as worse is decided here: a verdict that says less for the
integration, a finding that was not there, an item that is no longer judged. What merely differs is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from partner_qa.gate import Judged
from partner_qa.model import Exchange, Finding, Item, Json, Outcome, Place, Recording, Run, Verdict
from partner_qa.report.exchanges import Cited, cut, headline_of
from partner_qa.report.results import Record

_PAIRS = 6
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
class Side:
    """One of the two: its record, and its recordings where they are at hand."""

    record: Record
    run: Run | None = None

    def find(self, scenario: str) -> Recording | None:
        """Return a scenario's recording, whole where it is at hand, else what the record holds of it."""
        whole = self.run.find(scenario) if self.run else None
        return whole or self.record.results.run.find(scenario)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same exchange on both sides; on one of them it may be missing."""

    before: Cited | None
    after: Cited | None


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
        declared={subject: tuple(lines) for subject, lines in _compare_declared(before, after) if lines},
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
        exchanges=tuple(_pair_up(was, now, before, after)),
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


# exchanges


def _pair_up(was: Verdict | None, now: Verdict | None, before: Side, after: Side) -> Iterator[Pair]:
    """Yield the exchanges that either verdict rests on, each beside what the other side did then."""
    seen: set[Place] = set()
    for place in _places(now):
        mine, twin = _find_both(place, after, before)
        if mine is not None or twin is not None:
            seen |= {twin.place} if twin else set()
            yield Pair(before=twin, after=mine)
    for place in _places(was):
        if place not in seen:
            mine, twin = _find_both(place, before, after)
            if mine is not None or twin is not None:
                yield Pair(before=mine, after=twin)


def _places(verdict: Verdict | None) -> list[Place]:
    found = (place for finding in (verdict.findings if verdict else ()) for place in finding.places)
    return list(dict.fromkeys(found))[:_PAIRS]


def _find_both(place: Place, side: Side, other: Side) -> tuple[Cited | None, Cited | None]:
    """Return the exchange at a place of one side, and the one of the same kind and turn on the other."""
    here, there = side.find(place.scenario), other.find(place.scenario)
    mine = next((each for each in here.exchanges if each.sequence == place.sequence), None) if here else None
    if mine is None or here is None:
        return None, None
    turn = sum(_kind(each) == _kind(mine) and each.sequence < mine.sequence for each in here.exchanges)
    likes = [each for each in (there.exchanges if there else ()) if _kind(each) == _kind(mine)]
    return _cite(place.scenario, mine), _cite(place.scenario, likes[turn]) if turn < len(likes) else None


def _cite(scenario: str, exchange: Exchange) -> Cited:
    return Cited(place=Place(scenario=scenario, sequence=exchange.sequence), exchange=cut(exchange))


def _kind(exchange: Exchange) -> tuple[str, ...]:
    """Return what makes two exchanges the same but for their turn: companies and ids differ between runs."""
    if exchange.operation:
        return exchange.kind, exchange.operation
    try:
        path = urlsplit(exchange.request.url).path
    except ValueError:
        path = exchange.request.url
    return exchange.kind, exchange.request.method, path


# what people declared


def _compare_declared(before: Side, after: Side) -> Iterator[tuple[str, list[str]]]:
    old, new = before.record.results.run, after.record.results.run
    yield "waivers", list(_compare_decisions(before.record, after.record, "waiver"))
    yield "attestations", list(_compare_decisions(before.record, after.record, "attestation"))
    yield "scopes", _compare_sets(_listed(old, "gusto", "scopes"), _listed(new, "gusto", "scopes"))
    yield "use cases", _compare_sets(_listed(old, "use_cases"), _listed(new, "use_cases"))
    yield "versions", list(_compare_versions(before.record, after.record))


def _compare_decisions(old: Record, new: Record, name: str) -> Iterator[str]:
    was = {item: getattr(each.verdict, name) for item, each in _by_item(old).items()}
    now = {item: getattr(each.verdict, name) for item, each in _by_item(new).items()}
    for item in dict.fromkeys((*now, *was)):
        if was.get(item) == now.get(item):
            continue
        how = "gone" if now.get(item) is None else "new" if was.get(item) is None else "changed"
        given = now.get(item) or was.get(item)
        yield f"{item}: {how}, {_word(given)}"


def _word(given: object) -> str:
    """Return who decided and until when; waivers and attestations name both, in words of their own."""
    who = getattr(given, "owner", "") or getattr(given, "person", "")
    until = getattr(given, "expires", None)
    return f"by {who}" + (f" until {until}" if until else "")


def _listed(run: Run, *keys: str) -> list[str]:
    value: object = run.profile
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return [str(each) for each in value] if isinstance(value, (list, tuple)) else []


def _compare_sets(old: Iterable[str], new: Iterable[str]) -> list[str]:
    was, now = list(old), list(new)
    return [
        *(f"{each}: added" for each in now if each not in was),
        *(f"{each}: removed" for each in was if each not in now),
    ]


def _compare_versions(old: Record, new: Record) -> Iterator[str]:
    named = {
        "integration": [_integration(each.results.run) for each in (old, new)],
        "API version": [str(each.results.run.contract.get("version", "")) for each in (old, new)],
        "partner-qa": [each.versions.get("partner-qa", "") for each in (old, new)],
        "checklist": [str(each.results.run.checklist.get("sha256", ""))[:12] for each in (old, new)],
    }
    for name, (was, now) in named.items():
        if was != now:
            yield f"{name}: {was or 'none'}, now {now or 'none'}"


def _integration(run: Run) -> str:
    value = run.profile.get("integration")
    return str(value.get("version", "")) if isinstance(value, Mapping) else ""


# for programs


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
