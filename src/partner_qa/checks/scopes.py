"""Does the integration use the scopes that Gusto assigned, all of them and no others, and only its own API?

That a scope was not used is the integration's mistake only where everything that it can be asked to do was
asked of it. Else it is not known, and what is missing is named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from partner_qa.checks import declared, traffic
from partner_qa.contract.catalogue import Contract
from partner_qa.contract.operation import Operation
from partner_qa.errors import NotObserved
from partner_qa.model import Action, Exchange, Finding, Recording, Run

_BASELINE = frozenset({"public"})
# [D] One of the two; the page prints the sample of the one under the heading of the other.
_NOT_OURS = frozenset({"missing_permissions", "deprecated_endpoint"})
# What happens within the integration, or is done to it: none of them has to call Gusto.
_LOCAL = frozenset(
    {Action.CREATE_ACCOUNT, Action.RESET, Action.RESTART, Action.SET_PEOPLE, Action.CONFIRM_MATCHES}
)
_A = Action
# Which actions use a scope, by the first of its words that fits. Our reading [I] of
# https://docs.gusto.com/app-integrations/docs/scopes and of what each action is for (schemas/adapter/).
# A scope that is not here may belong to any action.
_USED_BY: tuple[tuple[str, tuple[Action, ...]], ...] = (
    ("companies:disconnect_app_integration", (_A.DISCONNECT,)),
    ("companies:read", (_A.CONNECT,)),
    ("company_admin", (_A.CONNECT,)),
    ("employees:read", (_A.SYNC_PEOPLE, _A.CREATE_HIRE)),
    ("employees", (_A.CREATE_HIRE, _A.SYNC_PEOPLE)),
    ("employments:read", (_A.SYNC_PEOPLE,)),
    ("employments", (_A.CREATE_HIRE, _A.SYNC_PEOPLE)),
    ("compensations:read", (_A.SYNC_PEOPLE,)),
    ("compensations", (_A.CREATE_HIRE, _A.SYNC_PEOPLE)),
    ("jobs:read", (_A.SYNC_PEOPLE,)),
    ("jobs", (_A.CREATE_HIRE, _A.SYNC_PEOPLE)),
    ("people_batches", (_A.CREATE_HIRE,)),
    ("departments", (_A.SYNC_PEOPLE, _A.CREATE_HIRE)),
    ("time_sheet", (_A.SEND_HOURS,)),
    ("payroll_syncs", (_A.SEND_HOURS,)),
    ("pay_schedules", (_A.SEND_HOURS, _A.UPDATE_PAYROLL)),
    (
        "payrolls:read",
        (_A.UPDATE_PAYROLL, _A.SEND_HOURS, _A.ADD_REIMBURSEMENT, _A.POST_JOURNAL, _A.LIST_CONTRACTORS),
    ),
    ("payrolls", (_A.UPDATE_PAYROLL, _A.SEND_HOURS, _A.ADD_REIMBURSEMENT)),
    ("reimbursements", (_A.ADD_REIMBURSEMENT,)),
    ("time_off_policies", (_A.SYNC_TIME_OFF,)),
    ("time_off_requests", (_A.SYNC_TIME_OFF,)),
    ("employee_time_off_activities", (_A.SYNC_TIME_OFF,)),
    ("benefits", (_A.ENROLL_BENEFIT,)),
    ("company_benefits", (_A.ENROLL_BENEFIT,)),
    ("employee_benefits", (_A.ENROLL_BENEFIT,)),
    ("garnishments", (_A.ENROLL_BENEFIT,)),
    ("company_reports", (_A.POST_JOURNAL,)),
    ("contractors", (_A.LIST_CONTRACTORS,)),
    ("contractor_payment_methods", (_A.LIST_CONTRACTORS,)),
    ("accounts", (_A.PROVISION_COMPANY,)),
    ("webhook_subscriptions", (_A.SUBSCRIBE_WEBHOOKS,)),
    ("events", (_A.CATCH_UP_EVENTS,)),
)


def calls_only_assigned_scopes(
    run: Run, *, assigned: frozenset[str], contract: Contract
) -> tuple[Finding, ...]:
    """Judge that each operation called is covered by the assigned scopes.

    Source: https://docs.gusto.com/app-integrations/docs/scopes
    """
    calls = list(_guarded_calls(run, contract))
    if not calls:
        raise NotObserved("no call that needs a scope was seen in this run", missing=traffic.CALLS)
    outside: dict[str, list[tuple[Recording, Exchange]]] = {}
    for recording, call, operation in calls:
        for scope in operation.scopes:
            if scope not in assigned:
                outside.setdefault(scope, []).append((recording, call))
    return tuple(
        Finding(
            check="calls_only_assigned_scopes",
            message=f"does not stay within its assigned scopes: {scope}",
            places=tuple(place for each, call in where[:20] for place in traffic.places(each, [call])),
            expected="every operation called is covered by gusto.scopes in partner.yaml",
            seen=f"calls that need {scope}: {len(where)}, answered {_statuses(where)}",
            hint=f"remove the call, or ask Gusto to assign {scope} and add it to gusto.scopes",
            key=f"scope={scope}",
        )
        for scope, where in outside.items()
    )


def exercises_every_scope(
    run: Run, *, assigned: frozenset[str], contract: Contract, played: Collection[Action]
) -> tuple[Finding, ...]:
    """Judge that each assigned scope had at least one call that succeeded.

    Data-level scopes count when an operation whose answer they widen succeeded. `played` are the actions
    that this version has a scenario for; where one that the profile offers was not asked for, or the
    profile lacks the one that the scope is for, the scope is not observed. Source:
    https://docs.gusto.com/app-integrations/docs/scopes
    """
    used: set[str] = set()
    for _, call, operation in _guarded_calls(run, contract):
        if traffic.is_success(call):
            used |= {*operation.scopes, *operation.additional_scopes}
    if not used:
        raise NotObserved("no call that needs a scope succeeded in this run", missing=traffic.CALLS)
    unused = sorted(assigned - used - _BASELINE)
    lacks = {scope: _find_lack(scope, run, played) for scope in unused}
    at_fault = [scope for scope in unused if not lacks[scope]]
    if unused and not at_fault:
        missing = dict.fromkeys(each for lack in lacks.values() for each in lack)
        reason = f"nothing that was asked of the integration needs {', '.join(unused)}"
        raise NotObserved(reason, missing=tuple(missing))
    return tuple(
        Finding(
            check="exercises_every_scope",
            message=f"does not use a scope that it was assigned: {scope}",
            expected="each assigned scope has at least one call that succeeds",
            seen="no successful call needed it in this run",
            hint=f"name an action in partner.yaml that uses {scope}, or ask Gusto to take it off the list",
            key=f"scope={scope}",
        )
        for scope in at_fault
    )


def keeps_to_app_integrations(run: Run) -> tuple[Finding, ...]:
    """Judge that nothing is asked for that only Gusto Embedded has, and no payroll is run.

    Such a request is answered 404 with the category `missing_permissions` (or `deprecated_endpoint`).
    Source: https://docs.gusto.com/app-integrations/docs/error-categories
    """
    calls = [(each, call) for each in run for call in traffic.api_calls(each)]
    if not calls:
        raise NotObserved("the integration sent no request in this run", missing=traffic.CALLS)
    foreign: dict[str, list[tuple[Recording, Exchange]]] = {}
    for recording, call in calls:
        path = traffic.path_of(call)
        refused = call.response.status == 404 and not traffic.categories_of(call).isdisjoint(_NOT_OURS)
        if refused or traffic.is_running_payroll(call):
            shape = re.sub(r"/[0-9a-f-]{36}(?=/|$)", "/{}", path)
            foreign.setdefault(f"{call.request.method} {shape}", []).append((recording, call))
    return tuple(
        Finding(
            check="keeps_to_app_integrations",
            message=f"does not keep to what app integrations may use: {what}",
            places=tuple(place for each, call in where[:20] for place in traffic.places(each, [call])),
            expected="operations of app integrations only; payrolls are calculated and submitted in Gusto",
            seen=f"{len(where)} request{'s' if len(where) != 1 else ''}, answered {_statuses(where)}",
            hint="`partner-qa contract show` lists the operations; send people to Gusto for the rest",
            key=what,
        )
        for what, where in foreign.items()
    )


def _find_lack(scope: str, run: Run, played: Collection[Action]) -> tuple[str, ...]:
    """Return what would have to be there before the absence of a scope can be held against anybody."""
    offered = declared.actions(run)
    untried = offered - traffic.driven_actions(run) - _LOCAL
    if untried:
        return tuple(_word_untried(each, played) for each in sorted(untried))
    users = next((users for name, users in _USED_BY if f"{scope}:".startswith(f"{name}:")), ())
    if not users or offered & frozenset(users):
        return ()
    names = " or ".join(f"actions.{each}" for each in users)
    unplayed = () if frozenset(users) & frozenset(played) else (_word_untried(users[0], played),)
    return (f"{names} in partner.yaml, for {scope}", *unplayed)


def _word_untried(action: str, played: Collection[str]) -> str:
    if action in played:
        return f"a scenario for {action}; none got so far in this run"
    return f"a scenario for {action}; this version has none"


def _guarded_calls(run: Run, contract: Contract) -> Iterable[tuple[Recording, Exchange, Operation]]:
    operations = {each.id: each for each in contract.operations}
    for recording in run:
        for call in traffic.api_calls(recording):
            operation = operations.get(call.operation or "")
            if operation is not None and operation.scopes:
                yield recording, call, operation


def _statuses(where: list[tuple[Recording, Exchange]]) -> str:
    return ", ".join(sorted({str(call.response.status) for _, call in where}))
