"""Two runs beside each other: an exchange of one, and what the other did in the same place.

Companies, ids and numbers of exchanges differ from run to run. So two exchanges are the same where they are
of one kind, in one scenario, and come in the same turn. Where one side has no recordings, no turn can be
counted: there only the number tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from partner_qa.model import Exchange, Place, Recording, Run, Verdict
from partner_qa.report.exchanges import Cited, cut
from partner_qa.report.results import Record

_PAIRS = 6


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


def pair_up(was: Verdict | None, now: Verdict | None, before: Side, after: Side) -> Iterator[Pair]:
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
    """Return the exchange at a place of one side, and its twin on the other; neither where there is none."""
    here, there = side.find(place.scenario), other.find(place.scenario)
    mine = next((each for each in here.exchanges if each.sequence == place.sequence), None) if here else None
    if mine is None or here is None:
        return None, None
    likes = [each for each in (there.exchanges if there else ()) if _kind(each) == _kind(mine)]
    if side.run is not None and other.run is not None:
        turn = sum(_kind(each) == _kind(mine) and each.sequence < mine.sequence for each in here.exchanges)
        twin = likes[turn] if turn < len(likes) else None
    else:
        twin = next((each for each in likes if each.sequence == mine.sequence), None)
    return _cite(place.scenario, mine), _cite(place.scenario, twin) if twin else None


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
