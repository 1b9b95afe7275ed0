"""Are people enrolled in benefits after reading what that takes, once, and withdrawn only as Gusto allows?

All checks look at the scenario `benefits_enrolled` (enrolments.py); what a 401(k) asks for besides is
retirement.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from partner_qa.checks import traffic
from partner_qa.checks.enrolments import (
    ENROLLING,
    Row,
    Wish,
    contribution_of,
    enrolled_in,
    rows_sent,
    to_amount,
    types_written,
    wishes_in,
)
from partner_qa.contract.names import (
    CREATE_COMPANY_BENEFIT,
    CREATE_ENROLMENT,
    DELETE_COMPANY_BENEFIT,
    DELETE_ENROLMENT,
    LIST_BENEFITS,
    LIST_ENROLMENTS,
    SHOW_BENEFIT,
    SHOW_REQUIREMENTS,
    UPDATE_COMPANY_BENEFIT,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Recording, Run

_OLDER_FIELDS = frozenset({"company_contribution", "contribute_as_percentage"})
_TOLD = frozenset({"partial_failure", "sync_failed", "blocked", "excluded"})
_DOING = "an actions.enroll_benefit in partner.yaml that enrols people in Gusto"
_NOTICES = ("observations.notices in partner.yaml",)


def reads_what_it_takes(run: Run) -> tuple[Finding, ...]:
    """Judge that permission and requirements of a kind of benefit are read before it is written first.

    Reading them once for every customer is right, and so is the list of all benefits or the one that is
    meant. A kind that Gusto says the application may not write is not written. Source:
    https://docs.gusto.com/app-integrations/reference/get-v1-benefits-benefits_id-requirements
    """
    writes = [
        (each, call, kind)
        for each in run
        for call in traffic.api_calls(each, CREATE_COMPANY_BENEFIT, *ENROLLING)
        for kind in types_written(each, call)
    ]
    if not writes:
        raise NotObserved("nobody was enrolled in a benefit", missing=(_DOING,))
    reads = [call for each in run for call in traffic.api_calls(each) if traffic.is_success(call)]
    unread: dict[str, tuple[Recording, Exchange, str]] = {}
    for recording, call, kind in writes:
        before = [each for each in reads if each.started < call.started]
        if not any(
            _is_read_of(each, kind, SHOW_BENEFIT) or each.operation == LIST_BENEFITS for each in before
        ):
            unread.setdefault(
                "permission", (recording, call, f"type {kind} written, no GET /v1/benefits before")
            )
        if not any(_is_read_of(each, kind, SHOW_REQUIREMENTS) for each in before):
            seen = f"type {kind} written, no GET /v1/benefits/{kind}/requirements before"
            unread.setdefault("requirements", (recording, call, seen))
        if kind in _list_forbidden(before):
            seen = f"type {kind} written, for which writable_by_application is false"
            unread.setdefault("prohibition", (recording, call, seen))
    words = {
        "permission": "read whether it may write a kind of benefit",
        "requirements": "read what a kind of benefit requires before it writes it",
        "prohibition": "leave alone a kind of benefit that it may not write",
    }
    return tuple(
        _finding(recording, "reads_what_it_takes", [call], words[name], seen)
        for name, (recording, call, seen) in unread.items()
    )


def _is_read_of(call: Exchange, kind: int, operation: str) -> bool:
    return call.operation == operation and f"/benefits/{kind}" in traffic.path_of(call)


def _list_forbidden(reads: Sequence[Exchange]) -> frozenset[int]:
    """Return the kinds of benefit that the newest answers say the application may not write."""
    standing: dict[int, bool] = {}
    for call in reads:
        told = (
            traffic.json_of(call.response.body) if call.operation in {LIST_BENEFITS, SHOW_BENEFIT} else None
        )
        for row in told if isinstance(told, list) else [told]:
            if isinstance(row, dict) and "benefit_type" in row:
                standing[int(str(row["benefit_type"]))] = row.get("writable_by_application") is not False
    return frozenset(kind for kind, may in standing.items() if not may)


def enrols_once(recording: Recording) -> tuple[Finding, ...]:
    """Judge that the same wish twice leaves one enrolment with its amounts, said in `contribution`.

    Enrolments alone or in bulk, in a company benefit that was there or in one of its own: each is right. What
    counts is what Gusto held. An amount that was changed at last stands there too, or it is said. Source:
    https://docs.gusto.com/app-integrations/reference/put-v1-company_benefits-company_benefit_id-employee_benefits
    """
    written = [
        call
        for call in traffic.within(recording, "first", Kind.API)
        if call.operation in ENROLLING and traffic.is_success(call)
    ]
    if not written:
        raise NotObserved("nobody was enrolled in a benefit", missing=(_DOING,))
    findings = []
    for words, seen in dict(_wrong_enrolments(recording)).items():
        findings.append(_finding(recording, "enrols_once", _audits(recording, "again"), words, seen))
    for words, seen in dict(_unchanged_enrolments(recording)).items():
        findings.append(_finding(recording, "enrols_once", _audits(recording, "found"), words, seen))
    again = _created_again(recording)
    if again:
        seen = f"{len(again)} more created when the same was wished for again"
        what = "leave alone what is there already"
        findings.append(_finding(recording, "enrols_once", again, what, seen))
    older = [call for call in traffic.api_calls(recording, *ENROLLING) if _is_in_older_words(call)]
    if older:
        seen = f"{len(older)} requests with {' or '.join(sorted(_OLDER_FIELDS))} and without contribution"
        what = "say the company's share in the contribution object"
        findings.append(_finding(recording, "enrols_once", older, what, seen))
    return tuple(findings)


def _created_again(recording: Recording) -> list[Exchange]:
    """Return what was created the second time; an enrolment that took the place of a deleted one is none."""
    done = [each for each in traffic.within(recording, "again", Kind.API) if traffic.is_success(each)]
    is_replaced = any(each.operation == DELETE_ENROLMENT for each in done)
    created = {CREATE_COMPANY_BENEFIT} if is_replaced else {CREATE_COMPANY_BENEFIT, CREATE_ENROLMENT}
    return [each for each in done if each.operation in created]


def _wrong_enrolments(recording: Recording) -> Iterator[tuple[str, str]]:
    for window in ("first", "again"):
        for wish in wishes_in(recording, window):
            there = enrolled_in(recording, window, wish)
            if len(there) != 1:
                yield "leave one enrolment for each wish", f"{len(there)} in force, {_time(window)}"
            elif _differs(wish, there[0]):
                seen = (
                    f"{there[0].get('employee_deduction')} and {contribution_of(there[0])}, {_time(window)}; "
                )
                yield (
                    "enrol by the amounts of the wish",
                    seen + f"wished for {wish.deduction} and {wish.contribution}",
                )


def _unchanged_enrolments(recording: Recording) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with enrolments whose wish was changed since they were made."""
    told, before = (traffic.notices_in(recording, name) or frozenset() for name in ("found", "withdrawn"))
    if (told - before) & _TOLD:
        return
    had = {(each.employee, each.benefit_type): each for each in wishes_in(recording, "again")}
    for wish in wishes_in(recording, "found"):
        was = had.get((wish.employee, wish.benefit_type))
        there = enrolled_in(recording, "found", wish)
        if was is None or not wish.active or was.deduction == wish.deduction:
            continue
        if len(there) != 1 or _differs(wish, there[0]):
            amounts = ", ".join(str(each.get("employee_deduction")) for each in there) or "nothing"
            yield (
                "change the enrolment that is there when the wish changes",
                f"{amounts} in the end; wished for {wish.deduction}, no more for {was.deduction}",
            )


def _time(window: str) -> str:
    return "the first time" if window == "first" else "the second time"


def _differs(wish: Wish, enrolment: Row) -> bool:
    deducted = to_amount(enrolment.get("employee_deduction"))
    return deducted != wish.deduction or contribution_of(enrolment) != wish.contribution


def _is_in_older_words(call: Exchange) -> bool:
    return any(_OLDER_FIELDS & row.keys() and "contribution" not in row for row in rows_sent(call))


def withdraws_as_allowed(recording: Recording) -> tuple[Finding, ...]:
    """Judge that an enrolment ends when it is given up, refusals are told of, and nothing used is deleted.

    Deactivating, setting a last day and deleting are all right for an enrolment. Proof of life: the enrolment
    was in force before, and one that was not given up still is. Source:
    https://docs.gusto.com/app-integrations/reference/delete-v1-company_benefits-company_benefit_id
    """
    ending = [wish for wish in wishes_in(recording, "withdrawn") if not wish.active]
    held = [wish for wish in ending if enrolled_in(recording, "again", wish)]
    if not held:
        raise NotObserved("there was no enrolment that could be given up", missing=(_DOING,))
    findings = []
    left = [wish for wish in held if enrolled_in(recording, "withdrawn", wish)]
    if left:
        seen = f"{len(left)} enrolments still in force"
        what = "end an enrolment that is given up"
        where = _audits(recording, "withdrawn")
        findings.append(_finding(recording, "withdraws_as_allowed", where, what, seen))
    careless = [
        call
        for call in traffic.api_calls(
            recording, DELETE_COMPANY_BENEFIT, UPDATE_COMPANY_BENEFIT, DELETE_ENROLMENT
        )
        if call.response.status == 422 and call.fault is None
    ]
    if careless:
        seen = f"{len(careless)} requests to delete or disable something in use, answered 422"
        what = "look whether something is in use before it deletes or disables it"
        findings.append(_finding(recording, "withdraws_as_allowed", careless, what, seen))
    return (*findings, *_untold(recording, anything_found=bool(findings)))


def _untold(recording: Recording, *, anything_found: bool) -> list[Finding]:
    calls = traffic.within(recording, "refused", Kind.API)
    refused = [call for call in calls if call.fault and call.response.status == 422]
    notices = traffic.notices_in(recording, "refused")
    if not refused or (notices is not None and notices & _TOLD):
        return []
    if notices is None:
        if anything_found:
            return []
        raise NotObserved("what the customer is told of a refusal could not be seen", missing=_NOTICES)
    seen = f"told of {', '.join(sorted(notices)) or 'nothing'}"
    what = "say that an enrolment could not be ended"
    return [_finding(recording, "withdraws_as_allowed", refused, what, seen)]


def _audits(recording: Recording, window: str) -> list[Exchange]:
    reads = traffic.within(recording, window, Kind.AUDIT)
    return [each for each in reads if each.operation == LIST_ENROLMENTS]


def _finding(recording: Recording, check: str, where: Sequence[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check=check,
        message=f"does not {what}",
        places=traffic.places(recording, where[:20]),
        expected="what it takes is read first, each wish is one enrolment, and ends when it is given up",
        seen=seen,
        hint="read GET /v1/benefits and the requirements, compare wishes with who takes part, send the "
        "difference in bulk, and show the messages of a 422 to the customer",
        key=what,
    )
