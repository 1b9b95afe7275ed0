"""Does the integration use the scopes that Gusto assigned, all of them and no others?"""

from __future__ import annotations

from collections.abc import Iterable

from partner_qa.checks import traffic
from partner_qa.contract.catalogue import Contract
from partner_qa.contract.operation import Operation
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Recording, Run

_BASELINE = frozenset({"public"})


def calls_only_assigned_scopes(
    run: Run, *, assigned: frozenset[str], contract: Contract
) -> tuple[Finding, ...]:
    """Judge that each operation called is covered by the assigned scopes.

    Source: https://docs.gusto.com/app-integrations/docs/scopes
    """
    calls = list(_guarded_calls(run, contract))
    if not calls:
        raise NotObserved("no call that needs a scope was seen in this run")
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


def exercises_every_scope(run: Run, *, assigned: frozenset[str], contract: Contract) -> tuple[Finding, ...]:
    """Judge that each assigned scope had at least one call that succeeded.

    Data-level scopes count when an operation whose answer they widen succeeded. Source:
    https://docs.gusto.com/app-integrations/docs/scopes
    """
    used: set[str] = set()
    for _, call, operation in _guarded_calls(run, contract):
        if traffic.is_success(call):
            used |= {*operation.scopes, *operation.additional_scopes}
    if not used:
        raise NotObserved("no call that needs a scope succeeded in this run")
    return tuple(
        Finding(
            check="exercises_every_scope",
            message=f"does not use a scope that it was assigned: {scope}",
            expected="each assigned scope has at least one call that succeeds",
            seen="no successful call needed it in this run",
            hint=f"name an action in partner.yaml that uses {scope}, or ask Gusto to take it off the list",
            key=f"scope={scope}",
        )
        for scope in sorted(assigned - used - _BASELINE)
    )


def _guarded_calls(run: Run, contract: Contract) -> Iterable[tuple[Recording, Exchange, Operation]]:
    operations = {each.id: each for each in contract.operations}
    for recording in run:
        for call in traffic.api_calls(recording):
            operation = operations.get(call.operation or "")
            if operation is not None and operation.scopes:
                yield recording, call, operation


def _statuses(where: list[tuple[Recording, Exchange]]) -> str:
    return ", ".join(sorted({str(call.response.status) for _, call in where}))
