"""Whether those who are new to Gusto get a company there, and the others are led to theirs."""

from __future__ import annotations

from partner_qa.checks import provisioning
from partner_qa.model import Exchange, Kind, Recording
from partner_qa.spoiler import changing, with_answer_json
from partner_qa.suite import item, require


def _names_a_claim_url(exchange: Exchange) -> bool:
    return exchange.kind is Kind.ACTION and b'"claim_url"' in exchange.response.body.content


@item(
    "PROV-01",
    spoiled_by=changing(
        _names_a_claim_url,
        with_answer_json(lambda told: {**told, "claim_url": "https://app.gusto-demo.com/login"}),
    ),
)
def test_founds_companies(company_provisioned: Recording) -> None:
    """Ask for a company with an e-mail that is new to Gusto; look at the request, the way on and notices."""
    require(provisioning.founds_companies(company_provisioned))


def _tells_of_a_company(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"company_exists"' in exchange.response.body.content


@item("PROV-02", spoiled_by=changing(_tells_of_a_company, with_answer_json(lambda _: {"notices": []})))
def test_leads_to_connecting(company_provisioned: Recording) -> None:
    """Ask for a company with the e-mail of an admin whom Gusto knows, and connect in the end."""
    require(provisioning.leads_to_connecting(company_provisioned))
