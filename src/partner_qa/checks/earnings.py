"""Does the integration pay under earning types that it has looked for, and makes each of its own once?

Looks at the scenario `shared_payroll`. Its situation holds the `earnings` that Gusto did not have, or not
active, and which the one called `special` among the `people` is to be paid.
"""

from __future__ import annotations

from collections.abc import Sequence

from partner_qa.checks import payroll_rows, traffic
from partner_qa.checks.payroll_rows import MISSING
from partner_qa.contract.names import CREATE_EARNING_TYPE, LIST_EARNING_TYPES
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Recording


def maps_earning_types(recording: Recording) -> tuple[Finding, ...]:
    """Judge that an earning type is looked up before it is made, and made once in several syncs.

    Gusto makes an inactive one of that name active again. Whoever makes none, and says what could not be
    written, is right too. Source:
    https://docs.gusto.com/app-integrations/reference/post-v1-companies-company_id-earning_types
    """
    payroll_rows.require_sent(recording)
    made = list(traffic.api_calls(recording, CREATE_EARNING_TYPE))
    found = []
    by_name: dict[str, list[Exchange]] = {}
    for call in made:
        name = traffic.fields_of(call.request.body).get("name", "").strip().casefold()
        by_name.setdefault(name, []).append(call)
    for calls in by_name.values():
        if len(calls) > 1:
            words = f"made {len(calls)} times"
            found.append(_earning(recording, calls, "make an earning type once", words))
    listed = [each for each in traffic.api_calls(recording, LIST_EARNING_TYPES) if traffic.is_success(each)]
    if made and not any(traffic.ended(each) <= made[0].started for each in listed):
        what = "look which earning types there are before it makes one"
        found.append(_earning(recording, made[:1], what, "the list was not read before"))
    lost = [] if found else _lost_earnings(recording)
    if lost:
        what = "write an amount of an earning type that Gusto had not, or say that it could not"
        found.append(_earning(recording, payroll_rows.audits_of(recording, "first"), what, ", ".join(lost)))
    return tuple(found)


def _lost_earnings(recording: Recording) -> list[str]:
    given = recording.situation.get("earnings")
    wanted = {str(each).casefold() for each in given} if isinstance(given, list) else set()
    person = payroll_rows.find_text(recording, "people", "special") or ""
    row = payroll_rows.audited_rows(recording, "first").get(person)
    if row is None:
        raise NotObserved("the payroll was not seen after the sync", missing=MISSING)
    there = {name.casefold() for name, _ in payroll_rows.fixed_lines(row)}
    is_told = bool(traffic.notices_in(recording, "first")) or payroll_rows.says_failed(recording, "first")
    return [] if is_told else sorted(wanted - there)


def _earning(recording: Recording, calls: Sequence[Exchange], what: str, seen: str) -> Finding:
    return Finding(
        check="maps_earning_types",
        message=f"does not {what}",
        places=traffic.places(recording, calls),
        expected="the list of earning types is read, and what is not there, or inactive, is made once",
        seen=seen,
        hint="let the customer choose an earning type for each of your codes, keep its UUID and name, and "
        "make a new one only where the list has none of that name",
        key=what,
    )
