"""What a 401(k) needs beside the enrolment: high earners, savings elsewhere, and earnings that do not count.

Gusto limits what people may put in by these; without them it deducts too much or too little. Each is read
before it is written, and written only where it differs. Sources:
https://docs.gusto.com/app-integrations/reference/post-v1-employees-employee_uuid-section603_high_earner_statuses,
https://docs.gusto.com/app-integrations/reference/post-employee-ytd-benefit-amounts-from-different-company,
https://docs.gusto.com/app-integrations/reference/put-v1-company_benefits-company_benefit_id-contribution_exclusions
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from acme_time.gusto import Refused, read_json
from acme_time.parts import Parts

K401, ROTH_K401 = 5, 105
K401S = frozenset({K401, ROTH_K401})

Row = dict[str, Any]


def carry_retirement(
    parts: Parts, account: str, wishes: Row, matched: Mapping[str, str], benefits: Sequence[Row]
) -> None:
    """Bring what is known of people and earnings to Gusto; `benefits` are the company's."""
    for fact in wishes.get("retirement", []):
        if fact["person_id"] not in matched:
            continue
        employee = matched[fact["person_id"]]
        if "high_earner" in fact:
            _set_high_earner(parts, account, employee, int(fact["year"]), high=fact["high_earner"])
        if "employee_deduction_elsewhere" in fact or "company_contribution_elsewhere" in fact:
            _set_elsewhere(parts, account, employee, fact)
    for exclusion in wishes.get("exclusions", []):
        for benefit in benefits:
            if benefit["benefit_type"] == exclusion["benefit_type"] and benefit["active"]:
                _set_exclusions(parts, account, benefit, frozenset(exclusion["earnings"]))


def _set_high_earner(parts: Parts, account: str, employee: str, year: int, *, high: bool) -> None:
    """Say for a year whether catch-up contributions must be post-tax; a year has one status."""
    path = f"/v1/employees/{employee}/section603_high_earner_statuses"
    try:
        known = read_json(parts.company.get(account, f"{path}/{year}"))
    except Refused as error:
        if error.status != 404:
            raise
        body = {"effective_year": year, "is_high_earner": high}
        parts.company.send("POST", account, path, json=body)
        return
    if known["is_high_earner"] is not high:
        parts.company.send("PATCH", account, f"{path}/{year}", json={"is_high_earner": high})


def _set_elsewhere(parts: Parts, account: str, employee: str, fact: Row) -> None:
    """Say what somebody put in at another company this year; it counts against the same limit."""
    path = f"/v1/employees/{employee}/ytd_benefit_amounts_from_different_company"
    amounts = {
        "ytd_employee_deduction_amount": fact.get("employee_deduction_elsewhere", "0.00"),
        "ytd_company_contribution_amount": fact.get("company_contribution_elsewhere", "0.00"),
    }
    known = read_json(parts.company.get(account, path, {"tax_year": int(fact["year"])}))
    for row in known:
        if row["benefit_type"] == K401 and all(
            Decimal(str(row[name])) == Decimal(amount) for name, amount in amounts.items()
        ):
            return
    body = {"benefit_type": K401, "tax_year": int(fact["year"]), **amounts}
    parts.company.send("POST", account, path, json=body)


def _set_exclusions(parts: Parts, account: str, benefit: Row, earnings: frozenset[str]) -> None:
    """Say which earnings do not count for a percentage of pay; only the differences are sent."""
    path = f"/v1/company_benefits/{benefit['uuid']}/contribution_exclusions"
    known = read_json(parts.company.get(account, path))
    changed = [
        {**row, "excluded": row["contribution_type"] in earnings}
        for row in known
        if row["excluded"] is not (row["contribution_type"] in earnings)
    ]
    if changed:
        parts.company.send("PUT", account, path, json={"contribution_exclusions": changed})
