"""After the answer to a create was lost: does the integration look before it creates again?

What was created is told from other things of its kind by what no two of them have in common (creations.py),
so that a second try in other words is a second try all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from partner_qa.checks import traffic
from partner_qa.checks.creations import Creation, creations_of, held_after, is_look_for
from partner_qa.contract.names import PROVISION, TOKEN_ENDPOINT
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Exchange, Finding, Kind, Recording, Run

_DOING = (
    "an action that creates something in Gusto: actions.send_hours, create_hire, enroll_benefit, "
    "add_reimbursement or provision_company in partner.yaml"
)


def looks_before_creating_again(run: Run) -> tuple[Finding, ...]:
    """Judge that between a create whose answer was lost and the same create again, what exists was read.

    Any read of the same kind of thing by the same grant counts, whenever it comes; so does never creating it
    again. Two writes may be repeated: enrolments in bulk, where Gusto updates whoever takes part [D], and
    updates of payrolls, whose version is stale by then [D]. A company that was just founded cannot be read:
    there the user must have asked once more. That Gusto refuses an e-mail that it knows is older [O], and
    nothing to rely on. However it was done, audit reads must not show two. Sources:
    https://docs.gusto.com/app-integrations/docs/idempotency ([I]: the page leaves looking to the client),
    https://docs.gusto.com/app-integrations/reference/put-v1-company_benefits-company_benefit_id-employee_benefits
    """
    lost = [(recording, call) for recording in run for call in _lost_creates(recording)]
    if not lost:
        raise NotObserved("no answer to a create was lost in this run", missing=(_DOING,))
    return tuple(
        finding
        for recording, call in lost
        for finding in (*_find_blind(recording, call), *_find_doubled(recording, call))
    )


def _lost_creates(recording: Recording) -> list[Exchange]:
    return [
        call
        for call in traffic.api_calls(recording)
        if call.fault is not None
        and call.fault.name == "drop_response"
        and call.operation != TOKEN_ENDPOINT
        and creations_of(call)
    ]


def _find_blind(recording: Recording, lost: Exchange) -> Iterator[Finding]:
    """Yield a finding for the first time that the same was created without a look in between."""
    wanted = creations_of(lost)
    later = [
        call
        for call in traffic.api_calls(recording)
        if call.sequence > lost.sequence and _is_of_the_same(call, lost)
    ]
    again = next((call for call in later if wanted & _doubled_by(call)), None)
    if again is None or _was_asked_for(recording, lost, again):
        return
    if any(call.sequence < again.sequence and is_look_for(call, wanted) for call in later):
        return
    words = min(each.words for each in wanted)
    is_asking = lost.operation == PROVISION
    yield Finding(
        check="looks_before_creating_again",
        message="does not ask the user before it founds again a company that may be there"
        if is_asking
        else f"does not look for {words} before it creates again what may be there",
        places=traffic.places(recording, [lost, again]),
        expected="after a lost answer the collection is read, and only what is not there is created; where "
        "nothing can be read, a person decides",
        seen=f"the same request again, and {'nobody asked for it' if is_asking else 'no read in between'}",
        hint="a create whose outcome is unknown is no failure: keep it so, read, match, then decide",
        key=f"operation={lost.operation}",
    )


def _doubled_by(call: Exchange) -> frozenset[Creation]:
    return frozenset(each for each in creations_of(call) if each.is_doubled_by_repeating)


def _is_of_the_same(call: Exchange, lost: Exchange) -> bool:
    """Whether a call is by the same grant; system tokens are one application's, however many it has."""
    both = (call.grant or "", lost.grant or "")
    return both[0] == both[1] or all(each.startswith("system") for each in both)


def _was_asked_for(recording: Recording, lost: Exchange, again: Exchange) -> bool:
    """Whether somebody asked once more for a company to be founded, after the answer was lost."""
    return lost.operation == PROVISION and any(
        traffic.ended(lost) <= each.started <= again.started
        for each in recording.of_kind(Kind.ACTION)
        if each.during == Action.PROVISION_COMPANY and "polls" not in each.facts
    )


def _find_doubled(recording: Recording, lost: Exchange) -> Iterator[Finding]:
    """Yield a finding where Gusto holds more than one of what the lost request created."""
    for each in sorted(creations_of(lost), key=str):
        there = held_after(recording, lost, each)
        if len(there) > 1:
            yield Finding(
                check="looks_before_creating_again",
                message=f"does not keep to one where an answer was lost: {each.words} are doubled",
                places=traffic.places(recording, [lost]),
                expected="one, as before the answer was lost",
                seen=f"Gusto holds {len(there)} in the end",
                hint="match what the list shows by what you sent, and use what is found instead of making it",
                key=f"doubled={lost.operation}",
            )
            return
