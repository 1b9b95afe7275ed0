"""Does the integration keep to the demo host, and to what it was declared to do?"""

from __future__ import annotations

from partner_qa.checks import declared, traffic
from partner_qa.checks.use_cases import find_contradictions, find_unshown
from partner_qa.contract.catalogue import Contract
from partner_qa.errors import NotObserved
from partner_qa.model import Blame, Exchange, Finding, Kind, Recording, Run


def leaves_production_alone(run: Run) -> tuple[Finding, ...]:
    """Judge that no process asks Gusto's production host while it has test settings.

    What is asked past the recorder is seen by a proxy that refuses all (`egress:<host>`); a program that does
    not heed proxies is not seen. Proof of life: it called Gusto through the recorder. Source:
    https://docs.gusto.com/app-integrations/docs/authentication
    """
    if not declared.is_started_by_harness(run):
        raise NotObserved(
            "the harness did not start the integration, so it cannot see what it asks other hosts",
            missing=("run.processes in partner.yaml",),
        )
    if not any(traffic.api_calls(each) for each in run):
        raise NotObserved("the integration sent no request in this run", missing=traffic.CALLS)
    escapes: dict[str, list[tuple[Recording, Exchange]]] = {}
    for recording in run:
        for each in recording.of_kind(Kind.PROCESS):
            if each.facts.get("production"):
                escapes.setdefault(str(each.facts.get("egress")), []).append((recording, each))
    return tuple(
        Finding(
            check="leaves_production_alone",
            message=f"does not leave Gusto's production alone: it asks {host}",
            places=tuple(place for each, one in where[:20] for place in traffic.places(each, [one])),
            expected="with test settings everything goes to the demo host (here: to the recorder)",
            seen=f"requests to {host}, all refused: {len(where)} recorded",
            hint="take the base URL of every client from one setting; search the code for the host's name",
            key=f"host={host}",
        )
        for host, where in escapes.items()
    )


def does_what_it_declares(run: Run, *, contract: Contract) -> tuple[Finding, ...]:
    """Judge that calls and assigned scopes belong to declared use cases, and each of these is seen in calls.

    A use case that nothing shows is held against nobody: it may lack its action or its scenario, and is named
    as not observed. Source: https://docs.gusto.com/app-integrations/docs/scopes
    """
    if not declared.use_cases(run):
        raise NotObserved("no use case is declared", missing=("use_cases in partner.yaml",))
    undeclared = find_contradictions(run, contract)
    unshown = find_unshown(run, contract)
    if unshown and not undeclared:
        raise NotObserved(
            f"no call of this run shows what is declared: {', '.join(unshown)}",
            missing=tuple(
                f"an action for {each}, or {each} off use_cases, in partner.yaml" for each in unshown
            ),
        )
    return tuple(_own(each) for each in undeclared)


def _own(told: Finding) -> Finding:
    """Return what is said of the profile as said of the integration: its declaration is judged here."""
    return Finding(
        check="does_what_it_declares",
        message=told.message,
        places=told.places,
        expected=told.expected,
        seen=told.seen,
        hint="add the use case to use_cases in partner.yaml and to what you tell Gusto, or do without",
        blame=Blame.INTEGRATION,
        key=told.key,
    )
