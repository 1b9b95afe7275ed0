"""Does the integration write into the right payroll, for the right people, and leave the rest to the admin?

What it writes there is judged by payroll_amounts.py. All but the last check look at the scenario
`shared_payroll`, whose situation names the `payroll` that is next to run and the `people` by a word for each.
"""

from __future__ import annotations

from partner_qa.checks import payroll_rows, traffic
from partner_qa.checks.payroll_rows import MISSING, Sent
from partner_qa.contract.names import PREPARE_PAYROLL, UPDATE_PAYROLL
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Recording

# [I] Some integrations look before they write and read again to write; a third time is polling.
_MOST_PREPARES = 2
_TELLS_LEFT_OUT = frozenset(
    {"excluded", "partial_failure", "unmatched", "unlinked", "onboarding_needed", "sync_failed"}
)
_TELLS_BLOCKED = frozenset({"blocked"})


def chooses_the_next_payroll(recording: Recording) -> tuple[Finding, ...]:
    """Judge that amounts go into the regular payroll that is next to run, and into no other.

    What comes after that payroll was run may go into the next one if the customer is told that it is late.
    How the payroll is found (list, pay periods, events) is left open. Source:
    https://docs.gusto.com/app-integrations/docs/updating-payrolls
    """
    wanted = payroll_rows.text_of(recording, "payroll")
    off_cycle = recording.situation.get("off_cycle")
    sent = payroll_rows.require_sent(recording)
    late = {each.sequence for each in traffic.within(recording, "late", Kind.API)}
    is_told = "late_change" in (traffic.notices_in(recording, "late") or ())
    strays: dict[int, Sent] = {}
    for each in sent:
        may_go_on = each.call.sequence in late and is_told and each.payroll != off_cycle
        if each.payroll != wanted and not may_go_on:
            strays.setdefault(each.call.sequence, each)
    if not strays:
        return ()
    first = next(iter(strays.values()))
    what = "an off-cycle payroll" if first.payroll == off_cycle else "another payroll"
    return (
        Finding(
            check="chooses_the_next_payroll",
            message=f"does not write into the right payroll: it writes into {what}",
            places=traffic.places(recording, [each.call for each in strays.values()]),
            expected=f"updates of payroll {wanted}, the earliest regular one that was not run",
            seen=f"updates of payroll {first.payroll}",
            hint="list processing_statuses=unprocessed and payroll_types=regular, and take the earliest; "
            "for days whose payroll was run, write nothing and say so",
            key=what,
        ),
    )


def prepares_before_it_writes(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a payroll is prepared before it is updated, and not prepared over and over.

    A prepare takes a calculation back. Whoever prepares once to show and once to write is right. Sources:
    https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls-payroll_id-prepare
    """
    sent = payroll_rows.require_sent(recording)
    blind = [each for each in sent if _find_prepare(recording, each) is None]
    findings = []
    if blind:
        findings.append(
            _unprepared(recording, payroll_rows.calls_of(blind), f"{len(blind)} rows of an update")
        )
    polled = _find_polling(recording)
    if polled:
        findings.append(
            Finding(
                check="prepares_before_it_writes",
                message="does not stop preparing a payroll that it has just prepared",
                places=traffic.places(recording, polled),
                expected=f"one prepare before an update, {_MOST_PREPARES} at most",
                seen=f"the same prepare {len(polled)} times with no update in between",
                hint="prepare once, write, and go by the answer; look at a calculated payroll with a GET",
                key="polling",
            )
        )
    return tuple(findings)


def _find_prepare(recording: Recording, sent: Sent) -> Exchange | None:
    for call in traffic.api_calls(recording, PREPARE_PAYROLL):
        is_before = traffic.ended(call) <= sent.call.started and traffic.is_success(call)
        if is_before and payroll_rows.payroll_of(call) == sent.payroll:
            return call
    return None


def _unprepared(recording: Recording, calls: list[Exchange], seen: str) -> Finding:
    return Finding(
        check="prepares_before_it_writes",
        message="does not prepare a payroll before it updates it",
        places=traffic.places(recording, calls[:20]),
        expected="a prepare of the same payroll that was answered before",
        seen=f"{seen} without one",
        hint="PUT …/payrolls/{uuid}/prepare shows who is on the payroll, and each row's version",
        key="unprepared",
    )


def _find_polling(recording: Recording) -> list[Exchange]:
    """Return the prepares of one page that followed each other without an update, if they are too many.

    Each action counts for itself: one that finds nothing to write has looked all the same.
    """
    asked = [each.started for each in recording.of_kind(Kind.ACTION)]
    since: dict[tuple[str, bytes, int], list[Exchange]] = {}
    for call in traffic.api_calls(recording, PREPARE_PAYROLL, UPDATE_PAYROLL):
        if call.operation == UPDATE_PAYROLL:
            since.clear()
        elif traffic.is_success(call):
            action = sum(begun <= call.started for begun in asked)
            alike = since.setdefault((call.request.url, call.request.body.content, action), [])
            alike.append(call)
            if len(alike) > _MOST_PREPARES:
                return alike
    return []


def leaves_out_the_ineligible(recording: Recording) -> tuple[Finding, ...]:
    """Judge that somebody whom the prepare does not show is not written for, and that the customer is told.

    Proof of life: others were written for. Source:
    https://docs.gusto.com/app-integrations/reference/put-v1-companies-company_id-payrolls-payroll_id-prepare
    """
    gone = payroll_rows.find_text(recording, "people", "gone")
    sent = payroll_rows.require_sent(recording)
    forced = payroll_rows.calls_of(each for each in sent if each.employee == gone)
    if forced:
        seen = f"a row for {gone}, who is on no page of the prepare"
        return (_left_out(recording, forced, "leave out who is not on the payroll", seen),)
    if not any(traffic.is_success(each.call) for each in payroll_rows.sent_rows(recording, "first")):
        raise NotObserved("nobody was written for, so nobody was left out", missing=MISSING)
    told = traffic.notices_in(recording, "first")
    if payroll_rows.says_failed(recording, "first") or (told is not None and told & _TELLS_LEFT_OUT):
        return ()
    if told is None:
        raise NotObserved(
            "what the customer is told was not shown", missing=("observations.notices in partner.yaml",)
        )
    seen = f"notices about {', '.join(sorted(told)) or 'nothing'}"
    looks = list(traffic.within(recording, "first", Kind.OBSERVATION))
    return (_left_out(recording, looks, "tell the customer who was left out", seen),)


def _left_out(recording: Recording, calls: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="leaves_out_the_ineligible",
        message=f"does not {what}",
        places=traffic.places(recording, calls),
        expected="no row for somebody who is not on the payroll, and a notice that says so (about excluded)",
        seen=seen,
        hint="who is on a payroll is who its prepare shows; list the others, and why, after each write",
        key=what,
    )


def leaves_running_to_gusto(recording: Recording) -> tuple[Finding, ...]:
    """Judge that no payroll is calculated, submitted or cancelled, and that the customer is told of a block.

    Looks at `contested_payroll`, at whose end the company is suspended. A connection that is shown as
    suspended tells it too. Sources: https://docs.gusto.com/app-integrations/docs/updating-payrolls;
    https://docs.gusto.com/app-integrations/docs/error-categories
    """
    ran = [each for each in traffic.api_calls(recording) if traffic.is_running_payroll(each)]
    if ran:
        return (
            _running(recording, ran, "leave running a payroll to the admin", "a request to run a payroll"),
        )
    if not payroll_rows.actions_in(recording, "suspended"):
        raise NotObserved("the company was never suspended", missing=MISSING)
    told = traffic.notices_in(recording, "suspended")
    states = traffic.told_in(recording, "suspended", "state")
    if (told or frozenset()) & _TELLS_BLOCKED or "suspended" in states:
        return ()
    if told is None:
        if payroll_rows.says_failed(recording, "suspended"):
            return ()
        raise NotObserved(
            "what the customer is told was not shown", missing=("observations.notices in partner.yaml",)
        )
    looks = list(traffic.within(recording, "suspended", Kind.OBSERVATION))
    seen = f"notices about {', '.join(sorted(told)) or 'nothing'}"
    return (_running(recording, looks, "say that Gusto blocks the payroll", seen),)


def _running(recording: Recording, calls: list[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="leaves_running_to_gusto",
        message=f"does not {what}",
        places=traffic.places(recording, calls),
        expected="no request that runs a payroll; a notice (about blocked) while Gusto lets none be written",
        seen=seen,
        hint="after a write say: review and submit it in Gusto, before the deadline; show what Gusto says "
        "when it refuses a prepare or an update",
        key=what,
    )
