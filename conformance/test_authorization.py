"""How the integration asks for consent, and how it shows its token."""

from __future__ import annotations

from partner_qa.checks import authorization, declared, traffic
from partner_qa.model import Exchange, Kind, Recording, Run
from partner_qa.spoiler import (
    changing,
    in_every_recording,
    repeating,
    with_header,
    with_query,
    with_request_json,
)
from partner_qa.suite import item, require


def _is_visit_to_consent_page(exchange: Exchange) -> bool:
    return exchange.kind is Kind.BROWSER and traffic.path_of(exchange) == "/oauth/authorize"


def _exchanges_a_code(exchange: Exchange) -> bool:
    return exchange.operation == traffic.TOKEN_ENDPOINT and "code" in traffic.fields_of(exchange.request.body)


def _carries_a_token(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and traffic.path_of(exchange).startswith("/v1/")


def _exchanges_the_forged_code(recording: Recording) -> Recording:
    forged = next(each for each in recording.exchanges if each.facts.get("forged") == "wrong")
    code = traffic.find_query(forged, "code")
    return repeating(_exchanges_a_code, with_request_json(lambda sent: {**sent, "code": code}))(recording)


@item("AUTH-01", spoiled_by=changing(_is_visit_to_consent_page, with_query("response_type", "token")))
def test_requests_consent_correctly(first_connect: Recording, run: Run) -> None:
    """Follow the browser from the integration's connect button to Gusto's consent page."""
    require(
        authorization.requests_consent_correctly(
            first_connect,
            client_id=declared.client_id(first_connect),
            redirect_uris=declared.redirect_uris(run),
        )
    )


@item("AUTH-03", spoiled_by=_exchanges_the_forged_code)
def test_refuses_foreign_state(forged_callbacks: Recording) -> None:
    """Visit the callback with codes of honest consents and a state that is missing, made up or spent."""
    require(authorization.refuses_foreign_state(forged_callbacks))


@item(
    "AUTH-08",
    spoiled_by=in_every_recording(changing(_carries_a_token, with_header("Authorization", None))),
)
def test_sends_bearer_on_every_call(run: Run) -> None:
    """Look at the headers and the URL of every call of the run."""
    require(authorization.sends_bearer_on_every_call(run))
