"""Does the integration keep its picture of Gusto right while people there come and go?

All checks look at the scenario `people_change_while_read`. Its situation holds `removed_people` and
`added_people` (UUIDs) and the windows `imported`, `before`, `removed`, `added` and `afterwards`; whom Gusto
had at the end is in an audit read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from partner_qa.checks import traffic
from partner_qa.contract.names import CREATE_EMPLOYEE, LIST_EMPLOYEES
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Json, Kind, Recording

Row = Mapping[str, Json]
_WORDS = {
    "imported": "two were deleted during the first import",
    "removed": "two were deleted during a later sync",
    "added": "one was hired during a sync",
}
_ASKS = frozenset({"unlinked", "unmatched", "conflict"})
_NEEDED = ("observations.people and actions.sync_people in partner.yaml",)


def reads_shifting_lists(recording: Recording) -> tuple[Finding, ...]:
    """Judge that whoever was there all the time is held once, though others came or went between two pages.

    How that is brought about is free: reading again, asking for whom a list did not show, one long page.
    Proof of life: a second page was held while somebody who had been on the first was deleted. Source:
    https://docs.gusto.com/app-integrations/docs/pagination ([I] the page says nothing of changes)
    """
    constant = _there(recording) - _noted(recording, "added_people")
    gone = _noted(recording, "removed_people")
    if not _was_shown(recording, "imported", gone) or not constant:
        raise NotObserved("nobody came or went between two pages of a list", missing=_NEEDED)
    findings = []
    for window, change in _WORDS.items():
        look = _last_look(recording, window, "people")
        if look is None:
            raise NotObserved("the people that are held could not be looked at", missing=_NEEDED)
        held = Counter(str(row.get("gusto_uuid")) for row in look[1])
        lost = sorted(each for each in constant if not held[each])
        double = sorted(each for each in constant if held[each] > 1)
        if lost or double:
            findings.append(_shifted(recording, look[0], change, len(lost), len(double)))
    return tuple(findings)


def _shifted(recording: Recording, seen: Exchange, change: str, lost: int, double: int) -> Finding:
    pages = [call for call in traffic.api_calls(recording, LIST_EMPLOYEES) if call.sequence < seen.sequence]
    return Finding(
        check="reads_shifting_lists",
        message=f"does not get a list right that changes while it is read: {change}",
        places=traffic.places(recording, [*pages[-3:], seen]),
        expected="everybody who was there all the time is held once",
        seen=f"{lost} of them are missing, {double} are held twice",
        hint="read the list again where X-Total-Count changes between pages, and ask for a person whom you "
        "know and did not meet before you drop them",
        key=change,
    )


def asks_about_the_unlinked(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a person whom Gusto has deleted is no longer matched, that somebody is told, and no more.

    Told is: a notice that something is unlinked, or that people wait to be matched. Proof of life: one of the
    deleted was matched before. Source: https://docs.gusto.com/app-integrations/docs/error-categories
    (not_found; [I] what follows from it)
    """
    gone = _noted(recording, "removed_people")
    before, after = (_last_look(recording, window, "matches") for window in ("before", "removed"))
    linked = {
        str(row.get("person_id"))
        for row in (before[1] if before else [])
        if row.get("state") == "matched" and row.get("gusto_uuid") in gone
    }
    if after is None or not linked:
        raise NotObserved(
            "nobody who was matched has been deleted in Gusto",
            missing=("actions.set_people and observations.matches in partner.yaml",),
        )
    found: list[tuple[Exchange, str]] = []
    for row in after[1]:
        if row.get("person_id") in linked and row.get("state") == "matched":
            whom = "the person who is gone" if row.get("gusto_uuid") in gone else "somebody else"
            found.append((after[0], f"still matched, to {whom}"))
    notices = traffic.notices_in(recording, "removed")
    if notices is not None and not notices & _ASKS:
        found.append((after[0], "nobody is told"))
    found += [(call, "created anew") for call in traffic.api_calls(recording, CREATE_EMPLOYEE)]
    return tuple(_unlinked(recording, seen, words) for seen, words in found)


def _unlinked(recording: Recording, seen: Exchange, words: str) -> Finding:
    return Finding(
        check="asks_about_the_unlinked",
        message=f"does not ask what to do about somebody whom Gusto no longer has: {words}",
        places=traffic.places(recording, [seen]),
        expected="the match is undone and a person is asked; nobody is created on the quiet",
        seen=words,
        hint="take a 404 for somebody you know, and employee.deleted, as the end of the match: mark them "
        "unlinked, tell the customer, and leave the next step to a person",
        key=words,
    )


def shows_changes_in_time(recording: Recording) -> tuple[Finding, ...]:
    """Judge that somebody hired in Gusto is held after the next sync, at the latest.

    Webhooks may have brought them earlier. How often syncs run by themselves, and whether the help article
    says so, is for a person to answer. Source: https://docs.gusto.com/app-integrations/docs/webhooks
    """
    added = _noted(recording, "added_people") & _there(recording)
    look = _last_look(recording, "afterwards", "people")
    if look is None or not added:
        raise NotObserved("whether a change in Gusto shows could not be seen", missing=_NEEDED)
    missing = added - {str(row.get("gusto_uuid")) for row in look[1]}
    if not missing:
        return ()
    actions = traffic.within(recording, "afterwards", Kind.ACTION)
    return (
        Finding(
            check="shows_changes_in_time",
            message="does not show a change in Gusto after the next sync",
            places=traffic.places(recording, [*actions, look[0]]),
            expected="somebody who was hired in Gusto is held after one more sync",
            seen=f"{len(missing)} of {len(added)} still missing",
            hint="take people in whom you have not seen before with each sync, and act on employee.created",
            key="still missing",
        ),
    )


def _there(recording: Recording) -> set[str]:
    return {str(each.get("uuid")) for each in traffic.audited(recording, LIST_EMPLOYEES)}


def _noted(recording: Recording, name: str) -> set[str]:
    given = recording.situation.get(name)
    return set(map(str, given)) if isinstance(given, list) else set()


def _was_shown(recording: Recording, window: str, people: set[str]) -> bool:
    """Return whether one of these people was on a page that was read before one that was held."""
    calls = [each for each in traffic.within(recording, window, Kind.API) if each.operation == LIST_EMPLOYEES]
    held = [call.sequence for call in calls if call.fault is not None and call.fault.name == "delay"]
    early = [call for call in calls if held and call.sequence < held[0]]
    rows = [row for call in early for row in traffic.rows_of(traffic.json_of(call.response.body))]
    return any(row.get("uuid") in people for row in rows)


def _last_look(recording: Recording, window: str, name: str) -> tuple[Exchange, list[Row]] | None:
    looks: list[tuple[Exchange, list[Row]]] = []
    for seen in traffic.within(recording, window, Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        if isinstance(told, dict) and isinstance(told.get(name), list):
            looks.append((seen, [*traffic.rows_of(told[name])]))
    return looks[-1] if looks else None
