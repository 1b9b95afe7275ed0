"""What becomes of a token pair: expiry, rotation, and the company it belongs to."""

from __future__ import annotations

from dataclasses import replace

from partner_qa.checks import credentials, disconnecting, reconnecting, refreshing, tokens, traffic
from partner_qa.contract.catalogue import Contract
from partner_qa.contract.names import LIST_EMPLOYEES, LIST_EVENTS
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording, Run
from partner_qa.spoiler import (
    Spoiler,
    changing,
    dropping,
    in_every_recording,
    repeating,
    with_answer_json,
    with_operation,
    with_path,
)
from partner_qa.suite import item, require


def _calls_with_the_old_token(recording: Recording) -> Recording:
    """The first call after the refresh goes out with the token from before it."""
    old = next(call for call in traffic.api_calls(recording) if traffic.find_bearer(call))
    last = max(each.sequence for each in recording.exchanges)
    stale = replace(
        traffic.api_calls(recording, LIST_EMPLOYEES)[-1],
        sequence=last + 1,
        request=replace(old.request, url=traffic.api_calls(recording, LIST_EMPLOYEES)[-1].request.url),
    )
    return recording.with_exchanges((*recording.exchanges, stale))


@item("AUTH-09", spoiled_by=_calls_with_the_old_token)
def test_refreshes_before_expiry(expired_before_jobs: Recording) -> None:
    """Let a token that lives two seconds expire, and look for calls that still carry it."""
    require(refreshing.refreshes_before_expiry(expired_before_jobs))


def _refreshes(exchange: Exchange) -> bool:
    return traffic.fields_of(exchange.request.body).get("grant_type") == "refresh_token"


@item("AUTH-10", spoiled_by=dropping(_refreshes))
def test_recovers_from_expiry(expired_token_sync: Recording) -> None:
    """Let the access token die before its time, in the middle of a sync."""
    require(tokens.recovers_from_expiry(expired_token_sync))


@item("AUTH-11", spoiled_by=repeating(_refreshes, lambda call: call))
def test_keeps_rotated_pair(killed_after_refresh: Recording) -> None:
    """Kill the integration while the first request with a fresh token is under way, and start it again."""
    require(tokens.keeps_rotated_pair(killed_after_refresh))


def _refreshes_twice(recording: Recording) -> Recording:
    """The one refresh in the window is two, at the same moment."""
    first, last = _window(recording, "parallel")
    renewal = next(call for call in traffic.refreshes(recording) if first <= call.sequence <= last)
    return recording.with_exchanges((*recording.exchanges, replace(renewal, elapsed=renewal.elapsed + 1)))


def _window(recording: Recording, name: str) -> tuple[int, int]:
    given = recording.situation[name]
    first, last = given if isinstance(given, list) else (1, 0)
    return int(str(first)), int(str(last))


@item("AUTH-12", spoiled_by=_refreshes_twice)
def test_refreshes_once_for_all(expired_before_jobs: Recording) -> None:
    """Ask for three syncs at the same moment, when the token has expired, and count refreshes."""
    require(refreshing.refreshes_once_for_all(expired_before_jobs))


def _serves_the_company(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and traffic.serves_company(exchange)


@item("AUTH-13", spoiled_by=dropping(_serves_the_company))
def test_survives_a_lost_refresh(lost_refresh_answer: Recording) -> None:
    """Lose the answer to a refresh, and look whether anything of the company is read afterwards."""
    require(refreshing.survives_a_lost_refresh(lost_refresh_answer))


def _shows_nothing(window: str) -> Spoiler:
    """In a window the connection is still shown as good, and nothing is told."""

    def spoil(recording: Recording) -> Recording:
        first, last = _window(recording, window)
        return recording.with_exchanges(
            tuple(
                _all_is_well(each) if first <= each.sequence <= last and _looks(each) else each
                for each in recording.exchanges
            )
        )

    return spoil


def _looks(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION


def _all_is_well(look: Exchange) -> Exchange:
    def edit(told: dict[str, Json]) -> Json:
        fine: dict[str, Json] = {"state": "connected", "notices": []}
        return {name: fine.get(name, value) for name, value in told.items()}

    return with_answer_json(edit)(look)


@item("AUTH-14", spoiled_by=_shows_nothing("dead"))
def test_gives_up_a_dead_grant(dead_grant: Recording) -> None:
    """Refuse access and refresh token, sync twice, count the calls, and look at what the customer sees."""
    require(disconnecting.gives_up_a_dead_grant(dead_grant))


def _asks_for_a_company(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and "/companies/" in exchange.request.url


def _asks_for_the_other_company(recording: Recording) -> Recording:
    first, second = (tenant.company for tenant in recording.tenants)
    return changing(
        lambda call: _asks_for_a_company(call) and call.company == first,
        with_path(lambda path: path.replace(first, second)),
    )(recording)


@item("AUTH-15", spoiled_by=_asks_for_the_other_company)
def test_uses_tokens_for_their_company(two_tenants: Recording, contract: Contract) -> None:
    """Compare the company in each path with the company of the token, with two companies connected."""
    require(tokens.uses_tokens_for_their_company(two_tenants, contract=contract))


def _loses_matches(window: str) -> Spoiler:
    """In a window nobody is matched with anybody."""

    def forget(told: dict[str, Json]) -> Json:
        return {**told, "matches": []} if "matches" in told else told

    def spoil(recording: Recording) -> Recording:
        first, last = _window(recording, window)
        return recording.with_exchanges(
            tuple(
                with_answer_json(forget)(each) if first <= each.sequence <= last and _looks(each) else each
                for each in recording.exchanges
            )
        )

    return spoil


@item("AUTH-18", spoiled_by=_loses_matches("another_admin"), evidence=Evidence.REPORTED)
def test_doubles_nothing_for_another_admin(connected_again: Recording) -> None:
    """Connect a company again as another of its admins, and compare people and matches."""
    require(reconnecting.finds_its_matches_again(connected_again, window="another_admin"))


def _tells_gusto_of_the_end(exchange: Exchange) -> bool:
    return exchange.operation == "post-v1-disconnect-app-integration"


@item("AUTH-19", spoiled_by=dropping(_tells_gusto_of_the_end))
def test_ends_the_connection(first_connect: Recording) -> None:
    """Disconnect in the product, try to sync all the same, and watch the old grant."""
    require(disconnecting.ends_the_connection(first_connect))


@item("AUTH-20", spoiled_by=_shows_nothing("removed"))
def test_notices_a_removal(removed_in_gusto: Recording) -> None:
    """Remove the application in Gusto, sync twice, count the calls, and look at what the customer sees."""
    require(disconnecting.notices_a_removal(removed_in_gusto))


@item("AUTH-21", spoiled_by=_loses_matches("again"), evidence=Evidence.REPORTED)
def test_finds_its_matches_again(connected_again: Recording) -> None:
    """Connect a company again as the same admin, and compare people and matches."""
    require(reconnecting.finds_its_matches_again(connected_again, window="again"))


def _reads_events(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and exchange.operation == LIST_EVENTS


@item(
    "AUTH-22",
    spoiled_by=in_every_recording(changing(_reads_events, with_operation("get-v1-companies"))),
)
def test_uses_the_right_kind_of_token(run: Run, contract: Contract) -> None:
    """Compare the kind of each token of the run with what the operation takes."""
    require(credentials.uses_the_right_kind_of_token(run, contract=contract))
