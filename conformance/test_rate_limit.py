"""What the integration does when Gusto says that it asks too much."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from partner_qa.checks import polling, rate_limit, traffic
from partner_qa.contract.names import LIST_EMPLOYEES
from partner_qa.model import Recording, Run
from partner_qa.spoiler import changing, in_every_recording
from partner_qa.suite import item, require


def _asks_250_times(recording: Recording) -> Recording:
    """Every reading of people was 250 at the same moment."""
    reads = traffic.api_calls(recording, LIST_EMPLOYEES)
    last = max((each.sequence for each in recording.exchanges), default=0)
    more = tuple(replace(reads[0], sequence=last + number) for number in range(1, 251) if reads)
    return recording.with_exchanges((*recording.exchanges, *more))


@item("RATE-01", spoiled_by=in_every_recording(_asks_250_times))
def test_stays_under_the_limit(run: Run) -> None:
    """Count the calls of each grant in any 60 seconds of the run, a company of 251 people included."""
    require(rate_limit.stays_under_the_limit(run))


def _asks_again_at_once(recording: Recording) -> Recording:
    refused = next(call for call in traffic.api_calls(recording) if call.response.status == 429)
    return changing(
        lambda call: call.grant == refused.grant and call.started > traffic.ended(refused),
        lambda call: replace(call, started=traffic.ended(refused) + timedelta(seconds=0.1)),
    )(recording)


@item("RATE-02", spoiled_by=_asks_again_at_once)
def test_honours_retry_after(rate_limited_sync: Recording) -> None:
    """One page of this sync is answered 429 with Retry-After: 2; watch the next request of that grant."""
    require(rate_limit.honours_retry_after(rate_limited_sync))


def _waits_with_everybody(recording: Recording) -> Recording:
    refused = next(call for call in traffic.api_calls(recording) if call.response.status == 429)
    late = traffic.ended(refused) + timedelta(seconds=60)
    return recording.with_exchanges(
        tuple(
            replace(each, started=late) if each.company not in (None, refused.company) else each
            for each in recording.exchanges
        )
    )


@item("RATE-03", spoiled_by=_waits_with_everybody)
def test_throttles_one_company_only(one_of_two_throttled: Recording) -> None:
    """Sync a second company while the first waits some seconds, and look when its list is asked for."""
    require(rate_limit.throttles_one_company_only(one_of_two_throttled))


@item("RATE-04", spoiled_by=in_every_recording(_asks_250_times))
def test_polls_sparingly(run: Run) -> None:
    """Count in every scenario how often the same was asked and the same was answered."""
    require(polling.polls_sparingly(run))
