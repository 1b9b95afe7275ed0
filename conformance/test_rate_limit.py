"""What the integration does when Gusto says that it asks too much."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from partner_qa.checks import rate_limit, traffic
from partner_qa.model import Recording
from partner_qa.spoiler import changing
from partner_qa.suite import item, require


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
