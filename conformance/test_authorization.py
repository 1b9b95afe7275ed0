"""How the integration asks for consent, and how it shows its token."""

from __future__ import annotations

from dataclasses import replace

from partner_qa.checks import (
    authorization,
    callbacks,
    credentials,
    declared,
    redirect_uris,
    several_companies,
    traffic,
)
from partner_qa.contract.names import TOKEN_ENDPOINT
from partner_qa.model import Exchange, Kind, Recording, Run
from partner_qa.spoiler import (
    changing,
    dropping,
    in_every_recording,
    repeating,
    with_header,
    with_path,
    with_query,
    with_request_json,
    with_status,
)
from partner_qa.suite import item, require


def _is_visit_to_consent_page(exchange: Exchange) -> bool:
    return exchange.kind is Kind.BROWSER and traffic.path_of(exchange) == "/oauth/authorize"


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


def _sends_a_fragment(recording: Recording) -> Recording:
    """The address goes with a fragment wherever it goes, so that nothing but its form is wrong."""
    return changing(_is_visit_to_consent_page, with_query("redirect_uri", "https://app.acme.example/#back"))(
        recording
    )


@item("AUTH-02", spoiled_by=in_every_recording(_sends_a_fragment))
def test_registers_clean_redirect_uris(run: Run) -> None:
    """Look at the redirect URIs of partner.yaml, production's too, and at those that were sent."""
    require(redirect_uris.registers_clean_redirect_uris(run))


def _exchanges_a_code(exchange: Exchange) -> bool:
    return exchange.operation == TOKEN_ENDPOINT and "code" in traffic.fields_of(exchange.request.body)


def _exchanges_the_forged_code(recording: Recording) -> Recording:
    forged = next(each for each in recording.exchanges if each.facts.get("forged") == "wrong")
    code = traffic.find_query(forged, "code")
    return repeating(_exchanges_a_code, with_request_json(lambda sent: {**sent, "code": code}))(recording)


@item("AUTH-03", spoiled_by=_exchanges_the_forged_code)
def test_refuses_foreign_state(forged_callbacks: Recording) -> None:
    """Visit the callback with honest codes and a state that is missing, made up, spent or a stranger's."""
    require(authorization.refuses_foreign_state(forged_callbacks))


@item("AUTH-04", spoiled_by=repeating(_exchanges_a_code, lambda call: call))
def test_exchanges_each_code_once(troubled_connects: Recording) -> None:
    """Refuse a code, let the customer connect again, and visit that callback a second time."""
    require(callbacks.exchanges_each_code_once(troubled_connects))


def _callback_of_a_denial(exchange: Exchange) -> bool:
    return exchange.kind is Kind.BROWSER and traffic.find_query(exchange, "error") is not None


@item("AUTH-05", spoiled_by=changing(_callback_of_a_denial, with_status(500)))
def test_takes_no_for_an_answer(troubled_connects: Recording) -> None:
    """Press "Deny" on the consent page, look at the page that follows and at the connection."""
    require(callbacks.takes_no_for_an_answer(troubled_connects))


@item("AUTH-06", spoiled_by=in_every_recording(changing(_exchanges_a_code, with_query("client_secret", "s"))))
def test_sends_credentials_in_body(run: Run) -> None:
    """Look at the URL of every request for a token, and of every revocation."""
    require(credentials.sends_credentials_in_body(run))


def _shows_the_token(recording: Recording) -> Recording:
    """The address of a page has the access token in it."""
    tokens = [token for call in traffic.api_calls(recording) if (token := traffic.find_bearer(call))]
    shows = with_query("token", tokens[0]) if tokens else lambda visit: visit
    return changing(_is_page_of_the_integration, shows)(recording)


def _is_page_of_the_integration(exchange: Exchange) -> bool:
    return exchange.kind is Kind.BROWSER and not traffic.path_of(exchange).startswith("/oauth/")


@item("AUTH-07", spoiled_by=in_every_recording(_shows_the_token))
def test_keeps_secrets_from_browsers(run: Run) -> None:
    """Search every page, address and header that a browser has seen for the secrets of the run."""
    require(credentials.keeps_secrets_from_browsers(run))


def _carries_a_token(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and traffic.path_of(exchange).startswith("/v1/")


@item(
    "AUTH-08",
    spoiled_by=in_every_recording(changing(_carries_a_token, with_header("Authorization", None))),
)
def test_sends_bearer_on_every_call(run: Run) -> None:
    """Look at the headers and the URL of every call of the run."""
    require(authorization.sends_bearer_on_every_call(run))


def _serves_the_first_from_the_second(recording: Recording) -> Recording:
    """Once both companies are connected, what is asked for the first account goes with the second's token."""
    first, second = (tenant.company for tenant in recording.tenants)
    other = next(call for call in traffic.api_calls(recording) if call.company == second)
    swapped = with_path(lambda path: path.replace(first, second))
    last = traffic.within(recording, "first_again", Kind.API)
    return recording.with_exchanges(
        tuple(
            replace(swapped(each), company=second, grant=other.grant)
            if each in last and each.company == first
            else each
            for each in recording.exchanges
        )
    )


@item("AUTH-16", spoiled_by=_serves_the_first_from_the_second)
def test_connects_each_company(accountant_with_three_companies: Recording) -> None:
    """Connect two of an accountant's companies for two accounts, read from both, and from the first again."""
    require(several_companies.connects_each_company(accountant_with_three_companies))


@item(
    "AUTH-17",
    spoiled_by=in_every_recording(dropping(lambda call: call.operation == callbacks.TOKEN_INFO)),
)
def test_asks_whose_token_it_is(run: Run) -> None:
    """Look for token_info after every code that was exchanged in the run."""
    require(callbacks.asks_whose_token_it_is(run))
