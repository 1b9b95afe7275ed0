"""Does the integration go by the time off that Gusto knows: the right requests, policies and hours, and once?

All checks look at the scenario `time_off_in_every_status`. In its windows `before` and `after` the harness
read requests and policies with a grant of its own, had the integration sync, and asked what it goes by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from partner_qa.checks import traffic
from partner_qa.contract.names import (
    LIST_TIME_OFF_POLICIES,
    LIST_TIME_OFF_REQUESTS,
    SHOW_PAYROLL,
    UPDATE_PAYROLL,
)
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Exchange, Finding, Json, Kind, Recording

Row = Mapping[str, Json]
_PARTS = ("observations.time_off, with the hours of each day, in partner.yaml",)
_COUNTS = frozenset({"approved", "consumed"})
_WRONG = {
    "approved": "an approved request does not count",
    "consumed": "a request that a payroll has paid counts as still to be paid",
    "pending": "a request that nobody has decided about counts",
    "declined": "a declined request counts",
    "gone": "a request that was taken back counts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One look at what the integration goes by, beside what Gusto had: requests and policies by UUID."""

    seen: Exchange
    held: Mapping[str, Row]
    balances: tuple[Row, ...]
    requests: Mapping[str, Row]
    policies: Mapping[str, Row]


def follows_request_statuses(recording: Recording) -> tuple[Finding, ...]:
    """Judge that approved requests count, and declined, deleted, changed and paid ones do not, or no longer.

    Not holding what does not count is right as well. Source:
    https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-time_off_requests
    """
    before, after = _looks(recording)
    wrong = {words: look for look in (before, after) for words in _find_wrong(look, before)}
    moved = _find_unmoved(before, after)
    return tuple(
        Finding(
            check="follows_request_statuses",
            message=f"does not go by the status of requests for time off: {words}",
            places=traffic.places(recording, [look.seen]),
            expected="what is approved counts; what is pending, declined, taken back or paid does not",
            seen=words,
            hint="read the whole window of requests each time, replace what you hold by it, and count only "
            "what is approved",
            key=words,
        )
        for words, look in {**wrong, **dict.fromkeys(moved, after)}.items()
    )


def _find_wrong(look: _Look, before: _Look) -> Iterator[str]:
    for uuid in {**before.requests, **look.requests}:
        status = str(look.requests[uuid]["status"]) if uuid in look.requests else "gone"
        says = str(look.held[uuid].get("status")) if uuid in look.held else ""
        is_wrong = {
            "approved": says != "approved",
            "consumed": says == "approved",
        }.get(status, says in _COUNTS)
        if is_wrong:
            yield _WRONG.get(status, f"a request that is {status} counts")


def _find_unmoved(before: _Look, after: _Look) -> Iterator[str]:
    """Find requests that are held with the days that they had before somebody changed them."""
    for uuid, row in after.held.items():
        old, new = (_hours(look.requests.get(uuid, {})) for look in (before, after))
        if uuid in after.requests and old and old != new and _hours(row) == old:
            yield "a request that was changed counts on its old days"


def tells_policies_apart(recording: Recording) -> tuple[Finding, ...]:
    """Judge that policies are known by UUID or type, though the deprecated `request_type` is gone.

    And that no payroll is written with both the name of time off and its policy: one of them is right, both
    are refused. Sources: https://docs.gusto.com/app-integrations/reference/
    get-v1-companies-company_id-time_off_requests and put-v1-companies-company_id-payrolls
    """
    looks = _looks(recording)
    met = [each for each in traffic.api_calls(recording, LIST_TIME_OFF_REQUESTS) if each.fault]
    if not any(each.fault and each.fault.name == "drop_fields" for each in met):
        raise NotObserved(
            "requests for time off were never asked for", missing=("actions.sync_time_off in partner.yaml",)
        )
    rows = [(look, uuid, row) for look in looks for uuid, row in look.held.items() if uuid in look.requests]
    told = [each for each in rows if {"policy_uuid", "policy_type"} & each[2].keys()]
    doubled = list(_find_doubled(recording))
    if not told and not doubled:
        raise NotObserved(
            "which policy time off is of was not told",
            missing=("observations.time_off, with policy_uuid or policy_type, in partner.yaml",),
        )
    findings = []
    lost = [look for look, uuid, row in told if not _is_right_policy(row, look.requests[uuid])]
    if lost:
        findings.append(_lost_policy(recording, lost[0].seen))
    if doubled:
        findings.append(_doubled_name(recording, doubled))
    return tuple(findings)


def _is_right_policy(row: Row, request: Row) -> bool:
    given = [(name, row.get(name)) for name in ("policy_uuid", "policy_type") if row.get(name) is not None]
    return bool(given) and all(value == request.get(name) for name, value in given)


def _lost_policy(recording: Recording, seen: Exchange) -> Finding:
    return Finding(
        check="tells_policies_apart",
        message="does not know which policy time off is of",
        places=traffic.places(recording, [seen]),
        expected="the policy_uuid or policy_type of the request, as Gusto gives them",
        seen="neither, or another one, once the deprecated request_type is gone from the answers",
        hint="read policy_uuid and policy_type; request_type is deprecated and knows only vacation and sick",
        key="read",
    )


def _find_doubled(recording: Recording) -> Iterator[Exchange]:
    """Find writes to a payroll in which an entry of time off has both a name and a policy."""
    for call in traffic.api_calls(recording):
        if call.request.method != "PUT" or "/payrolls/" not in traffic.path_of(call):
            continue
        sent = traffic.json_of(call.request.body)
        rows = sent.get("employee_compensations") if isinstance(sent, dict) else None
        if any(
            isinstance(entry, dict) and entry.get("name") and entry.get("policy_uuid")
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, dict)
            for entry in _list_of(row.get("paid_time_off"))
        ):
            yield call


def _doubled_name(recording: Recording, calls: list[Exchange]) -> Finding:
    return Finding(
        check="tells_policies_apart",
        message="does not name time off in one way: a payroll is written with both its name and its policy",
        places=traffic.places(recording, calls),
        expected="each entry of paid_time_off has a name or a policy_uuid",
        seen="both",
        hint="send policy_uuid alone where you know it",
        key="write",
    )


def counts_hours_by_day(recording: Recording) -> tuple[Finding, ...]:
    """Judge that part of a day counts by its hours, and that no limit is not taken for nothing left.

    Who shows no balances has none to get wrong. Source (hours are text by day, balances may be null):
    https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-time_off_requests
    """
    before, after = _looks(recording)
    known = [
        (look, row, look.requests[uuid])
        for look in (before, after)
        for uuid, row in look.held.items()
        if uuid in look.requests and row.get("status") == "approved"
    ]
    if not any(_is_partial(request) for _, _, request in known):
        raise NotObserved("no time off of part of a day was held", missing=_PARTS)
    found: dict[str, _Look] = {}
    for look, row, request in known:
        held, had = _hours(row), _hours(request)
        for day in held.keys() & had.keys():
            if held[day] != had[day]:
                found.setdefault(
                    f"{had[day].normalize():f} hours of a day are {held[day].normalize():f}", look
                )
    for look in (before, after):
        if any(_is_limit_invented(look, each) for each in look.balances):
            found.setdefault("time off without limit is shown with hours left", look)
    return tuple(
        Finding(
            check="counts_hours_by_day",
            message=f"does not take time off as it is: {words}",
            places=traffic.places(recording, [look.seen]),
            expected="each day has its own hours, as text to three places; a balance may be null",
            seen=words,
            hint="keep days as a map of date to decimal, and null for a balance that is not there",
            key=words,
        )
        for words, look in found.items()
    )


def adds_no_time_off_twice(recording: Recording) -> tuple[Finding, ...]:
    """Judge that a payroll which has approved time off by itself still has it once after it was written into.

    Proof of life: the hours that were contributed are there. Who writes no payrolls at all, and read the time
    off, has added nothing. Source (payrolls have approved requests by themselves; `approved_request_hours`):
    https://docs.gusto.com/app-integrations/changelog/october-2026
    """
    part = recording.with_exchanges(traffic.within(recording, "paid", *Kind))
    was_asked = any(each.during == Action.UPDATE_PAYROLL for each in part.of_kind(Kind.ACTION))
    if not was_asked and _only_reads_time_off(recording, part):
        return ()
    pages = traffic.audited(part, SHOW_PAYROLL)
    everybody = [row for page in pages for row in traffic.rows_of(page.get("employee_compensations"))]
    rows = {str(row.get("employee_uuid")): row for row in everybody}
    updates = [call for call in traffic.api_calls(part, UPDATE_PAYROLL) if traffic.is_success(call)]
    contributed = recording.situation.get("contributed")
    given = contributed if isinstance(contributed, dict) else {}
    worked = _sum_hours(rows.get(str(given.get("person")), {}), "hourly_compensations")
    if not updates or worked != Decimal(str(given.get("hours", "0"))):
        missing = ("actions.update_payroll in partner.yaml",)
        raise NotObserved("no hours were written into a payroll that has time off", missing=missing)
    approved = _sum_approved(traffic.audited(part, LIST_TIME_OFF_REQUESTS), pages[0])
    found = {
        f"{approved[person].normalize():f} hours that were approved are {paid.normalize():f}"
        for person, row in rows.items()
        if person in approved and (paid := _sum_hours(row, "paid_time_off")) != approved[person]
    }
    return tuple(
        Finding(
            check="adds_no_time_off_twice",
            message=f"does not leave approved time off in the payroll as it is: {words}",
            places=traffic.places(recording, updates),
            expected="the hours of approved requests, once: Gusto puts them into the payroll by itself",
            seen=words,
            hint="leave paid_time_off out of updates, unless the time off is yours and no request of Gusto's",
            key="approved",
        )
        for words in sorted(found)
    )


def _only_reads_time_off(recording: Recording, part: Recording) -> bool:
    reads = filter(traffic.is_success, traffic.api_calls(part, LIST_TIME_OFF_REQUESTS))
    return any(reads) and not traffic.api_calls(recording, UPDATE_PAYROLL)


def _sum_approved(requests: tuple[dict[str, Json], ...], payroll: Row) -> dict[str, Decimal]:
    """Return the hours of approved requests by person, on the days of a payroll."""
    period = payroll.get("pay_period")
    days = period if isinstance(period, dict) else {}
    first, last = str(days.get("start_date")), str(days.get("end_date"))
    sums: dict[str, Decimal] = {}
    for request in requests:
        who = request.get("employee")
        person = str(who.get("uuid")) if isinstance(who, dict) else ""
        hours = [each for day, each in _hours(request).items() if first <= day <= last]
        if request.get("status") == "approved" and hours:
            sums[person] = sums.get(person, Decimal(0)) + sum(hours, Decimal(0))
    return sums


def _sum_hours(row: Row, name: str) -> Decimal:
    return sum((Decimal(str(each.get("hours") or 0)) for each in traffic.rows_of(row.get(name))), Decimal(0))


def _is_partial(request: Row) -> bool:
    return any(hours % 8 for hours in _hours(request).values())


def _is_limit_invented(look: _Look, balance: Row) -> bool:
    policy = look.policies.get(str(balance.get("policy_uuid")), {})
    return policy.get("accrual_method") == "unlimited" and balance.get("hours") is not None


def _looks(recording: Recording) -> tuple[_Look, _Look]:
    return _look(recording, "before"), _look(recording, "after")


def _look(recording: Recording, window: str) -> _Look:
    part = recording.with_exchanges(traffic.within(recording, window, *Kind))
    requests = _by(traffic.audited(part, LIST_TIME_OFF_REQUESTS), "uuid")
    if not requests:
        raise NotObserved("the requests for time off were never there", missing=traffic.RECORD_AGAIN)
    for seen in reversed(part.of_kind(Kind.OBSERVATION)):
        told = traffic.json_of(seen.response.body)
        if isinstance(told, dict) and isinstance(told.get("time_off"), list):
            return _Look(
                seen=seen,
                held=_by(_list_of(told["time_off"]), "request_uuid"),
                balances=tuple(traffic.rows_of(told.get("balances"))),
                requests=requests,
                policies=_by(traffic.audited(part, LIST_TIME_OFF_POLICIES), "uuid"),
            )
    missing = ("observations.time_off in partner.yaml",)
    raise NotObserved("which time off the integration goes by was not told", missing=missing)


def _by(rows: tuple[Json, ...] | tuple[Row, ...] | list[Json], key: str) -> dict[str, Row]:
    return {str(row[key]): row for row in rows if isinstance(row, dict) and key in row}


def _list_of(given: Json) -> list[Json]:
    return given if isinstance(given, list) else []


def _hours(request: Row) -> dict[str, Decimal]:
    """Return the hours of a request by day, days without any left out."""
    days = request.get("days")
    hours = {}
    for day, text in days.items() if isinstance(days, dict) else ():
        try:
            hours[day] = Decimal(str(text))
        except InvalidOperation:
            continue
    return {day: each for day, each in hours.items() if each}
