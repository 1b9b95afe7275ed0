"""Does what the integration does fit the use cases that it declares?

Use cases decide which items apply, so a use case that is left out would quietly leave out items. Where scopes
or calls belong to none of the declared ones, the items apply all the same, and it is said. Which scope
belongs to which use case is our reading [I] of https://docs.gusto.com/app-integrations/docs/scopes and of the
use cases' guides; a scope that is in no row of `_AREAS` fits everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from partner_qa.checks import declared, traffic
from partner_qa.contract.catalogue import Contract
from partner_qa.model import Blame, Exchange, Finding, Kind, Recording, Run, UseCase

_U = UseCase
_PEOPLE = frozenset({
    _U.TIME, _U.PAYROLL, _U.HRIS, _U.RECRUITING, _U.TIME_OFF, _U.BENEFITS, _U.RETIREMENT, _U.EXPENSES
})  # fmt: skip
_BENEFITS = frozenset({_U.BENEFITS, _U.RETIREMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of Gusto's API by its scopes; it fits any of `use_cases`, and else the items of `word` apply."""

    word: str
    what: str
    scopes: frozenset[str]
    use_cases: frozenset[UseCase]


def _area(word: str, what: str, scopes: str, use_cases: Iterable[UseCase]) -> Area:
    return Area(word=word, what=what, scopes=frozenset(scopes.split()), use_cases=frozenset(use_cases))


_AREAS = (
    _area(
        "people",
        "reads people",
        "employees:read employments:read compensations:read jobs:read departments:read",
        _PEOPLE | {_U.ANALYTICS, _U.CUSTOM_FIELDS},
    ),
    _area(
        "people",
        "writes people",
        "employees:write employees:manage employments:write compensations:write jobs:write "
        "people_batches:write",
        _PEOPLE,
    ),
    _area(
        "time",
        "sends hours",
        "time_sheet:read time_sheet:write payroll_syncs:read payroll_syncs:write",
        {_U.TIME},
    ),
    _area(
        "payroll",
        "writes into payrolls",
        "payrolls:write payrolls:run",
        {_U.PAYROLL, _U.TIME, _U.TIME_OFF, _U.EXPENSES},
    ),
    _area(
        "analytics",
        "reads payrolls",
        "payrolls:read",
        set(_U) - {_U.HRIS, _U.RECRUITING, _U.PROVISIONING, _U.WEBHOOKS, _U.CUSTOM_FIELDS},
    ),
    _area(
        "time_off",
        "works with time off",
        "time_off_policies:read time_off_policies:write time_off_requests:read "
        "employee_time_off_activities:read",
        {_U.TIME_OFF},
    ),
    _area(
        "accounting",
        "has reports made",
        "company_reports:read company_reports:read:tier_2_only company_reports:write",
        {_U.ACCOUNTING} | _BENEFITS,
    ),
    _area(
        "benefits",
        "works with benefits",
        "benefits:read company_benefits:read company_benefits:write employee_benefits:write",
        _BENEFITS,
    ),
    _area("benefits", "reads people's benefits", "employee_benefits:read", _BENEFITS | {_U.ANALYTICS}),
    _area(
        "expenses",
        "works with reimbursements",
        "reimbursements:read reimbursements:write",
        {_U.EXPENSES, _U.PAYROLL},
    ),
    _area(
        "contractors",
        "works with contractors",
        "contractors:read contractors:write contractors:manage contractor_payment_methods:read",
        {_U.CONTRACTORS, _U.TIME, _U.ANALYTICS, _U.ACCOUNTING},
    ),
    _area("analytics", "estimates salaries", "salary_estimates:read salary_estimates:write", {_U.ANALYTICS}),
    _area("provisioning", "creates companies", "accounts:write", {_U.PROVISIONING}),
    _area(
        "webhooks",
        "subscribes to webhooks",
        "webhook_subscriptions:read webhook_subscriptions:write",
        {_U.WEBHOOKS},
    ),
)


def find_undeclared(scopes: Iterable[str], use_cases: Iterable[str]) -> tuple[Area, ...]:
    """Return the areas that these scopes belong to and none of the use cases does.

    Where no use case is declared at all there is nothing to contradict.
    """
    held, given = frozenset(scopes), frozenset(map(str, use_cases))
    if not given:
        return ()
    return tuple(each for each in _AREAS if held & each.scopes and not given & each.use_cases)


def find_words(scopes: Iterable[str], use_cases: Iterable[str]) -> frozenset[str]:
    """Return by which words items apply, as `applies_to` of the checklist has them: declared or shown."""
    given = frozenset(map(str, use_cases))
    return given | {each.word for each in find_undeclared(scopes, given)}


def find_words_of_run(run: Run, contract: Contract) -> frozenset[str]:
    """Return by which words items apply to what a run declared, was assigned, and called."""
    called = {scope for _, _, scopes in _calls(run, contract) for scope in scopes}
    return find_words(declared.assigned_scopes(run) | called, declared.use_cases(run))


def find_contradictions(run: Run, contract: Contract) -> tuple[Finding, ...]:
    """Return a finding for each area that the run's scopes or calls show and its use cases leave out.

    They are partner.yaml's: the blame is configuration, and no verdict falls by them.
    """
    calls = list(_calls(run, contract))
    assigned = declared.assigned_scopes(run)
    called = {scope for _, _, scopes in calls for scope in scopes}
    return tuple(
        _finding(area, assigned, [(each, call) for each, call, scopes in calls if scopes & area.scopes])
        for area in find_undeclared(assigned | called, declared.use_cases(run))
    )


def find_unshown(run: Run, contract: Contract) -> tuple[str, ...]:
    """Return the declared use cases that no call of the run belongs to; one without an area is not judged.

    A use case that has an area of its own is shown by that alone: reading people shows no hours. Expenses may
    also be lines of payrolls, without reimbursements that recur.
    """
    called = {scope for _, _, scopes in _calls(run, contract) for scope in scopes}
    unshown = []
    for use_case in declared.use_cases(run):
        words = {use_case, UseCase.PAYROLL} if use_case == UseCase.EXPENSES else {use_case}
        areas = [each for each in _AREAS if each.word in words]
        areas = areas or [each for each in _AREAS if use_case in each.use_cases]
        if use_case == UseCase.WEBHOOKS and _takes_preset_webhooks(run):
            continue  # made in the Developer Portal, so no call of the integration's shows it
        if areas and not any(called & each.scopes for each in areas):
            unshown.append(use_case)
    return tuple(unshown)


def _takes_preset_webhooks(run: Run) -> bool:
    deliveries = (each for recording in run for each in recording.of_kind(Kind.WEBHOOK))
    return declared.has_preset_subscription(run) and any(map(traffic.is_success, deliveries))


def _calls(run: Run, contract: Contract) -> Iterable[tuple[Recording, Exchange, frozenset[str]]]:
    operations = {each.id: frozenset(each.scopes) for each in contract.operations}
    for recording in run:
        for call in traffic.api_calls(recording):
            yield recording, call, operations.get(call.operation or "", frozenset())


def _finding(area: Area, assigned: frozenset[str], where: list[tuple[Recording, Exchange]]) -> Finding:
    scopes = ", ".join(sorted(assigned & area.scopes))
    operations = ", ".join(sorted({str(call.operation) for _, call in where}))
    fitting = ", ".join(each for each in _U if each in area.use_cases)
    seen = [f"gusto.scopes has {scopes}"] if scopes else []
    seen += [f"calls of {operations}: {len(where)}"] if where else []
    return Finding(
        check="declares_its_use_cases",
        message=f"does not declare a use case for what it does: it {area.what}",
        places=tuple(place for each, call in where[:20] for place in traffic.places(each, [call])),
        expected=f"use_cases in partner.yaml names one of {fitting}",
        seen="; ".join(seen),
        hint=f"add it to use_cases, or do without; the items for {area.word} apply meanwhile",
        blame=Blame.CONFIGURATION,
        key=f"area={area.what}",
    )
