"""Does one person who cannot be read keep the others from being read, and does anybody learn of it?"""

from __future__ import annotations

from partner_qa.checks import traffic
from partner_qa.contract.names import LIST_EMPLOYEES
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Recording

_WINDOW = "one_broken"
_TELLS = frozenset(
    {"partial_failure", "sync_failed", "excluded", "unmatched", "conflict", "onboarding_needed"}
)


def reports_partial_failure(recording: Recording) -> tuple[Finding, ...]:
    """Judge that all others are held where one person of a first import is broken, and that nobody is hidden.

    Broken is: every field but the UUID is null. Holding the broken one as well is right; leaving it out is,
    too, where the customer is told. Source: https://docs.gusto.com/app-integrations/docs/error-categories
    ([I] that one refusal is about one person)
    """
    reads = [
        call
        for call in traffic.within(recording, _WINDOW, Kind.API)
        if call.operation == LIST_EMPLOYEES and call.fault is not None and traffic.is_success(call)
    ]
    listed = {
        str(row.get("uuid")): row
        for call in reads
        for row in traffic.rows_of(traffic.json_of(call.response.body))
    }
    broken = {uuid for uuid, row in listed.items() if all(row[key] is None for key in row if key != "uuid")}
    told = traffic.told_in(recording, _WINDOW, "people")
    if not broken:
        raise NotObserved("no list of people with a broken one in it was read", missing=traffic.READS_PEOPLE)
    if not told:
        raise NotObserved(
            "who is held could not be looked at", missing=("observations.people in partner.yaml",)
        )
    held = {str(row.get("gusto_uuid")) for row in traffic.rows_of(told[-1])}
    others = set(listed) - broken
    if not others <= held:
        seen = f"{len(others - held)} of {len(others)} others are not held"
        return (_finding(recording, reads, "keep one broken person from ending the work for others", seen),)
    if broken <= held:
        return ()
    notices = traffic.notices_in(recording, _WINDOW)
    if notices is None:
        raise NotObserved(
            "a person was left out, and what the customer is told could not be looked at",
            missing=("observations.notices in partner.yaml",),
        )
    if notices & _TELLS:
        return ()
    return (_finding(recording, reads, "tell that a person was left out", "no notice says so"),)


def _finding(recording: Recording, reads: list[Exchange], what: str, seen: str) -> Finding:
    actions = traffic.within(recording, _WINDOW, Kind.ACTION)
    return Finding(
        check="reports_partial_failure",
        message=f"does not {what}",
        places=traffic.places(recording, [*reads, *actions]),
        expected="all who can be read are read, and the customer learns of whoever cannot",
        seen=seen,
        hint="catch what goes wrong with one person inside the loop, keep it with that person, go on, and "
        "show it at the end",
        key=what,
    )
