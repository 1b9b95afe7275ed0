"""Whether what the integration sends is what the operations take."""

from __future__ import annotations

from partner_qa.checks import wire
from partner_qa.model import Json, Kind, Run
from partner_qa.spoiler import changing, in_every_recording, with_fact
from partner_qa.suite import item, require

_VIOLATION: dict[str, Json] = {
    "where": "query",
    "pointer": "$.per",
    "rule": "type",
    "message": "'many' is not of type 'integer'",
}


@item(
    "WIRE-01",
    spoiled_by=in_every_recording(
        changing(lambda call: call.kind is Kind.API, with_fact("violations", [_VIOLATION]))
    ),
)
def test_sends_valid_requests(run: Run) -> None:
    """Hold every call of the run against the contract of its operation, as it was before redaction."""
    require(wire.sends_valid_requests(run))
