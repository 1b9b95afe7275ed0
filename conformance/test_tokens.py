"""What becomes of a token pair: expiry, rotation, and the company it belongs to."""

from __future__ import annotations

from partner_qa.checks import credentials, disconnecting, tokens, traffic
from partner_qa.contract.catalogue import Contract
from partner_qa.model import Exchange, Kind, Recording, Run
from partner_qa.spoiler import changing, dropping, in_every_recording, repeating, with_operation, with_path
from partner_qa.suite import item, require


def _refreshes(exchange: Exchange) -> bool:
    return traffic.fields_of(exchange.request.body).get("grant_type") == "refresh_token"


def _asks_for_a_company(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and "/companies/" in exchange.request.url


def _asks_for_the_other_company(recording: Recording) -> Recording:
    first, second = (tenant.company for tenant in recording.tenants)
    return changing(
        lambda call: _asks_for_a_company(call) and call.company == first,
        with_path(lambda path: path.replace(first, second)),
    )(recording)


def _tells_gusto_of_the_end(exchange: Exchange) -> bool:
    return exchange.operation == "post-v1-disconnect-app-integration"


def _reads_events(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and exchange.operation == "get-events"


@item("AUTH-10", spoiled_by=dropping(_refreshes))
def test_recovers_from_expiry(expired_token_sync: Recording) -> None:
    """Let the access token die before its time, in the middle of a sync."""
    require(tokens.recovers_from_expiry(expired_token_sync))


@item("AUTH-11", spoiled_by=repeating(_refreshes, lambda call: call))
def test_keeps_rotated_pair(killed_after_refresh: Recording) -> None:
    """Kill the integration while the first request with a fresh token is under way, and start it again."""
    require(tokens.keeps_rotated_pair(killed_after_refresh))


@item("AUTH-15", spoiled_by=_asks_for_the_other_company)
def test_uses_tokens_for_their_company(two_tenants: Recording, contract: Contract) -> None:
    """Compare the company in each path with the company of the token, with two companies connected."""
    require(tokens.uses_tokens_for_their_company(two_tenants, contract=contract))


@item("AUTH-19", spoiled_by=dropping(_tells_gusto_of_the_end))
def test_ends_the_connection(first_connect: Recording) -> None:
    """Disconnect in the product, try to sync all the same, and watch the old grant."""
    require(disconnecting.ends_the_connection(first_connect))


@item(
    "AUTH-22",
    spoiled_by=in_every_recording(changing(_reads_events, with_operation("get-v1-companies"))),
)
def test_uses_the_right_kind_of_token(run: Run, contract: Contract) -> None:
    """Compare the kind of each token of the run with what the operation takes."""
    require(credentials.uses_the_right_kind_of_token(run, contract=contract))
