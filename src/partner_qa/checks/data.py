"""Does the integration keep its customers apart?"""

from __future__ import annotations

from partner_qa.checks import traffic
from partner_qa.contract.names import LIST_EMPLOYEES
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Recording

_HOLDS = ("an actions.sync_people in partner.yaml after which people are held",)


def keeps_customers_apart(recording: Recording) -> tuple[Finding, ...]:
    """Judge that what the integration holds for one account is of that account's company only.

    Audit reads tell whose people are whose. Proof of life: each account holds people of its own. Source: https://docs.gusto.com/app-integrations/docs/strict-access
    """
    rosters = _rosters(recording)
    held = _held(recording)
    if len(rosters) < 2 or len(held) < 2:
        raise NotObserved(
            "two customers could not be looked at side by side",
            missing=("observations.people and tenancy.mode: per_scenario in partner.yaml",),
        )
    findings = []
    for tenant in recording.tenants:
        seen, people = held.get(tenant.account, (None, frozenset()))
        if seen is None or not people:
            raise NotObserved(f"nothing is held for account {tenant.account}", missing=_HOLDS)
        others = frozenset().union(*(roster for key, roster in rosters.items() if key != tenant.company))
        if people & others:
            findings.append(_mixed(recording, seen, tenant.account, len(people & others)))
    return tuple(findings)


def _mixed(recording: Recording, seen: Exchange, account: str, count: int) -> Finding:
    return Finding(
        check="keeps_customers_apart",
        message="does not keep its customers' data apart",
        places=traffic.places(recording, [seen]),
        expected=f"account {account} holds people of its own company only",
        seen=f"{count} people of another company",
        hint="key every stored row by account, and take the account from the grant that read it",
        key="mixed",
    )


def _held(recording: Recording) -> dict[str, tuple[Exchange, frozenset[str]]]:
    held = {}
    for seen in recording.of_kind(Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        rows = told.get("people") if isinstance(told, dict) else None
        if isinstance(rows, list) and seen.account:
            uuids = {str(row.get("gusto_uuid")) for row in rows if isinstance(row, dict)}
            held[seen.account] = (seen, frozenset(uuids))
    return held


def _rosters(recording: Recording) -> dict[str, frozenset[str]]:
    companies = [each.company for each in recording.tenants]
    read = {each: traffic.audited(recording, LIST_EMPLOYEES, each) for each in companies}
    return {each: frozenset(str(row["uuid"]) for row in rows) for each, rows in read.items() if rows}
