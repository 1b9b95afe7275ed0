"""Does a company that is connected once more find what it had: its people, once, and its matches?"""

from __future__ import annotations

from collections import Counter

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Finding, Kind, Recording


def finds_its_matches_again(recording: Recording, *, window: str) -> tuple[Finding, ...]:
    """Judge that what is held after connecting again equals what was held before: matches, and people once.

    `window` is where the scenario looked after connecting again; `before` is where it looked first. Nobody
    disconnected in between, so that nothing had to be deleted. Source:
    https://docs.gusto.com/app-integrations/docs/strict-access
    """
    before, after = _matches(recording, "before"), _matches(recording, window)
    if not before or after is None:
        raise NotObserved(
            "nobody was matched before the company was connected again",
            missing=("actions.set_people, actions.sync_people and observations.matches in partner.yaml",),
        )
    lost = sorted(person for person, uuid in before.items() if after.get(person) != uuid)
    doubled = [uuid for uuid, count in Counter(_people(recording, window)).items() if count > 1]
    wrong = (
        (lost, "keep its matches when a company is connected again", f"changed or gone: {', '.join(lost)}"),
        (doubled, "hold each person once when a company is connected again", f"twice: {len(doubled)} people"),
    )
    looks = traffic.within(recording, window, Kind.OBSERVATION)
    return tuple(
        Finding(
            check="finds_its_matches_again",
            message=f"does not {what}",
            places=traffic.places(recording, looks),
            expected="the same matches as before, and each person once",
            seen=seen,
            hint="key people and matches by your account and Gusto's UUIDs, not by the grant or its owner",
            key=what,
        )
        for where, what, seen in wrong
        if where
    )


def _matches(recording: Recording, window: str) -> dict[str, str] | None:
    told = traffic.told_in(recording, window, "matches")
    if not told:
        return None
    return {
        str(row.get("person_id")): str(row["gusto_uuid"])
        for row in traffic.rows_of(told[-1])
        if row.get("state") == "matched" and row.get("gusto_uuid")
    }


def _people(recording: Recording, window: str) -> list[str]:
    told = traffic.told_in(recording, window, "people")
    return [str(row.get("gusto_uuid")) for row in traffic.rows_of(told[-1] if told else None)]
