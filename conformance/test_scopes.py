"""Whether the calls of a run and the assigned scopes cover each other."""

from __future__ import annotations

from partner_qa.checks import declared, refusals, scopes
from partner_qa.contract.catalogue import Contract
from partner_qa.contract.names import LIST_EMPLOYEES, LIST_EVENTS
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording, Run
from partner_qa.spoiler import (
    changing,
    dropping,
    in_every_recording,
    with_answer_json,
    with_operation,
    with_path,
)
from partner_qa.suite import find_played_actions, item, require


@item(
    "SCOPE-01",
    spoiled_by=in_every_recording(
        changing(
            lambda call: call.operation == LIST_EMPLOYEES,
            with_operation("get-v1-employees-employee_id-garnishments"),
        )
    ),
)
def test_calls_only_assigned_scopes(run: Run, contract: Contract) -> None:
    """Map every call of the run to the scopes of its operation."""
    assigned = declared.assigned_scopes(run)
    require(scopes.calls_only_assigned_scopes(run, assigned=assigned, contract=contract))


@item(
    "SCOPE-02",
    spoiled_by=in_every_recording(
        dropping(lambda call: call.kind is Kind.API and call.operation == LIST_EVENTS)
    ),
)
def test_exercises_every_scope(run: Run, contract: Contract) -> None:
    """Look for a successful call for each assigned scope, over the whole run."""
    assigned, played = declared.assigned_scopes(run), find_played_actions()
    require(scopes.exercises_every_scope(run, assigned=assigned, contract=contract, played=played))


def _tells_nothing(recording: Recording) -> Recording:
    """No notice is shown at any time."""

    def silence(told: dict[str, Json]) -> Json:
        return {**told, "notices": []} if "notices" in told else told

    def silent(each: Exchange) -> Exchange:
        return with_answer_json(silence)(each) if each.kind is Kind.OBSERVATION else each

    return recording.with_exchanges(tuple(map(silent, recording.exchanges)))


@item("SCOPE-04", spoiled_by=_tells_nothing, evidence=Evidence.REPORTED)
def test_reports_a_missing_scope(refused_requests: Recording) -> None:
    """Answer the list of people 403, and look at what the customer is told and at the people held."""
    require(refusals.reports_a_missing_scope(refused_requests))


@item(
    "SCOPE-05",
    spoiled_by=in_every_recording(
        changing(
            lambda call: call.operation == LIST_EMPLOYEES,
            with_path(lambda path: path.replace("/employees", "/payrolls/next/calculate")),
        )
    ),
)
def test_keeps_to_app_integrations(run: Run) -> None:
    """Look for answers that say an operation is not for app integrations, and for payrolls being run."""
    require(scopes.keeps_to_app_integrations(run))
