"""Does a company that is connected once more find what it had: its people, once, and its matches?"""

from __future__ import annotations

from collections import Counter

from partner_qa.checks import traffic
from partner_qa.contract.readings import PEOPLE, Reading
from partner_qa.errors import NotObserved
from partner_qa.model import Finding, Kind, Recording

_MATCHED = ("actions.set_people, actions.sync_people and observations.matches in partner.yaml",)
_ONCE = {"people": "each person", "contractors": "each contractor", "entries": "the entries of a payroll"}


def finds_its_matches_again(recording: Recording, *, window: str) -> tuple[Finding, ...]:
    """Judge that what is held after connecting again equals what was held before: matches, and people once.

    `window` is where the scenario looked after connecting again; `before` is where it looked first. Nobody
    disconnected in between, so that nothing had to be deleted. Where nobody is matched with anybody, it is
    judged by what is held: people, or contractors or payrolls where those are read. Source:
    https://docs.gusto.com/app-integrations/docs/strict-access
    """
    reading = traffic.reading_of(recording)
    kept, lost = _find_lost(recording, reading, window)
    doubled = _find_doubled(recording, reading, window)
    wrong = (
        (lost, f"keep its {kept}", f"changed or gone: {', '.join(lost)}"),
        (doubled, f"hold {_ONCE[reading.rows]} once", f"twice: {len(doubled)} of the {reading.rows}"),
    )
    looks = traffic.within(recording, window, Kind.OBSERVATION)
    return tuple(
        Finding(
            check="finds_its_matches_again",
            message=f"does not {what} when a company is connected again",
            places=traffic.places(recording, looks),
            expected=f"the same {kept} as before, and {_ONCE[reading.rows]} once",
            seen=seen,
            hint="key what you hold by your account and Gusto's UUIDs, not by the grant or its owner",
            key=what,
        )
        for where, what, seen in wrong
        if where
    )


def _find_lost(recording: Recording, reading: Reading, window: str) -> tuple[str, list[str]]:
    """Return what should have been kept, and what of it was not; raise where nothing was there to keep."""
    if traffic.told_in(recording, "before", "matches"):
        before, after = _matches(recording, "before"), _matches(recording, window)
        if not before or after is None:
            raise NotObserved("nobody was matched before the company was connected again", missing=_MATCHED)
        return "matches", sorted(person for person, uuid in before.items() if after.get(person) != uuid)
    held = _held(recording, reading, "before")
    if not held or not traffic.told_in(recording, window, reading.rows):
        reason = f"no {reading.rows} were shown before and after the company was connected again"
        seen = f"observations.{reading.observation} in partner.yaml"
        raise NotObserved(reason, missing=(*_MATCHED, seen) if reading is PEOPLE else (seen,))
    return reading.rows, sorted(held.keys() - _held(recording, reading, window).keys())


def _find_doubled(recording: Recording, reading: Reading, window: str) -> list[str]:
    """Return what is held twice; of payrolls, what has more entries than before: several may be right."""
    before, after = _held(recording, reading, "before"), _held(recording, reading, window)
    most = {uuid: 1 if reading is PEOPLE else max(before[uuid], 1) for uuid in after}
    return [uuid for uuid, count in after.items() if count > most[uuid]]


def _matches(recording: Recording, window: str) -> dict[str, str] | None:
    told = traffic.told_in(recording, window, "matches")
    if not told:
        return None
    return {
        str(row.get("person_id")): str(row["gusto_uuid"])
        for row in traffic.rows_of(told[-1])
        if row.get("state") == "matched" and row.get("gusto_uuid")
    }


def _held(recording: Recording, reading: Reading, window: str) -> Counter[str]:
    """Return what is held by UUID, and how often: a payroll may rightly have several entries."""
    told = traffic.told_in(recording, window, reading.rows)
    return Counter(str(row.get(reading.held_as)) for row in traffic.rows_of(told[-1] if told else None))
