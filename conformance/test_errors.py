"""What the integration does while Gusto fails."""

from __future__ import annotations

from partner_qa.checks import errors, traffic
from partner_qa.model import Exchange, Kind, Recording
from partner_qa.spoiler import dropping
from partner_qa.suite import item, require


def _reads_people(exchange: Exchange) -> bool:
    return (
        exchange.kind is Kind.API
        and exchange.operation == traffic.LIST_EMPLOYEES
        and traffic.is_success(exchange)
    )


@item("ERR-04", spoiled_by=dropping(_reads_people))
def test_survives_server_errors(server_errors_sync: Recording) -> None:
    """Fail the list of people twice, then for as long as it is asked for, then not at all."""
    require(errors.survives_server_errors(server_errors_sync))
