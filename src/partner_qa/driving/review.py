"""The customer's part on the page on which it is decided who is who: confirm, or say it by hand.

Some integrations propose, some match by themselves, and some leave all of it to their customers. A pure
function of what the integration shows and of both lists of people; the stage (stage.py) sends it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from partner_qa.checks.people import agreeing_data_points
from partner_qa.model import Json

Row = Mapping[str, Json]
_UNDECIDED = frozenset({"unmatched", "proposed", "conflict"})
_ENOUGH = 2  # facts that agree, by which a person would know somebody again


def find_decisions(
    shown: Sequence[Row], ours: Sequence[Row], theirs: Sequence[Row], *, wanted: Collection[str]
) -> list[Json]:
    """Return the decisions that a customer takes about the `wanted`, by the partner's own ids.

    A proposal is confirmed. For whom nobody is proposed, the one person in Gusto is named who agrees in two
    facts and is nobody else's match; where there is none, or more than one, nothing is decided.
    """
    states = {str(each.get("person_id")): each for each in shown}
    taken = {each.get("gusto_uuid") for each in shown if each.get("state") == "matched"}
    known = {str(each.get("id")): each for each in ours}
    decisions: list[Json] = []
    for person in wanted:
        row = states.get(person, {})
        if row.get("state", "unmatched") not in _UNDECIDED:
            continue
        uuid = row.get("gusto_uuid") if row.get("state") == "proposed" else None
        uuid = uuid or _find_alone(known.get(person, {}), theirs, taken)
        if uuid is not None:
            taken.add(uuid)
            decisions.append({"person_id": person, "gusto_uuid": uuid})
    return decisions


def _find_alone(person: Row, theirs: Sequence[Row], taken: Collection[Json]) -> Json:
    """Return the only person in Gusto who is free and agrees with somebody in two facts, or `None`."""
    found = [
        each["uuid"]
        for each in theirs
        if each["uuid"] not in taken and len(agreeing_data_points(person, each)) >= _ENOUGH
    ]
    return found[0] if len(found) == 1 else None
