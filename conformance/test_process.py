"""Whether the integration keeps to the demo host and to what it was declared to do."""

from __future__ import annotations

from dataclasses import replace

from partner_qa.checks import process
from partner_qa.contract.catalogue import Contract
from partner_qa.contract.names import LIST_EMPLOYEES
from partner_qa.model import Exchange, Kind, Run
from partner_qa.spoiler import changing, in_every_recording, repeating, with_operation
from partner_qa.suite import item, require


def _reads_people(exchange: Exchange) -> bool:
    return exchange.operation == LIST_EMPLOYEES


def _asks_production(exchange: Exchange) -> Exchange:
    asked = replace(exchange.request, url="egress:api.gusto.com")
    return replace(exchange, request=asked, facts={"egress": "api.gusto.com", "production": True})


@item(
    "PROC-03",
    spoiled_by=in_every_recording(repeating(lambda each: each.kind is Kind.PROCESS, _asks_production)),
)
def test_leaves_production_alone(run: Run) -> None:
    """Take down the hosts that its processes ask for past the recorder, by a proxy that refuses all."""
    require(process.leaves_production_alone(run))


@item(
    "PROC-04",
    spoiled_by=in_every_recording(changing(_reads_people, with_operation("get-v1-salary_estimates-id"))),
)
def test_does_what_it_declares(run: Run, contract: Contract) -> None:
    """Compare the declared use cases with the scopes that were assigned and the calls that were made."""
    require(process.does_what_it_declares(run, contract=contract))
