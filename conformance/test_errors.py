"""What the integration does while Gusto fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from partner_qa.checks import changing as shifting
from partner_qa.checks import errors, lost_creates, partial_failure, refusals, traffic
from partner_qa.contract.names import LIST_EMPLOYEES, TOKEN_ENDPOINT
from partner_qa.model import Evidence, Exchange, Json, Kind, Recording, Run
from partner_qa.spoiler import changing, dropping, in_every_recording, with_answer_json
from partner_qa.suite import item, require


def _tells_of_something_else(recording: Recording) -> Recording:
    """When the message was another, so was what the customer is told."""
    looks = traffic.within(recording, "reworded", Kind.OBSERVATION)
    numbers = {each.sequence for each in looks if b'"notices"' in each.response.body.content}

    def reword(_told: dict[str, Json]) -> Json:
        return {"notices": [{"about": "conflict", "message": "Something is odd."}]}

    return changing(lambda each: each.sequence in numbers, with_answer_json(reword))(recording)


@item("ERR-01", spoiled_by=_tells_of_something_else, evidence=Evidence.REPORTED)
def test_decides_by_category(refused_requests: Recording) -> None:
    """Give the same error twice, the second time in other words, and compare what the customer is told."""
    require(refusals.decides_by_category(refused_requests))


def _repeats_the_422(recording: Recording) -> Recording:
    refused = next(call for call in traffic.api_calls(recording) if call.response.status == 422)
    return recording.with_exchanges((*recording.exchanges, replace(refused, started=traffic.ended(refused))))


@item("ERR-03", spoiled_by=_repeats_the_422)
def test_never_repeats_what_was_refused(refused_requests: Recording) -> None:
    """Refuse the list of people with 403, 406 and 422, and count the attempts at each."""
    require(refusals.never_repeats_what_was_refused(refused_requests))


def _reads_people(exchange: Exchange) -> bool:
    return exchange.kind is Kind.API and exchange.operation == LIST_EMPLOYEES and traffic.is_success(exchange)


@item("ERR-04", spoiled_by=dropping(_reads_people))
def test_survives_server_errors(server_errors_sync: Recording) -> None:
    """Fail the list of people twice, then for as long as it is asked for, then not at all."""
    require(errors.survives_server_errors(server_errors_sync))


def _creates_again_at_once(recording: Recording) -> Recording:
    """Each create whose answer was lost goes out once more, and nothing was read."""
    posts = [call for call in traffic.api_calls(recording) if call.request.method == "POST"]
    lost = [
        call for call in posts if call.operation != TOKEN_ENDPOINT and call.fault and not call.response.status
    ]
    if not lost:
        return recording
    seen = [each for each in recording.exchanges if each.kind is not Kind.API or each.request.method != "GET"]
    last = max(each.sequence for each in recording.exchanges)
    again = [
        replace(call, sequence=last + number, started=traffic.ended(call), fault=None)
        for number, call in enumerate(lost, 1)
    ]
    return recording.with_exchanges((*seen, *again))


@item("ERR-05", spoiled_by=in_every_recording(_creates_again_at_once))
def test_looks_before_creating_again(run: Run) -> None:
    """Lose answers to creates; look at what was read before the same again, if ever, and what Gusto holds."""
    require(lost_creates.looks_before_creating_again(run))


def _tells_people(exchange: Exchange) -> bool:
    return exchange.kind is Kind.OBSERVATION and b'"people"' in exchange.response.body.content


def _ends_at_the_second(told: dict[str, Any]) -> Json:
    return {"people": told["people"][:1]}


@item(
    "ERR-06",
    spoiled_by=changing(_tells_people, with_answer_json(_ends_at_the_second)),
    evidence=Evidence.REPORTED,
)
def test_reports_partial_failure(changed_shapes: Recording) -> None:
    """Leave nothing of one person but the UUID in a first import, and ask who is held and what is told."""
    require(partial_failure.reports_partial_failure(changed_shapes))


def _keeps_the_dead_link(recording: Recording) -> Recording:
    """After the deletion somebody is still matched to the person who is gone."""
    gone: Any = recording.situation["removed_people"]
    looks = traffic.within(recording, "removed", Kind.OBSERVATION)
    numbers = {each.sequence for each in looks if b'"matches"' in each.response.body.content}

    def match(told: dict[str, Any]) -> Json:
        return {"matches": [{**each, "gusto_uuid": gone[1], "state": "matched"} for each in told["matches"]]}

    return changing(lambda each: each.sequence in numbers, with_answer_json(match))(recording)


@item("ERR-07", spoiled_by=_keeps_the_dead_link, evidence=Evidence.REPORTED)
def test_asks_about_the_unlinked(people_change_while_read: Recording) -> None:
    """Delete somebody in Gusto who was matched, sync, and ask for matches and notices."""
    require(shifting.asks_about_the_unlinked(people_change_while_read))
