"""Does the integration keep its customers apart?"""

from __future__ import annotations

from partner_qa.checks import traffic
from partner_qa.errors import NotObserved
from partner_qa.model import Exchange, Finding, Kind, Recording

_HOLDS = ("an actions.sync_people (or another) in partner.yaml after which something is held",)


def keeps_customers_apart(recording: Recording) -> tuple[Finding, ...]:
    """Judge that what the integration holds for one account is of that account's company only.

    Audit reads tell whose people are whose; with contractors and payrolls, where those are read, it is the
    same. Proof of life: each account holds something of its own. Source: https://docs.gusto.com/app-integrations/docs/strict-access
    """
    rosters = _rosters(recording)
    held = _held(recording)
    if len(rosters) < 2 or len(held) < 2:
        raise NotObserved(
            "two customers could not be looked at side by side",
            missing=(
                f"observations.{traffic.reading_of(recording).observation} in partner.yaml",
                "tenancy.mode: per_scenario in partner.yaml",
            ),
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
    what = traffic.reading_of(recording).rows
    return Finding(
        check="keeps_customers_apart",
        message="does not keep its customers' data apart",
        places=traffic.places(recording, [seen]),
        expected=f"account {account} holds {what} of its own company only",
        seen=f"{count} {what} of another company",
        hint="key every stored row by account, and take the account from the grant that read it",
        key="mixed",
    )


def _held(recording: Recording) -> dict[str, tuple[Exchange, frozenset[str]]]:
    held, reading = {}, traffic.reading_of(recording)
    for seen in recording.of_kind(Kind.OBSERVATION):
        told = traffic.json_of(seen.response.body)
        rows = told.get(reading.rows) if isinstance(told, dict) else None
        if isinstance(rows, list) and seen.account:
            uuids = {str(row.get(reading.held_as)) for row in rows if isinstance(row, dict)}
            held[seen.account] = (seen, frozenset(uuids))
    return held


def _rosters(recording: Recording) -> dict[str, frozenset[str]]:
    companies, reading = [each.company for each in recording.tenants], traffic.reading_of(recording)
    read = {each: traffic.audited(recording, reading.operation, each) for each in companies}
    return {each: frozenset(str(row[reading.uuid]) for row in rows) for each, rows in read.items() if rows}
